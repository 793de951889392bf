"""What is fuzzed: the frames and lists of each kind, as panels and nodes send them."""

from pathlib import Path
from typing import Any, Final, Literal, override

import orjson

from custom_components.stellarstack.client.models import ServerStatus
from simulator import Panel

from .fuzz_frames import MUTATIONS, Corpus, Fuzzer, edited

SERVERS: Final = 8
"""How many generation 1's panel has."""

type Payload = Literal["real", "page"]


class PanelCorpus(Corpus):
    """What generation 1's panel sends, of both payload variants."""

    kinds = ("server:sync", "server:status", "server:updated", "server:deleted", "new", "error", "auth_success")

    def __init__(self) -> None:
        """Let simulated panels serialise what they would send."""
        super().__init__()
        self.mutations = (*MUTATIONS, _number_status, _wrong_id, _wrong_type)
        self.large = (_nest, _nest, _long, _many_rows)
        self.ids = [f"srv_{number}" for number in range(SERVERS)]
        self.frames = [
            orjson.dumps(frame)
            for frame in (
                {"type": "auth_success", "userId": "user"},
                {"type": "auth_error", "error": "Invalid or expired session"},
                {"type": "error", "error": "Authentication required to subscribe"},
                {"type": "subscribed", "serverId": "srv_0"},
                {"type": "unsubscribed", "serverId": "srv_0"},
                {"type": "pong"},
                {"type": "schedule:executing", "serverId": "srv_0", "data": {"id": "srv_0", "name": "Nightly"}},
            )
        ]
        for payload in ("real", "page"):
            self._add(payload)

    @override
    def outline(self, fuzzer: Fuzzer, content: object) -> dict[str, Any]:
        frame = {"type": fuzzer.random.choice(self.kinds), "serverId": fuzzer.some_id(), "data": content}
        for _ in range(fuzzer.random.randrange(3)):
            frame.pop(fuzzer.random.choice(("type", "serverId", "data")), None)
        return frame

    def _add(self, payload: Payload) -> None:
        panel = Panel(payload=payload)
        account = panel.add_account("alex@example.com", "x")
        nodes = [panel.add_node(f"Node {number}") for number in range(2)]
        for number, server_id in enumerate(self.ids):
            panel.add_server(f"Server {number}", owner=account, node=nodes[number % 2], server_id=server_id)
        for server in panel.fleet.servers.values():
            for status in (*ServerStatus, "SOMETHING NEW"):
                panel.edit(server.id, status=status.upper(), memory=1024 + len(self.frames))
                self.frames.append(panel.fleet.sync_frame(server))
                data = {"id": server.id, "status": panel.fleet.wire_status(status.upper())}
                self.frames.append(orjson.dumps({"type": "server:status", "serverId": server.id, "data": data}))
            row = panel.fleet.row(server)
            self.frames.append(orjson.dumps({"type": "server:updated", "serverId": server.id, "data": row}))
            self.frames.append(orjson.dumps({"type": "server:deleted", "data": {"id": server.id}}))


class LiveCorpus(Corpus):
    """What the nodes of a generation send at live sockets."""

    kinds = ("status", "stats", "console output", "console history", "daemon error", "error", "token expiring", "new")

    def __init__(self, generation: int) -> None:
        """Take what a real node of generation 2 sent, or write what one of generation 1 sends."""
        super().__init__()
        self.mutations = (*MUTATIONS, _number_line)
        self.large = (_nest_live, _long_line, _long_line)
        self.ids = [SERVER_V2] if generation == 2 else ["srv_0"]
        self.frames = _recorded_frames() if generation == 2 else [orjson.dumps(each) for each in _NODE_V1]

    @override
    def outline(self, fuzzer: Fuzzer, content: object) -> dict[str, Any]:
        return {
            "event": fuzzer.random.choice(self.kinds),
            "args": [content] if fuzzer.random.random() < 0.9 else content,
        }


class ListCorpus(Corpus):
    """The lists of servers of a real panel of generation 2."""

    kinds = ("servers", "server", "error")

    def __init__(self) -> None:
        """Take the recorded list, and lists of fewer rows and other statuses."""
        super().__init__()
        self.mutations = (*MUTATIONS, _splice_rows)
        self.large = (_nest, _many_servers)
        rows = orjson.loads((FIXTURES_V2 / "servers.json").read_bytes())["servers"]
        self.ids = [row["id"] for row in rows]
        self.frames = []
        for number in range(20):
            changed = [
                row
                | {
                    "status": ("offline", "starting", "running", "stopping")[(number + place) % 4],
                    "memoryLimitMb": number,
                }
                for place, row in enumerate(rows)
            ]
            changed = changed[number % len(rows) :] + changed[: number % len(rows)]
            self.frames.append(orjson.dumps({"servers": changed[: len(rows) - (number % 5 == 0)]}))

    @override
    def outline(self, fuzzer: Fuzzer, content: object) -> dict[str, Any]:
        return {fuzzer.random.choice(self.kinds): content if isinstance(content, list) else [content]}


FIXTURES_V2: Final = Path(__file__).parent.parent / "tests" / "fixtures" / "v2"
SERVER_V2: Final = "d75a4947-3237-4918-aea5-93a64497077b"


def _recorded_frames() -> list[bytes]:
    """Return what went over live sockets of a real node of generation 2."""
    lines = [line for path in sorted((FIXTURES_V2 / "live").iterdir()) for line in path.read_text().splitlines()]
    return [frame.encode() for _, arrow, frame in (line.split(" ", 2) for line in lines) if arrow == "<-"]


_SAMPLE_V1: Final = {
    "memory_bytes": 1290049993,
    "memory_limit_bytes": 4294967296,
    "cpu_absolute": 7.598,
    "network": {"rx_bytes": 2090, "tx_bytes": 1265},
    "uptime": 0,
    "disk_bytes": 104857600,
    "disk_limit_bytes": 10737418240,
}
_NODE_V1: Final[tuple[dict[str, Any], ...]] = (
    {"event": "auth success", "args": [{}]},
    {"event": "jwt error", "args": [{"message": "Token expired"}]},
    *({"event": "status", "args": [{"state": state}]} for state in ("offline", "starting", "running", "stopping") * 3),
    *({"event": "stats", "args": [_SAMPLE_V1 | {"cpu_absolute": float(cpu)}]} for cpu in range(20)),
    *(
        {"event": "console output", "args": [{"line": f"[INFO]: line {each}\r\n", "timestamp": each}]}
        for each in range(20)
    ),
    {"event": "console output", "args": [{"line": "half a ", "timestamp": 1}]},
    {"event": "console output", "args": [{"line": "line\r\n\x1b[32mgreen\x1b[0m\r\n10 %\r100 %\r\n", "timestamp": 1}]},
    {"event": "console history", "args": [{"lines": [f"[INFO]: line {each}" for each in range(20)]}]},
    {"event": "install started", "args": [{}]},
    {"event": "install completed", "args": [{"successful": True}]},
    {"event": "backup completed", "args": [{"uuid": "x", "successful": True}]},
    {"event": "error", "args": [{"message": "Failed to send command: Container not running"}]},
)


def _number_status(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Send news that were never sent before, so that whatever keeps them would grow."""

    def edit(content: Any, places: Any) -> None:
        data = content.get("data") if isinstance(content, dict) else None
        if isinstance(data, dict):
            number = fuzzer.random.randrange(10**9)
            data["status"] = f"STATUS {number}"
            data["allocations"] = [{"id": f"allocation-{number}", "port": number}]

    return edited(frame, edit)


def _wrong_id(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        if isinstance(content, dict):
            content["serverId"] = fuzzer.some_id()
            if fuzzer.random.random() < 0.3:
                content.pop("serverId")

    return edited(frame, edit)


def _wrong_type(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        if isinstance(content, dict):
            content["type"] = fuzzer.value(1) if fuzzer.random.random() < 0.5 else "server:status"

    return edited(frame, edit)


def _nest(fuzzer: Fuzzer, frame: bytes) -> bytes:
    depth = fuzzer.random.choice((100, 1000, 1024, 1025, 100_000))
    middle = fuzzer.random.choice(
        (b"[" * depth + b"]" * depth, b'{"node":' * depth + b"1" + b"}" * depth, b"[" * depth)
    )
    return b'{"type":"server:sync","serverId":"srv_0","data":{"id":"srv_0","node":%s}}' % middle


def _long(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Return a frame around the longest that is read."""
    length = fuzzer.random.choice((100_000, 1_000_000, 1_048_400, 1_100_000))
    return b'{"type":"server:sync","serverId":"srv_0","data":{"id":"srv_0","name":"%s"}}' % (b"x" * length)


def _many_rows(fuzzer: Fuzzer, frame: bytes) -> bytes:
    rows = [{"id": f"allocation-{number}", "port": number} for number in range(fuzzer.random.choice((1000, 15_000)))]
    return orjson.dumps({"type": "server:sync", "serverId": "srv_0", "data": {"id": "srv_0", "allocations": rows}})


def _number_line(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Print a line that was never printed before."""
    return orjson.dumps({"event": "console output", "args": [f"line {fuzzer.random.randrange(10**9)}"]})


def _nest_live(fuzzer: Fuzzer, frame: bytes) -> bytes:
    depth = fuzzer.random.choice((100, 1000, 1025, 100_000))
    return b'{"event":"stats","args":[{"network":' + b"[" * depth + b"]" * depth + b"}]}"


def _long_line(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Return a line around the longest that is read, with an end or without, and of all kinds of characters."""
    length = fuzzer.random.choice((5000, 100_000, 1_048_400, 1_100_000))
    text = fuzzer.random.choice(("x", "\x1b", "\r", "\n", "\x1b[", "é", "\ufdfa"))
    return orjson.dumps({"event": "console output", "args": [text * (length // len(text.encode()))]})


def _splice_rows(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Put rows of several lists together, some of them twice or cut."""
    draw = fuzzer.random
    rows = [part for _ in range(3) for part in draw.choice(fuzzer.corpus.frames).split(b',{"id":')]
    draw.shuffle(rows)
    return b'{"servers":[{"id":' + b',{"id":'.join(rows[: draw.randrange(1, 12)]) + draw.choice((b"]}", b"}]}", b""))


def _many_servers(fuzzer: Fuzzer, frame: bytes) -> bytes:
    rows = [{"id": f"server-{number}", "name": f"Server {number}"} for number in range(2000)]
    return orjson.dumps({"servers": rows})
