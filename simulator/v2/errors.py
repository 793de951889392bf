"""Why the API refuses: a code, and sometimes what it is about."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from simulator.wire import reply


class ApiError(Exception):
    """The API answers with an error."""

    def __init__(self, status: HTTPStatus, code: str, **params: object) -> None:
        """Refuse with a status and a dotted code."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.params = params

    def response(self) -> web.Response:
        """Return the answer."""
        error: dict[str, Any] = {"code": self.code}
        if self.params:
            error["params"] = self.params
        return reply({"error": error}, self.status)


class UnexpectedError(ApiError):
    """Something that the API did not think of."""

    def __init__(self, status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR, **params: object) -> None:
        """Refuse with any status, mostly 500."""
        super().__init__(status, "internal.unexpected", **params)


class DeniedError(ApiError):
    """Somebody may not do this."""

    def __init__(self, **params: object) -> None:
        """Refuse with 403."""
        super().__init__(HTTPStatus.FORBIDDEN, "permissions.denied", **params)


class InvalidError(ApiError):
    """A body is of the wrong form."""

    def __init__(self) -> None:
        """Refuse with 422."""
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "validation.failed")
