"""Frames that no panel should send, made from those that panels do send."""

from collections.abc import Callable
import json
import random
from typing import Any

import orjson

LARGE_SHARE = 0.0005
"""Of the frames: those that are very long or deep, and cost as much as a thousand others."""

type Mutation = Callable[[Fuzzer, bytes], bytes]


class Corpus:
    """Frames of one kind, as panels or nodes send them, and what is put into others.

    Attributes:
        ids: The servers that may be watched.
        frames: The frames.
        kinds: What frames call themselves, for random ones.
        mutations: What is done to frames.
        large: What makes very long or deep ones.
    """

    ids: list[str]
    frames: list[bytes]
    kinds: tuple[str, ...]
    mutations: tuple[Mutation, ...]
    large: tuple[Mutation, ...]

    def __init__(self) -> None:
        """Keep values that are hard on whoever expects others."""
        numbers: list[object] = [0, -1, 1, -0.0, 0.1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**40, 1e308, 1e-320]
        texts: list[object] = [
            *("", " ", "0", "-1", "1e999", "nan", "inf", "-inf", "1_000", "٣", "0x10", "null", "x" * 5000),
            *("\x00", "\u2028", "\u202eabc", "👾", "\ufdfa" * 200, "a\nb", "RUNNING", "running", "Running "),
            *("2026-11-24T00:00:00.000Z", "2026-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
            *(
                "\x1b[31mred",
                "\x1b[" + "9" * 2000,
                "50 %\r",
                "[StellarStack Daemon]: ",
                "stellarstack@x~ Server marked as ",
            ),
        ]
        others: list[object] = [
            None,
            True,
            False,
            [],
            {},
            [[]],
            [{}],
            {"id": None},
            {"id": []},
            {"id": "x"},
            [None] * 50,
        ]
        self.values = numbers + texts + others

    def outline(self, fuzzer: Fuzzer, content: object) -> dict[str, Any]:
        """Return random content with the outline of a frame."""
        raise NotImplementedError


class Fuzzer:
    """Makes frames, the same ones for the same seed."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        """Begin."""
        self.corpus = corpus
        self.random = random.Random(seed)

    def frame(self) -> bytes:
        """Return the next frame."""
        draw = self.random
        chance = draw.random()
        if chance < LARGE_SHARE:
            return draw.choice(self.corpus.large)(self, b"")
        real = draw.choice(self.corpus.frames)
        if chance < 0.10:
            return real
        if chance < 0.15:
            return draw.randbytes(draw.randrange(200))
        if chance < 0.30:
            return self.random_frame()
        return self.mutated(real, 1 if chance < 0.8 else 3)

    def mutated(self, frame: bytes, times: int = 1) -> bytes:
        """Return a frame after some mutations."""
        for _ in range(times):
            frame = self.random.choice(self.corpus.mutations)(self, frame)
        return frame

    def random_frame(self) -> bytes:
        """Return random JSON, most of it with the outline of a frame."""
        draw = self.random
        content = self.value(3)
        if draw.random() < 0.8:
            content = self.corpus.outline(self, content)
        return _json(content)

    def some_id(self) -> object:
        """Return an id, most often one that is watched."""
        draw = self.random
        return draw.choice(self.corpus.ids) if draw.random() < 0.8 else self.value(1)

    def value(self, depth: int) -> Any:
        """Return any value."""
        draw = self.random
        if depth == 0 or draw.random() < 0.5:
            return draw.choice(self.corpus.values)
        if draw.random() < 0.4:
            return [self.value(depth - 1) for _ in range(draw.randrange(4))]
        keys = (
            *("id", "name", "status", "memory", "node", "allocations", "location", "port", "cpu", "x", ""),
            *(
                "line",
                "lines",
                "state",
                "network",
                "rx_bytes",
                "cpu_absolute",
                "memory_bytes",
                "uptime_ms",
                "installState",
            ),
        )
        return {draw.choice(keys): self.value(depth - 1) for _ in range(draw.randrange(5))}


def _json(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content).encode()


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Return all places of a value, as a container and its key."""
    found: list[tuple[Any, Any]] = []
    todo = [content]
    while todo:
        container = todo.pop()
        keys: Any = container if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                todo.append(container[key])
    return found


def edited(frame: bytes, edit: Callable[[Any, Any], None]) -> bytes:
    """Return a frame after an edit of its content, or as it is when it has none."""
    try:
        content = orjson.loads(frame)
    except ValueError:
        return frame
    if not isinstance(content, dict | list) or not content:
        return frame
    edit(content, _places(content))
    return _json(content)


def _swap_value(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        container, key = fuzzer.random.choice(places)
        container[key] = fuzzer.value(1)

    return edited(frame, edit)


def _exchange_values(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        one, other = fuzzer.random.choice(places), fuzzer.random.choice(places)
        value = one[0][one[1]]
        # Within itself, a container would have no end.
        if not isinstance(value, dict | list) and not isinstance(other[0][other[1]], dict | list):
            one[0][one[1]], other[0][other[1]] = other[0][other[1]], value

    return edited(frame, edit)


def _drop_field(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        container, key = fuzzer.random.choice(places)
        del container[key]

    return edited(frame, edit)


def _add_field(fuzzer: Fuzzer, frame: bytes) -> bytes:
    def edit(content: Any, places: Any) -> None:
        containers = [container for container, _ in places if isinstance(container, dict)]
        if containers:
            fuzzer.random.choice(containers)[f"new{fuzzer.random.randrange(10**6)}"] = fuzzer.value(2)

    return edited(frame, edit)


def _duplicate_key(fuzzer: Fuzzer, frame: bytes) -> bytes:
    key, value = fuzzer.random.choice(("type", "serverId", "data", "id")), _json(fuzzer.value(1))
    place = frame.find(b"{", fuzzer.random.randrange(len(frame) + 1))
    return frame[: place + 1] + b'"%s":%s,' % (key.encode(), value) + frame[place + 1 :]


def _flip(fuzzer: Fuzzer, frame: bytes) -> bytes:
    changed = bytearray(frame or b"{")
    for _ in range(fuzzer.random.randrange(1, 4)):
        changed[fuzzer.random.randrange(len(changed))] = fuzzer.random.randrange(256)
    return bytes(changed)


def _cut(fuzzer: Fuzzer, frame: bytes) -> bytes:
    return frame[: fuzzer.random.randrange(len(frame) + 1)]


def _cut_character(fuzzer: Fuzzer, frame: bytes) -> bytes:
    """Put a part of a character into a text, or a surrogate without its other half."""
    parts = (b"\xf0\x9f\x91", b"\xc3", b"\xff\xfe", b"\\ud83d", b"\xed\xa0\x80", b"\\u0000")
    place = frame.find(b'"', fuzzer.random.randrange(len(frame) + 1)) + 1
    return frame[:place] + fuzzer.random.choice(parts) + frame[place:]


def _huge_number(fuzzer: Fuzzer, frame: bytes) -> bytes:
    digits = b"9" * fuzzer.random.choice((20, 400, 5000))
    number = fuzzer.random.choice((digits, b"-" + digits, b"0." + digits, b"1e" + digits[:20], b"NaN", b"Infinity"))
    return frame.replace(b":", b":" + number + b',"x":', fuzzer.random.randrange(1, 3))


def _splice(fuzzer: Fuzzer, frame: bytes) -> bytes:
    other = fuzzer.random.choice(fuzzer.corpus.frames)
    return _cut(fuzzer, frame) + other[fuzzer.random.randrange(len(other)) :]


MUTATIONS: tuple[Mutation, ...] = (
    *(_swap_value, _swap_value, _swap_value, _exchange_values, _drop_field, _add_field, _duplicate_key, _flip, _cut),
    *(_cut_character, _huge_number, _splice),
)
