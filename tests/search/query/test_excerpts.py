"""An excerpt shows why a text was found, in the text's own characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.excerpts import CUT, LENGTH, excerpt, marked
from search.query.parsing import parse


def shown(text: str, asked: str) -> list[str]:
    """The marked stretches of the whole text."""
    found = marked(text, parse(asked))
    return [found.text[start:end] for start, end in found.marks]


@pytest.mark.parametrize(
    ("text", "asked", "marks"),
    [
        ("画像に緑色の帯が出る。帯は細い", "帯", ["帯", "帯"]),
        ("胸部Ｘ線を撮る", "胸部X線", ["胸部Ｘ線"]),
        ("ﾎﾟﾘｰﾌﾟを切除", "ポリーブ", ["ﾎﾟﾘｰﾌﾟ"]),
        ("Two polyps removed", "ポリープ", ["polyps"]),
        ("Two polyps removed", '"polyp"', ["polyp"]),
        ("大腸内視鏡 大腸", "大腸 内視鏡", ["大腸内視鏡", "大腸"]),
        ("red green blue", "red OR blue", ["red", "blue"]),
        ("red green blue", "red -green", ["red"]),
        ("値は５㎎です", '"5mg"', ["５㎎"]),
        ("値は㎎です", '"m"', ["㎎"]),
        ("何もない", "帯", []),
        ("何もない", "", []),
        ("kind", "kind:exam", []),
    ],
)
def test_what_was_asked_is_marked_as_it_was_typed(text: str, asked: str, marks: list[str]) -> None:
    assert shown(text, asked) == marks


def test_a_long_text_is_cut_around_its_densest_marks() -> None:
    text = "帯" + "あ" * 500 + "\n緑の帯と青の帯が出る。" + "い" * 500
    found = excerpt(text, parse("帯"))
    assert found.text.startswith(CUT)
    assert found.text.endswith(CUT)
    assert "緑の帯と青の帯" in found.text
    assert "\n" not in found.text
    assert [found.text[start:end] for start, end in found.marks] == ["帯", "帯"]


def test_a_text_without_marks_shows_its_beginning() -> None:
    found = excerpt("x" * 1000, parse("帯"))
    assert (found.text, found.marks) == ("x" * LENGTH + CUT, ())


@given(st.text("胸部線ーポガab 1㎎Xé\nﾊﾞ", max_size=300), st.text("胸線ポa1m", min_size=1, max_size=3))
def test_marks_lie_in_the_text_in_order(text: str, asked: str) -> None:
    found = excerpt(text, parse(asked))
    assert len(found.text) <= LENGTH + 2 * len(CUT)
    edges = [edge for mark in found.marks for edge in mark]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(found.text) for edge in edges)
