"""Run the demo: a panel, a real Home Assistant, and between them our integration, set up through its own dialog.

The simulated panel forgets its sessions when it stops, so each run of it begins with a fresh Home Assistant; with a
panel of your own, Home Assistant keeps what you set up.
"""

import argparse
import asyncio
import contextlib
import json
from pathlib import Path
import shutil
import signal
import socket
import sys
from typing import Any

import aiohttp
from yarl import URL

from simulator import Panel
from simulator.__main__ import print_welcome
from simulator.accounts import Account
from simulator.life import Life
from simulator.world import populate

from .dashboard import dashboard

ROOT = Path(__file__).parent.parent
PANEL_PORT = 3001
HA_PORT = 8123
START_TIMEOUT = 120.0


def free_port(wanted: int) -> int:
    """Return the wanted port, or any free one when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise SystemExit("demo: no port is free")


def prepare(config: Path, port: int, *, fresh: bool) -> None:
    """Make Home Assistant's configuration folder, our integration in it."""
    if fresh:
        shutil.rmtree(config, ignore_errors=True)
    storage = config / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "demo" / "configuration.yaml", config / "configuration.yaml")
    http = {"server_host": ["127.0.0.1"], "server_port": port, "use_x_frame_options": True}
    http |= {
        "cors_allowed_origins": [],
        "ip_ban_enabled": False,
        "login_attempts_threshold": -1,
        "ssl_profile": "modern",
    }
    http |= {"created_at": "2026-01-01T00:00:00+00:00", "error": None, "error_message": None}
    store(storage / "http", 2, {"stable": http, "pending": None, "yaml_migration_done": True})
    if not (storage / "onboarding").exists():
        # All of the welcome but its first step, the user: the rest would add integrations that need the internet.
        store(storage / "onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
    shutil.copytree(ROOT / "blueprints", config / "blueprints", dirs_exist_ok=True)
    (config / "automations.yaml").touch()
    link = config / "custom_components"
    if not link.is_symlink():
        link.symlink_to(ROOT / "custom_components")


def store(path: Path, version: int, data: dict[str, Any]) -> None:
    """Write one of Home Assistant's own files of settings."""
    minor = 2 if path.name == "http" else 1
    content = {"version": version, "minor_version": minor, "key": path.name, "data": data}
    path.write_text(json.dumps(content), "utf-8")


class HomeAssistant:
    """A running Home Assistant, by its own web interfaces."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Talk to the Home Assistant at `url`."""
        self._session = session
        self._url = url
        self._token = ""

    async def call(self, path: str, data: dict[str, Any] | None = None) -> Any:
        """Return the JSON answer of a POST, or of a GET when there are no data."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        method = "GET" if data is None else "POST"
        async with self._session.request(method, self._url + path, json=data, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    async def ready(self) -> None:
        """Wait until it answers."""
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                await self.call("/manifest.json")
                return
            await asyncio.sleep(0.2)

    async def sign_in(self) -> bool:
        """Make the first user when there is none, as the welcome pages do; return whether there was none."""
        steps = {step["step"]: step["done"] for step in await self.call("/api/onboarding")}
        client = {"client_id": f"{self._url}/"}
        if steps["user"]:
            return False
        user = {"name": "Demo", "username": "demo", "password": "demo", "language": "en"}
        code = (await self.call("/api/onboarding/users", client | user))["auth_code"]
        form = client | {"grant_type": "authorization_code", "code": code}
        async with self._session.post(f"{self._url}/auth/token", data=form) as response:
            self._token = (await response.json())["access_token"]
        return True

    async def add_panel(self, url: str, account: Account) -> None:
        """Set our integration up, step by step as a person does; all servers that it offers are taken."""
        flows = "/api/config/config_entries/flow"
        step = await self.call(flows, {"handler": "stellarstack"})
        for answer in (
            {"url": url, "verify_ssl": True},
            {"next_step_id": "credentials"},
            {"email": account.email, "password": account.password},
        ):
            step = await self.call(f"{flows}/{step['flow_id']}", answer)
        suggested = next(field["description"]["suggested_value"] for field in step["data_schema"])
        step = await self.call(f"{flows}/{step['flow_id']}", {"servers": suggested})
        if step["type"] != "create_entry":
            raise SystemExit(f"demo: the dialog ended in {step}")

    async def command(self, *messages: dict[str, Any]) -> list[Any]:
        """Return the results of WebSocket commands."""
        results = []
        async with self._session.ws_connect(f"{self._url}/api/websocket", max_msg_size=0) as ws:
            await ws.receive_json()
            await ws.send_json({"type": "auth", "access_token": self._token})
            await ws.receive_json()
            for number, message in enumerate(messages, 1):
                await ws.send_json({"id": number, **message})
                answer = await ws.receive_json()
                if not answer["success"]:
                    raise SystemExit(f"demo: {message['type']} answered {answer['error']}")
                results.append(answer["result"])
        return results

    async def registries(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return all devices and all entities."""
        devices, entities = await self.command(
            {"type": "config/device_registry/list"}, {"type": "config/entity_registry/list"}
        )
        return devices, entities

    async def add_automations(self) -> None:
        """Make automations from our blueprints: one tells of crashes, one starts Survival again after one."""
        devices, _ = await self.registries()
        servers = {device["name"]: device["id"] for device in devices if device["serial_number"]}
        for key, alias, blueprint, values in (
            (
                "tell",
                "Tell me of crashes",
                "server_notifications",
                {"servers": list(servers.values()), "tell_ready": False, "tell_stopped": False},
            ),
            (
                "revive",
                "Start Survival again after a crash",
                "restart_after_crash",
                {"server": servers["Survival"], "wait": {"seconds": 5}},
            ),
        ):
            use = {"path": f"stellarstack/{blueprint}.yaml", "input": values}
            await self.call(f"/api/config/automation/config/{key}", {"alias": alias, "use_blueprint": use})

    async def show_servers_first(self) -> None:
        """Make a dashboard of all servers and let Home Assistant open on it."""
        devices, entities = await self.registries()
        await self.command(
            {
                "type": "lovelace/dashboards/create",
                "url_path": "game-servers",
                "title": "Game servers",
                "icon": "mdi:controller-classic",
            },
            {"type": "lovelace/config/save", "url_path": "game-servers", "config": dashboard(devices, entities)},
            {"type": "frontend/set_system_data", "key": "core", "value": {"default_panel": "game-servers"}},
        )


async def run(arguments: argparse.Namespace, stop: asyncio.Event) -> None:
    """Run until stopped, or until Home Assistant ends by itself."""
    async with contextlib.AsyncExitStack() as stack:
        simulated = arguments.panel is None
        panel = Panel(drain=0)
        accounts = populate(panel)
        if simulated:
            await panel.start(free_port(PANEL_PORT))
            stack.push_async_callback(panel.stop)
            life = Life(panel)
            life.start()
            stack.push_async_callback(life.stop)
            print_welcome(panel, accounts)

        port = arguments.ha_port or free_port(HA_PORT)
        url = f"http://localhost:{port}"
        config = ROOT / ".cache" / "demo" / ("simulator" if simulated else str(URL(arguments.panel).host))
        prepare(config, port, fresh=simulated)
        print("demo: starting Home Assistant", flush=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "homeassistant", "--skip-pip", "-c", str(config)
        )
        stack.push_async_callback(end, process)
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(START_TIMEOUT), aiohttp.ClientSession() as session:
                setting_up = asyncio.create_task(
                    set_up(HomeAssistant(session, url), panel if simulated else None, accounts.admin)
                )
                await asyncio.wait({setting_up, stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
                if setting_up.done():
                    setting_up.result()
                    print(f"\nOpen {url}" + ("" if simulated else f" and add StellarStack with {arguments.panel}"))
                    print("Stop with Ctrl-C.", flush=True)
                setting_up.cancel()
        except TimeoutError:
            raise SystemExit(f"demo: Home Assistant was not ready after {START_TIMEOUT:.0f} s") from None
        await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if ended.done():
            raise SystemExit(f"demo: Home Assistant ended with status {ended.result()}")
        ended.cancel()


async def set_up(home_assistant: HomeAssistant, panel: Panel | None, account: Account) -> None:
    """Bring a fresh Home Assistant to where a person would have it after half an hour."""
    await home_assistant.ready()
    if await home_assistant.sign_in() and panel is not None:
        await home_assistant.add_panel(panel.url, account)
        await home_assistant.add_automations()
        await home_assistant.show_servers_first()


async def end(process: asyncio.subprocess.Process) -> None:
    """Stop Home Assistant as its own service would."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="A panel and a Home Assistant that shows it.")
    parser.add_argument("--ha-port", type=int, help=f"port of Home Assistant (default: {HA_PORT}, or a free one)")
    parser.add_argument("--panel", metavar="URL", help="a real panel to use instead of the simulated one")
    arguments = parser.parse_args()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(arguments, stop)


if __name__ == "__main__":
    asyncio.run(main())
