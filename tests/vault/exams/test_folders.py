"""Folders stand by themselves, go and come back with all that lies in them, and move without their bytes."""

import pytest

from tests.vault.exams.drives import gone, put, read, tree
from tests.vault.store.areas import Vault
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.scope import Scope
from vault.exams import drive, drive_moves, drive_queries, folders, places


def test_a_folder_is_there_before_and_after_what_lies_in_it(vault: Vault, aoba: Scope, midori: Scope) -> None:
    with vault.database.transaction() as session:
        folders.make(session, aoba, "空/の中")
    put(vault, aoba, "検査/2026/a.txt", b"x")
    assert tree(vault, aoba) == ["検査/", "検査/2026/", "検査/2026/a.txt", "空/", "空/の中/"]
    with vault.database.transaction() as session:
        drive.delete(session, aoba, "検査/2026/a.txt")
    assert tree(vault, aoba) == ["検査/", "検査/2026/", "空/", "空/の中/"]
    assert tree(vault, midori) == []


def test_a_name_is_taken_once_whether_by_a_file_or_a_folder(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/file", b"x")
    for path, refusal in (("a", Conflict), ("A", Conflict), ("a/file", Conflict), ("a/file/b", Invalid)):
        with pytest.raises(refusal), vault.database.transaction() as session:
            folders.make(session, aoba, path)
    with pytest.raises(NotFound), vault.database.transaction() as session:
        folders.make(session, aoba, "none/b", above=False)
    for path in ("A/other", "a"):
        with pytest.raises(Invalid):
            put(vault, aoba, path, b"y")
    assert tree(vault, aoba) == ["a/", "a/file"]


def test_a_deleted_folder_comes_back_with_what_went_with_it(vault: Vault, aoba: Scope) -> None:
    for path in ("a/1", "a/b/2", "a/b/3"):
        put(vault, aoba, path, path.encode())
    with vault.database.transaction() as session:
        drive.delete(session, aoba, "a/1")
        folders.delete(session, aoba, "a")
    assert (tree(vault, aoba), gone(vault, aoba)) == ([], ["a", "a/1"])
    with vault.database.transaction() as session:
        assert folders.undelete(session, aoba, "a") == 2
    assert (tree(vault, aoba), gone(vault, aoba)) == (["a/", "a/b/", "a/b/2", "a/b/3"], ["a/1"])
    with pytest.raises(NotFound), vault.database.transaction() as session:
        folders.undelete(session, aoba, "a")


def test_what_took_a_deleted_files_place_stays(vault: Vault, aoba: Scope) -> None:
    for path in ("a/1", "a/b/2", "a/c/3"):
        put(vault, aoba, path, b"old")
    with vault.database.transaction() as session:
        folders.delete(session, aoba, "a")
    put(vault, aoba, "a/b", b"a file now")
    with vault.database.transaction() as session:
        assert folders.undelete(session, aoba, "a") == 2
    assert tree(vault, aoba) == ["a/", "a/c/", "a/c/3", "a/1", "a/b"]
    assert (gone(vault, aoba), read(vault, aoba, "a/b")) == (["a/b/2"], b"a file now")


def test_a_file_put_again_where_one_was_deleted_goes_on_with_its_versions(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/1", b"old")
    with vault.database.transaction() as session:
        folders.delete(session, aoba, "a")
    assert (put(vault, aoba, "a/1", b"new").version, read(vault, aoba, "a/1", 1)) == (2, b"old")


def test_moving_takes_versions_along_and_counts_nothing_twice(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/1", b"old")
    put(vault, aoba, "a/1", b"newer")
    put(vault, aoba, "a/b/2", b"2")
    before = vault.space(aoba)
    with vault.database.transaction() as session:
        drive_moves.move(session, aoba, "a", "x/y")
        drive_moves.move(session, aoba, "x/y/b/2", "two")
        drive_moves.copy(session, aoba, "x", "z")
    assert tree(vault, aoba) == [
        *("x/", "x/y/", "x/y/b/", "x/y/1", "z/", "z/y/", "z/y/b/", "z/y/1", "two"),
    ]
    assert (read(vault, aoba, "x/y/1", 1), read(vault, aoba, "z/y/1")) == (b"old", b"newer")
    assert vault.space(aoba) == before


def test_a_name_may_be_spelled_in_another_way(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a/b.txt", b"x")
    with vault.database.transaction() as session:
        drive_moves.move(session, aoba, "a/b.txt", "a/B.TXT")
        drive_moves.move(session, aoba, "a", "A")
    assert tree(vault, aoba) == ["A/", "A/B.TXT"]


def test_what_lies_at_the_target_stays_unless_it_may_be_overwritten(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "a", b"one")
    put(vault, aoba, "b", b"two")
    put(vault, aoba, "folder/c", b"three")
    for change in (drive_moves.move, drive_moves.copy):
        for target in ("b", "B", "folder"):
            with pytest.raises(Conflict), vault.database.transaction() as session:
                change(session, aoba, "a", target)
    with vault.database.transaction() as session:
        drive_moves.move(session, aoba, "a", "b", overwrite=True)
        drive_moves.copy(session, aoba, "b", "folder", overwrite=True)
    assert tree(vault, aoba) == ["b", "folder"]
    assert (read(vault, aoba, "b"), read(vault, aoba, "b", 1), read(vault, aoba, "folder")) == (b"one", b"two", b"one")
    assert sorted(gone(vault, aoba)) == ["a", "folder"]


@pytest.mark.parametrize("target", ["a/b", "a/b/c", "../x", "con", "x\0", "x/" * 510 + "y", "日" * 86])
def test_nothing_moves_into_itself_or_to_a_name_that_no_system_keeps(vault: Vault, aoba: Scope, target: str) -> None:
    put(vault, aoba, "a/long enough", b"x")
    for change in (drive_moves.move, drive_moves.copy):
        with pytest.raises(Invalid) as refused, vault.database.transaction() as session:
            change(session, aoba, "a", target)
        assert refused.value.field == "to"
    assert tree(vault, aoba) == ["a/", "a/long enough"]


def test_a_stranger_moves_and_deletes_nothing(vault: Vault, aoba: Scope, midori: Scope) -> None:
    put(vault, aoba, "a/1", b"x")
    for refused in (
        lambda session: drive_moves.move(session, midori, "a", "b"),
        lambda session: drive_moves.copy(session, midori, "a/1", "b"),
        lambda session: folders.delete(session, midori, "a"),
        lambda session: folders.undelete(session, midori, "a"),
    ):
        with pytest.raises(NotFound), vault.database.transaction() as session:
            refused(session)


def test_a_place_is_looked_up_as_it_is_spelled(vault: Vault, aoba: Scope) -> None:
    put(vault, aoba, "A/b", b"x")
    with vault.database.read() as session:
        assert drive_queries.entry_at(session, aoba, "a") is None
        assert places.live_folder(session, aoba, "a") is not None
