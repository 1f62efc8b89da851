"""Nobody searches without a purpose, and every facility can read who looked into its area, and why."""

import pytest
from sqlalchemy import select

from search.documents import service as documents
from search.engine import open_engine
from search.query.filters import build as question
from search.trace import cases, service
from search.trace.models import SearchRecord
from search.trace.service import Found
from tests.search.conftest import Searched
from vault.base.audit import AuditRow, broken_links
from vault.base.errors import Conflict, Denied, Invalid, NotFound, Unavailable

WHY = "緑色の帯の調査"


@pytest.fixture
def full(searched: Searched) -> Searched:
    """An index that holds an exam of each facility and a file of one."""
    documents.rebuild(searched.database, searched.engine)
    return searched


def find(searched: Searched, q: str = "", *, stated: str = WHY, **filters: object) -> Found:
    with searched.database.transaction() as session:
        query = question(q=q, **filters)  # type: ignore[arg-type]
        return service.search(session, searched.analyst, searched.engine, stated=stated, query=query, asked=q)


def log(searched: Searched) -> list[AuditRow]:
    """Everything about search in the logs of the facilities."""
    with searched.database.transaction() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.what.startswith("search.")).order_by(AuditRow.id)).all()
        session.expunge_all()
    return list(rows)


def test_a_page_is_logged_in_each_facility_with_an_item_on_it(full: Searched) -> None:
    found = find(full, "scope:EV-290")
    world = full.world
    rows = log(full)
    assert {row.facility_id for row in rows} == {world.aoba.area, world.midori.area}
    (aoba,) = [row for row in rows if row.facility_id == world.aoba.area]
    assert (aoba.who, aoba.side, aoba.why, aoba.what) == ("analyst", "provider", WHY, "search.found")
    assert aoba.items == [f"exam:{world.exam}"]
    assert found.total == 2
    with full.database.transaction() as session:
        assert list(broken_links(session, world.aoba.area)) == []


def test_a_facility_whose_items_are_on_another_page_is_not_logged(full: Searched) -> None:
    first = find(full, "scope:EV-290", limit=1)
    assert first.total == 2
    assert len(log(full)) == 1
    second = find(full, "scope:EV-290", limit=1, offset=first.next_offset)
    assert second.next_offset is None
    assert len({row.facility_id for row in log(full)}) == 2


def test_an_item_says_where_it_is_and_why_it_was_found(full: Searched) -> None:
    (item,) = find(full, "P-1234").items
    assert (item.kind, item.id, item.facility, item.facility_name) == ("exam", full.world.exam, "aoba", "青葉病院")
    assert item.title.text == "gastroscopy EV-290"
    (mark,) = item.snippet.marks
    assert item.snippet.text[slice(*mark)] == "P-1234"
    assert item.score > 0


def test_facets_have_the_names_of_facilities(full: Searched) -> None:
    found = find(full, "scope:EV-290")
    assert found.facets["facility"] == {"aoba": 1, "midori": 1}
    assert found.names == {"aoba": "青葉病院", "midori": "みどり医院"}


def test_without_a_purpose_nothing_is_searched(full: Searched) -> None:
    for stated in ("", "   ", "\n", "abc", "x" * 501):
        with pytest.raises(Invalid) as told:
            find(full, stated=stated)
        assert told.value.field == "purpose"
    assert log(full) == []


def test_only_analysts_and_administrators_search(full: Searched) -> None:
    world = full.world
    for scope in (world.aoba, world.aoba_admin, world.terminal, world.repair):
        with full.database.transaction() as session, pytest.raises(Denied):
            service.search(session, scope, full.engine, stated=WHY, query=question())
        with full.database.transaction() as session, pytest.raises(Denied):
            service.open_item(session, scope, stated=WHY, kind="exam", id_=world.exam)
    with full.database.transaction() as session:
        assert service.search(session, world.admin, full.engine, stated=WHY, query=question()).total == 3


def test_a_case_gives_the_purpose_and_keeps_its_searches(full: Searched) -> None:
    with full.database.transaction() as session:
        case = cases.open_case(session, full.analyst, title="緑色の帯", reason="三施設から報告があった")
    find(full, "EV-290", stated=case.id)
    assert {row.why for row in log(full)} == {"緑色の帯: 三施設から報告があった"}
    with full.database.transaction() as session:
        (record,) = cases.records(session, full.analyst, case_id=case.id)
        assert (record.asked["q"], record.total, record.facilities) == ("EV-290", 2, 2)


def test_a_closed_or_unknown_case_is_no_purpose(full: Searched) -> None:
    with full.database.transaction() as session:
        case = cases.open_case(session, full.analyst, title="緑色の帯", reason="三施設から報告")
        cases.close_case(session, full.analyst, case.id)
        with pytest.raises(Conflict):
            cases.close_case(session, full.analyst, case.id)
    for stated, reason in ((case.id, "case_closed"), ("0" * 26, "unknown_case")):
        with pytest.raises(Invalid, match=reason):
            find(full, stated=stated)


def test_opening_an_item_is_logged_and_gives_a_scope_of_its_area(full: Searched) -> None:
    world = full.world
    with full.database.transaction() as session:
        opened = service.open_item(session, full.analyst, stated=WHY, kind="exam", id_=world.exam)
    assert opened.document.body.startswith("P-1234")
    assert (opened.scope.area, opened.scope.login) == (world.aoba.area, "analyst")
    (row,) = log(full)
    assert (row.what, row.facility_id, row.items) == ("search.opened", world.aoba.area, [f"exam:{world.exam}"])


def test_what_is_not_there_cannot_be_opened(full: Searched) -> None:
    for kind in ("exam", "chart", "person"):
        with full.database.transaction() as session, pytest.raises(NotFound):
            service.open_item(session, full.analyst, stated=WHY, kind=kind, id_="0" * 26)
    assert log(full) == []


def test_without_an_index_nothing_is_recorded(full: Searched, tmp_path) -> None:
    absent = open_engine("tantivy", tmp_path / "nowhere")
    with pytest.raises(Unavailable), full.database.transaction() as session:
        service.search(session, full.analyst, absent, stated=WHY, query=question())
    with full.database.read() as session:
        assert session.scalars(select(SearchRecord)).all() == []
