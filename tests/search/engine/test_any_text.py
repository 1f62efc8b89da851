"""Whatever the text: both engines find what a reader with a pencil would, and no more."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from search.engine.language.folding import fold, normal
from search.engine.language.tokens import (
    Pattern,
    exact_pattern,
    exact_stream,
    exact_tokens,
    word_pattern,
    word_stream,
    word_tokens,
)
from search.engine.port import Document, Kind, Query
from search.engine.tantivy import TantivyEngine
from search.engine.tree import Phrase, Word
from search.engine.whoosh import WhooshEngine

# Few characters, so that texts and questions meet; every class of character that is told apart.
LETTERS = "ㄅ〇々ꀀ胸部線のノーかガabX1.-*\\[ \n\u3000ﾊﾞé・"
texts = st.text(LETTERS, max_size=24) | st.text(max_size=12)
questions = st.text(LETTERS, min_size=1, max_size=6)


def fits(pattern: Pattern, stream: list[str]) -> bool:
    """Whether consecutive tokens of `stream` fit `pattern`."""
    last = len(stream) - len(pattern)
    return any(
        all(slot.takes(token) for slot, token in zip(pattern, stream[at:], strict=False)) for at in range(last + 1)
    )


@given(texts, questions)
def test_an_exact_pattern_fits_just_where_the_text_holds_the_phrase(text: str, asked: str) -> None:
    stream = [token.text for token in exact_tokens(normal(text))]
    assert fits(exact_pattern(normal(asked)), stream) == (normal(asked) in normal(text))


@given(texts, st.data())
def test_any_stretch_of_cjk_is_found_by_its_words(text: str, data: st.DataObject) -> None:
    folded = fold(normal(text))
    stream = [token.text for token in word_tokens(folded)]
    runs = [run for run in folded.replace("\n", " ").split() if all("\u3000" < char < "\u9fff" for char in run)]
    if runs:
        run = data.draw(st.sampled_from(runs))
        start = data.draw(st.integers(0, len(run) - 1))
        assert fits(word_pattern(run[start : data.draw(st.integers(start + 1, len(run)))]), stream)


@given(texts)
def test_the_stream_of_an_index_is_the_tokens_parted_by_blanks(text: str) -> None:
    exact, folded = normal(text), fold(normal(text))
    assert exact_stream(exact).split(" ") == ([token.text for token in exact_tokens(exact)] or [""])
    assert word_stream(folded).split(" ") == ([token.text for token in word_tokens(folded)] or [""])


@given(texts)
def test_tokens_stand_for_the_stretch_they_name(text: str) -> None:
    exact = normal(text)
    for token in exact_tokens(exact):
        assert exact[token.start : token.end] == token.text or ord(token.text) > 0xF0000


@settings(max_examples=12, deadline=None)
@given(st.lists(texts, min_size=1, max_size=8), st.lists(questions, min_size=1, max_size=6))
def test_both_engines_find_what_a_reader_would(bodies: list[str], asked: list[str]) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    documents = [Document(Kind.FILE, str(n), "id", "f001", "", body, at) for n, body in enumerate(bodies)]
    folder = Path(tempfile.mkdtemp())
    engines: list[TantivyEngine | WhooshEngine] = [TantivyEngine(folder / "tantivy"), WhooshEngine(folder / "whoosh")]
    try:
        for engine in engines:
            engine.rebuild(documents)
        for text in asked:
            phrase = {str(n) for n, body in enumerate(bodies) if normal(text) in normal("\n" + body)}
            words = [_ids(engine, Word(text)) for engine in engines]
            assert [_ids(engine, Phrase(text)) for engine in engines] == [phrase, phrase]
            assert words[0] == words[1]
    finally:
        shutil.rmtree(folder)


def _ids(engine: TantivyEngine | WhooshEngine, tree: Phrase | Word) -> set[str]:
    return {hit.key.id for hit in engine.search(Query(tree, limit=50)).items}
