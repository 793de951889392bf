"""Answers in the panel's place, and late ones."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from .wire import json_bytes

EVERY_PATH: Final = "*"


@dataclass
class Fault:
    """One injected answer."""

    path: str
    status: int
    body: object
    headers: dict[str, str]
    times: int | None
    method: str | None
    content_type: str | None

    def matches(self, method: str, path: str) -> bool:
        """Return whether this request gets the injected answer."""
        return self.path in {EVERY_PATH, path} and self.method in {None, method}

    def response(self) -> web.Response:
        """Build the answer.

        Text and bytes are sent as they are, no body as the panel's own error, all else as JSON.
        """
        content_type = self.content_type
        body = self.body
        if body is None:
            body = {"error": HTTPStatus(self.status).phrase}
        if isinstance(body, str):
            body = body.encode()
            content_type = content_type or "text/html"
        elif not isinstance(body, bytes):
            body = json_bytes(body)
        return web.Response(
            status=self.status,
            body=body,
            headers=self.headers,
            content_type=content_type or "application/json",
        )


@dataclass
class Faults:
    """The faults and the delays in force."""

    _faults: list[Fault] = field(default_factory=list)
    _delays: dict[str, float] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Add an answer; a lasting one replaces the lasting one before."""
        if fault.times is None:
            self._faults = [
                other
                for other in self._faults
                if other.times is not None or (other.path, other.method) != (fault.path, fault.method)
            ]
        self._faults.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request.

        Counted ones come first, in the order in which they were added.
        """
        matching = [fault for fault in self._faults if fault.matches(method, path)]
        fault = min(matching, key=lambda fault: fault.times is None, default=None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return fault

    def set_delay(self, path: str, seconds: float) -> None:
        """Answer a path late."""
        self._delays[path] = seconds

    def delay(self, path: str) -> float:
        """Return by how many seconds a path is answered late."""
        return self._delays.get(path, self._delays.get(EVERY_PATH, 0))

    def clear(self, path: str | None = None) -> None:
        """Remove the faults and the delay of a path, or all."""
        self._faults = [fault for fault in self._faults if path not in {None, fault.path}]
        self._delays = {other: seconds for other, seconds in self._delays.items() if path not in {None, other}}
