"""Servers that want a certificate of the client, which we have none of."""

import asyncio
import ssl

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client.detect import detect_panel
from custom_components.stellarstack.client.exceptions import ClientCertificateError, PanelTlsError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from simulator.tls import make_certificate

from .support import Serve, open_session


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
    """Do a TLS handshake as far as it goes; an alert is sent before the connection ends, unlike by asyncio's server."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while data := await reader.read(65536):
        incoming.write(data)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            writer.write(outgoing.read())
            writer.write_eof()
            continue
        writer.write(outgoing.read())
    writer.close()


@pytest.mark.parametrize(
    ("version", "error"),
    [
        (ssl.TLSVersion.TLSv1_3, ClientCertificateError),
        # Here the alert may as well mean that there is no common cipher.
        (ssl.TLSVersion.TLSv1_2, PanelTlsError),
    ],
)
async def test_alert(version: ssl.TLSVersion, error: type[PanelTlsError]) -> None:
    context, _ = make_certificate()
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    server = await asyncio.start_server(lambda reader, writer: shake_hands(reader, writer, context), "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server, open_session(False) as session:
        with pytest.raises(PanelTlsError) as raised:
            await detect_panel(session, f"https://127.0.0.1:{port}", Timing())
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("status", "page", "asked"),
    [
        (400, "<html><title>400 No required SSL certificate was sent</title>", True),
        (400, "<html><title>400 The SSL certificate error</title>", True),
        (400, "<html><title>400 Bad Request</title>", False),
        (200, "<html>How to get an SSL certificate", False),
    ],
)
async def test_page(session: ClientSession, serve: Serve, status: int, page: str, asked: bool) -> None:
    """Nginx answers, and says why on its page."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, text=page, content_type="text/html")

    call = Http(session, await serve(answer), Timing()).request("GET", "/")
    if asked:
        with pytest.raises(ClientCertificateError):
            await call
    else:
        assert (await call).status == status
