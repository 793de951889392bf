"""What a user reads when the panel, or a server's node, did not do something."""

from collections.abc import Iterator
import json
from pathlib import Path

from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
import pytest

from custom_components.stellarstack import errors
from custom_components.stellarstack.client.exceptions import (
    AccountBannedError,
    AnswerLostError,
    AuthenticationError,
    BackupTimeoutError,
    ClientCertificateError,
    ClosedError,
    ForbiddenError,
    InvalidUrlError,
    NodeOfflineError,
    NotFoundError,
    NotSentError,
    NotThePanelError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    Refusal,
    RefusedError,
    ResponseError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.errors import action_error, setup_error

URL = "https://panel.example.com"
RAW = "<class 'Internals'>"
"""An exception's own text, which is for the log."""
WORDS = "Backup limit of 3 reached"
"""The panel's own words."""

ENGLISH = json.loads((Path(errors.__file__).parent / "translations" / "en.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


def text(error: HomeAssistantError) -> str:
    """Return what a user reads."""
    assert error.translation_domain == "stellarstack"
    message: str = ENGLISH["exceptions"][error.translation_key]["message"]
    return message.format(**error.translation_placeholders or {})


def refused(refusal: Refusal, reason: str | None = None) -> RefusedError:
    return RefusedError(RAW, 500, reason, refusal)


ACTIONS: list[tuple[StellarStackError, str]] = [
    (refused(Refusal.ALREADY_RUNNING, WORDS), "Survival is already running."),
    (refused(Refusal.NOT_RUNNING), "Survival is not running."),
    (refused(Refusal.BUSY), "Another action on Survival is in progress. Try again when it has ended."),
    (refused(Refusal.INSTALLING), "Survival is being installed."),
    (refused(Refusal.TRANSFERRING), "Survival is being moved to another node."),
    (refused(Refusal.RESTORING), "A backup of Survival is being restored."),
    (refused(Refusal.SUSPENDED), "Survival is suspended."),
    (
        RefusedError(RAW, 409, None, Refusal.BACKUP_LIMIT, 5),
        "Survival already has 5 backups and may have no more. Delete one on the panel.",
    ),
    (refused(Refusal.OTHER, WORDS), f"The panel did not do this for Survival: {WORDS}"),
    (refused(Refusal.OTHER), f"The panel at {URL} gave an answer that was not expected."),
    (ResponseError(RAW, 400, WORDS), f"The panel did not do this for Survival: {WORDS}"),
    (ResponseError(RAW, 418), f"The panel at {URL} gave an answer that was not expected."),
    (NodeOfflineError(RAW, 400, WORDS), "The node of Survival does not answer the panel."),
    (ForbiddenError(RAW, 403, WORDS), "Your account may not do this with Survival."),
    (NotFoundError(RAW, 404, WORDS), "The panel no longer has Survival."),
    (NotSentError(RAW), "The panel cannot be reached. Nothing was done for Survival."),
    (
        AnswerLostError(RAW),
        "The panel's answer was lost. It is not known whether this was done for Survival.",
    ),
    (
        BackupTimeoutError(RAW),
        (
            "The backup of Survival has not ended within 30 minutes. "
            "It may still end: look at the list of backups on the panel."
        ),
    ),
    (PanelTimeoutError(RAW), "The panel did not answer in time. Whether Survival got this is not known."),
    (
        ClosedError(RAW),
        "The panel was reloaded in Home Assistant meanwhile. It is not known whether this was done for Survival.",
    ),
    (RateLimitedError(RAW, 2.2), "The panel received too many requests. Try Survival again in 3 seconds."),
    (RateLimitedError(RAW), "The panel received too many requests. Try Survival again in 1 seconds."),
    (InvalidUrlError(RAW), f"The panel at {URL} gave an answer that was not expected."),
]

EITHER: list[tuple[StellarStackError, str]] = [
    (AuthenticationError(RAW), f"The session on the panel at {URL} has ended. Sign in again."),
    (AccountBannedError(RAW), f"The session on the panel at {URL} has ended. Sign in again."),
    (PanelConnectionError(RAW), f"The panel at {URL} cannot be reached."),
    (NotThePanelError(RAW), f"Something other than the panel answers at {URL}, often a reverse proxy in front of it."),
    (PanelTlsError(RAW), f"No secure connection to the panel at {URL}. Check its certificate."),
    (
        ClientCertificateError(RAW),
        f"What answers at {URL} asks for a client certificate. Let Home Assistant through without one.",
    ),
    (WebSocketBlockedError(RAW), f"The panel at {URL} answers, but its WebSocket does not open."),
    (RedirectedError(RAW, "https://elsewhere"), f"The address {URL} redirects elsewhere. Reconfigure the panel."),
    (UnsupportedPanelError(RAW), f"No supported StellarStack panel answers at {URL}."),
]

SETUP: list[tuple[StellarStackError, str]] = [
    (PanelTimeoutError(RAW), f"The panel at {URL} did not answer in time."),
    (RateLimitedError(RAW, 2), f"The panel at {URL} received too many requests."),
    (ResponseError(RAW, 418, WORDS), f"The panel at {URL} gave an answer that was not expected."),
]


@pytest.mark.parametrize(("err", "expected"), [*ACTIONS, *EITHER])
def test_action(err: StellarStackError, expected: str) -> None:
    assert text(action_error(err, "Survival", URL)) == expected


@pytest.mark.parametrize(("err", "expected"), [*EITHER, *SETUP])
def test_setup(err: StellarStackError, expected: str) -> None:
    error = setup_error(err, URL)
    assert text(error) == expected
    assert isinstance(error, ConfigEntryAuthFailed) == isinstance(err, AuthenticationError)
    assert isinstance(error, ConfigEntryNotReady) != isinstance(err, AuthenticationError)


def test_every_refusal_has_its_words() -> None:
    texts = {text(action_error(refused(refusal, WORDS), "Survival", URL)) for refusal in Refusal}
    assert len(texts) == len(Refusal)
    assert [told for told in texts if WORDS in told] == [f"The panel did not do this for Survival: {WORDS}"]


def errors_of(base: type[StellarStackError]) -> Iterator[type[StellarStackError]]:
    for error in base.__subclasses__():
        yield error
        yield from errors_of(error)


@pytest.mark.parametrize("kind", [StellarStackError, *errors_of(StellarStackError)])
def test_no_exception_speaks_for_itself(kind: type[StellarStackError]) -> None:
    err = refused(Refusal.OTHER) if kind is RefusedError else kind(RAW)
    assert RAW not in text(action_error(err, "Survival", URL))
    assert RAW not in text(setup_error(err, URL))


def test_a_name_is_no_template() -> None:
    assert text(action_error(refused(Refusal.SUSPENDED), "{url} <b>", URL)) == "{url} <b> is suspended."
