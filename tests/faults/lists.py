"""Faults of the list of servers, which panels of generation 2 are polled for."""

from typing import Any, Final

from custom_components.stellarstack.client.v2.rest import INTERVALS_VALID
from simulator.faults import HTML, is_fault

from .rig import LONGEST_LIST, USUAL, FaultRig
from .row import Row, Servers, Step, clear_panel, outage
from .servers import server_gone
from .session import accepted_again, logout

V2: Final = {"generation": 2}
LIST: Final = "/api/servers"
LISTED: Final = INTERVALS_VALID * USUAL.list_interval_alone
"""Seconds for which the last list counts."""
GIVEN_UP: Final = LISTED + LONGEST_LIST + USUAL.request


def answer(status: int, body: Any, path: str = LIST, **how: Any) -> Step:
    """Answer in the place of the list, or of another path."""

    async def begin(rig: FaultRig) -> None:
        rig.panel.fail(path, status, body, **how)

    return begin


async def _shuffle(rig: FaultRig) -> None:
    """Change the order of the rows, as each change of one does."""
    fleet = rig.panel.fleet
    fleet.servers = dict(reversed(fleet.servers.items()))


async def _break_rows(rig: FaultRig) -> None:
    """Add rows of other servers that have wrong values, or none."""
    values: tuple[dict[str, Any], ...] = (
        {"id": 7},
        {"name": [], "status": {}, "memory": "a lot", "cpu": None},
        {"nodeId": 7, "primaryAllocationId": [], "updatedAt": "yesterday", "installState": None},
    )
    for number, fields in enumerate(values):
        server = rig.panel.add_server(f"Bad {number}", owner=rig.panel.add_account(f"{number}@example.com", "x"))
        server.shared_with.append(rig.account)
        rig.panel.edit(server.id, **fields)


async def _refuse_once(rig: FaultRig) -> None:
    rig.panel.fail(LIST, 401, {"error": {"code": "auth.session.invalid"}}, times=1)


_AWAY: Final[tuple[tuple[str, str, Step | None, dict[str, Any]], ...]] = (
    ("refused", "Connection refused", None, {}),
    ("no-answer", "Connections are made, nothing is answered", None, {"extra": USUAL.request}),
    ("api-down", "The API is down: 502 everywhere, the web page is well", None, {}),
    ("html", "A web page in place of everything", None, {}),
    (
        "list-500",
        "The list is answered with 500, in the panel's form *",
        answer(500, {"error": {"code": "internal.unexpected"}}),
        {},
    ),
    ("503", "The list is answered with 503 by a proxy *", answer(503, HTML), {}),
    ("401", "The list is answered with 401 by a proxy *", answer(401, HTML), {}),
    ("empty", "The list is an empty 200, as from a wrong host name *", answer(200, b""), {}),
    ("page", "The list is a web page *", answer(200, HTML), {}),
    ("form", "The list has rows of unknown form only *", answer(200, {"servers": [7, {"id": 7}]}), {}),
    (
        "429",
        "The list is answered with 429 in plain text, and X-Retry-After *",
        answer(429, b'{"message":"Too many requests."}', content_type="text/plain", headers={"X-Retry-After": "10"}),
        {},
    ),
)

LISTS: Final = (
    *(
        Row(
            name=f"list-{name}",
            fault=name if is_fault(name) else "",
            what=what,
            begin=begin,
            end=clear_panel,
            attempts=2,
            options=V2,
            notice=LISTED,
            notice_lost=GIVEN_UP,
            drive=outage,
            **more,
        )
        for name, what, begin, more in _AWAY
    ),
    *(
        Row(
            name=f"list-{name}",
            fault=name if is_fault(name) else "",
            what=what,
            begin=begin,
            end=clear_panel,
            servers=Servers.NONE,
            lost=False,
            options=V2,
            drive=outage,
        )
        for name, what, begin in (
            ("restart", "The panel restarts", None),
            ("away-twice", "Two lists in a row are answered with 502 *", answer(502, b"", times=2)),
            ("401-once", "One list is answered with 401 although the session is good *", _refuse_once),
            ("order", "The order of the list changes *", _shuffle),
            ("bad-rows", "Other rows of the list have wrong values, or none *", _break_rows),
        )
    ),
    Row(
        name="list-silent-logout",
        fault="silent-logout",
        what="The session is deleted",
        options=V2,
        notice=LONGEST_LIST,
        drive=logout,
    ),
    Row(
        name="list-refused-cookie",
        fault="refused-cookie",
        what="No cookie is accepted any more",
        options=V2,
        notice=LONGEST_LIST,
        drive=logout,
    ),
    Row(
        name="list-accepted-again",
        fault="silent-logout",
        what="The panel has forgotten the session for a while",
        options=V2,
        notice=LONGEST_LIST,
        drive=accepted_again,
    ),
    Row(
        name="list-deleted",
        fault="deleted",
        what="A server is deleted",
        servers=Servers.FIRST,
        lost=False,
        repair="server_gone",
        options=V2,
        notice=LONGEST_LIST,
        drive=server_gone,
    ),
)
