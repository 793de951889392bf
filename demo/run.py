"""Run the demo: a panel, and Home Assistant with our integration.

The simulated panel forgets its sessions when it stops, so each run of it begins with a fresh Home Assistant; with a
panel of your own, Home Assistant keeps what you set up.
"""

import argparse
import asyncio
import contextlib
import shutil
import signal

import aiohttp
from yarl import URL

from simulator import Panel
from simulator.__main__ import print_welcome
from simulator.accounts import Account
from simulator.demo_data import LONELY, open_queries, populate
from simulator.random_events import RandomEvents

from .home_assistant import ROOT, HomeAssistant, end, prepare, reserved_port, start

PANEL_PORT = 3001
HA_PORT = 8123
START_TIMEOUT = 120.0
TRY = """
Some servers stop, crash and come back by themselves. What you can try:
  Dashboard       start, stop and restart servers, which ask first; a name opens the server's page with its console
  Automations     Settings > Automations & scenes: three run already, and their traces tell what they did;
                  make one of your own with "Game server" triggers, or of one of the blueprints
  Players         Survival, Creative, Skyblock and Rust Weekly tell who plays. On {lonely} nobody does, so it is stopped
                  after a minute: start it again, and see. The cog of a server has the rest
  Actions         Settings > Tools > Actions: "Send command", target Survival, command: say hello
  Servers         Settings > Devices & services > StellarStack: delete Voice, then "Add server" brings it back
  Second account  delete Voice again, then "Add hub": {url}, {email}, {password}
                  code: {code}, which works once, or an app's with the secret {secret}
  Options         the cog of an account: whether new servers come by themselves, live connections, usage
  Diagnostics     the menu of an account or of a device: Download diagnostics
  Faults, repairs a second panel that {symptom} after 90 s and heals 90 s later:
    .venv/bin/python -m simulator --port 3002 --servers 12 {faults} --fault-after 90 --fault-for 90
                  "Add hub": http://127.0.0.1:3002, user@example.com, user-password; then Settings > Repairs.
                  --fault help lists other faults
  Language        your profile, bottom left: 14 languages"""


FAULTS = {
    1: ("blocks its WebSocket", "--fault http-403=/api/ws --fault close-1006"),
    2: ("loses its API", "--v2 --fault api-down"),
}
"""What a second panel does wrong, and the options for that, by generation."""


async def run(arguments: argparse.Namespace, stop: asyncio.Event) -> None:
    """Run until stopped, or until Home Assistant ends by itself."""
    async with contextlib.AsyncExitStack() as stack:
        simulated = arguments.panel is None
        panel = Panel(drain=0, generation=2 if arguments.v2 else 1)
        accounts = populate(panel)
        if simulated:
            await panel.start(stack.enter_context(reserved_port(PANEL_PORT)))
            stack.push_async_callback(panel.stop)
            events = RandomEvents(panel, pace=20.0)
            events.start()
            stack.push_async_callback(events.stop)
            print_welcome(panel, accounts)

        port = stack.enter_context(reserved_port(arguments.ha_port or HA_PORT))
        if arguments.ha_port not in {None, port}:
            raise SystemExit(f"demo: port {arguments.ha_port} is taken")
        url = f"http://localhost:{port}"
        # One for each demo that runs: a fresh one begins by deleting it.
        config = ROOT / ".cache" / "demo" / (f"simulator-{port}" if simulated else str(URL(arguments.panel).host))
        if simulated:
            stack.callback(shutil.rmtree, config, ignore_errors=True)
        prepare(config, port, fresh=simulated)
        print("demo: starting Home Assistant", flush=True)
        process = await start(config)
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
                    if simulated:
                        print(what_to_try(panel, accounts.two_factor))
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
    """Set a fresh Home Assistant up as a person would."""
    await home_assistant.ready()
    if await home_assistant.sign_in() and panel is not None:
        await home_assistant.add_panel(panel.url, account.email, account.password)
        await show_players(home_assistant, panel)
        await add_automations(home_assistant)
        await show_servers_first(home_assistant)


async def show_players(home_assistant: HomeAssistant, panel: Panel) -> None:
    """Let games tell who plays, and have Home Assistant ask them."""
    games = await open_queries(panel)
    await home_assistant.ask_games({key: (protocol, game.port) for key, (protocol, game) in games.items()})


async def add_automations(home_assistant: HomeAssistant) -> None:
    """Make automations from our blueprints.

    One reports crashes, one starts Survival again after one, one stops the server on which nobody plays.
    """
    devices, _ = await home_assistant.registries()
    servers = {device["name"]: device["id"] for device in devices if device["via_device_id"]}
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
        (
            "sleep",
            f"Stop {LONELY} when nobody plays",
            "stop_when_empty",
            {
                "server": servers[LONELY],
                "players": f"sensor.{LONELY.lower()}_players",
                "nobody_for": {"minutes": 1},
                "running_for": {"minutes": 1},
                "warning_time": {"seconds": 20},
            },
        ),
    ):
        use = {"path": f"stellarstack/{blueprint}.yaml", "input": values}
        await home_assistant.call(f"/api/config/automation/config/{key}", {"alias": alias, "use_blueprint": use})


async def show_servers_first(home_assistant: HomeAssistant) -> None:
    """Add the dashboard, as four clicks would, and open on it."""
    await home_assistant.command(
        {
            "type": "lovelace/dashboards/create",
            "url_path": "game-servers",
            "title": "Game servers",
            "icon": "mdi:controller",
        },
        {
            "type": "lovelace/config/save",
            "url_path": "game-servers",
            "config": {"strategy": {"type": "custom:stellarstack"}},
        },
        {"type": "frontend/set_system_data", "key": "core", "value": {"default_panel": "game-servers"}},
    )


def what_to_try(panel: Panel, account: Account) -> str:
    """Return a short tour.

    It names the panel's url and an account that has a second factor.
    """
    symptom, faults = FAULTS[panel.generation]
    return TRY.format(
        url=panel.url,
        lonely=LONELY,
        symptom=symptom,
        faults=faults,
        email=account.email,
        password=account.password,
        code=account.backup_codes[0],
        secret=account.totp_secret,
    )


async def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description="A panel and a Home Assistant that shows it.")
    parser.add_argument("--ha-port", type=int, help=f"port of Home Assistant (default: {HA_PORT}, or a free one)")
    parser.add_argument("--v2", action="store_true", help="simulate a panel of generation 2")
    parser.add_argument("--panel", metavar="URL", help="a real panel to use instead of the simulated one")
    arguments = parser.parse_args()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(arguments, stop)


if __name__ == "__main__":
    asyncio.run(main())
