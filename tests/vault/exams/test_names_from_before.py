"""Names that were taken before they were refused: what bears them is read, moved away, deleted, brought back."""

import pytest

from tests.vault.exams.drives import gone, put, read, tree
from tests.vault.store.areas import Vault
from vault.base.errors import Invalid, NotFound
from vault.base.scope import Scope
from vault.exams import drive, drive_moves, drive_queries, folders, names

OLD = ["con", "lpt1.txt", "ends in a dot.", "ends in a blank ", "a:stream", "tab\there", "turned\u202egpj.exe", "b\\c"]


@pytest.fixture
def old(vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A file of every such name in a folder of such a name, kept as an earlier release would have."""
    with monkeypatch.context() as earlier:
        earlier.setattr(names, "_wrong_with", lambda name: None)
        for name in OLD:
            put(vault, aoba, f"aux/{name}", name.encode())
    return [f"aux/{name}" for name in OLD]


def test_each_is_read_deleted_and_brought_back(vault: Vault, aoba: Scope, old: list[str]) -> None:
    for path, name in zip(old, OLD, strict=True):
        assert read(vault, aoba, path) == name.encode()
        with vault.database.transaction() as session:
            drive.delete(session, aoba, path)
        assert gone(vault, aoba) == [path]
        with vault.database.transaction() as session:
            drive.undelete(session, aoba, path)
        assert (gone(vault, aoba), read(vault, aoba, path)) == ([], name.encode())


def test_each_is_moved_to_a_name_that_every_system_bears_and_to_no_other(
    vault: Vault, aoba: Scope, old: list[str]
) -> None:
    for place, path in enumerate(old):
        for other in (f"{path}/x", f"elsewhere/{OLD[place]}"):
            with pytest.raises(Invalid) as refused, vault.database.transaction() as session:
                drive_moves.move(session, aoba, path, other)
            assert refused.value.field == "to"
        with vault.database.transaction() as session:
            drive_moves.move(session, aoba, path, f"good/{place}")
    assert tree(vault, aoba) == ["aux/", "good/", *(f"good/{place}" for place in range(len(OLD)))]
    assert [read(vault, aoba, f"good/{place}") for place in range(len(OLD))] == [name.encode() for name in OLD]


def test_their_folder_is_moved_with_them_deleted_and_brought_back(vault: Vault, aoba: Scope, old: list[str]) -> None:
    with vault.database.transaction() as session:
        drive_moves.move(session, aoba, "aux", "good")
    assert sorted(tree(vault, aoba)) == sorted(["good/", *(f"good/{name}" for name in OLD)])
    with vault.database.transaction() as session:
        folders.delete(session, aoba, "good")
    assert (tree(vault, aoba), gone(vault, aoba)) == ([], ["good"])
    with vault.database.transaction() as session:
        assert folders.undelete(session, aoba, "good") == len(OLD)


def test_nothing_new_gets_such_a_name(vault: Vault, aoba: Scope, old: list[str]) -> None:
    for act in (
        lambda: put(vault, aoba, "aux/new", b"x"),
        lambda: put(vault, aoba, old[0], b"a new version"),
        lambda: copied(vault, aoba, "aux", "good"),
    ):
        with pytest.raises(Invalid):
            act()
    with pytest.raises(NotFound), vault.database.transaction() as session:
        drive.delete(session, aoba, "aux/prn")
    with vault.database.read() as session:
        assert sorted(one.path for one in drive_queries.children(session, aoba, "aux")) == sorted(old)


def copied(vault: Vault, scope: Scope, source: str, target: str) -> None:
    with vault.database.transaction() as session:
        drive_moves.copy(session, scope, source, target)
