"""What every engine promises, whichever keeps the postings."""

from datetime import UTC, datetime, timedelta

import pytest

from search.engine.port import Document, Engine, Key, Kind, Query, Sort
from search.engine.tree import AllOf, AnyOf, Everything, Mark, Not, Phrase, Word

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)


def found(engine: Engine, tree: object, **filters: object) -> set[str]:
    """The ids of everything that matches."""
    hits = engine.search(Query(tree, limit=200, **filters))  # type: ignore[arg-type]
    assert hits.total == len(hits.items)
    return {hit.key.id for hit in hits.items}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("大腸内視鏡の検査で緑色の帯が出る", "内視"),
        ("大腸内視鏡の検査で緑色の帯が出る", "緑色の帯"),
        ("胸部X線を撮影", "胸部X線"),
        ("胸部X線", "X線"),
        ("胸部Ｘ線", "胸部x線"),
        ("術後の線", "線"),
        ("線", "線"),
        ("ｽｺｰﾌﾟが故障", "スコープ"),
        ("すこーぷが故障", "スコープ"),
        ("コンピュータ", "コンピューター"),
        ("ヘリコバクター・ピロリ", "ヘリコバクターピロリ"),
        ("大腸ポリープを切除", "ポリーブ"),
        ("大腸ポリープを切除", "大腸ポリーブ"),
        ("A polyp was removed", "ポリープ"),
        ("がんの疑い", "癌"),
        ("Three polyps, bleeding", "polyp"),
        ("The scope failed twice", "FAILS"),
        ("scope CF-HQ290I leaks", "cf-hq290i"),
        ("Crohn café", "cafe"),
        ("2026年11月の請求", "11月"),
        ("C++ と ★", "★"),
    ],
)
def test_an_unquoted_word_is_found_however_it_is_written(engine: Engine, document, text: str, asked: str) -> None:
    engine.write([document("1", text), document("2", "関係のない文")])
    assert found(engine, Word(asked)) == {"1"}


@pytest.mark.parametrize(
    ("text", "asked", "holds"),
    [
        ("the polyps", "polyp", True),
        ("a colonoscopy", "onosc", True),
        ("a polyp", "polyps", False),
        ("green band", "green band", True),
        ("evergreen bands", "green band", True),
        ("green, band", "green band", False),
        ("green  band", "green band", False),
        ("green-band", "green band", False),
        ("green-band", "green-band", True),
        ("Ｇｒｅｅｎ Band", "green BAND", True),
        ("胸部X線を", "部X線", True),
        ("胸部 X線を", "胸部X線", False),
        ("スコープ", "すこーぷ", False),
        ("スコープ", "コー", True),
        ("ポリープ", "ポリーブ", False),
        ("行1\n行2", "1 行", False),
        ("値 5.0 (mg)", "0 (m", True),
        ("線", "線", True),
        ("a 線", " 線", True),
    ],
)
def test_a_quoted_phrase_is_an_exact_substring(engine: Engine, document, text: str, asked: str, holds: bool) -> None:
    engine.write([document("1", text)])
    assert found(engine, Phrase(asked)) == ({"1"} if holds else set())


def test_words_are_sought_in_title_and_body_and_the_title_counts_more(engine: Engine, document) -> None:
    engine.write([document("body", "鉗子が曲がる", title="相談"), document("title", "曲がる相談", title="鉗子")])
    assert [hit.key.id for hit in engine.search(Query(Word("鉗子"))).items] == ["title", "body"]


def test_and_or_not(engine: Engine, document) -> None:
    engine.write([document("1", "red green"), document("2", "red"), document("3", "blue")])
    assert found(engine, AllOf((Word("red"), Word("green")))) == {"1"}
    assert found(engine, AnyOf((Word("green"), Word("blue")))) == {"1", "3"}
    assert found(engine, AllOf((Word("red"), Not(Word("green"))))) == {"2"}
    assert found(engine, Not(Word("red"))) == {"3"}
    assert found(engine, Everything()) == {"1", "2", "3"}


def test_marks_compare_whole_values_folded(engine: Engine, document) -> None:
    engine.write(
        [
            document("1", scope_model="CF-HQ290", departments=("repair", "clinical"), exam_kind="colonoscopy, EMR"),
            document("2", scope_model="CF-HQ290I", departments=("accounts",)),
        ]
    )
    assert found(engine, Mark("scope", "cf-hq290")) == {"1"}
    assert found(engine, Mark("department", "clinical")) == {"1"}
    assert found(engine, Mark("exam", "Colonoscopy, EMR")) == {"1"}
    assert found(engine, Mark("facility", "F001")) == {"1", "2"}
    assert found(engine, Mark("kind", "exam")) == set()


def test_filters_by_facility_kind_and_time(engine: Engine, document) -> None:
    engine.write(
        [
            document("1", facility="f001", kind=Kind.EXAM, at=FIRST),
            document("2", facility="f002", kind=Kind.ANSWER, at=FIRST + DAY),
            document("3", facility="f003", kind=Kind.REQUEST, at=FIRST + 2 * DAY),
        ]
    )
    assert found(engine, Everything(), facilities=frozenset({"f001", "f003"})) == {"1", "3"}
    assert found(engine, Everything(), kinds=frozenset({Kind.ANSWER})) == {"2"}
    assert found(engine, Everything(), start=FIRST + DAY) == {"2", "3"}
    assert found(engine, Everything(), end=FIRST + DAY) == {"1"}
    assert found(engine, Everything(), start=FIRST + DAY, end=FIRST + 2 * DAY) == {"2"}


def test_a_hit_carries_the_document_as_it_was_put(engine: Engine, document) -> None:
    at = datetime(2026, 11, 23, 5, 6, 7, 89_000, tzinfo=UTC)
    engine.write([document("1", "Ｘ線　本文\n", title="ﾀｲﾄﾙ", kind=Kind.EXAM, at=at)])
    (hit,) = engine.search(Query()).items
    assert (hit.key, hit.facility_id, hit.facility) == (Key(Kind.EXAM, "1"), "id-of-f001", "f001")
    assert (hit.title, hit.body, hit.at) == ("ﾀｲﾄﾙ", "Ｘ線　本文\n", at)


def test_newest_first_in_pages_with_the_total(engine: Engine, document) -> None:
    engine.write(document(str(day), "帯", at=FIRST + day * DAY) for day in range(7))
    pages = [engine.search(Query(Word("帯"), sort=Sort.DATE, limit=3, offset=at)) for at in (0, 3, 6)]
    assert [[hit.key.id for hit in page.items] for page in pages] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert {page.total for page in pages} == {7}


def test_facets_count_all_that_matches_not_the_page(engine: Engine, document) -> None:
    engine.write(document(str(n), "帯", facility="f001" if n < 4 else "f002") for n in range(5))
    engine.write([document("other", "別", facility="f003"), document("exam", "帯", kind=Kind.EXAM)])
    facets = engine.search(Query(Word("帯"), limit=1)).facets
    assert list(facets["facility"].items()) == [("f001", 5), ("f002", 1)]
    assert facets["kind"] == {"request": 5, "exam": 1}


def test_putting_the_same_key_again_replaces(engine: Engine, document) -> None:
    engine.write([document("1", "old"), document("1", "newer")])
    engine.write([document("1", "newest"), document("1", "other", kind=Kind.ANSWER)])
    assert engine.count() == 2
    assert found(engine, Word("newest")) == {"1"}
    assert found(engine, AnyOf((Word("old"), Word("newer")))) == set()


def test_deleted_documents_are_gone_and_deleting_again_is_harmless(engine: Engine, document) -> None:
    engine.write([document("1", "帯"), document("2", "帯")])
    for _ in range(2):
        engine.write([Key(Kind.REQUEST, "1")])
    assert found(engine, Word("帯")) == {"2"}
    assert found(engine, Phrase("帯")) == {"2"}


def test_a_rebuild_replaces_everything_and_tells_how_far_it_is(engine: Engine, document) -> None:
    engine.write([document("old", "帯")])
    seen: list[int] = []
    documents: list[Document] = [document(str(n), "線") for n in range(3)]
    assert engine.rebuild(documents, seen.append) == 3
    assert seen == [1, 2, 3]
    assert found(engine, Everything()) == {"0", "1", "2"}


def test_a_rebuild_that_fails_leaves_the_old_index_in_use(engine: Engine, document) -> None:
    engine.write([document("old", "帯")])

    def broken():
        yield document("new", "帯")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(broken())
    assert found(engine, Word("帯")) == {"old"}
    engine.write([document("next", "帯")])
    assert found(engine, Word("帯")) == {"old", "next"}
