"""The access log: whoever changes, removes, reorders or cuts it is found out."""

import unicodedata
from dataclasses import replace

import pytest
from sqlalchemy import ColumnElement, delete, select, update

from tests.vault.tenancy.tenants import at_once, facility, undone
from vault.base import audit
from vault.base.audit import AuditHead, AuditRow
from vault.base.database import Database
from vault.base.scope import Scope, Side


@pytest.fixture
def chain(database: Database) -> str:
    """The area whose log holds six rows, the first of which says that it was made."""
    with database.transaction() as session:
        area = facility(session).id
        for number in range(5):
            audit.record(session, Scope.system(area), "exam.viewed", why="ガーゼ", items=[f"exam:{number}"])
        return area


def broken(database: Database, chain: str) -> list[int]:
    with database.read() as session:
        return list(audit.broken_links(session, chain))


def row(chain: str, sequence: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AuditRow.chain == chain, AuditRow.sequence == sequence


def test_an_untouched_chain_holds(database: Database, chain: str) -> None:
    assert broken(database, chain) == []
    with database.read() as session:
        assert len(session.scalars(select(AuditRow).where(AuditRow.chain == chain)).all()) == 6


def test_an_altered_row_is_found_whatever_was_altered(database: Database, chain: str) -> None:
    for column in ("who", "name", "side", "what", "why", "items", "at", "previous", "digest"):
        with undone(database) as session:
            third = session.scalars(select(AuditRow).where(*row(chain, 3))).one()
            other = {"items": ["exam:9"], "at": third.at.replace(year=2020)}.get(column, "x")
            session.execute(update(AuditRow).where(*row(chain, 3)).values({column: other}))
            session.expire_all()
            assert 3 in audit.broken_links(session, chain), column


def test_a_removed_row_is_found(database: Database, chain: str) -> None:
    with database.transaction() as session:
        session.execute(delete(AuditRow).where(*row(chain, 4)))
    assert broken(database, chain) == [4]


def test_reordered_rows_are_found(database: Database, chain: str) -> None:
    with database.transaction() as session:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            session.execute(update(AuditRow).where(*row(chain, before)).values(sequence=after))
    assert broken(database, chain)[:2] == [2, 3]


def test_a_chain_that_was_cut_is_found(database: Database, chain: str) -> None:
    for first in (1, 5, 6):
        with undone(database) as session:
            session.execute(delete(AuditRow).where(AuditRow.chain == chain, AuditRow.sequence >= first))
            assert list(audit.broken_links(session, chain)) == [first]


def test_a_chain_without_its_head_is_found(database: Database, chain: str) -> None:
    with database.transaction() as session:
        session.execute(delete(AuditHead).where(AuditHead.chain == chain))
    assert broken(database, chain) == [7]


def test_a_reason_typed_in_pieces_keeps_the_chain_whole(database: Database, chain: str) -> None:
    scope = replace(Scope.system(chain), name=unicodedata.normalize("NFD", "ガラ"))
    with database.transaction() as session:
        audit.record(session, scope, "exam.viewed", why=unicodedata.normalize("NFD", "ガーゼの件"))
    assert broken(database, chain) == []


def test_rows_added_at_once_follow_each_other(database: Database, chain: str) -> None:
    def look(number: int) -> None:
        with database.transaction() as session:
            audit.record(session, Scope.system(chain), "exam.viewed", items=[f"exam:{number}"])

    assert at_once(8, look) == [None] * 8
    assert broken(database, chain) == []


def test_what_is_undone_leaves_no_gap(database: Database, chain: str) -> None:
    with undone(database) as session:
        audit.record(session, Scope.system(chain), "exam.viewed")
    with database.transaction() as session:
        assert audit.record(session, Scope.system(chain), "exam.viewed").sequence == 7
    assert broken(database, chain) == []


def test_a_row_says_who_from_which_side_did_what(database: Database, chain: str) -> None:
    with database.transaction() as session:
        made = audit.record(session, Scope.system(), "catalogue.printed", why="stocktaking")
        assert (made.chain, made.facility_id) == (audit.PROVIDER_CHAIN, None)
        assert (made.who, made.side, made.why) == ("system", Side.SYSTEM, "stocktaking")
        assert audit.record(session, Scope.system(), "exam.viewed", facility_id=chain).chain == chain
