"""Guess a game's protocol by what the panel calls it."""

import re
from typing import Final

from ..client.models import Server
from .protocols import Protocol

_WORDS: Final = {
    Protocol.MINECRAFT_BEDROCK: ("bedrock", "geyser", "nukkit", "pocketmine"),
    Protocol.MINECRAFT_JAVA: (
        *("bungeecord", "fabric", "folia", "forge", "java", "magma", "minecraft", "mohist", "neoforge", "paper"),
        *("purpur", "quilt", "spigot", "sponge", "vanilla", "velocity", "waterfall"),
    ),
    Protocol.FIVEM: ("fivem", "redm"),
    Protocol.SOURCE: (
        *("7 days to die", "ark survival evolved", "arma", "barotrauma", "conan", "core keeper", "counter strike"),
        *("cs2", "csgo", "dayz", "enshrouded", "garry", "hurtworld", "insurgency", "left 4 dead", "mordhau", "rust"),
        *("sons of the forest", "source", "squad", "team fortress", "the forest", "tf2", "unturned", "v rising"),
        *("valheim", "zomboid"),
    ),
}
"""Words in the names of blueprints and images; the first protocol that has one is suggested."""


def suggest_protocol(server: Server | None) -> Protocol | None:
    """Return the protocol that a server's blueprint sounds like.

    Without one, its image tells, which may name no more than the language that the game is written in.
    """
    if server is None:
        return None
    blueprint = server.blueprint.name if server.blueprint is not None else None
    return _protocol_in(blueprint) or _protocol_in(server.image)


def _protocol_in(name: str | None) -> Protocol | None:
    text = f" {re.sub(r'[^a-z0-9]+', ' ', (name or '').lower())} "
    return next(
        (protocol for protocol, words in _WORDS.items() if any(f" {word} " in text for word in words)),
        None,
    )
