"""A panel of generation 1."""

from typing import override

from ..auth import BetterAuth, TwoFactorChallenge
from ..credentials import Credentials
from ..http import Http
from ..messages import Evidence
from ..models import Account, Backup, Node, PowerAction, Server, ServerStatus
from ..panel import Capabilities, Dialect, Feed, MessageCallback, Panel, StateCallback
from .daemon import DaemonV1
from .feed import PanelSocket
from .rest import Rest


class PanelV1(Panel):
    """A panel of generation 1.

    It sends the news of all servers on one WebSocket, and has REST beside it.
    """

    def __init__(self, http: Http, credentials: Credentials | None) -> None:
        """Keep the connection; send nothing yet.

        Without a cookie in the credentials only the WebSocket can be used.
        """
        self._http = http
        self._credentials = credentials or Credentials()
        self._auth = BetterAuth(http, "/api/auth")
        self._rest = Rest(http, self._credentials)
        self._daemon = DaemonV1(http, self._rest)
        has_cookie = self._credentials.cookie is not None
        self._capabilities = Capabilities(
            calls=has_cookie,
            explains_stops=has_cookie,
            swap=True,
            location=True,
            disk_usage=True,
            power_by_live=False,
            raw_token=True,
            echoes=True,
            error_is_crash=True,
            shared_details=True,
            rows_add=has_cookie,
        )

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    @override
    def dialect(self) -> Dialect | None:
        return self._daemon if self.capabilities.calls else None

    @override
    def with_credentials(self, credentials: Credentials) -> Panel:
        return PanelV1(self._http, credentials)

    @override
    async def sign_in(self, email: str, password: str) -> Credentials | TwoFactorChallenge:
        return await self._auth.sign_in(email, password)

    @override
    async def verify_code(self, challenge: TwoFactorChallenge, code: str) -> Credentials:
        return await self._auth.verify_code(challenge, code)

    @override
    def open_feed(self, on_message: MessageCallback, on_state: StateCallback) -> Feed:
        return PanelSocket(
            self._http, self._credentials, self._rest.socket_token, on_message, on_state, self._http.timing
        )

    @override
    async def account(self) -> Account:
        return await self._auth.session(self._credentials)

    @override
    async def servers(self) -> list[Server]:
        return await self._rest.servers()

    @override
    async def server(self, server_id: str) -> Server:
        return await self._rest.server(server_id)

    @override
    async def nodes(self) -> list[Node]:
        return await self._rest.nodes()

    @override
    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        return await self._rest.evidence(server_id, down_for)

    @override
    async def node_status(self, server_id: str) -> ServerStatus | None:
        return await self._rest.node_status(server_id)

    @override
    async def power(self, server_id: str, action: PowerAction) -> None:
        await self._rest.power(server_id, action)

    @override
    async def send_command(self, server_id: str, command: str) -> None:
        await self._rest.send_command(server_id, command)

    @override
    async def create_backup(self, server_id: str, name: str | None, backup_id: str) -> Backup | None:
        return await self._rest.create_backup(server_id, name, backup_id)

    @override
    async def find_backup(self, server_id: str, backup_id: str) -> Backup | None:
        return next((backup for backup in await self.backups(server_id) if backup.id == backup_id), None)

    @override
    async def backups(self, server_id: str) -> list[Backup]:
        return await self._rest.backups(server_id)
