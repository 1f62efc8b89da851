"""What an analyst may type, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine.tree import AllOf, AnyOf, Everything, Mark, Node, Not, Phrase, Word
from search.query.parsing import LONGEST, parse
from vault.base.errors import Invalid

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        ("", Everything()),
        ("  　\n", Everything()),
        ("()", Everything()),
        ('""', Everything()),
        ("緑の帯", Word("緑の帯")),
        ("a b", AllOf((A, B))),
        ("a AND b", AllOf((A, B))),
        ("a OR b", AnyOf((A, B))),
        ("(a OR b) c", AllOf((AnyOf((A, B)), C))),
        ("a -b", AllOf((A, Not(B)))),
        ("a NOT b", AllOf((A, Not(B)))),
        ("-a", Not(A)),
        ('-"a b"', Not(Phrase("a b"))),
        ("cf-hq290", Word("cf-hq290")),
        ('"green, band" a', AllOf((Phrase("green, band"), A))),
        ("facility:f001", Mark("facility", "f001")),
        ('scope:"CF HQ290" a', AllOf((Mark("scope", "CF HQ290"), A))),
        ("-kind:exam a", AllOf((Not(Mark("kind", "exam")), A))),
        ("microscope:a", Word("microscope:a")),
        ("unknown:a", Word("unknown:a")),
        ("胸部Ｘ線　ＯＲ　“緑の帯”", AnyOf((Word("胸部X線"), Phrase("緑の帯")))),
        ("ｋｉｎｄ：exam", Mark("kind", "exam")),
    ],
)
def test_a_question_means(asked: str, means: Node) -> None:
    assert parse(asked) == means


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ('"a', "unbalanced_quotes"),
        ("(a", "unbalanced_brackets"),
        (")a(", "unbalanced_brackets"),
        ("NOT NOT a", "unreadable"),
        ("a" * (LONGEST + 1), "too_long"),
        ("a " * 41, "too_many_parts"),
        ("(" * 11 + "a" + ")" * 11, "too_deep"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(asked: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as told:
        parse(asked)
    assert told.value.field == "q"


@given(st.text(max_size=60) | st.text('ab"()-: NOTRD線*~^[]', max_size=40))
def test_anything_typed_is_a_tree_or_a_plain_refusal(asked: str) -> None:
    try:
        tree = parse(asked)
    except Invalid as told:
        assert told.field == "q"  # noqa: PT017
    else:
        assert isinstance(tree, Node)
