"""The drive: files come back, versions stay, conditions hold, and no name leads elsewhere."""

import io

import pytest

from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import Invalid, NotFound, OverCapacity, PreconditionFailed, TooLarge
from vault.base.scope import Scope
from vault.exams import drive, drive_queries
from vault.exams.drive import ALWAYS, ANY, Condition, Put

LARGEST = 2 * CAPACITY


def put(vault: Vault, scope: Scope, path: str, content: bytes, condition: Condition = ALWAYS) -> Put:
    stream = io.BytesIO(content)
    return drive.put(
        vault.database, vault.store, scope, path, stream, size=len(content), largest=LARGEST, condition=condition
    )


def read(vault: Vault, scope: Scope, path: str, version: int | None = None) -> bytes:
    with vault.database.read() as session:
        found = drive_queries.file_at(session, scope, path)
        return drive_queries.open_file(session, scope, vault.store, found, version).read()


def paths(vault: Vault, scope: Scope, prefix: str = "", *, deleted: bool = False) -> list[str]:
    with vault.database.read() as session:
        page = drive_queries.list_files(session, scope, prefix=prefix, deleted=deleted)
        return [file.path for file in page.items]


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
    with vault.database.transaction() as session, pytest.raises(NotFound):
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
