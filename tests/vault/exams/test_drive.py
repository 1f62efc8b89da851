"""The drive: files come back, versions stay, conditions hold, and no name leads elsewhere."""

import io
import random
from collections.abc import Callable

import pytest

from tests.vault.exams.drives import LARGEST, paths, put, read
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import Invalid, NotFound, OverCapacity, PreconditionFailed, TooLarge
from vault.base.scope import Scope
from vault.exams import drive, drive_queries, growing
from vault.exams.drive import ANY, Condition
from vault.store import packs
from vault.store.streams import Readable


def test_a_file_comes_back_and_older_versions_stay(vault: Vault, aoba: Scope, midori: Scope) -> None:
    assert put(vault, aoba, "手順書/洗浄.txt", b"one").made
    again = put(vault, aoba, "手順書/洗浄.txt", b"two!")
    assert (again.made, again.version) == (False, 2)
    assert put(vault, aoba, "手順書/洗浄.txt", b"two!").version == 2
    assert [read(vault, aoba, "手順書/洗浄.txt", version) for version in (None, 1)] == [b"two!", b"one"]
    assert vault.space(aoba) == (7, 0)
    with pytest.raises(NotFound):
        read(vault, midori, "手順書/洗浄.txt")
    with pytest.raises(NotFound):
        read(vault, aoba, "手順書/洗浄.txt", 3)


def test_the_same_name_in_another_composition_is_the_same_file(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "か\u3099ん.txt", b"x")
    assert paths(vault, aoba) == ["がん.txt"]
    assert not put(vault, aoba, "がん.txt", b"y").made


def test_deleted_files_come_back(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/b.txt", b"x")
    with vault.database.transaction() as session:
        drive.delete(session, aoba, "a/b.txt")
    assert (paths(vault, aoba), paths(vault, aoba, deleted=True)) == ([], ["a/b.txt"])
    with pytest.raises(NotFound), vault.database.transaction() as session:
        drive.delete(session, aoba, "a/b.txt")
    with vault.database.transaction() as session:
        drive.undelete(session, aoba, "a/b.txt")
        drive.undelete(session, aoba, "a/b.txt")
    assert read(vault, aoba, "a/b.txt") == b"x"


def test_conditions_hold(vault: Vault, aoba: Scope) -> None:
    absent = Condition(absent=True)
    first = put(vault, aoba, "a", b"one", absent)
    for refused in (absent, Condition(match=frozenset({"0" * 64}))):
        with pytest.raises(PreconditionFailed):
            put(vault, aoba, "a", b"two", refused)
    with pytest.raises(PreconditionFailed):
        put(vault, aoba, "none", b"two", Condition(match=frozenset({ANY})))
    put(vault, aoba, "a", b"two", Condition(match=frozenset({first.sha256})))
    assert read(vault, aoba, "a") == b"two"
    assert vault.space(aoba) == (6, 0)


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/../b",
        "/a",
        "a//b",
        "a/",
        "",
        "a\0b",
        "a\\b",
        "con",
        "x/NUL.txt",
        "a.",
        "a ",
        "é" * 200,
        "a/" * 600 + "a",
    ],
)
def test_no_path_leads_elsewhere(vault: Vault, aoba: Scope, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(vault, aoba, path, b"x")
    assert refused.value.field == "path"
    assert vault.space(aoba) == (0, 0)


def test_files_folders_and_spellings_do_not_collide(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/b", b"x")
    for path in ("a", "a/b/c", "A/B"):
        with pytest.raises(Invalid):
            put(vault, aoba, path, b"y")
    assert paths(vault, aoba) == ["a/b"]


def test_what_does_not_fit_or_is_cut_leaves_nothing(vault: Vault, aoba: Scope) -> None:
    with pytest.raises(OverCapacity):
        put(vault, aoba, "a", bytes(CAPACITY + 1))
    with pytest.raises(TooLarge):
        put(vault, aoba, "a", bytes(LARGEST + 1))
    with pytest.raises(Invalid):
        drive.put(vault.database, vault.store, aoba, "a", io.BytesIO(b"123"), size=4, largest=9)
    assert (vault.space(aoba), vault.packs(aoba), paths(vault, aoba)) == ((0, 0), [], [])


def test_lists_go_on_by_prefix_and_page(vault: Vault, aoba: Scope) -> None:
    for name in ("a_1", "a%2", "b/3", "b/4"):
        put(vault, aoba, name, name.encode())
    assert paths(vault, aoba, "b/") == ["b/3", "b/4"]
    assert paths(vault, aoba, "a%") == ["a%2"]
    found: list[str] = []
    after = None
    with vault.database.read() as session:
        while len(found) < 4:
            page = drive_queries.list_files(session, aoba, limit=3, after=after)
            found += [file.path for file in page.items]
            after = page.next
    assert after is None
    assert sorted(found) == ["a%2", "a_1", "b/3", "b/4"]


class Cut:
    """A body of unknown length whose connection breaks after `content`."""

    def __init__(self, content: bytes) -> None:
        self._inner = io.BytesIO(content)

    def read(self, size: int, /) -> bytes:
        part = self._inner.read(size)
        if not part:
            raise ConnectionError("cut")
        return part


def test_a_body_that_does_not_say_its_length_is_promised_room_step_by_step(
    vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "STEP_BYTES", 10)
    for content, expected in ((bytes(35), 0), (b"", 0), (b"twelve bytes", 12), (b"x" * 40, 100)):
        done = drive.put(
            vault.database, vault.store, aoba, "a", io.BytesIO(content), size=None, largest=LARGEST, expected=expected
        )
        assert (done.size, read(vault, aoba, "a")) == (len(content), content)
    assert vault.space(aoba) == (35 + 12 + 40, 0)


@pytest.mark.parametrize(
    ("stream", "largest", "expected", "refusal"),
    [
        (lambda: Cut(bytes(20)), LARGEST, 0, Invalid),
        (lambda: io.BytesIO(bytes(100)), 99, 0, TooLarge),
        (lambda: io.BytesIO(bytes(CAPACITY + 1)), LARGEST, 0, OverCapacity),
        (io.BytesIO, LARGEST, CAPACITY + 1, OverCapacity),
    ],
)
def test_a_body_of_unknown_length_that_is_cut_or_does_not_fit_leaves_nothing(
    vault: Vault, aoba: Scope, stream: Callable[[], Readable], largest: int, expected: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        drive.put(vault.database, vault.store, aoba, "a", stream(), size=None, largest=largest, expected=expected)
    assert (vault.space(aoba), vault.packs(aoba), paths(vault, aoba)) == ((0, 0), [], [])


def test_an_older_version_becomes_the_newest_again(vault: Vault, aoba: Scope, midori: Scope) -> None:
    for content in (b"one", b"two", b"three"):
        put(vault, aoba, "a", content)
    with vault.database.transaction() as session:
        assert drive.restore(session, aoba, "a", 1).version == 4
        found = drive_queries.file_at(session, aoba, "a")
        assert [one.version for one in drive_queries.versions(session, aoba, found)] == [4, 3, 2, 1]
    assert read(vault, aoba, "a") == b"one"
    assert vault.space(aoba) == (11, 0)
    for scope, version in ((aoba, 9), (midori, 1)):
        with pytest.raises(NotFound), vault.database.transaction() as session:
            drive.restore(session, scope, "a", version)


@pytest.mark.parametrize("size", [None, 300_000])
def test_a_large_file_is_kept_in_parts_and_counts_once(
    vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch, size: int | None
) -> None:
    monkeypatch.setattr(packs, "PART_BYTES", 100_000)
    content = random.Random(7).randbytes(300_000)
    for _ in range(2):
        drive.put(vault.database, vault.store, aoba, "a", io.BytesIO(content), size=size, largest=LARGEST)
    assert read(vault, aoba, "a") == content
    assert vault.space(aoba) == (300_000, 0)
