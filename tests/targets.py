"""Servers without a panel, for what looks at states and hears events only; and targets of all kinds."""

from typing import Any

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.signals import SIGNAL_LIFECYCLE

from .common import SERVERS, subentry_of

SURVIVAL, CREATIVE, VALHEIM = (f"sensor.{name.lower()}_status" for name in SERVERS.values())
ALL = [SURVIVAL, CREATIVE, VALHEIM]

type Target = str | list[str] | dict[str, Any]


class Servers:
    """Three running servers of one panel that is not loaded."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="panel",
            subentries_data=[
                ConfigSubentryData(
                    data={"server_id": server_id}, subentry_type="server", title=name, unique_id=server_id
                )
                for server_id, name in SERVERS.items()
            ],
        )
        self.entry.add_to_hass(hass)
        self.panel = dr.async_get(hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, identifiers={(DOMAIN, self.entry.entry_id)}, name="panel"
        )
        for server_id in SERVERS:
            self.register(server_id)

    def register(self, server_id: str) -> None:
        """Register a server's device and some of its entities, which show that it runs."""
        subentry = subentry_of(self.entry, server_id)
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            identifiers={(DOMAIN, server_id)},
            name=subentry.title,
        )
        for platform, key, name, state in (
            ("sensor", "status", "status", "running"),
            ("sensor", "memory", "memory_limit", "4096"),
            ("binary_sensor", "node_online", "node_online", "on"),
        ):
            entity = er.async_get(self.hass).async_get_or_create(
                platform,
                DOMAIN,
                f"{server_id}_{key}",
                config_entry=self.entry,
                config_subentry_id=subentry.subentry_id,
                device_id=device.id,
                suggested_object_id=f"{subentry.title.lower()}_{name}",
                translation_key=key,
            )
            self.hass.states.async_set(entity.entity_id, state)

    def device(self, server_id: str = "srv_survival") -> dr.DeviceEntry:
        """Return a server's device."""
        device = dr.async_get(self.hass).async_get_device_by_identifier((DOMAIN, server_id), self.entry.entry_id)
        assert isinstance(device, dr.DeviceEntry)
        return device

    def remove(self, server_id: str) -> None:
        """Remove a server from the panel's entry, and with it its device, entities and states."""
        entities = er.async_entries_for_device(er.async_get(self.hass), self.device(server_id).id)
        self.hass.config_entries.async_remove_subentry(self.entry, subentry_of(self.entry, server_id).subentry_id)
        for entity in entities:
            self.hass.states.async_remove(entity.entity_id)

    def step(self, entity_id: str, step: str) -> None:
        """Let a server show a status, or something happen to it."""
        if isinstance(step, LifecycleEvent):
            server_id = f"srv_{entity_id.removeprefix('sensor.').removesuffix('_status')}"
            async_dispatcher_send(self.hass, SIGNAL_LIFECYCLE.format(server_id), step)
        else:
            self.hass.states.async_set(entity_id, step)

    async def go(self, *steps: str, entity_id: str = SURVIVAL) -> None:
        """Let a server take steps one after the other."""
        for step in steps:
            self.step(entity_id, step)
        await self.hass.async_block_till_done()

    async def together(self, *steps: str) -> None:
        """Let all servers take steps in one turn of the event loop."""
        for step in steps:
            for entity_id in ALL:
                self.step(entity_id, step)
        await self.hass.async_block_till_done()

    async def stop(self, *entity_ids: str) -> None:
        """Let servers stop one after the other."""
        for entity_id in entity_ids:
            await self.go("stopping", "stopped", LifecycleEvent.STOPPED, entity_id=entity_id)

    async def start(self, *entity_ids: str) -> None:
        """Let servers start one after the other."""
        for entity_id in entity_ids:
            await self.go("starting", "running", LifecycleEvent.STARTED, entity_id=entity_id)


def all_target_kinds(hass: HomeAssistant, device: dr.DeviceEntry) -> dict[str, dict[str, Any]]:
    """Return targets of all kinds of which Survival's status is part, next to all that may be part of the same.

    That is a sensor of another integration, on the same device, with the same translation key.
    """
    entities, areas, labels = er.async_get(hass), ar.async_get(hass), lr.async_get(hass)
    other = entities.async_get_or_create(
        "sensor",
        "other",
        "status",
        device_id=device.id,
        original_name="Status",
        suggested_object_id="other_status",
        translation_key="status",
    )
    hass.states.async_set(other.entity_id, "running")
    floor = fr.async_get(hass).async_create("Cellar")
    rack, shelf = areas.async_create("Rack", floor_id=floor.floor_id), areas.async_create("Shelf")
    label = {kind: labels.async_create(kind).label_id for kind in ("device", "entity", "area")}
    areas.async_update(rack.id, labels={label["area"]})
    dr.async_get(hass).async_update_device(device.id, area_id=rack.id, labels={label["device"]})
    present = [SURVIVAL, "sensor.survival_memory_limit", other.entity_id]
    for entity_id in present:
        entities.async_update_entity(entity_id, labels={label["entity"]})
    return {
        "entity": {"entity_id": present},
        "device": {"device_id": device.id},
        "area": {"area_id": [rack.id, shelf.id]},
        "floor": {"floor_id": floor.floor_id},
        "label of the device": {"label_id": label["device"]},
        "label of the entity": {"label_id": label["entity"]},
        "label of the area": {"label_id": label["area"]},
    }
