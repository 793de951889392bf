"""Run a panel: `python -m simulator`."""

import argparse
import asyncio
import signal

from .demo_data import DemoAccounts, populate
from .faults import clear_faults, describe, inject, is_fault
from .live_faults import V2_FAULTS
from .panel import Panel
from .random_events import RandomEvents


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A simulated StellarStack panel.",
        epilog=f"faults:\n{describe()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=3001, help="port to listen on (default: %(default)s)")
    parser.add_argument("--servers", type=int, default=8, help="number of servers (default: %(default)s)")
    parser.add_argument(
        "--tick", type=float, default=5.0, help="seconds between two syncs of generation 1 (default: %(default)s)"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how many times faster games and nodes are (default: %(default)s)"
    )
    parser.add_argument("--random-events", action="store_true", help="let servers start, stop and crash by themselves")
    parser.add_argument("--payload", choices=("real", "page"), default="real", help="form of the server object")
    parser.add_argument(
        "--panel-version",
        choices=("0.1.0", "1.2.0", "newer"),
        default="newer",
        help="1.2.0 is of generation 1, 0.1.0 of generation 2 (default: %(default)s)",
    )
    parser.add_argument("--old-frames", action="store_true", help="leave out what the frames of old panels lack")
    parser.add_argument("--base-path", default="", help="serve everything below this path")
    parser.add_argument("--tls", action="store_true", help="serve https with a self-signed certificate")
    parser.add_argument("--no-limits", action="store_true", help="switch the request limits off")
    parser.add_argument("--v2", action="store_true", help="be a panel of generation 2")
    parser.add_argument("--seed", type=int, default=0, help="seed of --random-events (default: %(default)s)")
    parser.add_argument(
        "--fault", action="append", default=[], type=_fault, metavar="NAME", help="inject a fault (repeatable)"
    )
    parser.add_argument("--fault-after", type=float, default=0, metavar="SECONDS", help="let them begin later")
    parser.add_argument("--fault-for", type=float, metavar="SECONDS", help="let them end (default: never)")
    arguments = parser.parse_args()
    if not arguments.v2 and (odd := sorted(V2_FAULTS.keys() & set(arguments.fault))):
        parser.error(f"only panels of generation 2 know the fault {odd[0]!r}: --v2")
    return arguments


def _fault(name: str) -> str:
    """Check the name of a fault; `help` lists them all."""
    if name == "help":
        print(describe())
        raise SystemExit
    if not is_fault(name):
        raise argparse.ArgumentTypeError(f"no fault is called {name!r}; --fault help lists them")
    return name


async def play_faults(panel: Panel, names: list[str], after: float, duration: float | None) -> None:
    """Inject faults at their time, and end them at theirs."""
    if not names:
        return
    await asyncio.sleep(after)
    for name in names:
        print(f"Fault: {name}", flush=True)
        await inject(panel, name)
    if duration is not None:
        await asyncio.sleep(duration)
        await clear_faults(panel)
        print("The faults are over.", flush=True)


def print_welcome(panel: Panel, accounts: DemoAccounts) -> None:
    """Print the panel's address and accounts."""
    print(f"StellarStack panel at {panel.url}")
    for title, account in zip(("admin", "user", "two-factor"), accounts, strict=True):
        print(f"  {title:<10}  {account.email}  {account.password}")
    print(f"  two-factor secret {accounts.two_factor.totp_secret}")
    print(f"  backup codes      {' '.join(accounts.two_factor.backup_codes)}")
    print("Stop with Ctrl-C.", flush=True)


async def run(arguments: argparse.Namespace) -> None:
    """Run a panel until a signal comes.

    A second signal does not wait for open sockets.
    """
    panel = Panel(
        payload=arguments.payload,
        version=arguments.panel_version,
        old_frames=arguments.old_frames,
        tick=arguments.tick,
        speed=arguments.speed,
        seed=arguments.seed,
        base_path=arguments.base_path,
        tls=arguments.tls,
        limits=not arguments.no_limits,
        generation=2 if arguments.v2 else 1,
    )
    accounts = populate(panel, arguments.servers)
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            panel.drop_clients()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    await panel.start(arguments.port, arguments.host)
    print_welcome(panel, accounts)
    events = RandomEvents(panel, seed=arguments.seed)
    if arguments.random_events:
        events.start()
    faults = asyncio.create_task(
        play_faults(panel, arguments.fault, arguments.fault_after, arguments.fault_for), name="faults"
    )
    await stop.wait()
    print("Stopping.", flush=True)
    faults.cancel()
    await asyncio.wait((faults,))
    await events.stop()
    await panel.stop()


if __name__ == "__main__":
    asyncio.run(run(parse_arguments()))
