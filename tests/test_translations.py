"""The translations: each language is complete, and reads like itself."""

from pathlib import Path
import re

import pytest

from .integration import ENGLISH, TRANSLATIONS, strings

OTHERS = ("cs", "da", "de", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "sv", "uk", "zh-Hans")

NAME = "a name, the same in every language"
COGNATE = "the language's own word, spelled as in English"
LOAN = "the word that Home Assistant uses in this language"
# What a language may leave as it is in English: the languages, and why.
SAME_AS_ENGLISH: dict[str, tuple[tuple[str, ...], str]] = {
    "StellarStack": (OTHERS, NAME),
    "URL": (("cs", "da", "de", "es", "fr", "it", "ja", "nl", "pt-BR", "sv", "uk", "zh-Hans"), NAME),
    "FiveM": (OTHERS, NAME),
    "Host": (("de", "es", "it", "nl", "pl", "pt-BR"), LOAN),
    "Interval": (("cs", "da", "nl"), COGNATE),
    "Minecraft Bedrock": (OTHERS, NAME),
    "Minecraft Java": (OTHERS, NAME),
    "Port": (("cs", "da", "de", "fr", "pl", "sv"), COGNATE),
    "Protocol": (("nl",), COGNATE),
    "Source": (OTHERS, NAME),
    "CPU": (("cs", "da", "de", "es", "it", "nl", "pt-BR", "sv"), NAME),
    "Area": (("it",), COGNATE),
    "Backups": (("de", "pt-BR"), LOAN),
    "Code": (("de", "fr", "nl"), COGNATE),
    "Compact": (("nl",), COGNATE),
    "Details": (("nl",), COGNATE),
    "Email": (("da",), LOAN),
    "Error": (("es",), COGNATE),
    "Label": (("de", "nl"), LOAN),
    "Maintenance": (("fr",), COGNATE),
    "Name": (("de",), COGNATE),
    "No": (("es", "it"), COGNATE),
    "Node": (("da", "nl"), LOAN),
    "Node online": (("da", "nl"), LOAN),
    "Options": (("fr",), COGNATE),
    "Panel": (("cs", "da", "de", "es", "pl", "sv"), COGNATE),
    "Panels": (("de",), COGNATE),
    "Password": (("it",), LOAN),
    "Server": (("cs", "da", "de", "it", "nl", "sv"), LOAN),
    "Servers": (("nl",), COGNATE),
    "Session": (("da", "fr", "sv"), COGNATE),
    "Start": (("da",), COGNATE),
    "Status": (("da", "de", "nl", "pl", "pt-BR", "sv"), COGNATE),
    "Stop": (("da",), COGNATE),
    "backups": (("pt-BR",), LOAN),
}

# What a language never has: a straight copy of the English punctuation.
WRONG_PUNCTUATION = {
    "es": r"^[^¿]*\?",
    "fr": r"(?<!\N{NO-BREAK SPACE})[:;?!]",
    "ja": r"[ぁ-ヿ一-鿿][,.?!]",
    "zh-Hans": r"[一-鿿][,.:;?!()]",
}
ENDS = {".": ".", "。": ".", "?": "?", "\N{FULLWIDTH QUESTION MARK}": "?"}


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


def runs(text: str) -> set[tuple[str, ...]]:
    """Return each three words that follow one another, without what every language has in common."""
    parts = re.split(r"{\w+}|Home Assistant\w*|[.,:;!?]", text)
    words = [re.findall(r"[^\W\d]+", part.casefold()) for part in parts]
    return {tuple(part[at : at + 3]) for part in words for at in range(len(part) - 2)}


def test_languages() -> None:
    assert {path.name for path in TRANSLATIONS.iterdir()} == {f"{language}.json" for language in (ENGLISH, *OTHERS)}


@pytest.mark.parametrize("language", OTHERS)
def test_keys(language: str) -> None:
    english, other = strings(ENGLISH), strings(language)
    assert other.keys() - english.keys() == set(), "no longer in English"
    assert english.keys() - other.keys() == set(), "not translated"
    assert list(other) == list(english), "not in the order of the English file"


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders(language: str) -> None:
    other = strings(language)
    for key, text in strings(ENGLISH).items():
        assert placeholders(other[key]) == placeholders(text), key


@pytest.mark.parametrize("language", [ENGLISH, *OTHERS])
def test_text(language: str) -> None:
    for key, text in strings(language).items():
        assert text, f"{key} is empty"
        assert text == text.strip(), f"{key} begins or ends with a space"
        assert "  " not in text, f"{key} has two spaces in a row"
        assert not re.search(r"[<>]|&#?\w+;", text), f"{key} has HTML"
        assert not re.search(r"\]\s?\(", text), f"{key} has a link"
        # The check of Home Assistant, hassfest, refuses addresses.
        assert not re.search(r"://|www\.", text, re.IGNORECASE), f"{key} has an address"
        # To the frontend a straight apostrophe before a brace begins a quotation: the placeholder would be shown as is.
        assert not re.search(r"'[{}]", text), f"{key} quotes a placeholder"
        assert not re.search(r"[{}]", re.sub(r"{\w+}", "", text)), f"{key} has a stray brace"


@pytest.mark.parametrize("language", OTHERS)
def test_punctuation(language: str) -> None:
    other = strings(language)
    for key, text in strings(ENGLISH).items():
        if language in WRONG_PUNCTUATION:
            assert not re.search(WRONG_PUNCTUATION[language], other[key]), key
        # A sentence stays one, a name too.
        assert ENDS.get(other[key][-1]) == ENDS.get(text[-1]), key


@pytest.mark.parametrize("language", OTHERS)
def test_translated(language: str) -> None:
    english = strings(ENGLISH)
    same = {english[key] for key, text in strings(language).items() if text == english[key]}
    allowed = {text for text, (languages, _reason) in SAME_AS_ENGLISH.items() if language in languages}
    assert same - allowed == set(), "not translated"
    assert allowed - same == set(), "need not be allowed any more"


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_within(language: str) -> None:
    """A text that is only half translated still has some English words in a row."""
    english = strings(ENGLISH)
    for key, text in strings(language).items():
        assert runs(text) & runs(english[key]) == set(), key


@pytest.mark.parametrize("language", OTHERS)
def test_same_text_same_translation(language: str) -> None:
    """What stands more than once in English for the same kind of thing is translated in one way."""
    other = strings(language)
    chosen: dict[tuple[str, str], str] = {}
    for key, text in strings(ENGLISH).items():
        same = (key.rpartition(".")[2], text)
        assert other[key] == chosen.setdefault(same, other[key]), key


# What a row of the glossary is about, by how it is marked; the others are about any text.
GLOSSARY_MARKS = {
    "status: ": r"entity\.sensor\.status\.state\.",
    "event: ": r"entity\.event\.lifecycle\..*\.state\.",
    " (button)": r"entity\.button\.",
    " (field)": r".*\.fields\.",
    " (trigger)": r"triggers\.",
    "": "",
}


def glossary() -> list[list[str]]:
    """Return the rows of the translators' glossary, the heading first."""
    lines = (Path(__file__).parents[1] / "docs" / "translating.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in rows if set(row) != {"---"}]


def test_glossary_names_all_languages() -> None:
    heading, *rows = glossary()
    assert heading[0] == "English"
    assert sorted(heading[1:]) == sorted(OTHERS)
    assert {len(row) for row in rows} == {len(heading)}


@pytest.mark.parametrize("language", OTHERS)
def test_glossary(language: str) -> None:
    """The glossary says what the files say."""
    heading, *rows = glossary()
    english, other = strings(ENGLISH), strings(language)
    checked = 0
    for row in rows:
        mark = next(mark for mark in GLOSSARY_MARKS if mark in row[0])
        term = row[0].replace(mark, "").casefold()
        for key, text in english.items():
            if text.casefold() == term and re.match(GLOSSARY_MARKS[mark], key):
                assert other[key].casefold() == row[heading.index(language)].casefold(), key
                checked += 1
    assert checked > 50
