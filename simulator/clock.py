"""The panel's own clock, which a test can move ahead."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus what it was moved ahead by.

    Attributes:
        began_at: When it was made.
    """

    def __init__(self) -> None:
        """Start at the real time."""
        self._ahead = timedelta()
        self.began_at = self.now()

    def now(self) -> datetime:
        """Return the panel's time, in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock ahead."""
        self._ahead += timedelta(seconds=seconds)


def iso(moment: datetime) -> str:
    """Write a time as JavaScript's `toISOString` does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
