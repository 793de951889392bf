"""The texts of the dialogs."""

import json
from pathlib import Path

from custom_components.stellarstack import config_flow
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.config_flow import StellarStackConfigFlow
from custom_components.stellarstack.subentry_flow import ServerSubentryFlow

ERRORS = {
    "account_banned",
    "cannot_connect",
    "client_certificate",
    "code_expired",
    "email_not_verified",
    "invalid_auth",
    "invalid_code",
    "invalid_url",
    "no_access",
    "no_session_in_text",
    "not_the_panel",
    "origin_not_allowed",
    "rate_limited",
    "raw_token",
    "server_already_configured",
    "server_not_found",
    "ssl_error",
    "timeout_connect",
    "unknown",
    "unsupported_panel",
    "websocket_blocked",
    "wrong_account",
}


# What comes of asking a game who plays.
GAME_ERRORS = {"blocked", "no_address", "no_answer", "not_running", "other_game", "unknown_host"}


def test_texts() -> None:
    """Each error, abort and step has a text, and no text is for nothing."""
    texts = json.loads((Path(config_flow.__file__).parent / "translations/en.json").read_text())
    config, server = texts["config"], texts["config_subentries"]["server"]
    assert config["error"].keys() == ERRORS
    assert config["abort"].keys() == {"already_configured"}
    for flow, steps in ((StellarStackConfigFlow, config["step"]), (ServerSubentryFlow, server["step"])):
        assert steps.keys() <= {name.removeprefix("async_step_") for name in dir(flow)}
    assert server["error"].keys() >= GAME_ERRORS
    assert server["error"].keys() - GAME_ERRORS - {"no_servers_left"} <= ERRORS
    assert (
        server["abort"].keys() - {"already_configured", "entry_not_loaded", "not_connected", "server_removed"} <= ERRORS
    )
    for progress in (config["progress"]["find_servers"], server["progress"]["find_server"]):
        assert f"{Timing().find:.0f} seconds" in progress
    assert server["entry_type"]
    assert server["initiate_flow"]["user"]
