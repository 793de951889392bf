"""Following a server's live socket, over reloads of its panel's entry."""

from collections.abc import Callable, Iterable

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, callback

from .coordinator import ServerCoordinator, StellarStackConfigEntry


@callback
def async_watch_live(
    entry: StellarStackConfigEntry,
    subentry_id: str,
    attach: Callable[[ServerCoordinator], Iterable[CALLBACK_TYPE]],
) -> CALLBACK_TYPE:
    """Have a server's live socket held, until released.

    Args:
        entry: The entry of the server's panel, loaded or not.
        subentry_id: The server.
        attach: Called with the server's coordinator, now if it is loaded and after each reload; returns what detaches
            from it again.

    Returns:
        A function that releases it, which may be called twice.
    """
    detachers: list[CALLBACK_TYPE] = []

    @callback
    def detach() -> None:
        while detachers:
            detachers.pop()()

    @callback
    def follow() -> None:
        detach()
        if entry.state is ConfigEntryState.LOADED and (server := entry.runtime_data.servers.get(subentry_id)):
            detachers.append(server.server.channel.watch())
            detachers.extend(attach(server))

    removers = [entry.async_on_state_change(follow)]

    @callback
    def end() -> None:
        while removers:
            removers.pop()()
        detach()

    follow()
    return end
