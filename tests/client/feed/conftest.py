"""Fixtures: feeds of the account to the panel, or to servers that are no panel."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Session as PanelSession

from .rig import FeedRig, MakeRig

QUICK = Timing(first_reconnect=0.02)


@pytest.fixture
async def make_rig(session: ClientSession, panel: Panel, signed_in: PanelSession) -> AsyncGenerator[MakeRig]:
    """Makes a feed, not yet running."""
    rigs: list[FeedRig] = []

    def make_rig(
        *,
        url: str | None = None,
        credentials: Credentials | None = None,
        rig: type[FeedRig] = FeedRig,
        **times: Any,
    ) -> FeedRig:
        timing = replace(QUICK, **times)
        rigs.append(rig(session, url or panel.url, credentials or Credentials(cookie=signed_in.cookie), timing))
        rigs[-1].token = signed_in.token
        return rigs[-1]

    yield make_rig
    for rig in rigs:
        await rig.end()


@pytest.fixture
def rig(make_rig: MakeRig) -> FeedRig:
    """A feed with the account's cookie."""
    return make_rig()


@pytest.fixture
def raw_rig(make_rig: MakeRig, signed_in: PanelSession) -> FeedRig:
    """A feed with nothing but the raw token."""
    return make_rig(credentials=Credentials(token=signed_in.token))
