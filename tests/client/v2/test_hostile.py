"""Texts of a panel of generation 2: whatever they are, they are bounded and fit for one line."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy
import pytest

from custom_components.stellarstack.client.http import Answer
from custom_components.stellarstack.client.v2.parse import (
    parse_account,
    parse_allocation,
    parse_backup,
    parse_blueprint,
    parse_node,
    parse_server,
)
from custom_components.stellarstack.client.v2.rest import error_body
from tests.client.support import wire

ODD = [
    "x" * 100_000,
    "two\nlines",
    "\x1b[2J\x00",
    "\u202egnp.lavivruS",
    "\u2028\u0085",
    "\ufeff\u200b",
]
TEXTS = {
    "name",
    "email",
    "description",
    "status",
    "ownerId",
    "primaryAllocationId",
    "nodeId",
    "nodeName",
    "blueprintId",
    "fqdn",
    "ip",
    "alias",
    "state",
    "installState",
}
PARSERS = [parse_account, parse_server, parse_node, parse_allocation, parse_blueprint, parse_backup]


def texts(model: Any) -> Iterator[str]:
    """Yield all texts of a model and its parts."""
    for field in fields(model):
        value = getattr(model, field.name)
        if isinstance(value, str):
            yield value
        elif is_dataclass(value):
            yield from texts(value)


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("parse", PARSERS)
def test_texts_are_short_and_on_one_line(parse: Callable[[dict[str, Any]], Any], text: str) -> None:
    model = parse({"id": "b9c3"} | dict.fromkeys(TEXTS, text))
    found = list(texts(model))
    assert "b9c3" in found
    assert [each for each in found if not each.isprintable() or not 0 < len(each) <= 128] == []


@pytest.mark.parametrize("text", ["", *ODD])
@pytest.mark.parametrize("parse", PARSERS)
def test_ids_are_short_and_printable(parse: Callable[[dict[str, Any]], Any], text: str) -> None:
    with pytest.raises(TypeError):
        parse({"id": text})


@pytest.mark.parametrize("code", ["a.b\n", "a.b\x1b[2J", f"servers.{'x' * 100_000}"])
def test_code_of_an_error_is_fit_for_the_log(code: str) -> None:
    headers = CIMultiDictProxy(CIMultiDict[str]())
    assert error_body(Answer(400, headers, wire({"error": {"code": code}}))) is None
    assert error_body(Answer(400, headers, wire({"error": {"code": "servers.unknown"}}))) is not None
