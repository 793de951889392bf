"""Each fault of the matrix, through Home Assistant and a real socket."""

from homeassistant.core import HomeAssistant
import pytest

from simulator.faults import FAULTS, is_fault
from simulator.live_faults import LIVE_FAULTS, V2_FAULTS

from .answers import ENDPOINTS, Endpoint, ask_in_each_way
from .matrix import GROUPS
from .rig import PANEL_TICK, USUAL, rig_of
from .row import DEAD, SILENT, Row, outage

ROWS = [row for rows in GROUPS.values() for row in rows]


@pytest.fixture(autouse=True)
def _all_entities(entity_registry_enabled_by_default: None) -> None:
    """Also those that are off by default."""


def test_promises() -> None:
    """What the document promises, in seconds, whatever the waiting times are that the bounds are computed from."""
    assert DEAD <= 45
    assert SILENT <= 20
    assert USUAL.first_reconnect >= 1
    assert USUAL.longest_reconnect <= 300
    # A panel that misses a tick or two is not silent, one that answers no ping is.
    assert SILENT >= 3 * PANEL_TICK
    assert USUAL.silence > USUAL.ping_interval + PANEL_TICK


def test_names() -> None:
    """Each fault of the panel is in the matrix, under the name that the command line takes."""
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    # Answers have their own table.
    faults = {name for name in FAULTS if not name.startswith(("http-", "html"))} | LIVE_FAULTS.keys() | V2_FAULTS.keys()
    assert faults <= {row.fault_name for row in ROWS}
    assert all(is_fault(row.fault_name) or row.begin or row.drive is not outage for row in ROWS)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_fault(hass: HomeAssistant, request: pytest.FixtureRequest, row: Row) -> None:
    async with rig_of(hass, row.role, row.options, live=row.live) as rig:
        seen = await row.drive(rig, row)
    request.node.user_properties.append(("fault", [seen.what, seen.noticed, seen.back, seen.bound, seen.log]))


@pytest.mark.parametrize("endpoint", [pytest.param(endpoint, id=endpoint.name) for endpoint in ENDPOINTS])
async def test_answers(hass: HomeAssistant, request: pytest.FixtureRequest, endpoint: Endpoint) -> None:
    cells = await ask_in_each_way(hass, endpoint)
    request.node.user_properties.append(("answers", cells))
