"""A Home Assistant in its own process, and its interfaces.

The demo and the tests in a browser share it.
"""

import asyncio
from collections.abc import Generator, Mapping
import contextlib
import fcntl
import json
from pathlib import Path
import shutil
import socket
import sys
import time
from typing import Any

import aiohttp

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / ".cache" / "ports"


@contextlib.contextmanager
def reserved_port(wanted: int) -> Generator[int]:
    """Reserve the wanted port, or any free one when it is taken.

    Home Assistant listens only some seconds after its start. Until then, a lock keeps the port from other demos of this
    folder.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    for port in (wanted, 0):
        with contextlib.ExitStack() as stack:
            try:
                free = _free_port(port)
                lock = stack.enter_context((LOCKS / str(free)).open("w", encoding="utf-8"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield free
            return
    raise SystemExit("no port is free")


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted))
        return int(probe.getsockname()[1])


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


async def start(config: Path) -> asyncio.subprocess.Process:
    """Run Home Assistant with a prepared configuration folder.

    It installs nothing by itself.
    """
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "homeassistant", "--skip-pip", "-c", str(config))


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


class HomeAssistant:
    """A running Home Assistant, by its own web interfaces."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Talk to the Home Assistant at `url`."""
        self._session = session
        self._url = url
        self._token = ""

    async def call(self, path: str, data: dict[str, Any] | None = None) -> Any:
        """Return the JSON answer of a POST, or of a GET without data."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        method = "GET" if data is None else "POST"
        async with self._session.request(method, self._url + path, json=data, headers=headers) as response:
            response.raise_for_status()
            return await response.json()

    async def delete(self, path: str) -> None:
        """Delete what the path stands for."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.delete(self._url + path, headers=headers) as response:
            response.raise_for_status()

    async def ready(self) -> None:
        """Wait until it answers."""
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                await self.call("/manifest.json")
                return
            await asyncio.sleep(0.2)

    async def sign_in(self) -> bool:
        """Make the first user, as the welcome pages do.

        Returns False when there is one already.
        """
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

    async def tokens(self, username: str, password: str) -> dict[str, Any]:
        """Sign a user in; return what Home Assistant's pages would remember."""
        client = {"client_id": f"{self._url}/"}
        begin = {"handler": ["homeassistant", None], "redirect_uri": f"{self._url}/", **client}
        flow = await self.call("/auth/login_flow", begin)
        answer = {"username": username, "password": password, **client}
        code = (await self.call(f"/auth/login_flow/{flow['flow_id']}", answer))["result"]
        form = client | {"grant_type": "authorization_code", "code": code}
        async with self._session.post(f"{self._url}/auth/token", data=form) as response:
            tokens: dict[str, Any] = await response.json()
        expires = int(time.time() * 1000) + tokens["expires_in"] * 1000
        return tokens | {"hassUrl": self._url, "clientId": client["client_id"], "expires": expires}

    async def add_panel(self, url: str, email: str, password: str) -> None:
        """Set our integration up, step by step.

        All servers that it offers are taken.
        """
        flows = "/api/config/config_entries/flow"
        step = await self.call(flows, {"handler": "stellarstack"})
        for answer in (
            {"url": url, "verify_ssl": True},
            {"next_step_id": "credentials"},
            {"email": email, "password": password},
        ):
            step = await self.call(f"{flows}/{step['flow_id']}", answer)
        # Of many servers none is chosen before.
        (field,) = step["data_schema"]
        offered = [option["value"] for option in field["selector"]["select"]["options"]]
        step = await self.call(f"{flows}/{step['flow_id']}", {"servers": offered})
        if step["type"] != "create_entry":
            raise SystemExit(f"the dialog ended in {step}")

    async def ask_games(self, games: Mapping[str, tuple[str, int]]) -> None:
        """Have games of this machine asked who plays.

        Takes protocol and port by the server's id. A server that was not added is left out, as is a game that does not
        answer just then.
        """
        (entry,) = await self.call("/api/config/config_entries/entry?domain=stellarstack")
        (subentries,) = await self.command({"type": "config_entries/subentries/list", "entry_id": entry["entry_id"]})
        flows = "/api/config/config_entries/subentries/flow"
        for subentry in subentries:
            if (game := games.get(subentry["unique_id"])) is None:
                continue
            protocol, port = game
            begin = {"handler": [entry["entry_id"], "server"], "subentry_id": subentry["subentry_id"]}
            flow = f"{flows}/{(await self.call(flows, begin))['flow_id']}"
            step = await self.call(flow, {"protocol": protocol, "host": "127.0.0.1", "port": port, "interval": 10})
            if step["type"] != "abort":
                await self.delete(flow)

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
                    raise SystemExit(f"{message['type']} answered {answer['error']}")
                results.append(answer["result"])
        return results

    async def registries(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return all devices and all entities."""
        devices, entities = await self.command(
            {"type": "config/device_registry/list"}, {"type": "config/entity_registry/list"}
        )
        return devices, entities
