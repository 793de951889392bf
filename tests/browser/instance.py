"""The Home Assistant that the tests look at."""

from dataclasses import dataclass

from demo.home_assistant import HomeAssistant


@dataclass(frozen=True)
class HomeAssistantInstance:
    """A running Home Assistant.

    Attributes:
        url: Where a browser opens it.
        api: What tests prepare and clean up with.
    """

    url: str
    api: HomeAssistant

    async def remove_panels(self) -> None:
        """Remove our integration's entries, and with them devices, entities and open dialogs."""
        entries = "/api/config/config_entries/entry"
        for entry in await self.api.call(f"{entries}?domain=stellarstack"):
            await self.api.delete(f"{entries}/{entry['entry_id']}")

    async def remove_dashboards(self) -> None:
        """Remove all dashboards that were made, and open on the first page as before."""
        await self.api.command({"type": "frontend/set_system_data", "key": "core", "value": {}})
        [dashboards] = await self.api.command({"type": "lovelace/dashboards/list"})
        for dashboard in dashboards:
            await self.api.command({"type": "lovelace/dashboards/delete", "dashboard_id": dashboard["id"]})
