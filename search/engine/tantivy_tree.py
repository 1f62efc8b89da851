"""Questions put into tantivy's own queries."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from tantivy import FieldType, Occur
from tantivy import Query as Asked

from search.engine.language.folding import normal
from search.engine.language.synonyms import patterns
from search.engine.language.tokens import WORD_CHARACTER, Pattern, Slot, exact_pattern
from search.engine.marks import mark
from search.engine.port import Query
from search.engine.times import milliseconds
from search.engine.tree import AllOf, AnyOf, Everything, Mark, Node, Not, Phrase, Word

Schema: TypeAlias = Any
_WIDENED = 0.6
"""What a synonym's score is worth beside the word's own."""


def compiled(schema: Schema, query: Query) -> Asked:
    """The whole question: the tree scores, the filters only let through."""
    filters = []
    if query.facilities:
        filters.append(Asked.term_set_query(schema, "facility", sorted(query.facilities)))
    if query.kinds:
        filters.append(Asked.term_set_query(schema, "kind", sorted(kind.value for kind in query.kinds)))
    if query.start is not None or query.end is not None:
        filters.append(_between(schema, query.start, query.end))
    return _all([_node(schema, query.tree), *(Asked.const_score_query(one, 0.0) for one in filters)])


def _between(schema: Schema, start: datetime | None, end: datetime | None) -> Asked:
    return Asked.range_query(
        schema,
        "at",
        FieldType.Integer,
        None if start is None else milliseconds(start),
        None if end is None else milliseconds(end),
        include_upper=end is None,
    )


def _node(schema: Schema, node: Node) -> Asked:
    match node:
        case Word(text):
            return _word(schema, text)
        case Phrase(text):
            return _pattern(schema, "exact", exact_pattern(normal(text)))
        case Mark(field, value):
            return Asked.const_score_query(Asked.term_query(schema, "mark", mark(field, value)), 0.0)
        case AllOf(parts):
            return _all([_node(schema, part) for part in parts])
        case AnyOf(parts):
            return Asked.boolean_query([(Occur.Should, _node(schema, part)) for part in parts])
        case Not(part):
            return Asked.boolean_query([(Occur.Must, Asked.all_query()), (Occur.MustNot, _node(schema, part))])
        case Everything():
            return Asked.all_query()


def _all(asked: Iterable[Asked]) -> Asked:
    return Asked.boolean_query([(Occur.Must, one) for one in asked])


def _word(schema: Schema, text: str) -> Asked:
    """The word or one of its widenings anywhere; in the title it counts more."""
    ways = patterns(text)
    if not ways:
        return _pattern(schema, "exact", exact_pattern(normal(text)))
    own = _pattern(schema, "words", ways[0])
    others = [Asked.boost_query(_pattern(schema, "words", way), _WIDENED) for way in ways[1:]]
    anywhere = Asked.disjunction_max_query([own, *others]) if others else own
    return Asked.boolean_query([(Occur.Must, anywhere), (Occur.Should, _pattern(schema, "title_words", ways[0]))])


def _pattern(schema: Schema, stream: str, pattern: Pattern) -> Asked:
    """Consecutive tokens; an open place becomes an expression over the index's own tokens."""
    if not pattern:
        return Asked.all_query()
    if len(pattern) == 1:
        only = pattern[0]
        if only.is_open:
            return Asked.regex_query(schema, stream, _expression(only))
        return Asked.term_query(schema, stream, only.text)
    if any(slot.is_open for slot in pattern):
        return Asked.regex_phrase_query(schema, stream, [_expression(slot) for slot in pattern])
    return Asked.phrase_query(schema, stream, [slot.text for slot in pattern])


def _expression(slot: Slot) -> str:
    more = f"{WORD_CHARACTER}*" if slot.text < "\u3000" else ".*"
    before, after = more if slot.open_left else "", more if slot.open_right else ""
    return before + re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", slot.text) + after
