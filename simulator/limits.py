"""The request limits of the panel: token buckets, one pair per client."""

from dataclasses import dataclass
from datetime import datetime

REQUESTS_A_MINUTE = 100
SIGN_INS_A_MINUTE = 5


@dataclass
class Bucket:
    """A bucket that holds `capacity` tokens and is refilled within a minute."""

    capacity: int
    tokens: float
    filled: datetime

    def take(self, now: datetime) -> bool:
        """Take one token, or say that there is none."""
        refill = (now - self.filled).total_seconds() * self.capacity / 60
        self.tokens = min(self.capacity, self.tokens + refill)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Limiter:
    """All the buckets of a panel."""

    def __init__(self) -> None:
        """Start with full buckets."""
        self._buckets: dict[tuple[str, int], Bucket] = {}

    def allows(self, client: str, path: str, now: datetime) -> bool:
        """Count a request, and say whether it may pass."""
        if not path.startswith("/api/"):
            return True
        if not self._take(client, REQUESTS_A_MINUTE, now):
            return False
        return not path.startswith("/api/auth/sign-in/") or self._take(client, SIGN_INS_A_MINUTE, now)

    def _take(self, client: str, capacity: int, now: datetime) -> bool:
        bucket = self._buckets.setdefault((client, capacity), Bucket(capacity, capacity, now))
        return bucket.take(now)
