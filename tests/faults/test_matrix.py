"""Each fault of the matrix, through Home Assistant and a real socket."""

from homeassistant.core import HomeAssistant
import pytest

from simulator.faults import FAULTS, is_fault

from .answers import ENDPOINTS, Endpoint, run
from .field import PANEL_TICK, SECONDS, field_of
from .matrix import DEAD, GROUPS, SILENT, Row, outage


def test_promises() -> None:
    """What the document promises, in seconds, whatever the constants are that the bounds are computed from."""
    assert DEAD <= 45
    assert SILENT <= 20
    assert SECONDS["FIRST_DELAY"] >= 1
    assert SECONDS["LONGEST_DELAY"] <= 300
    # A panel that misses a tick or two is not silent, one that answers no ping is.
    assert SILENT >= 3 * PANEL_TICK
    assert SECONDS["SILENCE"] > SECONDS["PING_INTERVAL"] + PANEL_TICK


def test_names() -> None:
    """Each fault of the panel is in the matrix, under the name that the command line takes."""
    rows = [row.name for rows in GROUPS.values() for row in rows]
    assert len(rows) == len(set(rows))
    # Answers have their own table.
    assert {name for name in FAULTS if not name.startswith(("http-", "html"))} <= set(rows)
    assert all(is_fault(row.name) or row.begin or row.drive is not outage for rows in GROUPS.values() for row in rows)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for rows in GROUPS.values() for row in rows])
async def test_fault(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest, row: Row
) -> None:
    async with field_of(hass, caplog, "user", row.options) as field:
        seen = await row.drive(field, row)
    request.node.user_properties.append(("fault", [seen.what, seen.noticed, seen.back, seen.bound, seen.log]))


@pytest.mark.parametrize("endpoint", [pytest.param(endpoint, id=endpoint.name) for endpoint in ENDPOINTS])
async def test_answers(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest, endpoint: Endpoint
) -> None:
    async with field_of(hass, caplog, endpoint.role, {}) as field:
        cells = await run(field, endpoint)
    request.node.user_properties.append(("answers", cells))
