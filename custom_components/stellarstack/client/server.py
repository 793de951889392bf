"""One server that is watched: what is known of it, what happens to it, and all that can be done with it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
import logging
from typing import Any, Protocol
from uuid import uuid4

from .exceptions import (
    AnswerLostError,
    AuthenticationError,
    NotFoundError,
    PanelTimeoutError,
    RateLimitedError,
    StellarStackError,
)
from .lifecycle import Lifecycle, LifecycleEvent, Outcome, Question
from .listeners import Listeners
from .messages import Evidence, ServerChange, ServerSnapshot
from .models import Backup, BackupStatus, PowerAction, Server
from .panel import Capabilities, Panel
from .power import PowerLine
from .status import Source, StatusReport, StatusTracker
from .timing import Timing

_LOGGER = logging.getLogger(__name__)


class Update(Enum):
    """What there is to know of a watched server."""

    CHANGED = auto()
    """It is live, and this is its state: the first one after a gap, or one that differs from the last."""
    STALE = auto()
    """What is known is not the present any more: the connection ended, or its news stopped."""
    DELETED = auto()
    """The panel said that it was deleted; it said so to everybody, so ask before believing it."""


class Link(Protocol):
    """What a server needs of the client that it belongs to."""

    @property
    def panel(self) -> Panel:
        """Return the panel, with the account's credentials."""

    @property
    def timing(self) -> Timing:
        """Return the waiting times."""

    def node_online(self, server: Server, row: Server | None, row_at: float | None) -> bool | None:
        """Return whether a server's node is online, by the most trusted of what is known."""

    def expect_snapshot(self, server_id: str) -> None:
        """Let the server's next snapshot come as one, even if it repeats the last."""

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something in the background, until the client is closed."""

    async def call[T](self, call: Awaitable[T]) -> T:
        """Await a call to the panel; a session that has ended ends the connection too."""

    async def ask[T](self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that nobody waits for, when the panel's limit of calls leaves room for it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row of REST told, and when."""

    server: Server
    at: float


class WatchedServer:
    """A server that somebody watches.

    Attributes:
        id: The panel's id.
        updates: Told of each `Update`.
        events: Told of each `LifecycleEvent`, after the update that it follows from.
    """

    def __init__(self, server_id: str, link: Link) -> None:
        """Know nothing yet."""
        self.id = server_id
        self.updates: Listeners[Update] = Listeners()
        self.events: Listeners[LifecycleEvent] = Listeners()
        self._link = link
        self._reported: Server | None = None
        self._row: _Row | None = None
        self._last_backup: datetime | None = None
        self._info: Server | None = None
        self._live = False
        self._last_news: float | None = None
        self._status = StatusTracker(link.timing)
        self._lifecycle = Lifecycle(link.timing, can_ask=link.panel.capabilities.explains_stops)
        self._power = PowerLine(self._send_power, link.spawn)
        self._commands = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def info(self) -> Server | None:
        """Return what is known, with the status as it is to be shown; None before the first news."""
        return self._info

    @property
    def live(self) -> bool:
        """Return whether what is known is the present."""
        return self._live

    @property
    def last_news(self) -> float | None:
        """Return when, on the event loop's clock, the last snapshot came; None when none came yet."""
        return self._last_news

    @property
    def capabilities(self) -> Capabilities:
        """Return what the panel tells of it and lets one do with it."""
        return self._link.panel.capabilities

    # What the feed says.

    def touch(self, at: float) -> None:
        """Take a snapshot that repeats the last one."""
        self._last_news = at
        if not self._live and self._reported is not None:
            self._go_live(self._reported, at)

    def take_snapshot(self, message: ServerSnapshot, at: float) -> None:
        """Take the server's whole state."""
        self._last_news = at
        self._reported = server = message.server
        if not self._live:
            self._go_live(server, at)
            return
        if not self._status.report(_report(server, at, event=False)):
            self._link.expect_snapshot(self.id)
        self._power.report(server.status)
        self._advance(at)

    def take_change(self, message: ServerChange, at: float) -> None:
        """Take news between two snapshots; of a server that is not live they only add to what is known."""
        self._reported = server = message.server
        if not self._live:
            return
        if message.status_reported:
            self._status.report(_report(server, at, event=True))
            self._power.report(server.status)
        self._advance(at)

    def take_row(self, row: Server, at: float) -> None:
        """Take a row of REST, which tells some things that the feed does not."""
        self._row = _Row(row if self._row is None else _with_known_host(row, self._row.server), at)
        if self._reported is None:
            # Until the feed has more.
            self._reported = row
        self.refresh_info()

    def refresh_info(self) -> None:
        """Work out anew what is known, after something beside the server has changed."""
        if self._publish():
            self.updates.notify(Update.CHANGED)

    def go_stale(self) -> bool:
        """Stop taking what is known for the present; returns whether it was. `tell_stale` tells it."""
        was_live, self._live = self._live, False
        self._cancel_timer()
        return was_live

    def tell_stale(self) -> None:
        """Tell that the server is stale, unless it has become live again."""
        if not self._live:
            self.updates.notify(Update.STALE)

    def tell_deleted(self) -> None:
        """Tell that the panel said it was deleted."""
        self.updates.notify(Update.DELETED)

    def close(self, reason: StellarStackError | None = None) -> None:
        """Leave no timer, and let nobody wait; `reason` is why, when the session has ended."""
        self._live = False
        self._cancel_timer()
        self._power.close(reason)

    # What can be done with it.

    async def power(self, action: PowerAction) -> None:
        """Start, stop, restart or kill it; returns when the panel or a report says that it goes on.

        Raises:
            StellarStackError: Why it was not done; `AnswerLostError` when it is not known whether.
        """
        await self._power.request(action)

    async def send_command(self, command: str) -> None:
        """Type a line into its console.

        Raises:
            StellarStackError: Why it was not done; `AnswerLostError` when it is not known whether.
        """
        async with self._commands:
            await self._call(lambda: self._link.panel.send_command(self.id, command))

    async def create_backup(self, name: str | None = None) -> Backup:
        """Make a backup and return it when it has ended, whatever became of the answer.

        Raises:
            PanelTimeoutError: It did not end in 30 min, as far as the list tells.
            StellarStackError: Why it was not done.
        """
        backup_id = str(uuid4())
        backup: Backup | None = None
        try:
            backup = await self._call(lambda: self._link.panel.create_backup(self.id, name, backup_id))
        except AnswerLostError:
            _LOGGER.debug("The answer to a backup of server %s was lost: looking for it in the list", self.id)
        if backup is None:
            backup = await self._find_backup(backup_id)
        if backup.status is BackupStatus.COMPLETED and backup.ended_at is not None:
            self._learn_backups([backup])
        else:
            self._link.spawn(self._reload_backups(), "last backup")
        return backup

    async def load_backups(self) -> list[Backup]:
        """Return its backups, and remember the newest complete one.

        Raises:
            StellarStackError: The panel did not answer.
        """
        backups = await self._link.call(self._link.panel.backups(self.id))
        self._last_backup = None
        self._learn_backups(backups)
        return backups

    async def load(self) -> None:
        """Ask the panel for it, beside the feed.

        Raises:
            NotFoundError: There is no such server any more.
            StellarStackError: The panel did not answer.
        """
        row = await self._link.call(self._link.panel.server(self.id))
        self.take_row(row, asyncio.get_running_loop().time())

    # How it is done.

    def _go_live(self, server: Server, at: float) -> None:
        self._live = True
        self._power.report(server.status)
        self._status.baseline(_report(server, at, event=False))
        outcome = self._lifecycle.baseline(self._status.shown, server.suspended)
        self._publish()
        self.updates.notify(Update.CHANGED)
        self._follow(outcome)
        if self._lacks_host() and self.capabilities.calls:
            self._link.spawn(self._load_host(), "address")

    def _advance(self, at: float) -> None:
        """Draw the conclusions of a report: what is shown, then what happened."""
        assert self._reported is not None
        suspended = self._lifecycle.report_suspended(self._reported.suspended)
        outcome = self._lifecycle.report(self._status.shown, at)
        if self._publish():
            self.updates.notify(Update.CHANGED)
        self._follow(suspended)
        self._follow(outcome)

    def _publish(self) -> bool:
        """Work out what is known; returns whether it is news of a live server."""
        if self._reported is None:
            return False
        info = self._merge(self._reported)
        if info == self._info:
            return False
        self._info = info
        return self._live

    def _merge(self, server: Server) -> Server:
        """Return what the feed reported, with what only others know."""
        row = self._row.server if self._row is not None else None
        changes: dict[str, Any] = {}
        if server.status is not self._status.shown and self._live:
            changes["status"] = self._status.shown
        if self._last_backup is not None:
            changes["last_backup"] = self._last_backup
        if row is not None:
            if row.primary_allocation_id != server.primary_allocation_id:
                changes["primary_allocation_id"] = row.primary_allocation_id
            aliases = {allocation.id: allocation.alias for allocation in row.allocations if allocation.alias}
            if aliases:
                changes["allocations"] = tuple(
                    replace(each, alias=aliases[each.id]) if not each.alias and each.id in aliases else each
                    for each in server.allocations
                )
        if (node := server.node) is not None:
            online = self._link.node_online(server, row, self._row.at if self._row is not None else None)
            host = node.host
            if host is None and row is not None and row.node is not None and row.node.id == node.id:
                host = row.node.host
            if online is not node.is_online or host != node.host:
                changes["node"] = replace(node, is_online=online, host=host)
        return replace(server, **changes) if changes else server

    def _follow(self, outcome: Outcome) -> None:
        """Tell what happened, ask what has to be asked, and wait for what comes next."""
        for event in outcome.events:
            self.events.notify(event)
        if outcome.question is not None:
            self._link.spawn(self._investigate(outcome.question, outcome.since), "investigation")
        self._set_timer()

    def _set_timer(self) -> None:
        self._cancel_timer()
        deadlines = [each for each in (self._status.deadline, self._lifecycle.deadline) if each is not None]
        if self._live and deadlines:
            self._timer = asyncio.get_running_loop().call_at(min(deadlines), self._elapse)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _elapse(self) -> None:
        self._timer = None
        # A timer may come a tick of the clock too soon.
        at = max(
            asyncio.get_running_loop().time(),
            min(each for each in (self._status.deadline, self._lifecycle.deadline) if each is not None),
        )
        self._status.elapse(at)
        outcome = self._lifecycle.report(self._status.shown, at)
        if self._publish():
            self.updates.notify(Update.CHANGED)
        self._follow(outcome)
        self._follow(self._lifecycle.elapse(at))

    async def _investigate(self, question: Question, since: float | None) -> None:
        """Find out what a report means; without an answer that is nothing."""
        panel, loop = self._link.panel, asyncio.get_running_loop()
        evidence = Evidence()
        try:
            match question:
                case Question.STATE:
                    evidence = Evidence(daemon=await self._link.ask(lambda: panel.node_status(self.id)))
                case Question.CAUSE:
                    evidence = await self._link.ask(lambda: panel.evidence(self.id, loop.time() - (since or 0.0)))
        except StellarStackError as err:
            _LOGGER.debug("No evidence of what happened to server %s: %s", self.id, err)
        if self._live:
            self._follow(self._lifecycle.answer(evidence, loop.time()))

    def _lacks_host(self) -> bool:
        """Return whether the node's host is all that an address lacks."""
        info = self._info
        return info is not None and info.address is None and info.primary_allocation is not None

    async def _load_host(self) -> None:
        try:
            row = await self._link.ask(lambda: self._link.panel.server(self.id))
        except StellarStackError as err:
            _LOGGER.debug("The panel did not tell the address of server %s: %s", self.id, err)
        else:
            self.take_row(row, asyncio.get_running_loop().time())

    async def _call[T](self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that somebody waits for; one refused for its rate is made again, twice."""
        for delay in self._link.timing.rate_limit_retries:
            try:
                return await self._link.call(call())
            except RateLimitedError:
                await asyncio.sleep(delay)
        return await self._link.call(call())

    async def _send_power(self, action: PowerAction) -> None:
        loop = asyncio.get_running_loop()
        self._lifecycle.expect(action, loop.time())
        try:
            async with asyncio.timeout(self._link.timing.power):
                await self._call(lambda: self._link.panel.power(self.id, action))
        except TimeoutError as err:
            raise AnswerLostError("the panel did not answer a power call") from err
        except AnswerLostError:
            # It may well go on at the node, so it still explains what is reported.
            raise
        except StellarStackError:
            self._follow(self._lifecycle.settle(action, loop.time(), done=False))
            raise
        self._follow(self._lifecycle.settle(action, loop.time(), done=True))

    async def _find_backup(self, backup_id: str) -> Backup:
        """Look for a backup in the list until it has ended.

        Raises:
            PanelTimeoutError: It did not end in 30 min.
            StellarStackError: The panel refuses to list the backups.
        """
        timing = self._link.timing
        size: int | None = None
        try:
            async with asyncio.timeout(timing.backup):
                while True:
                    backup = await self._listed_backup(backup_id)
                    if backup is not None:
                        # Panels that list files show one that is still being written, without a time of its end.
                        if backup.status is BackupStatus.FAILED or (
                            backup.status is BackupStatus.COMPLETED
                            and (backup.completed_at is not None or backup.size == size)
                        ):
                            return backup
                        size = backup.size
                    await asyncio.sleep(timing.backup_poll)
        except TimeoutError as err:
            raise PanelTimeoutError("the backup did not end in time") from err

    async def _listed_backup(self, backup_id: str) -> Backup | None:
        """Return a backup of the list; None when it is not in it, or the panel is away for now."""
        try:
            return await self._link.call(self._link.panel.find_backup(self.id, backup_id))
        except AuthenticationError, NotFoundError:
            raise
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list the backups of server %s: %s", self.id, err)
            return None

    async def _reload_backups(self) -> None:
        try:
            await self.load_backups()
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list the backups of server %s: %s", self.id, err)

    def _learn_backups(self, backups: list[Backup]) -> None:
        times = [
            backup.ended_at
            for backup in backups
            if backup.status is BackupStatus.COMPLETED and backup.ended_at is not None
        ]
        if self._last_backup is not None:
            times.append(self._last_backup)
        self._last_backup = max(times, default=None)
        self.refresh_info()


def _report(server: Server, at: float, *, event: bool) -> StatusReport:
    return StatusReport(Source.PANEL, server.status, at, event=event, updated_at=server.updated_at)


def _with_known_host(row: Server, known: Server) -> Server:
    """Return a row with its node's host, which single rows tell and lists do not."""
    node, before = row.node, known.node
    if node is None or node.host is not None or before is None or node.id != before.id:
        return row
    return replace(row, node=replace(node, host=before.host))
