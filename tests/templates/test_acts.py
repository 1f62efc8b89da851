"""Every act that the record keeps is told in words, not by its code."""

import ast
import re

from tests.services.sources import ROOT, python_files

FLOORS = ("portal", "routing", "search", "vault")


def recorded() -> set[str]:
    """The acts that code names where it records them."""
    found = set()
    for path in python_files(*FLOORS):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record" and len(node.args) > 2:
                what = node.args[2]
                found |= {what.value} if isinstance(what, ast.Constant) and isinstance(what.value, str) else set()
    return found


def test_every_act_of_the_record_has_words() -> None:
    page = (ROOT / "templates" / "components" / "acts.html").read_text(encoding="utf-8")
    worded = set(re.findall(r"'([a-z-]+(?:\.[a-z_-]+)?)': _\(", page))
    assert len(recorded()) > 40
    assert recorded() <= worded
