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
        *("7 days to die", "ark survival", "arma", "barotrauma", "conan", "core keeper", "counter strike", "cs2"),
        *("csgo", "dayz", "enshrouded", "garry", "hurtworld", "insurgency", "left 4 dead", "mordhau", "rust"),
        *(
            "sons of the forest",
            "source",
            "squad",
            "team fortress",
            "the forest",
            "tf2",
            "unturned",
            "v rising",
            "valheim",
        ),
        *("zomboid",),
    ),
}
"""Words in the names of blueprints and images; the first protocol that has one is suggested."""


def suggest_protocol(server: Server | None) -> Protocol | None:
    """Return the protocol that a server's blueprint or image sounds like."""
    if server is None:
        return None
    blueprint = server.blueprint.name if server.blueprint is not None else None
    text = f" {re.sub(r'[^a-z0-9]+', ' ', f'{blueprint} {server.image}'.lower())} "
    return next(
        (protocol for protocol, words in _WORDS.items() if any(f" {word} " in text for word in words)),
        None,
    )
