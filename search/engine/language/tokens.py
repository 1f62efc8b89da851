"""
Tokens: how text becomes a stream that any engine can keep, and how a question becomes a pattern in that stream.

A run of Latin letters and digits is one token. A run of CJK characters c0 c1 … cn becomes its overlapping pairs with
an open end on both sides: c0, c0c1, …, cn. So two characters are found by one token, and one character beside
Latin text (胸部X線) by the end of its run. The exact stream also keeps every other character as a token, so a phrase
of consecutive tokens is an exact substring; the stream of folded words leaves them out and stems the words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from whoosh.lang.porter import stem

# Letters and digits from U+3000 on are run together without blanks (kana, Han, Hangul); those before it are words.
_PIECE = re.compile(
    r"(?P<cjk>[^\W_\x00-\u2fff]+)|(?P<word>[^\W_\u3000-\U0010ffff]+)|(?P<other>.)",
    re.DOTALL,
)
WORD_CHARACTER = "[\x00-\u2fff]"
"""An expression that takes every character of a word, and few ranges, as engines walk their tokens with it."""
# Engines split streams at blanks, so a separator that is one is moved to a private plane.
_PRIVATE = 0xF0000


@dataclass(frozen=True)
class Token:
    """One token of a text and the stretch of the text that it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Slot:
    """One place of a pattern; open to the left it takes every token that ends so, to the right that begins so."""

    text: str
    open_left: bool = False
    open_right: bool = False

    @property
    def is_open(self) -> bool:
        return self.open_left or self.open_right

    def takes(self, token: str) -> bool:
        """Whether `token` may stand in this place."""
        if self.open_left and self.open_right:
            return self.text in token
        if self.open_left:
            return token.endswith(self.text)
        return token.startswith(self.text) if self.open_right else token == self.text


Pattern = tuple[Slot, ...]


def exact_tokens(normal_text: str) -> Iterator[Token]:
    """The exact stream of `normal` text."""
    for found in _PIECE.finditer(normal_text):
        start, piece = found.start(), found.group()
        if found.lastgroup == "cjk":
            yield from _pairs(piece, start)
        else:
            yield Token(piece if found.lastgroup == "word" else _kept(piece), start, found.end())


def word_tokens(folded_text: str) -> Iterator[Token]:
    """The stream of folded words; takes text that is already folded."""
    for found in _PIECE.finditer(folded_text):
        start, piece = found.start(), found.group()
        if found.lastgroup == "cjk":
            yield from _pairs(piece, start)
        elif found.lastgroup == "word":
            yield Token(_stemmed(piece), start, found.end())


def exact_stream(normal_text: str) -> str:
    """The exact stream, tokens parted by blanks: what an engine that splits at blanks is given."""
    stream: list[str] = []
    for run, word, other in _PIECE.findall(normal_text):
        if run:
            stream += (run[0], *map(add, run, run[1:]), run[-1])
        else:
            stream.append(word or _kept(other))
    return " ".join(stream)


def word_stream(folded_text: str) -> str:
    """The stream of folded words, tokens parted by blanks."""
    stream: list[str] = []
    for run, word, _ in _PIECE.findall(folded_text):
        if run:
            stream += (run[0], *map(add, run, run[1:]), run[-1])
        elif word:
            stream.append(_stemmed(word))
    return " ".join(stream)


def exact_pattern(normal_text: str) -> Pattern:
    """Where this pattern fits the exact stream, and only there, the text holds `normal_text`."""
    pieces = list(_PIECE.finditer(normal_text))
    slots: list[Slot] = []
    for index, found in enumerate(pieces):
        first, last = index == 0, index == len(pieces) - 1
        if found.lastgroup == "cjk":
            slots.extend(_pair_slots(found.group(), first=first, last=last))
        elif found.lastgroup == "word":
            slots.append(Slot(found.group(), open_left=first, open_right=last))
        else:
            slots.append(Slot(_kept(found.group())))
    return tuple(slots)


def word_pattern(folded_text: str) -> Pattern:
    """The pattern of one folded word: whole stems, any stretch of CJK. Empty for a word of separators alone."""
    pieces = [found for found in _PIECE.finditer(folded_text) if found.lastgroup != "other"]
    slots: list[Slot] = []
    for index, found in enumerate(pieces):
        if found.lastgroup == "cjk":
            slots.extend(_pair_slots(found.group(), first=index == 0, last=index == len(pieces) - 1))
        else:
            slots.append(Slot(_stemmed(found.group())))
    return tuple(slots)


def _pairs(run: str, start: int) -> Iterator[Token]:
    yield Token(run[0], start, start + 1)
    for index in range(len(run) - 1):
        yield Token(run[index : index + 2], start + index, start + index + 2)
    end = start + len(run)
    yield Token(run[-1], end - 1, end)


def _pair_slots(run: str, *, first: bool, last: bool) -> Iterator[Slot]:
    """A run inside the question has both ends; at an edge the text may go on, so the end is left away."""
    if len(run) == 1 and first and last:
        yield Slot(run, open_right=True)
        return
    if not first:
        yield Slot(run[0])
    for index in range(len(run) - 1):
        yield Slot(run[index : index + 2])
    if not last:
        yield Slot(run[-1])


@lru_cache(maxsize=100_000)
def _stemmed(word: str) -> str:
    return str(stem(word)) if word.isascii() and word.isalpha() else word


@lru_cache(maxsize=10_000)
def _kept(separator: str) -> str:
    return chr(_PRIVATE + ord(separator)) if separator.isspace() else separator
