"""Sets of callbacks in which a failing one harms no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import logging

_LOGGER = logging.getLogger(__name__)


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
        others: The set that it is in.
        callback: What to call.
        names: What it follows; None for all.
    """

    others: dict[_Listener[P], None]
    callback: Callable[P, None]
    names: frozenset[str] | None

    def remove(self) -> None:
        """Leave the set; more than once does no harm."""
        self.others.pop(self, None)


class Listeners[**P]:
    """A set of callbacks that get the same arguments.

    Home Assistant's `DataUpdateCoordinator` calls all of its callbacks at every change, and one that raises ends the
    round. Here each can name what it follows, and one that raises does not stop the others.
    """

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        """Begin with no callback."""
        self._listeners: dict[_Listener[P], None] = {}

    def __len__(self) -> int:
        """Return how many callbacks there are."""
        return len(self._listeners)

    def add(self, callback: Callable[P, None], names: frozenset[str] | None = None) -> Callable[[], None]:
        """Add a callback and return a function that removes it.

        That function may be called twice.

        Args:
            callback: What to call.
            names: What it follows, of what `notify_of` tells; None for all.
        """
        listener = _Listener(self._listeners, callback, names)
        self._listeners[listener] = None
        return listener.remove

    def notify(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call each present callback in the order of addition.

        One that is removed meanwhile is not called any more, one that is added meanwhile not yet. One that raises is
        logged with one line.
        """
        self._call(tuple(self._listeners), *args, **kwargs)

    def notify_of(self, names: frozenset[str], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call those callbacks that follow any of the names, as `notify` does."""
        concerned = [each for each in self._listeners if each.names is None or not names.isdisjoint(each.names)]
        self._call(concerned, *args, **kwargs)

    def _call(self, listeners: Iterable[_Listener[P]], *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in listeners:
            if listener in self._listeners:
                try:
                    listener.callback(*args, **kwargs)
                except Exception as err:  # noqa: BLE001 - whatever it is, it is the callback's own
                    _LOGGER.error("A listener failed: %s", describe_failure(err))
