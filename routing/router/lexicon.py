"""The product's own words of the usual departments: they widen an `about` text that is short."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from routing.router.text import fold, normalise, words

_BETWEEN = re.compile(r"[,、\n]+")


@dataclass(frozen=True)
class Group:
    """The words of one usual department, and the `signs` by which a department is recognised as such."""

    name: str
    signs: tuple[str, ...]
    terms: tuple[str, ...]


@cache
def groups() -> tuple[Group, ...]:
    """Every group the product ships."""
    return tuple(
        Group(name, tuple(map(fold, _split(each["signs"]))), _split(each["ja"]) + _split(each["en"]))
        for name, each in _read().items()
        if isinstance(each, dict)
    )


@cache
def empty_words() -> frozenset[str]:
    """Words that do not tell departments apart."""
    return frozenset(_read()["empty"].split())


def _read() -> dict[str, Any]:
    return tomllib.loads(files("routing.router").joinpath("lexicon.toml").read_text(encoding="utf-8"))


def groups_of(code: str, names: tuple[str, ...], about: str) -> list[Group]:
    """The groups a department belongs to, by its code and names; if these say nothing, by what it says of itself."""
    by_name = [group for group in groups() if _carries(group, " ".join((code.replace("_", " "), *names)))]
    return by_name or [group for group in groups() if _carries(group, about)]


def _carries(group: Group, text: str) -> bool:
    folded = fold(text)
    latin = {word.folded for word in words(normalise(text))}
    return any(sign in latin if sign.isalpha() and sign.isascii() else sign in folded for sign in group.signs)


def _split(listed: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in _BETWEEN.split(listed) if term.strip())
