"""Every reason that code gives for an error has its own sentence, with no value in it that is not given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from portal.wording import SENTENCES
from tests.services.sources import ROOT
from vault.base import errors

FLOORS = ("portal", "routing", "search", "vault")
TREE = {name for name, value in vars(errors).items() if isinstance(value, type)}
ONE_SENTENCE = {"NotFound", "NotSignedIn", "Damaged"}
"""What they say more would disclose what exists, or is for operators; the code's sentence is theirs."""


@dataclass(frozen=True)
class Raised:
    """One place that makes an error: where, of which reason, with which values (None: not to be seen in the code)."""

    place: str
    reason: str
    values: frozenset[str] | None


def raised() -> Iterator[Raised]:
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _reasons(f"{path.relative_to(ROOT)}:{node.lineno}", node)


def _reasons(place: str, call: ast.Call) -> Iterator[Raised]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "unavailable":  # the index's own, which adds part and remedy
        given: set[str | None] = {"part", "remedy"}
    elif name not in TREE - ONE_SENTENCE or not call.args:
        return
    else:
        given = {keyword.arg for keyword in call.keywords}
    values = None if None in given else frozenset(str(one) for one in given)
    said = call.args[0]
    for found in (said.body, said.orelse) if isinstance(said, ast.IfExp) else (said,):
        if isinstance(found, ast.Constant) and isinstance(found.value, str) and found.value:
            yield Raised(place, found.value, values)


def test_every_reason_has_a_sentence_of_its_own() -> None:
    mute = {one.reason: one.place for one in raised() if one.reason not in SENTENCES}
    assert not mute, "portal/wording.py or portal/sentences.py: add a sentence for each"


@pytest.mark.parametrize("one", list(raised()), ids=lambda one: f"{one.reason}-{one.place}")
def test_a_sentence_names_no_value_that_is_not_given(one: Raised) -> None:
    if one.values is not None and one.reason in SENTENCES:
        named = set(re.findall(r"%\((\w+)\)", str(SENTENCES[one.reason]._args[0])))
        assert named <= one.values
