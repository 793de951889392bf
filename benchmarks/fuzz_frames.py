"""Frames that no panel should send, made from those that panels do send."""

from collections.abc import Callable
import json
import random
from typing import Any, Literal

import orjson

from custom_components.stellarstack.client.models import ServerStatus
from simulator import Panel

SERVERS = 8
"""How many the panel has."""
LARGE_SHARE = 0.0005
"""Of the frames: those that are very long or deep, and cost as much as a thousand others."""

type Payload = Literal["real", "page"]
type Mutation = Callable[[Fuzzer, bytes], bytes]


class Corpus:
    """Frames as panels send them, of both payload variants."""

    def __init__(self) -> None:
        """Let simulated panels serialise what they would send."""
        self.ids = [f"srv_{number}" for number in range(SERVERS)]
        self.frames: list[bytes] = [
            orjson.dumps(frame)
            for frame in (
                {"type": "auth_success", "userId": "user"},
                {"type": "auth_error", "error": "Invalid or expired session"},
                {"type": "error", "error": "Authentication required to subscribe"},
                {"type": "subscribed", "serverId": "srv_0"},
                {"type": "unsubscribed", "serverId": "srv_0"},
                {"type": "pong"},
                {"type": "schedule:executing", "serverId": "srv_0", "data": {"id": "srv_0", "name": "Nightly"}},
            )
        ]
        for payload in ("real", "page"):
            self._add(payload)
        self.values = self._values()

    def _add(self, payload: Payload) -> None:
        panel = Panel(payload=payload)
        account = panel.add_account("alex@example.com", "x")
        nodes = [panel.add_node(f"Node {number}") for number in range(2)]
        for number, server_id in enumerate(self.ids):
            panel.add_server(f"Server {number}", owner=account, node=nodes[number % 2], server_id=server_id)
        for server in panel.fleet.servers.values():
            for status in (*ServerStatus, "SOMETHING NEW"):
                panel.edit(server.id, status=status.upper(), memory=1024 + len(self.frames))
                self.frames.append(panel.fleet.sync_frame(server))
                data = {"id": server.id, "status": panel.fleet.wire_status(status.upper())}
                self.frames.append(orjson.dumps({"type": "server:status", "serverId": server.id, "data": data}))
            row = panel.fleet.row(server)
            self.frames.append(orjson.dumps({"type": "server:updated", "serverId": server.id, "data": row}))
            self.frames.append(orjson.dumps({"type": "server:deleted", "data": {"id": server.id}}))

    def _values(self) -> list[object]:
        """Return values that are hard on whoever expects others."""
        numbers: list[object] = [0, -1, 1, -0.0, 0.1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**40, 1e308, 1e-320]
        texts: list[object] = [
            *("", " ", "0", "-1", "1e999", "nan", "inf", "-inf", "1_000", "٣", "0x10", "null", "x" * 5000),
            *("\x00", "\u2028", "\u202eabc", "👾", "\ufdfa" * 200, "a\nb", "RUNNING", "running", "Running "),
            *("2026-11-24T00:00:00.000Z", "2026-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        ]
        others: list[object] = [
            None,
            True,
            False,
            [],
            {},
            [[]],
            [{}],
            {"id": None},
            {"id": []},
            {"id": "x"},
            [None] * 50,
        ]
        return numbers + texts + others


class Fuzzer:
    """Makes frames, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self.corpus = Corpus()
        self.random = random.Random(seed)

    def frame(self) -> bytes:
        """Return the next frame."""
        draw = self.random
        chance = draw.random()
        if chance < LARGE_SHARE:
            return draw.choice(_LARGE)(self, b"")
        real = draw.choice(self.corpus.frames)
        if chance < 0.10:
            return real
        if chance < 0.15:
            return draw.randbytes(draw.randrange(200))
        if chance < 0.30:
            return self.random_frame()
        for _ in range(1 if chance < 0.8 else 3):
            real = draw.choice(_MUTATIONS)(self, real)
        return real

    def random_frame(self) -> bytes:
        """Return random JSON, most of it with the outline of a frame."""
        draw = self.random
        content = self.value(3)
        if draw.random() < 0.8:
            kinds = ("server:sync", "server:status", "server:updated", "server:deleted", "new", "error", "auth_success")
            content = {"type": draw.choice(kinds), "serverId": self.some_id(), "data": content}
            for _ in range(draw.randrange(3)):
                content.pop(draw.choice(("type", "serverId", "data")), None)
        return _json(content)

    def some_id(self) -> object:
        """Return an id, most often one that is watched."""
        draw = self.random
        return draw.choice(self.corpus.ids) if draw.random() < 0.8 else self.value(1)

    def value(self, depth: int) -> Any:
        """Return any value."""
        draw = self.random
        if depth == 0 or draw.random() < 0.5:
            return draw.choice(self.corpus.values)
        if draw.random() < 0.4:
            return [self.value(depth - 1) for _ in range(draw.randrange(4))]
        keys = ("id", "name", "status", "memory", "node", "allocations", "location", "port", "cpu", "x", "")
        return {draw.choice(keys): self.value(depth - 1) for _ in range(draw.randrange(5))}


def _json(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content).encode()


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Return all places of a value, as a container and its key."""
    found: list[tuple[Any, Any]] = []
    todo = [content]
    while todo:
        container = todo.pop()
        keys: Any = container if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                todo.append(container[key])
    return found


def _edited(frame: bytes, edit: Callable[[Any, Any], None]) -> bytes:
    """Return a frame after an edit of its content, or as it is when it has none."""
    try:
        content = orjson.loads(frame)
    except ValueError:
        return frame
    if not isinstance(content, dict | list) or not content:
        return frame
    edit(content, _places(content))
    return _json(content)


def _swap_value(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        container, key = fuzzer.random.choice(places)
        container[key] = fuzzer.value(1)

    return _edited(frame, edit)


def _exchange_values(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        one, other = fuzzer.random.choice(places), fuzzer.random.choice(places)
        value = one[0][one[1]]
        # Within itself, a container would have no end.
        if not isinstance(value, dict | list) and not isinstance(other[0][other[1]], dict | list):
            one[0][one[1]], other[0][other[1]] = other[0][other[1]], value

    return _edited(frame, edit)


def _drop_field(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        container, key = fuzzer.random.choice(places)
        del container[key]

    return _edited(frame, edit)


def _add_field(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        containers = [container for container, _ in places if isinstance(container, dict)]
        if containers:
            fuzzer.random.choice(containers)[f"new{fuzzer.random.randrange(10**6)}"] = fuzzer.value(2)

    return _edited(frame, edit)


def _number_status(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Send news that were never sent before, so that whatever keeps them would grow."""

    def edit(content: Any, places: Any) -> None:
        data = content.get("data") if isinstance(content, dict) else None
        if isinstance(data, dict):
            number = fuzzer.random.randrange(10**9)
            data["status"] = f"STATUS {number}"
            data["allocations"] = [{"id": f"allocation-{number}", "port": number}]

    return _edited(frame, edit)


def _wrong_id(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        if isinstance(content, dict):
            content["serverId"] = fuzzer.some_id()
            if fuzzer.random.random() < 0.3:
                content.pop("serverId")

    return _edited(frame, edit)


def _wrong_type(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        if isinstance(content, dict):
            content["type"] = fuzzer.value(1) if fuzzer.random.random() < 0.5 else "server:status"

    return _edited(frame, edit)


def _duplicate_key(fuzzer: Fuzzer, frame: bytes) -> bytes:
    key, value = fuzzer.random.choice(("type", "serverId", "data", "id")), _json(fuzzer.value(1))
    place = frame.find(b"{", fuzzer.random.randrange(len(frame) + 1))
    return frame[: place + 1] + b'"%s":%s,' % (key.encode(), value) + frame[place + 1 :]


def _flip(fuzzer: Fuzzer, frame: bytes) -> bytes:
    changed = bytearray(frame or b"{")
    for _ in range(fuzzer.random.randrange(1, 4)):
        changed[fuzzer.random.randrange(len(changed))] = fuzzer.random.randrange(256)
    return bytes(changed)


def _cut(fuzzer: Fuzzer, frame: bytes) -> bytes:
    return frame[: fuzzer.random.randrange(len(frame) + 1)]


def _cut_character(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Put a part of a character into a text, or a surrogate without its other half."""
    parts = (b"\xf0\x9f\x91", b"\xc3", b"\xff\xfe", b"\\ud83d", b"\xed\xa0\x80", b"\\u0000")
    place = frame.find(b'"', fuzzer.random.randrange(len(frame) + 1)) + 1
    return frame[:place] + fuzzer.random.choice(parts) + frame[place:]


def _huge_number(fuzzer: Fuzzer, frame: bytes) -> bytes:
    digits = b"9" * fuzzer.random.choice((20, 400, 5000))
    number = fuzzer.random.choice((digits, b"-" + digits, b"0." + digits, b"1e" + digits[:20], b"NaN", b"Infinity"))
    return frame.replace(b":", b":" + number + b',"x":', fuzzer.random.randrange(1, 3))


def _splice(fuzzer: Fuzzer, frame: bytes) -> bytes:
    other = fuzzer.random.choice(fuzzer.corpus.frames)
    return _cut(fuzzer, frame) + other[fuzzer.random.randrange(len(other)) :]


def _nest(fuzzer: Fuzzer, frame: bytes) -> bytes:
    depth = fuzzer.random.choice((100, 1000, 1024, 1025, 100_000))
    middle = fuzzer.random.choice(
        (b"[" * depth + b"]" * depth, b'{"node":' * depth + b"1" + b"}" * depth, b"[" * depth)
    )
    return b'{"type":"server:sync","serverId":"srv_0","data":{"id":"srv_0","node":%s}}' % middle


def _long(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Return a frame around the longest that is read."""
    length = fuzzer.random.choice((100_000, 1_000_000, 1_048_400, 1_100_000))
    return b'{"type":"server:sync","serverId":"srv_0","data":{"id":"srv_0","name":"%s"}}' % (b"x" * length)


def _many_rows(fuzzer: Fuzzer, frame: bytes) -> bytes:
    rows = [{"id": f"allocation-{number}", "port": number} for number in range(fuzzer.random.choice((1000, 15_000)))]
    return orjson.dumps({"type": "server:sync", "serverId": "srv_0", "data": {"id": "srv_0", "allocations": rows}})


_LARGE: tuple[Mutation, ...] = (_nest, _nest, _long, _many_rows)
_MUTATIONS: tuple[Mutation, ...] = (
    *(_swap_value, _swap_value, _swap_value, _exchange_values, _drop_field, _add_field, _number_status, _wrong_id),
    *(_wrong_type, _duplicate_key, _flip, _cut, _cut_character, _huge_number, _splice),
)
