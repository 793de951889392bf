"""How a live socket is opened with a ticket."""

import asyncio

from aiohttp import ClientWebSocketResponse

from .exceptions import (
    ForbiddenError,
    PanelConnectionError,
    PanelTimeoutError,
    RedirectedError,
    StellarStackError,
    TicketRefusedError,
    WebSocketBlockedError,
)
from .panel import Dialect, Right, Ticket
from .timing import Timing

type WebSocket = ClientWebSocketResponse[bool]


async def open_socket(dialect: Dialect, ticket: Ticket, timing: Timing) -> WebSocket:
    """Try the addresses of a ticket until a node answers at one."""
    reason: StellarStackError = PanelConnectionError("the ticket has no address")
    for url in ticket.urls:
        try:
            async with asyncio.timeout(timing.request):
                return await dialect.open(url, ticket.token)
        except WebSocketBlockedError as err:
            match err.status:
                case 401 if err.is_text:
                    raise TicketRefusedError("the node refuses a ticket") from err
                # A node has no other reason; a proxy has.
                case 403 if Right.CONSOLE not in ticket.rights:
                    raise ForbiddenError("the ticket does not let us see the console", 403) from err
                case 502 | 503 | 504:
                    raise PanelConnectionError(f"the node is away: HTTP {err.status}") from err
            reason = err
        except (PanelConnectionError, RedirectedError) as err:
            reason = err
        except TimeoutError:
            reason = PanelTimeoutError("the node did not answer in time")
    raise reason
