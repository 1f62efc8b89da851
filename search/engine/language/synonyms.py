"""Synonyms: the other patterns an unquoted word is also searched by."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from search.engine.language.folding import fold, normal
from search.engine.language.tokens import Pattern, word_pattern

MOST = 12
"""At most so many patterns for one word."""


@dataclass(frozen=True)
class _Lists:
    spellings: tuple[frozenset[str], ...]
    """Folded."""
    meanings: dict[Pattern, tuple[Pattern, ...]]


def patterns(word: str) -> tuple[Pattern, ...]:
    """
    The patterns an unquoted word is searched by: its own first, then its widenings.

    Empty for a word that has no letter or digit.
    """
    spelled = _spellings(fold(normal(word)))
    found = dict.fromkeys(pattern for text in spelled if (pattern := word_pattern(text)))
    for pattern in list(found):
        found.update(dict.fromkeys(_lists().meanings.get(pattern, ())))
    return tuple(found)[:MOST]


def _spellings(folded: str) -> list[str]:
    """`folded`, and `folded` with each known stretch of it written the other ways; the longest stretch wins."""
    made = [folded]
    for group in _lists().spellings:
        present = max((way for way in group if way in folded), key=len, default=None)
        if present is not None:
            made.extend(folded.replace(present, way) for way in sorted(group) if way != present)
    return made


@cache
def _lists() -> _Lists:
    text = resources.files("search.engine").joinpath("synonyms.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    meanings: dict[Pattern, tuple[Pattern, ...]] = {}
    for group in read["meanings"]:
        alike = tuple(word_pattern(fold(normal(word))) for word in group)
        for own in alike:
            meanings[own] = (*meanings.get(own, ()), *(other for other in alike if other != own))
    spellings = tuple(frozenset(fold(normal(way)) for way in group) for group in read["spellings"])
    return _Lists(spellings, meanings)
