"""Questions put into Whoosh's own queries."""

from collections.abc import Iterator
from typing import Any

from whoosh import matching, query

from search.engine.language.folding import normal
from search.engine.language.synonyms import patterns
from search.engine.language.tokens import Pattern, exact_pattern
from search.engine.marks import mark
from search.engine.port import Query
from search.engine.times import milliseconds
from search.engine.tree import AllOf, AnyOf, Everything, Mark, Node, Not, Phrase, Word

_WIDENED = 0.6


class Substring(query.Query):  # type: ignore[misc]
    """Documents whose stored text holds `text`: candidates by their tokens, then a look at the text itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        closed = [slot.text for slot in exact_pattern(text) if not slot.is_open]
        self._candidates = query.And([query.Term("exact", token) for token in closed]) if closed else query.Every()

    def __hash__(self) -> int:
        return hash((type(self), self.text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Substring) and other.text == self.text

    def is_leaf(self) -> bool:
        return True

    def estimate_size(self, reader: Any) -> int:
        """Whoosh's own: how many documents at most."""
        return int(self._candidates.estimate_size(reader))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        """Whoosh's own: the documents of one segment."""
        found = list(self._found(searcher))
        return matching.ListMatcher(found) if found else matching.NullMatcher()

    def _found(self, searcher: Any) -> Iterator[int]:
        for number in self._candidates.docs(searcher):
            stored = searcher.stored_fields(number)
            if self.text in normal(f"{stored['title']}\n{stored['body']}"):
                yield number


def compiled(node: Node) -> Any:
    """The tree as a Whoosh query."""
    match node:
        case Word(text):
            return _word(text)
        case Phrase(text):
            return Substring(normal(text)) if text else query.Every()
        case Mark(field, value):
            return query.ConstantScoreQuery(query.Term("mark", mark(field, value)), 0.0)
        case AllOf(parts):
            return query.And([compiled(part) for part in parts])
        case AnyOf(parts):
            return query.Or([compiled(part) for part in parts])
        case Not(part):
            return query.AndNot(query.Every(), compiled(part))
        case Everything():
            return query.Every()


def filtered(asked: Query) -> Any:
    """The filters of a question as a Whoosh query; None when it has none."""
    filters = []
    if asked.facilities:
        filters.append(query.Or([query.Term("facility", code) for code in sorted(asked.facilities)]))
    if asked.kinds:
        filters.append(query.Or([query.Term("kind", kind.value) for kind in sorted(asked.kinds)]))
    if asked.start is not None or asked.end is not None:
        start = None if asked.start is None else milliseconds(asked.start)
        end = None if asked.end is None else milliseconds(asked.end)
        filters.append(query.NumericRange("at", start, end, endexcl=True))
    return query.And(filters) if filters else None


def _word(text: str) -> Any:
    ways = patterns(text)
    if not ways:
        return Substring(normal(text))
    own, *others = (_pattern("words", way) for way in ways)
    widened = [own, *(other.with_boost(_WIDENED) for other in others)]
    return query.AndMaybe(query.DisjunctionMax(widened), _pattern("title_words", ways[0]))


def _pattern(stream: str, pattern: Pattern) -> Any:
    if len(pattern) == 1:
        only = pattern[0]
        return query.Prefix(stream, only.text) if only.open_right else query.Term(stream, only.text)
    return query.Phrase(stream, [slot.text for slot in pattern])
