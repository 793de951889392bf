"""Writes the fault matrix as it was run into a document; loaded with `-p tests.faults.report`."""

from pathlib import Path
from typing import Final

import pytest

_BEGIN: Final = "<!-- Made by scripts/faults: -->\n"
_END: Final = "<!-- end -->\n"


class Report:
    """Collects what the tests have seen."""

    def __init__(self, document: Path) -> None:
        self._document = document
        self._results: dict[str, str] = {}
        self._faults: dict[str, list[str]] = {}
        self._answers: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test has seen, and how it ended: a fault that leaves something behind has failed, too."""
        name = report.nodeid.partition("[")[2].removesuffix("]")
        if report.failed or self._results.get(name) == "FAILED":
            self._results[name] = "FAILED"
        elif report.when == "call":
            self._results[name] = "ok"
        for key, value in report.user_properties:
            if key == "fault" and isinstance(value, list):
                self._faults[name] = value
            elif key == "answers" and isinstance(value, list):
                self._answers[name] = value

    def pytest_sessionfinish(self) -> None:
        """Put the tables in the place of the old ones."""
        text = self._document.read_text()
        before, begin, rest = text.partition(_BEGIN)
        _, end, after = rest.partition(_END)
        if not begin or not end:
            raise ValueError(f"{self._document} has no place for the tables")
        self._document.write_text(before + begin + self._tables() + end + after)

    def _tables(self) -> str:
        # The harness must come before anything of Home Assistant.
        from .answers import ANSWERS, ENDPOINTS
        from .matrix import GROUPS

        lines: list[str] = []
        for title, rows in GROUPS.items():
            lines += ["", f"### {title}", ""]
            lines += _row("Fault", "What you see", "Noticed after", "Back after", "Bound", "Log lines", "Result")
            lines += _row(*["---"] * 7)
            for row in rows:
                seen = self._faults.get(row.name, [""] * 5)
                lines += _row(f"{row.what} (`{row.fault_name}`)", *seen, self._results.get(row.name, "not run"))
        lines += ["", "### HTTP answers", ""]
        lines += _row("Asked for", *ANSWERS, "Result")
        lines += _row(*["---"] * (len(ANSWERS) + 2))
        for endpoint in ENDPOINTS:
            cells = self._answers.get(endpoint.name, [""] * len(ANSWERS))
            lines += _row(endpoint.what, *cells, self._results.get(endpoint.name, "not run"))
        return "\n".join([*lines, "", ""])


def _row(*cells: str) -> list[str]:
    return [f"| {' | '.join(cells)} |"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the document's path."""
    parser.addoption("--faults-document", type=Path, help="write the tables of the fault matrix into this document")


def pytest_configure(config: pytest.Config) -> None:
    """Report from the process that sees all results."""
    document = config.getoption("--faults-document")
    if document is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(document))
