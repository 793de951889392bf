"""Home Assistant takes only so many enabled entities for one entry: who gets them on a panel with more servers."""

from collections.abc import Generator
from contextlib import contextmanager
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.entity_limit import RANKING
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, USAGE_KEYS, Clock, SetUp, shows, subentry

KEYS = {*RANKING, "swap", "location", "backup_limit", "kill", "last_backup"} - USAGE_KEYS
FIVE_EACH = 3 * 5 + 1


@contextmanager
def limit(most: int) -> Generator[None]:
    """Let Home Assistant take only so many."""
    name = "MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY"
    with (
        patch(f"homeassistant.helpers.entity_platform.{name}", most),
        patch(f"custom_components.stellarstack.entity_limit.{name}", most),
    ):
        yield


@pytest.fixture(autouse=True)
def _none_is_dropped(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Home Assistant tells in the log when it drops one."""
    yield
    assert "Reached the maximum" not in caplog.text


class Shares:
    """Looks up what the entry's servers got."""

    def __init__(self, registry: er.EntityRegistry, entry: MockConfigEntry) -> None:
        self._registry = registry
        self._entry = entry

    def of(self, server_id: str) -> set[str]:
        """The keys of a server's enabled entities; the others are there too, disabled by us."""
        entities = {
            entity.unique_id.removeprefix(f"{server_id}_"): entity.disabled_by
            for entity in er.async_entries_for_config_entry(self._registry, self._entry.entry_id)
            if entity.unique_id.startswith(f"{server_id}_")
        }
        assert entities.keys() == KEYS
        assert set(entities.values()) <= {None, er.RegistryEntryDisabler.INTEGRATION}
        return {key for key, disabled_by in entities.items() if disabled_by is None}

    def of_all(self) -> dict[str, set[str]]:
        """The keys by server, for those of the beginning."""
        return {server_id: self.of(server_id) for server_id in SERVERS}

    def total(self) -> int:
        """How many are enabled."""
        return self._registry.entities.get_enabled_count_for_config_entry_id(self._entry.entry_id)


@pytest.fixture
def shares(entity_registry: er.EntityRegistry, entry: MockConfigEntry) -> Shares:
    """What the entry's servers got."""
    return Shares(entity_registry, entry)


def each(number: int) -> dict[str, set[str]]:
    """The most important keys for each server of the beginning."""
    return {server_id: set(RANKING[:number]) - USAGE_KEYS for server_id in SERVERS}


async def add_factorio(hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry) -> None:
    """Add a fourth server, and wait until it is watched."""
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    factorio = subentry("srv_factorio", "Factorio")
    hass.config_entries.async_add_subentry(entry, factorio)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.servers[factorio.subentry_id]
    await panel.wait_for(lambda _: coordinator.data is not None)


async def test_ranking_is_what_is_enabled_by_default(entry: MockConfigEntry, set_up: SetUp, shares: Shares) -> None:
    await set_up(entry)
    assert len(set(RANKING)) == len(RANKING)
    assert shares.of_all() == each(len(RANKING))


async def test_each_server_gets_the_same(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, shares: Shares
) -> None:
    with limit(FIVE_EACH):
        await set_up(entry)
    assert shares.of_all() == each(5)
    assert shares.total() == FIVE_EACH
    assert shows(hass, "binary_sensor.127_0_0_1_connected", "on")(panel)
    await panel.wait_for(shows(hass, "sensor.valheim_status", "running"))


async def test_a_rest_that_is_no_share_for_all_stays_free(
    entry: MockConfigEntry, set_up: SetUp, shares: Shares
) -> None:
    with limit(FIVE_EACH + 2):
        await set_up(entry)
    assert shares.of_all() == each(5)


@pytest.mark.parametrize("most", [1, 3])
async def test_no_room_from_the_beginning(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, shares: Shares, most: int
) -> None:
    with limit(most):
        await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shares.of_all() == each(0)
    assert hass.states.is_state("binary_sensor.127_0_0_1_connected", "on")


@pytest.mark.parametrize("room", [1, 2, len(RANKING), len(RANKING) + 3])
async def test_an_added_server_gets_what_is_left(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    shares: Shares,
    room: int,
) -> None:
    with limit(FIVE_EACH):
        await set_up(entry)
    with limit(FIVE_EACH + room):
        await add_factorio(hass, panel, account, entry)
    assert shares.of("srv_factorio") == set(RANKING[:room]) - USAGE_KEYS
    assert shares.of_all() == each(5)
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))


@pytest.mark.parametrize("most", [FIVE_EACH, FIVE_EACH - 4])
async def test_a_server_is_added_without_room(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    shares: Shares,
    device_registry: dr.DeviceRegistry,
    most: int,
) -> None:
    with limit(FIVE_EACH):
        await set_up(entry)
    with limit(most):
        await add_factorio(hass, panel, account, entry)
    assert shares.of("srv_factorio") == set()
    assert shares.of_all() == each(5)
    assert device_registry.async_get_device_by_identifier((DOMAIN, "srv_factorio"), entry.entry_id) is not None
    panel.edit("srv_survival", status="STOPPED")
    await panel.wait_for(shows(hass, "sensor.survival_status", "stopped"))


async def test_servers_of_one_list_take_no_more_than_is_left(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    shares: Shares,
    clock: Clock,
) -> None:
    with limit(FIVE_EACH):
        await set_up(entry)
    for server_id in ("srv_factorio", "srv_terraria"):
        panel.add_server(server_id, owner=account, server_id=server_id, status="RUNNING")
    with limit(FIVE_EACH + 4):
        await clock.list_again()
    # They are added one after the other.
    assert {len(shares.of("srv_factorio")), len(shares.of("srv_terraria"))} == {4, 0}
    assert shares.total() == FIVE_EACH + 4


async def test_a_reload_changes_nothing(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    set_up: SetUp,
    shares: Shares,
) -> None:
    """What a user enabled by hand stays so, and nothing is disabled, whatever the room is then."""
    with limit(FIVE_EACH):
        await set_up(entry)
        entity_registry.async_update_entity("button.survival_kill", disabled_by=None)
        entity_registry.async_update_entity("sensor.creative_cpu_limit", disabled_by=None)
    before = each(5)
    before["srv_survival"] |= {"kill"}
    before["srv_creative"] |= {"cpu"}
    for most in (FIVE_EACH, 1, 10_000):
        with limit(most):
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
        assert shares.of_all() == before
        await panel.wait_for(shows(hass, "sensor.creative_cpu_limit", "200"))
        assert hass.states.get("button.survival_kill") is not None


async def test_entities_of_a_later_version_get_what_is_left(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry, set_up: SetUp, shares: Shares
) -> None:
    """The servers are known already, and each has some to come."""
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    later = RANKING[1:6]
    for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
        if entity.unique_id.endswith(tuple(f"_{key}" for key in later)):
            entity_registry.async_remove(entity.entity_id)
    # It would come back as it was.
    entity_registry.deleted_entities.clear()
    with limit(shares.total() + 14):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    kept = set(RANKING) - USAGE_KEYS - {later[-1]}
    assert shares.of_all() == dict.fromkeys(SERVERS, kept)
