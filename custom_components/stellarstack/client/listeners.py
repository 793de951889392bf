"""Sets of callbacks in which a failing one harms no other."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
import logging

_LOGGER = logging.getLogger(__name__)

_UNNAMED = (None,)
"""What a callback is kept under that follows no name."""


def describe_failure(err: Exception) -> str:
    """Return an exception's type and place.

    Its text is left out, as it may hold content.
    """
    place = err.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(err).__name__
    return f"{type(err).__name__} in {place.tb_frame.f_code.co_qualname}, line {place.tb_lineno}"


@dataclass(eq=False, slots=True)
class _Listener[**P]:
    """A callback among others.

    Attributes:
        others: The sets that it is in, by name.
        callback: What to call; None once it is removed.
        names: What it follows.
    """

    others: dict[str | None, tuple[_Listener[P], ...]]
    callback: Callable[P, None] | None
    names: Collection[str | None]

    def remove(self) -> None:
        """Leave the sets; more than once does no harm."""
        if self.callback is not None:
            self.callback = None
            for name in self.names:
                self.others[name] = tuple(each for each in self.others[name] if each is not self)


class Listeners[**P]:
    """A set of callbacks that get the same arguments.

    Home Assistant's `DataUpdateCoordinator` calls all of its callbacks at every change, and one that raises ends the
    round. Here each can name what it follows, and one that raises does not stop the others.
    """

    __slots__ = ("_by_name",)

    def __init__(self) -> None:
        """Begin with no callback."""
        self._by_name: dict[str | None, tuple[_Listener[P], ...]] = {}

    def __len__(self) -> int:
        """Return how many callbacks there are."""
        return len(self._of(self._by_name))

    def add(self, callback: Callable[P, None], names: Collection[str] = ()) -> Callable[[], None]:
        """Add a callback and return a function that removes it.

        That function may be called twice.

        Args:
            callback: What to call.
            names: What it follows, of what `notify_of` tells; with none, it is called by `notify` alone.
        """
        listener = _Listener(self._by_name, callback, names or _UNNAMED)
        for name in listener.names:
            self._by_name[name] = (*self._by_name.get(name, ()), listener)
        return listener.remove

    def notify(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call each present callback.

        Those of a name are called in the order of addition. One that is removed meanwhile is not called any more, one
        that is added meanwhile not yet. One that raises is logged with one line.
        """
        self._call(self._of(self._by_name), *args, **kwargs)

    def notify_of(self, names: Collection[str], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call those callbacks that follow any of the names, as `notify` does."""
        self._call(self._of(names), *args, **kwargs)

    def _of(self, names: Collection[str | None]) -> Collection[_Listener[P]]:
        """Return those that follow any of the names, each once."""
        if len(names) == 1:
            (name,) = names
            return self._by_name.get(name, ())
        return {listener: None for name in names for listener in self._by_name.get(name, ())}

    def _call(self, listeners: Iterable[_Listener[P]], *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in listeners:
            if listener.callback is not None:
                try:
                    listener.callback(*args, **kwargs)
                except Exception as err:  # noqa: BLE001 - whatever it is, it is the callback's own
                    _LOGGER.error("A listener failed: %s", describe_failure(err))
