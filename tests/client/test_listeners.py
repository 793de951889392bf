"""Listeners: each is told, whatever another does."""

from collections.abc import Callable

import pytest

from custom_components.stellarstack.client.listeners import Listeners, describe_failure

from .support import our_log


def _fail(*news: str) -> None:
    raise LookupError(f"content: {news}")


def test_all_are_told_in_order() -> None:
    heard: list[tuple[str, str]] = []
    listeners: Listeners[str] = Listeners()
    listeners.add(lambda news: heard.append(("first", news)))
    listeners.add(lambda news: heard.append(("second", news)))

    listeners.notify("a")
    listeners.notify("b")

    assert heard == [("first", "a"), ("second", "a"), ("first", "b"), ("second", "b")]


def test_removed_one_is_not_told() -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()
    remove = listeners.add(heard.append)
    listeners.add(heard.append)
    assert len(listeners) == 2

    remove()
    remove()
    listeners.notify("a")

    assert (heard, len(listeners)) == (["a"], 1)


def test_one_added_twice_is_removed_once() -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()
    first, second = listeners.add(heard.append), listeners.add(heard.append)
    listeners.notify("a")
    first()
    first()
    listeners.notify("b")
    second()
    listeners.notify("c")

    assert heard == ["a", "a", "b"]


def test_one_that_raises_keeps_the_news_from_no_other(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()
    for callback in (heard.append, _fail, heard.append):
        listeners.add(callback)

    listeners.notify("secret")

    assert heard == ["secret", "secret"]
    (line,) = our_log(caplog)
    assert line.startswith("ERROR A listener failed: LookupError in _fail, line ")
    assert "secret" not in caplog.text
    assert "content" not in caplog.text


def test_one_removed_meanwhile_is_not_told_any_more() -> None:
    heard: list[str] = []
    removes: list[Callable[[], None]] = []
    listeners: Listeners[str] = Listeners()

    def remove_all(news: str) -> None:
        heard.append(news)
        for remove in removes:
            remove()

    removes.extend(listeners.add(remove_all) for _ in range(3))

    listeners.notify("a")

    assert (heard, len(listeners)) == (["a"], 0)


def test_one_added_meanwhile_is_told_the_next_news() -> None:
    heard: list[str] = []
    listeners: Listeners[str] = Listeners()

    def add_another(news: str) -> None:
        listeners.add(heard.append)

    listeners.add(add_another)

    listeners.notify("a")
    before = list(heard)
    listeners.notify("b")

    assert (before, heard) == ([], ["b"])


def test_failure_is_described_by_the_place_where_it_began() -> None:
    def inner() -> None:
        raise ValueError("secret")

    with pytest.raises(ValueError, match="secret") as caught:
        inner()
    described = describe_failure(caught.value)

    assert described.startswith(
        "ValueError in test_failure_is_described_by_the_place_where_it_began.<locals>.inner, line "
    )
    assert "secret" not in described


def test_failure_that_was_never_raised_has_no_place() -> None:
    assert describe_failure(ValueError("secret")) == "ValueError"
