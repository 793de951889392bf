"""Fixtures: a bench that watches all dialogs, and a client that waits shortly."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.client.timing import Timing
from simulator import Account, Panel
from tests.flows import Bench, bench_of, quick_timing


@pytest.fixture
def timing() -> Timing:
    """How long the client waits."""
    return quick_timing()


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Home Assistant with dialogs, all of whose steps are looked at."""
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


@pytest.fixture
def guarded(account: Account) -> Account:
    """The user, now with a second factor."""
    account.two_factor = True
    return account
