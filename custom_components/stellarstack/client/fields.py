"""Parsers for the fields of a panel's wire objects.

All but the id is optional. A missing field keeps its known value. A field of a wrong type or an impossible value is
dropped with one debug line; the rest of the object is kept.
"""

from collections.abc import Callable, Mapping
from copy import replace
from datetime import UTC, datetime
import logging
import math
from typing import Any

from .models import Account, Allocation, Backup, Blueprint, Location, Node, Number, Server
from .text import is_id, one_line

_LOGGER = logging.getLogger(__name__)

_LONGEST_LABEL = 128
_LARGEST_NUMBER = 2**53

type Fields = Mapping[str, tuple[str, Callable[[Any], Any]]]
"""Of each key on the wire: the model's field, and what makes the one of the other (null stays None).

What makes it raises `TypeError`, `ValueError` or `OverflowError` for a value that is not legal there.
"""


def parse_id(value: Any) -> str:
    """Return an id.

    Raises:
        TypeError: The value is not an id.
    """
    if is_id(value):
        return value
    raise TypeError


def parse_label(value: Any, longest: int = _LONGEST_LABEL) -> str | None:
    """Return a text on one line."""
    if value is None:
        return None
    if isinstance(value, str):
        return one_line(value, longest)
    raise TypeError


def parse_flag(value: Any) -> bool | None:
    """Return a yes or no."""
    if value is None or isinstance(value, bool):
        return value
    raise TypeError


def parse_number(value: Any, least: int = 0) -> Number | None:
    """Return a finite number not below `least`.

    REST sends sizes as texts, so that a text is taken too.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    # The comparison also refuses NaN, which is never between two numbers.
    if not least <= value <= _LARGEST_NUMBER:
        raise ValueError
    return int(value) if value == math.floor(value) else value


def parse_port(value: Any) -> int | None:
    """Return the number of a port."""
    number = parse_number(value, 1)
    if number is not None and (not isinstance(number, int) or number > 65535):
        raise ValueError
    return number


def parse_count(value: Any) -> int | None:
    """Return a whole number."""
    number = parse_number(value)
    if isinstance(number, float):
        raise ValueError  # noqa: TRY004 - a fraction is a wrong value, not a wrong type
    return number


def parse_time(value: Any) -> datetime | None:
    """Return an ISO time, as UTC when it names no zone."""
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def parse_fields(fields: Fields, data: Mapping[str, Any], base: Any) -> dict[str, Any]:
    """Return the legal fields of `data` that differ from `base`.

    Names and types are those of the model.
    """
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key in fields:
            name, convert = fields[key]
            known = getattr(base, name)
            # Most of a frame is as it was; only what is not has to be looked at.
            if value is known or (type(value) is type(known) and value == known):
                continue
            try:
                values[name] = convert(value)
            except TypeError, ValueError, OverflowError:
                kind, wrong = type(base).__name__, type(value).__name__
                _LOGGER.debug("Ignored %s of %s %s: %s has no legal value there", key, kind, base.id, wrong)
    return values


def updated[T: (Account, Server, Node, Location, Allocation, Blueprint, Backup)](base: T, values: dict[str, Any]) -> T:
    """Return `base` with these values.

    The same object is returned when it has them already, as most parts of a server do.
    """
    for name, value in values.items():
        known = getattr(base, name)
        if value is not known and value != known:
            return replace(base, **values)
    return base


def parse_row[T](parse: Callable[[Mapping[str, Any]], T], row: Any) -> T | None:
    """Return the object in a row; None without an id.

    A row without an id is logged with one debug line.
    """
    try:
        return parse(row)
    except AttributeError, TypeError:
        _LOGGER.debug("Ignored a row without an id")
        return None
