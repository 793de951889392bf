"""The answers to the questions of a lifecycle."""

import asyncio
import logging
from typing import assert_never

from .exceptions import StellarStackError
from .link import Link
from .messages import Evidence, Question

_LOGGER = logging.getLogger(__name__)


async def find_evidence(link: Link, server_id: str, question: Question, since: float | None) -> Evidence:
    """Ask the panel what happened to a server.

    A failure counts as no evidence.

    Args:
        link: To the panel.
        server_id: The server.
        question: What to ask.
        since: The loop time of what happened; entries of the log from before explain something else.
    """
    panel, loop = link.panel, asyncio.get_running_loop()
    try:
        match question:
            case Question.STATE:
                return Evidence(daemon=await link.ask(lambda: panel.node_status(server_id)))
            case Question.CAUSE:
                return await link.ask(lambda: panel.evidence(server_id, loop.time() - (since or 0.0)))
            case _:
                assert_never(question)
    except StellarStackError as err:
        _LOGGER.debug("No evidence of what happened to server %s: %s", server_id, err)
        return Evidence()
