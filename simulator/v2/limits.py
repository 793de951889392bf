"""Better Auth's request limits: windows, one for each client and path."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import math
from typing import Final

WINDOW: Final = timedelta(seconds=10)
SIGN_INS: Final = 3
"""Calls within a window that may sign in, or give a second factor."""
OTHERS: Final = 100
_STRICT: Final = ("/auth/sign-in/", "/auth/sign-up/", "/auth/two-factor/")


@dataclass
class _Window:
    count: int
    last: datetime


class Limiter:
    """All the windows of a panel."""

    def __init__(self) -> None:
        """Begin without windows."""
        self._windows: dict[tuple[str, str], _Window] = {}

    def seconds_to_wait(self, client: str, path: str, now: datetime) -> int | None:
        """Count a call; return the seconds to wait above the limit."""
        if not path.startswith("/auth/"):
            return None
        window = self._windows.setdefault((client, path), _Window(0, now))
        if now - window.last >= WINDOW:
            window.count = 0
        if window.count >= (SIGN_INS if path.startswith(_STRICT) else OTHERS):
            return math.ceil((window.last + WINDOW - now).total_seconds())
        window.count += 1
        window.last = now
        return None
