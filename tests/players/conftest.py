"""Fixtures: games that tell who plays."""

import pytest

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account
from simulator.queries import GamePort

from .support import SURVIVAL, impatient


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """How long the client waits, and shortly for games."""
    return impatient(timing)


@pytest.fixture
async def port(panel: Panel, account: Account) -> GamePort:
    """The port of Survival, a Minecraft server that two people play on."""
    panel.machine.game(SURVIVAL).players += ["Sam", "Alex"]
    return await panel.queries.open(SURVIVAL, "minecraft_java")
