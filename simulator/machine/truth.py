"""The record of what really happened to games."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RESTART_WINDOW: Final = 15.0
"""Seconds within which a stop and a start count as a restart."""


class What(StrEnum):
    """What happened to a game.

    A game is *ready* at its "done" line; without one, when its container runs.

    STARTED: A game that was down is ready, and that is no restart.
    RESTARTED: A ready game went down by a restart, or by a stop at most `RESTART_WINDOW` seconds before its next
        container ran, and is ready again. Counts at its end.
    STOPPED: The container went down by a stop, or by the stop that a restart begins with, and neither did another run
        within `RESTART_WINDOW` seconds nor was a restart still going on. Counts at the stop, whether or not the game
        was ready.
    CRASHED: The container exited by itself with another code than 0, also before the game was ready.
    EXITED: The container exited by itself with 0, as after `stop` in its console.
    KILLED: The container was killed, also before the game was ready.
    INSTALLED: An installer ended, with success or not.
    """

    STARTED = "started"
    RESTARTED = "restarted"
    STOPPED = "stopped"
    CRASHED = "crashed"
    EXITED = "exited"
    KILLED = "killed"
    INSTALLED = "installed"


@dataclass(frozen=True)
class Fact:
    """One thing that happened, `at` scaled seconds since the beginning."""

    at: float
    server_id: str
    what: What


@dataclass
class _Story:
    """What happened to a game and is not yet a fact.

    Attributes:
        ready: Whether the game is ready.
        returns: Whether it was ready before it went down, and is coming back.
        stopped_at: When it went down by a stop of which nobody knows yet whether it becomes a restart.
        restarting: Whether that stop was the beginning of a restart.
    """

    ready: bool = False
    returns: bool = False
    stopped_at: float | None = None
    restarting: bool = False


class Truth:
    """Makes facts of what happens to containers."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin without facts; `now` tells the time."""
        self._now = now
        self._facts: list[Fact] = []
        self._stories: dict[str, _Story] = {}

    @property
    def facts(self) -> list[Fact]:
        """Return all that is certain by now.

        The facts of a server are in order, and none is ever taken back.
        """
        for server_id, story in self._stories.items():
            if not story.restarting:
                self._settle_stop(server_id, story)
        return self._facts

    def place(self, server_id: str, *, ready: bool) -> None:
        """Begin a game's record again, without a fact."""
        self._stories[server_id] = _Story(ready=ready)

    def note_container(self, server_id: str) -> None:
        """Note that a container runs."""
        story = self._stories[server_id]
        if not story.restarting:
            self._settle_stop(server_id, story)
        story.returns = story.returns and story.stopped_at is not None
        story.stopped_at, story.restarting = None, False

    def note_ready(self, server_id: str) -> None:
        """Note that the game in the container is ready."""
        story = self._stories[server_id]
        if not story.ready:
            self._add(server_id, What.RESTARTED if story.returns else What.STARTED)
        story.ready, story.returns = True, False

    def note_stop(self, server_id: str, *, restarting: bool = False) -> None:
        """Note that a container went down by a stop.

        `restarting` says that it was the beginning of a restart.
        """
        story = self._stories[server_id]
        story.returns = story.ready or story.returns
        story.ready = False
        story.stopped_at, story.restarting = self._now(), restarting

    def note_failed_restart(self, server_id: str) -> None:
        """Note that a restart could not make its container.

        So it was a stop.
        """
        self._stories[server_id].restarting = False

    def note_end(self, server_id: str, what: What) -> None:
        """Note that a container went down otherwise."""
        self._stories[server_id] = _Story()
        self._add(server_id, what)

    def note_install(self, server_id: str) -> None:
        """Note that an installer ended."""
        self._add(server_id, What.INSTALLED)

    def _settle_stop(self, server_id: str, story: _Story) -> None:
        if story.stopped_at is not None and self._now() - story.stopped_at > RESTART_WINDOW:
            self._add(server_id, What.STOPPED, story.stopped_at)
            story.stopped_at, story.returns = None, False

    def _add(self, server_id: str, what: What, at: float | None = None) -> None:
        self._facts.append(Fact(self._now() if at is None else at, server_id, what))
