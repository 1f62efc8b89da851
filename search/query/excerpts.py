"""Excerpts: the stretch of a text that shows why it was found, with the marked ranges as data, never as HTML."""

from collections.abc import Iterator
from dataclasses import dataclass

from search.engine.language.folding import aligned, normal
from search.engine.language.synonyms import patterns
from search.engine.language.tokens import Pattern, Token, word_tokens
from search.engine.tree import AllOf, AnyOf, Node, Phrase, Word

LENGTH = 140
"""Characters of an excerpt, without the dots that show a cut."""
BEFORE = 30
"""Characters shown before the first mark."""
CUT = "…"

Range = tuple[int, int]


@dataclass(frozen=True)
class Excerpt:
    """A line of text and the ranges [start, end) of it that were asked for, in order, apart from each other."""

    text: str
    marks: tuple[Range, ...] = ()


def excerpt(text: str, tree: Node) -> Excerpt:
    """The line of `text` around its densest marks; its beginning where nothing is marked."""
    line = "".join(" " if char.isspace() else char for char in text)
    marks = marked(line, tree).marks
    start = max(0, _densest(marks) - BEFORE) if len(line) > LENGTH else 0
    start = max(0, min(start, len(line) - LENGTH))
    end = min(len(line), start + LENGTH)
    before = CUT if start else ""
    shift = len(before) - start
    within = tuple((max(a, start) + shift, min(b, end) + shift) for a, b in marks if a < end and b > start)
    return Excerpt(before + line[start:end] + (CUT if end < len(line) else ""), within)


def marked(text: str, tree: Node) -> Excerpt:
    """The whole of `text` (a title) with its marks."""
    leaves = list(_asked(tree))
    ranges = [*_phrase_ranges(text, leaves), *_word_ranges(text, leaves)]
    return Excerpt(text, tuple(_apart(sorted(ranges))))


def _asked(node: Node) -> Iterator[Word | Phrase]:
    """The leaves that a match must or may hold; what stands under NOT marks nothing."""
    match node:
        case Word() | Phrase():
            yield node
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _asked(part)


def _phrase_ranges(text: str, leaves: list[Word | Phrase]) -> Iterator[Range]:
    phrases = {normal(leaf.text) for leaf in leaves if isinstance(leaf, Phrase) or not patterns(leaf.text)}
    whole, starts = aligned(text, words=False)
    for phrase in phrases:
        at = whole.find(phrase)
        while at >= 0:
            yield _back(starts, at, at + len(phrase))
            at = whole.find(phrase, at + len(phrase))


def _word_ranges(text: str, leaves: list[Word | Phrase]) -> Iterator[Range]:
    ways = {way for leaf in leaves if isinstance(leaf, Word) for way in patterns(leaf.text)}
    folded, starts = aligned(text, words=True)
    tokens = list(word_tokens(folded))
    for at in range(len(tokens)):
        for way in ways:
            if _fits(way, tokens, at):
                yield _back(starts, tokens[at].start, _end(way, tokens[at + len(way) - 1]))


def _fits(way: Pattern, tokens: list[Token], at: int) -> bool:
    here = tokens[at : at + len(way)]
    return len(here) == len(way) and all(slot.takes(token.text) for slot, token in zip(way, here, strict=True))


def _end(way: Pattern, last: Token) -> int:
    """Of a token that only begins as asked, no more than what was asked is marked."""
    return last.start + len(way[-1].text) if way[-1].open_right else last.end


def _back(starts: list[int], a: int, b: int) -> Range:
    """The range of the text as typed that made [a, b): whole characters, also where one became several."""
    end = next((start for start in starts[b:] if start > starts[b - 1]), starts[-1])
    return starts[a], end


def _apart(ranges: list[Range]) -> Iterator[Range]:
    """Sorted ranges with those that touch made one."""
    current: Range | None = None
    for start, end in ranges:
        if current is None or start > current[1]:
            if current is not None:
                yield current
            current = (start, end)
        else:
            current = (current[0], max(current[1], end))
    if current is not None:
        yield current


def _densest(marks: tuple[Range, ...]) -> int:
    """Where to begin so that the most marks are shown; the earliest of equals."""
    starts = [start for start, _ in marks]
    return max(starts, key=lambda at: sum(at <= other < at + LENGTH - BEFORE for other in starts), default=0)
