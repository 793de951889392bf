"""Checks of texts from a panel: bounded, printable and on one line."""

from typing import TypeGuard

LONGEST_ID = 128


def is_id(value: object) -> TypeGuard[str]:
    """Return whether a value can be an id.

    An id has 1 to 128 printable characters.
    """
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def one_line(text: str, longest: int) -> str | None:
    """Return a text without control and direction characters.

    It has at most `longest` characters; None when none are left.
    """
    # Most texts are fine as they are, and each changed frame has a dozen.
    if text and len(text) <= longest and text.isprintable() and "  " not in text and " " not in {text[0], text[-1]}:
        return text
    printable = "".join(char if char.isprintable() else " " for char in text[: longest * 8])
    return " ".join(printable.split())[:longest].strip() or None
