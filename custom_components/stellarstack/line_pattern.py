r"""Patterns that lines of a console are compared with.

Pure. A pattern is plain text, found in a line wherever it stands, with two wildcards: `*` for any text, also none, and
`{name}` for some text that is kept under this name. A backslash takes the meaning from a wildcard: `\*`, `\{`, `\}`,
`\\`. Upper and lower case count.

A field takes as little as it can: between two pieces of plain text what is between them where they are closest, at the
beginning of a pattern the one word before it, at its end the rest of the line.

No regular expression: one that a user has written could take for ever. Here each piece of plain text is searched twice
at most, first forwards, then backwards.
"""

from enum import StrEnum
import re
from typing import Final

LONGEST_PATTERN: Final = 500
"""Characters."""

_TOKEN = re.compile(
    r"\\(?P<plain>[*{}\\])|(?P<star>\*)|\{(?P<name>[^\W\d]\w*)\}|(?P<brace>\{)|(?P<text>[^\\*{]+|\\)", re.DOTALL
)


class PatternFault(StrEnum):
    """What is wrong with the text of a pattern."""

    NOT_ONE_LINE = "not_one_line"
    """It is empty, too long, or more than one line."""
    BRACE = "brace"
    """A brace begins no field."""
    FIELDS = "fields"
    """Two fields have the same name, or no plain text between them."""


_MESSAGES: Final = {
    PatternFault.NOT_ONE_LINE: f"the text is one line of 1 to {LONGEST_PATTERN} characters",
    PatternFault.BRACE: r"a brace begins a field such as {player}; write \{ for the brace itself",
    PatternFault.FIELDS: "each field has a name of its own, and there is text between two of them",
}


class PatternError(ValueError):
    """A text is no pattern.

    Attributes:
        fault: Why.
    """

    def __init__(self, fault: PatternFault) -> None:
        """Keep the reason."""
        super().__init__(_MESSAGES[fault])
        self.fault = fault


class LinePattern:
    """A pattern that lines are compared with."""

    __slots__ = ("_fields", "_texts")

    def __init__(self, text: str) -> None:
        """Read a pattern.

        Raises:
            PatternError: The text is none.
        """
        if not text.isprintable() or not 0 < len(text) <= LONGEST_PATTERN:
            raise PatternError(PatternFault.NOT_ONE_LINE)
        # The plain texts, and the fields before, between and after them; None where what stands there is not kept.
        self._texts: list[str] = []
        self._fields: list[str | None] = [None]
        self._read(text)

    def match(self, line: str) -> dict[str, str] | None:
        """Return the fields of a line; None when it does not match."""
        texts, fields = self._texts, self._fields
        if not texts:
            if (name := fields[0]) is None:
                return {}
            return {name: line} if line else None
        starts = [self._find_first(line)]
        if starts[0] < 0:
            return None
        end = starts[0] + len(texts[0])
        for text, field in zip(texts[1:], fields[1:-1], strict=True):
            start = line.find(text, end if field is None else end + 1)
            if start < 0:
                return None
            starts.append(start)
            end = start + len(text)
        if fields[-1] is not None and end == len(line):
            return None
        return self._read_fields(line, starts)

    def _find_first(self, line: str) -> int:
        """Return where the first plain text stands; -1 if nowhere.

        A field before it needs a word there.
        """
        text = self._texts[0]
        if self._fields[0] is None:
            return line.find(text)
        start = line.find(text, 1)
        while start > 0 and line[start - 1] == " ":
            start = line.find(text, start + 1)
        return start

    def _read_fields(self, line: str, starts: list[int]) -> dict[str, str]:
        """Return the fields of a line that matches.

        Args:
            line: The line.
            starts: The first place of each plain text after the one before.
        """
        texts, fields = self._texts, self._fields
        found: dict[str, str] = {}
        if (name := fields[-1]) is not None:
            found[name] = line[starts[-1] + len(texts[-1]) :]
        start = starts[-1]
        for index in range(len(texts) - 2, -1, -1):
            text, name = texts[index], fields[index + 1]
            if name is None:
                start = starts[index]
                continue
            before = line.rfind(text, 0, start - 1)
            while index == 0 and fields[0] is not None and line[before - 1] == " " and before > starts[0]:
                before = line.rfind(text, 0, before + len(text) - 1)
            found[name] = line[before + len(text) : start]
            start = before
        if (name := fields[0]) is not None:
            found[name] = line[:start].rpartition(" ")[2]
        # In the order of the pattern.
        return dict(reversed(found.items()))

    def _read(self, text: str) -> None:
        names: set[str] = set()
        after_text = False
        for token in _TOKEN.finditer(text):
            if (plain := token["plain"] or token["text"]) is not None:
                if after_text:
                    self._texts[-1] += plain
                else:
                    self._texts.append(plain)
                after_text = True
                continue
            if token["brace"]:
                raise PatternError(PatternFault.BRACE)
            if after_text:
                self._fields.append(None)
                after_text = False
            if (name := token["name"]) is not None:
                if name in names or self._fields[-1] is not None:
                    raise PatternError(PatternFault.FIELDS)
                names.add(name)
                self._fields[-1] = name
        if after_text:
            self._fields.append(None)
