"""Rounding of measured values that are shown."""

from typing import Final

_CLEAR: Final = 0.75
"""The distance from the shown value, in units of its last digit, from which on another one is clearly nearer."""


class StableRounding:
    """Rounds the values of one sensor.

    A value that hovers between two results stays with the one that is shown: the one before it returns only once it is
    clearly nearer. Else an idle server would toggle between the two, with a row of the database each time. Any other
    result shows at once, and so does a change by a whole unit. Rounding the same value again changes nothing.
    """

    def __init__(self, digits: int) -> None:
        """Round to a number of digits after the decimal point."""
        self._digits = digits or None
        """`round` makes an integer of it if None."""
        self._margin = _CLEAR / 10**digits
        self._shown: float | None = None
        self._previous: float | None = None

    def round(self, value: float) -> float:
        """Return the value to show."""
        rounded = round(value, self._digits)
        if self._shown is None or rounded == self._shown:
            self._shown = rounded
        elif rounded != self._previous or abs(value - self._shown) >= self._margin:
            self._previous, self._shown = self._shown, rounded
        return self._shown
