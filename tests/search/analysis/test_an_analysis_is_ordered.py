"""An analysis is ordered with a purpose, looks only where it was told, tells each facility, and can be stopped."""

from typing import Any

import pytest
from sqlalchemy import select

from search.analysis import service
from search.analysis.service import Analysis
from tests.search.analysis.conftest import Lab
from tests.search.analysis.pictures import banded, tissue
from vault.base.audit import AuditRow
from vault.base.errors import Conflict, Denied, Invalid
from vault.base.jobs import Queue
from vault.base.scope import Role, Scope

WHY = "緑色の帯の調査"


def order(lab: Lab, *, kind: str = "colour-cast", stated: str = WHY, **chosen: Any) -> Analysis:
    with lab.vault.database.transaction() as session:
        return service.start(session, lab.analyst, kind=kind, filter=chosen, stated=stated)


def seen(lab: Lab, analysis: Analysis) -> Analysis:
    with lab.vault.database.read() as session:
        return service.get(session, lab.analyst, analysis.id)


def looks(lab: Lab) -> dict[str | None, AuditRow]:
    """What the facilities' logs say of analyses, by facility id."""
    with lab.vault.database.transaction() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.what == "analysis.looked")).all()
        session.expunge_all()
    return {row.facility_id: row for row in rows}


def test_green_bands_are_found_in_the_areas_that_have_them(lab: Lab, aoba: Scope, midori: Scope) -> None:
    green = lab.take_in(aoba, tissue(1), banded(tissue(2), slice(100, 120)))
    lab.take_in(midori, tissue(3))
    lab.take_in(midori, banded(tissue(4), slice(0, 30)), model="OTHER")
    lab.work()
    ordered = order(lab, scope_model="EV-290")
    lab.work()
    ended = seen(lab, ordered)
    assert (ended.state, ended.done, ended.total) == ("done", 2, 2)
    assert ended.result is not None
    assert (ended.result["images"], ended.result["suspected"], ended.result["unread"]) == (3, 1, 0)
    assert ended.result["facilities"] == {
        "aoba": {"images": 2, "suspected": 1},
        "midori": {"images": 1, "suspected": 0},
    }
    (worst,) = ended.result["worst"]
    assert (worst["facility"], worst["exam"], worst["image"]) == ("aoba", green, "001.png")


def test_each_facility_reads_that_its_exams_were_looked_at_and_why(lab: Lab, aoba: Scope, midori: Scope) -> None:
    exam = lab.take_in(aoba, tissue())
    lab.take_in(midori, tissue())
    lab.work()
    order(lab, facilities=["aoba"])
    lab.work()
    (row,) = looks(lab).values()
    assert (row.facility_id, row.who, row.side, row.why) == (aoba.area, "analyst", "provider", WHY)
    assert row.items == [f"exam:{exam}"]


def test_an_image_without_a_small_rendering_is_counted_not_guessed(lab: Lab, aoba: Scope) -> None:
    lab.take_in(aoba, tissue())
    ordered = order(lab)
    lab.work(Queue.SLOW)
    result = seen(lab, ordered).result
    assert result is not None
    assert (result["exams"], result["images"], result["unread"]) == (1, 0, 1)


def test_a_waiting_analysis_is_cancelled_and_looks_at_nothing(lab: Lab, aoba: Scope) -> None:
    lab.take_in(aoba, tissue())
    ordered = order(lab)
    with lab.vault.database.transaction() as session:
        service.cancel(session, lab.analyst, ordered.id)
    lab.work()
    assert seen(lab, ordered).state == "cancelled"
    assert looks(lab) == {}
    with lab.vault.database.transaction() as session, pytest.raises(Conflict):
        service.cancel(session, lab.analyst, ordered.id)


def test_what_is_wrong_is_named_and_nothing_is_ordered(lab: Lab) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("purpose", {"stated": " "}),
        ("kind", {"kind": "mood"}),
        ("filter.model", {"model": "EV-290"}),
        ("filter.facilities", {"facilities": "aoba"}),
        ("filter.scope_model", {"scope_model": 290}),
        ("filter.from", {"from": "yesterday"}),
        ("filter.to", {"to": "2026-11-23T10:00:00"}),
    ]
    for field, given in wrong:
        with pytest.raises(Invalid) as told:
            order(lab, **given)
        assert told.value.field == field
    with lab.vault.database.read() as session:
        assert service.newest(session, lab.analyst) == []


def test_only_analysts_and_administrators_order_and_see_analyses(lab: Lab, aoba: Scope) -> None:
    ordered = order(lab)
    clerk = Scope(who="c", login="c", name="c", role=Role.BILLING)
    for scope in (aoba, clerk):
        with lab.vault.database.transaction() as session:
            with pytest.raises(Denied):
                service.start(session, scope, kind="colour-cast", filter={}, stated=WHY)
            with pytest.raises(Denied):
                service.get(session, scope, ordered.id)
