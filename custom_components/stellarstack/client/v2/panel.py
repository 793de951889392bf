"""A panel of generation 2."""

from typing import override

from ..auth import BetterAuth, TwoFactorChallenge
from ..credentials import Credentials
from ..exceptions import ResponseError
from ..http import Http
from ..messages import Evidence
from ..models import Account, Backup, Node, PowerAction, Server, ServerStatus
from ..panel import Capabilities, Dialect, Feed, MessageCallback, Panel, StateCallback
from ..turns import Pace
from .daemon import DaemonV2
from .details import Details
from .feed import ServerList
from .rest import Rest, is_named_for


class PanelV2(Panel):
    """A panel of generation 2: a server list, and live sockets."""

    def __init__(self, http: Http, credentials: Credentials | None) -> None:
        """Keep the connection; send nothing yet.

        Only a cookie can be used here, no raw token.
        """
        self._http = http
        self._credentials = credentials or Credentials()
        self._auth = BetterAuth(http, "/auth")
        self._rest = Rest(http, self._credentials)
        pace = Pace(http.timing.call_pace)
        self._details = Details(self._rest, http.url, pace)
        self._daemon = DaemonV2(http, self._rest, self._details, pace)
        has_cookie = self._credentials.cookie is not None
        self._capabilities = Capabilities(
            calls=has_cookie,
            explains_stops=has_cookie,
            swap=False,
            location=False,
            disk_usage=False,
            power_by_live=True,
            raw_token=False,
            echoes=False,
            error_is_crash=False,
            shared_details=False,
            rows_add=False,
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
        return PanelV2(self._http, credentials)

    @override
    async def sign_in(self, email: str, password: str) -> Credentials | TwoFactorChallenge:
        return await self._auth.sign_in(email, password)

    @override
    async def verify_code(self, challenge: TwoFactorChallenge, code: str) -> Credentials:
        return await self._auth.verify_code(challenge, code)

    @override
    def open_feed(self, on_message: MessageCallback, on_state: StateCallback) -> Feed:
        return ServerList(self._rest, self._details, on_message, on_state, self._http.timing)

    @override
    async def account(self) -> Account:
        return await self._details.load_account()

    @override
    async def servers(self) -> list[Server]:
        return [self._details.complete(server) for server in await self._rest.servers()]

    @override
    async def server(self, server_id: str) -> Server:
        return self._details.complete(await self._rest.server(server_id))

    @override
    async def nodes(self) -> list[Node]:
        return await self._details.load_nodes()

    @override
    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        return await self._rest.evidence(server_id, down_for)

    @override
    async def node_status(self, server_id: str) -> ServerStatus | None:
        return (await self.server(server_id)).status

    @override
    async def power(self, server_id: str, action: PowerAction) -> None:
        raise ResponseError("this panel takes power actions by the live socket only")

    @override
    async def send_command(self, server_id: str, command: str) -> None:
        raise ResponseError("this panel takes commands by the live socket only")

    @override
    async def create_backup(self, server_id: str, name: str | None, backup_id: str) -> Backup | None:
        await self._rest.create_backup(server_id, name, backup_id)
        return None

    @override
    async def find_backup(self, server_id: str, backup_id: str) -> Backup | None:
        return next((backup for backup in await self.backups(server_id) if is_named_for(backup, backup_id)), None)

    @override
    async def backups(self, server_id: str) -> list[Backup]:
        return await self._rest.backups(server_id)
