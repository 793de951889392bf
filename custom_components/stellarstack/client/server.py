"""One watched server: its state, its events and its calls."""

import asyncio
from enum import Enum, auto
import logging

from .alarm import Alarm
from .backups import Backups
from .channel import Channel
from .doubt import Doubt, Report
from .evidence import find_evidence
from .exceptions import AnswerLostError, StellarStackError
from .facts import Facts
from .lifecycle import Lifecycle, LifecycleEvent, Outcome
from .link import Link, call_patiently
from .listeners import Listeners
from .messages import Question, ServerChange, ServerSnapshot
from .models import Backup, PowerAction, Server, ServerStatus
from .panel import Capabilities
from .power import PowerLine
from .status import DOWN, Source, StatusReport, StatusTracker

_LOGGER = logging.getLogger(__name__)


class Update(Enum):
    """The kinds of news of a watched server."""

    CHANGED = auto()
    """It is live, and this is its state: the first one after a gap, or one that differs from the last."""
    STALE = auto()
    """What is known is not the present any more: the connection ended, or its news stopped."""
    DELETED = auto()
    """The panel reported it as deleted; verify this, since such reports go to all accounts."""


class WatchedServer:
    """One server that is watched.

    Attributes:
        id: The panel's id.
        channel: Its live socket: usage, console, and the account's rights.
        updates: Notified of each `Update`.
        events: Notified of each `LifecycleEvent`, after the update that it follows from.
    """

    def __init__(self, server_id: str, link: Link) -> None:
        """Begin without news."""
        self.id = server_id
        self.updates: Listeners[Update] = Listeners()
        self.events: Listeners[LifecycleEvent] = Listeners()
        self._link = link
        self._backups = Backups(server_id, link, self.refresh_info)
        self._facts = Facts(link, self._backups)
        self._live = False
        self._last_news: float | None = None
        self._repetition_counts = True
        """Whether the panel's next snapshot is news even if it repeats the last one, as after a gap."""
        capabilities = link.panel.capabilities
        self._status = StatusTracker(link.timing, echoes=capabilities.echoes)
        self._lifecycle = Lifecycle(
            link.timing,
            can_ask=capabilities.explains_stops,
            error_is_crash=capabilities.error_is_crash,
            repeats_running=capabilities.echoes,
        )
        self._sources: tuple[Source, ...] = ()
        self._shown: ServerStatus | None = None
        self._changed_at: float | None = None
        self._live_report: StatusReport | None = None
        """A node's first word that waits for the panel's next one."""
        self._power = PowerLine(self._send_power, link.spawn)
        self.channel = Channel(server_id, link, self._take_live_status, self._lose_live)
        self._doubt = Doubt(link, self.channel.verify)
        self._commands = asyncio.Lock()
        self._alarm = Alarm(self._elapse)

    @property
    def info(self) -> Server | None:
        """Return the server with the status to show; None before news."""
        return self._facts.info

    @property
    def live(self) -> bool:
        """Return whether `info` is current."""
        return self._live

    @property
    def is_reported(self) -> bool:
        """Return whether the panel's own news of the server are current."""
        return self._status.has(Source.PANEL)

    @property
    def changed_at(self) -> float | None:
        """Return the loop time of the shown status's last change, if any."""
        return self._changed_at

    @property
    def needs_live_socket(self) -> bool:
        """Return whether a live socket would have news of the server."""
        dialect = self._link.panel.dialect
        if dialect is None or not self._live:
            return False
        # In generation 1, only a server that is not stopped has something to tell. Until the panel says so too, the
        # node's word must not be lost.
        sources = (source for source in Source if self._status.has(source))
        return dialect.tells_always or any(self._status.told_by(source) not in DOWN for source in sources)

    @property
    def _tells_always(self) -> bool:
        dialect = self._link.panel.dialect
        return dialect is not None and dialect.tells_always

    @property
    def last_news(self) -> float | None:
        """Return the loop time of the last snapshot; None before the first."""
        return self._last_news

    @property
    def capabilities(self) -> Capabilities:
        """Return what the panel offers for the server."""
        return self._link.panel.capabilities

    # News of the feed.

    def touch(self, at: float) -> None:
        """Take a snapshot that repeats the last one."""
        self._last_news = at
        # Nearly every snapshot comes here: with thousands of servers, each other object that it looks at costs time.
        if self._repetition_counts and self._facts.reported is not None:
            self._take_report(_report(self._facts.reported, at, event=False))

    def take_snapshot(self, message: ServerSnapshot, at: float) -> None:
        """Take the server's whole state."""
        self._last_news = at
        self._facts.reported = message.server
        self.channel.set_node(message.server.node.id if message.server.node is not None else None)
        self._take_report(_report(message.server, at, event=False))

    def take_change(self, message: ServerChange, at: float) -> None:
        """Take news between two snapshots.

        They do not make a stale server live.
        """
        self._facts.reported = message.server
        if message.status_reported and self.is_reported:
            self._take_report(_report(message.server, at, event=True))
        elif self._live:
            self._advance(at)

    def take_row(self, row: Server, at: float) -> None:
        """Take a REST row, which may have fields that the feed lacks."""
        self._facts.take_row(row, at)
        self.refresh_info()

    def refresh_info(self) -> None:
        """Recompute `info` after a change outside the server."""
        if self._publish():
            self.updates.notify(Update.CHANGED)

    def go_stale(self, *, everything: bool = False) -> bool:
        """Mark the panel's news as outdated; `tell_stale` notifies.

        Args:
            everything: Mark what the live socket reports as outdated, too.

        Returns:
            Whether no news are current any more.
        """
        was_live = self._live
        self._doubt.end()
        self._status.silence(Source.PANEL)
        self._repetition_counts = True
        if everything:
            self._status.silence(Source.LIVE)
        self._live = was_live and self._status.source is not None
        if self._live:
            # The node is heard on: what it tells next is news.
            self._advance(asyncio.get_running_loop().time())
        else:
            self._live_report = None
            self._alarm.set(None)
        return was_live and not self._live

    def tell_stale(self) -> None:
        """Notify that the server is stale, unless it is live again."""
        if not self._live:
            self.updates.notify(Update.STALE)

    def tell_deleted(self) -> None:
        """Notify that the panel reported the server as deleted."""
        self.updates.notify(Update.DELETED)

    def close(self, reason: StellarStackError | None = None) -> None:
        """Stop all timers and end all waits.

        Args:
            reason: Why, when the session has ended.
        """
        self.go_stale(everything=True)
        self.channel.close(reason)
        self._power.close(reason)

    # What can be done with it.

    async def power(self, action: PowerAction) -> None:
        """Start, stop, restart or kill the server.

        Returns when the panel or a report shows that the call was accepted.

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
            if self.capabilities.power_by_live:
                await self.channel.send_command(command)
            else:
                await call_patiently(self._link, lambda: self._link.panel.send_command(self.id, command))

    async def create_backup(self, name: str | None = None) -> Backup:
        """Make a backup and return it when it has ended.

        Raises:
            BackupTimeoutError: It did not end in 30 min, as far as the list tells.
            StellarStackError: Why it was not done.
        """
        return await self._backups.create(name)

    async def load_backups(self) -> list[Backup]:
        """Return the backups, and update when the last one ended.

        Raises:
            StellarStackError: The panel did not answer.
        """
        return await self._backups.load()

    async def load(self) -> None:
        """Ask the panel for the server, and the feed for news.

        Raises:
            NotFoundError: There is no such server any more.
            StellarStackError: The panel did not answer.
        """
        self._link.hurry_feed()
        row = await self._link.call(self._link.panel.server(self.id))
        self.take_row(row, asyncio.get_running_loop().time())

    # How it is done.

    def _take_report(self, report: StatusReport) -> None:
        """Take a report of the panel's."""
        self._repetition_counts = False
        self._power.report(report.status)
        if not self._live:
            self._status.baseline(report)
            self._go_live(report.at)
            return
        before = self._status.told_by(Source.PANEL)
        if not self._status.report(report):
            self._link.expect_snapshot(self.id)
        if (told := self._status.told_by(Source.PANEL)) is not before:
            self._link.review_live_sockets()
            # A panel that only lists what its nodes told it knows no better than they.
            if not self._tells_always and (
                self._doubt or (self._status.has(Source.LIVE) and told is not self._status.shown)
            ):
                self._doubt.add(told, report.at)
        waiting, self._live_report = self._live_report, None
        if waiting is not None:
            # First the panel's report: it may just repeat an earlier one of the node.
            self._advance(report.at)
            self._status.report(waiting)
        self._advance(report.at)

    def _take_live_status(self, status: ServerStatus | None) -> None:
        """Take a report of the node's, by the live socket."""
        report = StatusReport(Source.LIVE, status, asyncio.get_running_loop().time(), event=True)
        self._doubt.end()
        self._power.report(status)
        if (
            self._live
            and not self._status.has(Source.LIVE)
            and status is not self._status.shown
            and not self._tells_always
        ):
            # The socket was opened because of what the panel tells, which it goes on to do within moments.
            self._live_report = report
            self._repetition_counts = True
            return
        self._live_report = None
        self._status.report(report)
        # Each sample repeats the status.
        if self._live and (self._status.shown is not self._shown or self._status.sources != self._sources):
            self._advance(report.at)

    def _lose_live(self) -> None:
        """Silence the live socket as a source.

        What the panel told that the node did not is news: the socket was dead by then.
        """
        unconfirmed = self._doubt.end()
        self._live_report = None
        if not self._status.has(Source.LIVE):
            return
        self._status.silence(Source.LIVE)
        self._repetition_counts = True
        if not self._live:
            return
        if self._status.source is None:
            self._live = False
            self._alarm.set(None)
            self.updates.notify(Update.STALE)
        elif unconfirmed:
            self._catch_up(unconfirmed)
        else:
            self._advance(asyncio.get_running_loop().time())

    def _catch_up(self, told: list[Report]) -> None:
        """Process what the panel told, one status after the other."""
        self._sources = self._status.sources
        self._note_shown(asyncio.get_running_loop().time())
        outcomes = [self._lifecycle.report(status, at) for status, at in told]
        if self._publish():
            self.updates.notify(Update.CHANGED)
        self._follow(*outcomes)

    def _go_live(self, at: float) -> None:
        """Begin anew after a gap."""
        assert self._facts.reported is not None
        self._live = True
        self.channel.begin_anew()
        self._decide_anew(at)
        self._link.review_live_sockets()
        if self._facts.lacks_host and self.capabilities.rows_add:
            self._link.spawn(self._load_host(), "address")

    def _decide_anew(self, at: float) -> None:
        """Show what is reported, without an event."""
        assert self._facts.reported is not None
        self._sources = self._status.sources
        self._note_shown(at)
        outcome = self._lifecycle.baseline(self._status.shown, self._facts.reported.suspended)
        self._publish()
        self.updates.notify(Update.CHANGED)
        self._follow(outcome)

    def _advance(self, at: float) -> None:
        """Process a report: the status to show, then the events."""
        assert self._facts.reported is not None
        sources, self._sources = self._sources, self._status.sources
        if sources != self._sources and self._status.shown is not self._shown and not self._has_arrived(sources):
            # Others are heard now, and tell something else: that is no news of the server.
            self._decide_anew(at)
            return
        self._note_shown(at)
        suspended = self._lifecycle.report_suspended(self._facts.reported.suspended)
        outcome = self._lifecycle.report(self._shown, at)
        if self._publish():
            self.updates.notify(Update.CHANGED)
        self._follow(suspended, outcome)

    def _has_arrived(self, sources: tuple[Source, ...]) -> bool:
        """Return whether a start ended that the node told of throughout (S8)."""
        told = self._status.told_by(Source.LIVE)
        return Source.LIVE in sources and told is ServerStatus.STARTING is self._shown

    def _note_shown(self, at: float) -> None:
        """Record the shown status."""
        if self._status.shown is not self._shown or self._changed_at is None:
            self._shown = self._status.shown
            self._changed_at = at
            self.channel.take_shown(self._shown)
            self._link.review_live_sockets()

    def _publish(self) -> bool:
        """Recompute `info`; return whether a live server has changed."""
        return self._facts.merge(self._shown, live=self._live) and self._live

    def _follow(self, *outcomes: Outcome) -> None:
        """Notify of events, ask the questions, and schedule the next step."""
        for outcome in outcomes:
            for event in outcome.events:
                self.events.notify(event)
            if outcome.question is not None:
                self._link.spawn(self._investigate(outcome.question, outcome.since), "investigation")
        self._set_alarm()

    def _set_alarm(self) -> None:
        at, other = self._status.deadline, self._lifecycle.deadline
        if at is None or (other is not None and other < at):
            at = other
        self._alarm.set(at if self._live else None)

    def _elapse(self, at: float) -> None:
        self._status.elapse(at)
        self._note_shown(at)
        outcome = self._lifecycle.report(self._status.shown, at)
        if self._publish():
            self.updates.notify(Update.CHANGED)
        self._follow(outcome)
        self._follow(self._lifecycle.elapse(at))

    async def _investigate(self, question: Question, since: float | None) -> None:
        """Ask the question of an outcome."""
        evidence = await find_evidence(self._link, self.id, question, since)
        if self._live:
            self._follow(self._lifecycle.answer(evidence, asyncio.get_running_loop().time()))

    async def _load_host(self) -> None:
        try:
            row = await self._link.ask(lambda: self._link.panel.server(self.id))
        except StellarStackError as err:
            _LOGGER.debug("The panel did not tell the address of server %s: %s", self.id, err)
        else:
            self.take_row(row, asyncio.get_running_loop().time())

    async def _send_power(self, action: PowerAction) -> None:
        loop = asyncio.get_running_loop()
        self._lifecycle.expect(action, loop.time())
        try:
            async with asyncio.timeout(self._link.timing.power):
                if self.capabilities.power_by_live:
                    await self.channel.power(action)
                else:
                    await call_patiently(self._link, lambda: self._link.panel.power(self.id, action))
        except TimeoutError as err:
            raise AnswerLostError("the panel did not answer a power call") from err
        except AnswerLostError:
            # It may well go on at the node, so it still explains what is reported.
            raise
        except StellarStackError:
            self._follow(self._lifecycle.settle(action, loop.time(), done=False))
            raise
        self._follow(self._lifecycle.settle(action, loop.time(), done=True))


def _report(server: Server, at: float, *, event: bool) -> StatusReport:
    return StatusReport(Source.PANEL, server.status, at, event=event, updated_at=server.updated_at)
