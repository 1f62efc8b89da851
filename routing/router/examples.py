"""Labelled texts from a file of JSON lines, as `kura router train` and `evaluate` take them."""

import json
from collections.abc import Iterator
from pathlib import Path

from routing.router.train import Example
from vault.base.errors import Invalid, NotFound


def read(path: Path) -> Iterator[Example]:
    """
    Each line's `{"text": …, "departments": [code, …]}`; blank lines are passed over.

    Raises NotFound without the file, Invalid naming the line and the part of it that is wrong.
    """
    if not path.is_file():
        raise NotFound("no_file", file=str(path))
    with path.open(encoding="utf-8") as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _example(line, number)
        except UnicodeDecodeError as problem:
            raise Invalid("not_utf8", field=str(path)) from problem


def _example(line: str, number: int) -> Example:
    try:
        found = json.loads(line)
    except ValueError as problem:
        raise Invalid("not_json", field=f"line {number}") from problem
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        raise Invalid("text", field=f"line {number}.text")
    codes = found.get("departments")
    if not isinstance(codes, list) or not all(isinstance(code, str) and code for code in codes):
        raise Invalid("departments", field=f"line {number}.departments")
    return Example(found["text"], tuple(dict.fromkeys(codes)))
