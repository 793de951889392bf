"""Why a call to a node's daemon brings nothing."""

from http import HTTPStatus
import json

from .games import Game


class DaemonRefusal(Exception):
    """The daemon answers that it will not do it.

    Attributes:
        status: The HTTP status of its answer.
        message: Its own words.
    """

    def __init__(self, status: HTTPStatus, message: str) -> None:
        """Refuse with a status and a text."""
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def body(self) -> str:
        """Return the JSON of its answer, written as the daemon does."""
        return json.dumps({"error": self.status.phrase, "message": self.message}, separators=(",", ":"))


class NodeUnreachable(Exception):
    """The node does not answer.

    What it was told to do may go on.
    """


def check_free(game: Game) -> None:
    """Refuse while the daemon does something else with a server."""
    doing = {
        "installing": game.installing,
        "transferring": game.transferring,
        "restoring from backup": game.restoring,
    }
    for what, is_so in doing.items():
        if is_so:
            raise DaemonRefusal(HTTPStatus.CONFLICT, f"Server is currently {what}")
    if game.suspended:
        raise DaemonRefusal(HTTPStatus.FORBIDDEN, "Server is suspended")
