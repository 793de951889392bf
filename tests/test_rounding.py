"""How values are rounded that are shown."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.rounding import StableRounding

from .client.support import at_random

values = st.lists(st.floats(0, 100) | st.floats(7, 9), min_size=1, max_size=30)


def shown(digits: int, *values: float) -> list[float]:
    """Return what is shown of values, one after the other."""
    rounding = StableRounding(digits)
    return [rounding.round(value) for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((8.4, 8.6, 9.4, 9.6), [8, 9, 9, 10], id="a new result shows at once"),
        pytest.param((8.4, 8.6, 8.4, 8.6, 8.3), [8, 9, 9, 9, 9], id="one that hovers stays"),
        pytest.param((8.6, 8.4, 8.6, 8.74), [9, 8, 8, 8], id="downwards too"),
        pytest.param((8.4, 8.6, 8.25), [8, 9, 8], id="it returns when it is clearly nearer"),
        pytest.param((8, 9, 8, 9), [8, 9, 8, 9], id="a whole unit always shows"),
        pytest.param((8.4, 8.6, 0, 8.6, 8.4), [8, 9, 0, 9, 8], id="only with the one before"),
    ],
)
def test_what_is_shown(values: tuple[float, ...], expected: list[float]) -> None:
    assert shown(0, *values) == expected
    assert shown(1, *(value / 10 for value in values)) == [value / 10 for value in expected]


def test_whole_numbers_are_integers() -> None:
    assert str(StableRounding(0).round(8.0)) == "8"


@at_random
@given(values)
def test_it_is_near_and_changes_for_a_reason(values: list[float]) -> None:
    rounding = StableRounding(0)
    before = rounding.round(values[0])
    for value in values:
        now = rounding.round(value)
        assert abs(now - value) < 0.75
        assert now in {before, round(value)}
        assert abs(before - value) < 1 or now != before
        assert rounding.round(value) == now
        before = now


@at_random
@given(st.lists(st.floats(8.26, 8.74), max_size=30))
def test_one_that_hovers_changes_once_at_most(values: list[float]) -> None:
    assert sum(later != earlier for earlier, later in pairwise(shown(0, *values))) <= 1
