"""The Home Assistant that the tests look at."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import tempfile

import aiohttp

from demo.home_assistant import HomeAssistant, end, prepare, reserved_port, start

START_TIMEOUT = 120.0


@dataclass
class HomeAssistantInstance:
    """A running Home Assistant.

    Attributes:
        url: Where a browser opens it.
        api: What tests prepare and clean up with.
        config: Its configuration folder.
        process: What it runs in.
    """

    url: str
    api: HomeAssistant
    config: Path
    process: asyncio.subprocess.Process

    async def restart(self) -> None:
        """Stop it and start it again; returns when it answers, which is long before our integration is loaded."""
        await end(self.process)
        self.process = await start(self.config)
        async with asyncio.timeout(START_TIMEOUT):
            await self.api.ready()

    async def remove_panels(self) -> None:
        """Remove our integration's entries, and with them devices, entities and open dialogs."""
        entries = "/api/config/config_entries/entry"
        for entry in await self.api.call(f"{entries}?domain=stellarstack"):
            await self.api.delete(f"{entries}/{entry['entry_id']}")

    async def reload_panels(self) -> None:
        """Reload our integration's entries, which finds new servers at once."""
        entries = "/api/config/config_entries/entry"
        for entry in await self.api.call(f"{entries}?domain=stellarstack"):
            await self.api.call(f"{entries}/{entry['entry_id']}/reload", {})

    async def remove_server(self, name: str) -> None:
        """Remove a server, as the menu of its entry does."""
        entries = await self.api.call("/api/config/config_entries/entry?domain=stellarstack")
        for entry in entries:
            command = {"entry_id": entry["entry_id"]}
            [servers] = await self.api.command({"type": "config_entries/subentries/list", **command})
            for server in servers:
                if server["title"] == name:
                    command["subentry_id"] = server["subentry_id"]
                    await self.api.command({"type": "config_entries/subentries/delete", **command})

    async def let_reader_control(self, allowed: bool) -> None:
        """Give the user who may only read the right to control everything, or take it back."""
        [users] = await self.api.command({"type": "config/auth/list"})
        reader = next(user["id"] for user in users if user["username"] == "reader")
        group = "system-users" if allowed else "system-read-only"
        await self.api.command({"type": "config/auth/update", "user_id": reader, "group_ids": [group]})

    async def reader_tokens(self) -> str:
        """Return what a browser remembers of a user who may only read, as JSON."""
        [users] = await self.api.command({"type": "config/auth/list"})
        if not any(user["username"] == "reader" for user in users):
            new = {"name": "Reader", "group_ids": ["system-read-only"]}
            [created] = await self.api.command({"type": "config/auth/create", **new})
            sign_in = {"user_id": created["user"]["id"], "username": "reader", "password": "reader"}
            await self.api.command({"type": "config/auth_provider/homeassistant/create", **sign_in})
        return json.dumps(await self.api.tokens("reader", "reader"))

    async def remove_dashboards(self) -> None:
        """Remove all dashboards that were made, and open on the first page as before."""
        await self.api.command({"type": "frontend/set_system_data", "key": "core", "value": {}})
        [dashboards] = await self.api.command({"type": "lovelace/dashboards/list"})
        for dashboard in dashboards:
            await self.api.command({"type": "lovelace/dashboards/delete", "dashboard_id": dashboard["id"]})


@asynccontextmanager
async def running_instance() -> AsyncGenerator[HomeAssistantInstance]:
    """Run a real Home Assistant with a user, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, reserved_port(8123) as port:
        config = Path(folder)
        prepare(config, port, fresh=True)
        url = f"http://localhost:{port}"
        async with aiohttp.ClientSession() as session:
            instance = HomeAssistantInstance(url, HomeAssistant(session, url), config, await start(config))
            try:
                async with asyncio.timeout(START_TIMEOUT):
                    await instance.api.ready()
                    await instance.api.sign_in()
                yield instance
            finally:
                await end(instance.process)
