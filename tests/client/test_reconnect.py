"""Back-off: how the waits grow, what begins them anew, what bounds them."""

import random

import pytest

from custom_components.stellarstack.client.reconnect import Backoff
from custom_components.stellarstack.client.timing import Timing

TIMING = Timing(first_reconnect=1.0, longest_reconnect=300.0, lasting=10.0, longest_retry_after=60.0)
LATE = 1000.0
"""Seconds spent on an attempt after which another may follow at once."""


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest delays that were drawn from; what is drawn is always the shortest."""
    longest: list[float] = []

    def uniform(least: float, most: float) -> float:
        longest.append(most)
        return least

    monkeypatch.setattr(random, "uniform", uniform)
    return longest


def test_longest_wait_doubles_up_to_five_minutes(draws: list[float]) -> None:
    backoff = Backoff(TIMING)

    assert {backoff.next_delay(spent=LATE, lasted=0) for _ in range(11)} == {0}
    assert draws == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_waits_have_full_jitter() -> None:
    drawn = []
    for _ in range(200):
        backoff = Backoff(TIMING)
        backoff.next_delay(spent=LATE, lasted=0)
        backoff.next_delay(spent=LATE, lasted=0)
        drawn.append(backoff.next_delay(spent=LATE, lasted=0))

    assert 0 <= min(drawn) < 1
    assert 3 < max(drawn) <= 4


@pytest.mark.parametrize(("lasted", "then"), [(0.0, 4), (9.9, 4), (10.0, 1), (86_400.0, 1)])
def test_only_a_connection_that_lasted_begins_the_waits_anew(draws: list[float], lasted: float, then: float) -> None:
    backoff = Backoff(TIMING)
    backoff.next_delay(spent=LATE, lasted=0)
    backoff.next_delay(spent=LATE, lasted=0)

    backoff.next_delay(spent=LATE, lasted=lasted)

    assert draws == [1, 2, then]


@pytest.mark.parametrize(("spent", "delay"), [(0.0, 1), (0.25, 0.75), (1.0, 0), (30.0, 0)])
def test_two_attempts_never_begin_within_a_second(draws: list[float], spent: float, delay: float) -> None:
    assert Backoff(TIMING).next_delay(spent=spent, lasted=0) == delay


@pytest.mark.parametrize(("retry_after", "delay"), [(None, 0), (0.0, 0), (5.0, 5), (60.0, 60), (9999.0, 60)])
def test_wait_that_the_panel_asks_for_is_followed_up_to_a_minute(
    draws: list[float], retry_after: float | None, delay: float
) -> None:
    assert Backoff(TIMING).next_delay(spent=LATE, lasted=0, retry_after=retry_after) == delay


def test_longer_wait_of_ours_is_not_shortened_by_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: most)

    assert Backoff(TIMING).next_delay(spent=LATE, lasted=0, retry_after=0.5) == 1
