"""All waiting times of the client, given from outside."""

from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the client waits, in seconds.

    One instance is passed to the client and reaches every part of it. `faster` returns one for tests, whose panel runs
    faster by the same factor.
    """

    # One call.
    request: float = 10.0
    """Any one call, but for those below."""
    power_request: float = 660.0
    """A power call: the panel answers when the node is done, and an old node takes up to 10 min to stop a server."""
    power: float = 900.0
    """A power call in all, until its wait ends."""
    node_wait: float = 240.0
    """A call that fails later than this may go on at its node: a panel waits for one at most 300 s."""
    backup: float = 1800.0
    """A backup: it is looked for in the list until then."""
    backup_poll: float = 10.0
    """Between two looks at the list of backups."""
    rate_limit_retries: tuple[float, ...] = (1.0, 2.0)
    """Before a call that was refused with 429 is made again; the panel gives back one call each 0.6 s."""
    question_window: float = 12.0
    """In which at most ten background calls are made: all clients of a panel share 100 calls a minute."""
    longest_retry_after: float = 60.0
    """The longest wait that a panel's Retry-After is followed for."""

    # The panel's WebSocket.
    connect: float = 30.0
    """The first connection, sign-in included."""
    cookie_grace: float = 3.0
    """For the panel to accept the cookie by itself, before the `auth` message is sent."""
    ping_interval: float = 30.0
    """Between two heartbeats: a ping of the WebSocket protocol, and the panel's own."""
    silence: float = 40.0
    """Without any frame, after which the connection counts as dead; noticed with the next look for silence."""
    stall: float = 60.0
    """Without a sync on a connection that had some, after which a new connection is made."""
    check_interval: float = 2.0
    """Between two looks for silence."""
    close: float = 5.0
    """To unsubscribe and close the connection."""
    subscribe_pause: float = 0.05
    """Between two batches of subscriptions, so that thousands of them swamp neither side."""
    first_reconnect: float = 1.0
    """Before the first attempt to reconnect, at most; doubled with each further one."""
    longest_reconnect: float = 300.0
    """Between two attempts to reconnect, at most."""
    lasting: float = 10.0
    """News for so long (two ticks of the panel) make a connection one that lasted: the next attempt counts as first."""
    stale: float = 20.0
    """Without a sync (four ticks of the panel), after which a server is stale."""

    # The list of servers, on panels without a WebSocket for all.
    list_interval: float = 30.0
    """Between two lists of servers, while live sockets are held too."""
    list_interval_alone: float = 10.0
    """The same, without live sockets."""
    kill_before_crash: float = 2.0
    """How long before a crash a kill may have been logged that was its cause; seen: 0.1 s."""

    # The live sockets of servers.
    live_settle: float = 0.3
    """Without a frame, after which a node's past is over: it comes at once, new samples each second."""
    live_settle_longest: float = 2.0
    """The same, however many frames come."""
    live_samples: float = 15.0
    """Without a sample (one comes each second), after which the report of a running server is doubted."""
    live_ping: float = 5.0
    """For a node to answer a ping, when the panel told what its live socket did not."""
    live_review: float = 0.1
    """Before a look for which servers a socket is to be held, so that all that changes meanwhile shares it."""
    live_pace: float = 0.1
    """Between two sockets to one node: all of them drop together when it is restarted."""
    live_reconnect: float = 60.0
    """Between two attempts to reach a node of generation 2, at most: the panel's own host."""
    live_unreachable: float = 3600.0
    """The same where it may be that it can never be reached: another host, or a proxy without a way to it."""
    live_refused: float = 3600.0
    """Before a live socket that was refused is tried again: an account's rights and a server's node seldom change."""
    ticket_pace: float = 1.0
    """Between two tickets of generation 1: all clients of a panel share 100 calls a minute."""
    call_pace: float = 0.1
    """Between two calls that generation 2 needs for each server: tickets, addresses, names of nodes."""
    ticket_margin: float = 30.0
    """A ticket that ends sooner opens no further socket."""
    renewal: float = 60.0
    """Before a ticket's end, when an open socket gets a new one; the node sends a reminder then."""
    renewal_jitter: float = 30.0
    """Up to so much sooner, so that many sockets do not renew together."""
    renewal_retry: float = 15.0
    """After a renewal that failed."""
    live_open: float = 15.0
    """For a live socket to open, when a call needs it."""
    live_answer: float = 15.0
    """For a power call to show in the server's status."""
    live_stop: float = 35.0
    """The same, when a stop is under way: a node kills what has not stopped in 30 s, and then does what comes next."""
    live_refusal: float = 1.0
    """For a node to refuse a command; it does not confirm one."""
    live_linger: float = 20.0
    """How long a socket that was opened for a call is held after it: its effect shows in that time."""
    console_batch: float = 0.1
    """In which lines are gathered before they are delivered."""

    first_news: float = 10.0
    """For the first news of all watched servers, after the first connection."""
    news_of_all: float = 6.0
    """The same, after the first news of any of them: the panel's timer is 5 s for all."""
    find: float = 12.0
    """To look for a server that only the feed reports: two ticks of the panel, and some."""
    deletions: float = 0.5
    """After a look for deleted servers, so that those named meanwhile share the next one."""
    nodes_valid: float = 180.0
    """How long a list of nodes, requested each minute, counts."""
    rows_valid: float = 900.0
    """The same for a row of the list of servers, asked for each five minutes."""

    # The games themselves.
    query: float = 5.0
    """One answer of a game to the question who plays."""

    # From reports to events (docs/automations.md has the same for users).
    down: float = 15.0
    """A server that has stopped for so long will not be started again by what stopped it."""
    own_restart: float = 600.0
    """The same, when this client requested a restart: preparing a big server's files takes minutes."""
    evidence_delay: float = 1.5
    """Before asking why a server stopped: the panel writes its activity log after the fact."""
    evidence_retry: float = 3.0
    """Before asking again, when there was no answer."""
    unexplained: float = 35.0
    """A stop without an explanation counts as one; by then, a node's report each 30 s has confirmed it."""
    crash: float = 5.0
    """The same, where nothing can be asked: a server that went down without a stop has crashed."""
    log_window: float = 5.0
    """How long before a server was reported down a stop or kill may have been logged that explains it."""
    stop_memory: float = 600.0
    """A stop under way explains that a server is down; no node takes longer for one."""
    running_while_stopping: float = 90.0
    """A report of "running" during a stop is held back for so long: nodes report each container that still runs."""
    start_echo: float = 5.0
    """A report of "starting" so soon after "running" is the echo of the start."""
    install: float = 35.0
    """An installer is done when nothing else was reported for so long: nodes report "offline" while it runs."""

    def faster(self, factor: float) -> Self:
        """Return the same times, each `factor` times shorter."""
        values: dict[str, Any] = {}
        for item in fields(self):
            value: float | tuple[float, ...] = getattr(self, item.name)
            values[item.name] = tuple(each / factor for each in value) if isinstance(value, tuple) else value / factor
        return type(self)(**values)
