"""
The query language, on Whoosh's parser: words (all of them), OR, NOT or -, "exact phrase", ( ), and field:value.

Full-width forms are taken as what they stand for (全角の空白, ：, －, “ ”), as Japanese keyboards make them.
"""

import re
import unicodedata

from whoosh import query
from whoosh.qparser import QueryParser, QueryParserError, plugins, syntax

from search.engine.marks import FIELDS
from search.engine.tree import AllOf, AnyOf, Everything, Mark, Node, Not, Phrase, Word
from vault.base.errors import Invalid

LONGEST = 500
"""Characters of one question."""
MOST_PARTS = 40
DEEPEST = 10
"""Brackets within brackets."""

_QUOTES = str.maketrans("“”„‟", '""""')
_UNFIELDED = "text"


class _Exact(query.Term):  # type: ignore[misc]
    """A quoted phrase on its way through Whoosh's parser."""


class _ExactNode(syntax.TextNode):  # type: ignore[misc]
    qclass = _Exact


class _ExactPlugin(plugins.TaggingPlugin):  # type: ignore[misc]
    """Takes what stands between quotes as it is; Whoosh's own plugin would cut it into words."""

    expr = r'"(?P<text>[^"]*)"'
    nodetype = _ExactNode


def parse(asked: str) -> Node:
    """The tree of a question; Everything for an empty one. Invalid (field `q`) says why one cannot be read."""
    asked = unicodedata.normalize("NFKC", asked).translate(_QUOTES)
    asked = "".join(" " if char < " " or char == "\x7f" else char for char in asked).strip()
    _check(asked)
    if not asked:
        return Everything()
    try:
        node = _node(_parser().parse(asked, normalize=False))
    except (IndexError, QueryParserError) as problem:  # Whoosh trips over operators that follow one another
        raise Invalid("unreadable", field="q") from problem
    if _size(node) > MOST_PARTS:
        raise Invalid("too_many_parts", field="q", most=MOST_PARTS)
    return node


def _check(asked: str) -> None:
    if len(asked) > LONGEST:
        raise Invalid("too_long", field="q", longest=LONGEST)
    if asked.count('"') % 2:
        raise Invalid("unbalanced_quotes", field="q")
    depth = deepest = 0
    for bracket in re.findall(r"[()]", re.sub(r'"[^"]*"', "", asked)):
        depth += 1 if bracket == "(" else -1
        deepest = max(deepest, depth)
        if depth < 0:
            break
    if depth:
        raise Invalid("unbalanced_brackets", field="q")
    if deepest > DEEPEST:
        raise Invalid("too_deep", field="q", deepest=DEEPEST)


def _parser() -> QueryParser:
    fields = "|".join(FIELDS)
    return QueryParser(
        _UNFIELDED,
        schema=None,
        plugins=[
            _ExactPlugin(),
            plugins.GroupPlugin(),
            plugins.FieldsPlugin(expr=rf"(?<!\w)(?P<text>{fields}):(?=\S)", remove_unknown=False),
            plugins.OperatorsPlugin(
                AndNot=None, AndMaybe=None, Require=None, Not=r"(?:^|(?<=[\s()]))(?:NOT(?=[\s(])|-(?=\S))"
            ),
        ],
    )


def _node(parsed: query.Query) -> Node:
    match parsed:
        case query.And():
            return _joined(AllOf, parsed.subqueries)
        case query.Or():
            return _joined(AnyOf, parsed.subqueries)
        case query.Not():
            return Not(_node(parsed.query))
        case query.Term() if parsed.fieldname != _UNFIELDED:
            return Mark(parsed.fieldname, parsed.text)
        case _Exact():
            return Phrase(parsed.text) if parsed.text.strip() else Everything()
        case query.Term():
            return Word(parsed.text)
        case _:
            return Everything()


def _joined(join: type[AllOf] | type[AnyOf], parts: list[query.Query]) -> Node:
    nodes = tuple(node for part in parts if (node := _node(part)) != Everything())
    if len(nodes) == 1:
        return nodes[0]
    return join(nodes) if nodes else Everything()


def _size(node: Node) -> int:
    match node:
        case AllOf(parts) | AnyOf(parts):
            return sum(_size(part) for part in parts)
        case Not(part):
            return _size(part)
        case _:
            return 1
