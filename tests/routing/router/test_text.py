"""The router reads what a person wrote the same way however it was typed."""

from hypothesis import given
from hypothesis import strategies as st

from routing.router.features import grams
from routing.router.text import READ, fold, normalise, words


def test_width_and_case_do_not_matter() -> None:
    assert fold("ＧＩＦ－Ｈ２９０ ｽｺｰﾌﾟ") == fold("gif-h290 スコープ")


def test_japanese_is_cut_where_the_scripts_meet() -> None:
    assert [word.folded for word in words(normalise("緑色の帯が出るGIF-H290"))] == [
        "緑色",
        "の",
        "帯",
        "が",
        "出",
        "る",
        "gif",
        "h290",
    ]


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert len(normalise("あ" * (READ + 100)).shown) == READ


@given(st.text(max_size=80))
def test_positions_agree_in_what_is_shown_and_what_is_compared(written: str) -> None:
    text = normalise(written)
    assert len(text.shown) == len(text.folded)


@given(st.text(max_size=80))
def test_every_gram_covers_letters_of_the_text(written: str) -> None:
    text = normalise(written)
    assert all(0 <= start < end <= len(text.folded) for _, start, end in grams(text))
