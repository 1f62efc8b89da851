"""Filing: what a facility asks is kept with all it brings along, or not at all."""

from typing import Any

import pytest
from sqlalchemy import select

from routing.queue import views
from routing.requests import service
from routing.requests.models import Request
from tests.routing.world import World
from vault.base import audit
from vault.base.audit import AuditRow
from vault.base.errors import Denied, Invalid, NotFound, TooLarge
from vault.base.outbox import OutboxRow
from vault.base.scope import Role, Scope


def file(world: World, scope: Scope, **values: Any) -> Request:
    with world.transaction() as session:
        return service.file(session, scope, **{"subject": "帯が出る", "body": "緑色です", **values}).request


def test_exam_images_and_files_are_kept_with_the_request(world: World) -> None:
    ring = {"type": "ring", "x": 0.5, "y": 0.4, "r": 0.1}
    filed = file(
        world,
        world.aoba,
        images=[{"exam": world.exam, "name": "002.jpg", "marks": [ring]}, {"exam": world.exam, "name": "001.jpg"}],
        files=[world.path],
        urgency="urgent",
        urgency_reason="検査中",
    )
    with world.database.read() as session:
        view = views.request(session, world.aoba, filed.id)
    assert view["state"] == "filed"
    assert view["exams"] == [world.exam]
    assert [(image["name"], image["marks"]) for image in view["images"]] == [("002.jpg", [ring]), ("001.jpg", [])]
    assert view["files"] == [world.path]
    assert (view["urgency"], view["channel"], view["filed_by"]) == ("urgent", "api", world.aoba.name)
    assert [event["code"] for event in view["events"]] == ["request.filed"]


def test_filing_leaves_an_audit_row_and_one_event_in_the_same_transaction(world: World) -> None:
    filed = file(world, world.aoba)
    with world.database.read() as session:
        (event,) = session.scalars(select(OutboxRow).where(OutboxRow.name == "request.filed"))
        assert event.payload == {"facility_id": world.aoba.area, "request_id": filed.id, "urgent": False}
        row = session.scalars(select(AuditRow).where(AuditRow.what == "request.filed")).one()
        assert (row.facility_id, row.side, row.items) == (world.aoba.area, "staff", [f"request:{filed.id}"])
        assert not list(audit.broken_links(session, world.aoba.area))


@pytest.mark.parametrize("thing", ["exam", "image", "missing image", "file"])
def test_what_is_another_areas_is_not_found_and_nothing_is_kept(world: World, thing: str) -> None:
    things: dict[str, dict[str, Any]] = {
        "exam": {"exams": [world.exam, world.stranger_exam]},
        "image": {"images": [{"exam": world.stranger_exam, "name": "001.jpg"}]},
        "missing image": {"images": [{"exam": world.exam, "name": "003.jpg"}]},
        "file": {"files": ["no/such/file.txt"]},
    }
    with pytest.raises(NotFound):
        file(world, world.aoba, **things[thing])
    with pytest.raises(NotFound):
        file(world, world.midori, files=[world.path])
    with world.database.read() as session:
        assert not views.requests(session, world.aoba).items


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": "  \n"}, "subject"),
        ({"urgency": "soon"}, "urgency"),
        ({"channel": "phone"}, "channel"),
        ({"caller": "佐藤"}, "caller"),
        ({"person": "midori-nurse"}, "person"),
        ({"person": "aoba-admin"}, "person"),
        ({"body": "a\x00b"}, "body"),
        ({"images": [{"exam": "x"}]}, "images.0.name"),
        ({"images": [{"exam": "x", "name": "y", "zoom": 2}]}, "images.0.zoom"),
    ],
)
def test_bad_input_names_its_field(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        file(world, world.aoba, **values)
    assert refused.value.field == field


def test_a_text_of_a_megabyte_is_too_large(world: World) -> None:
    with pytest.raises(TooLarge):
        file(world, world.aoba, body="あ" * 350_000)
    with pytest.raises(TooLarge):
        file(world, world.aoba, subject="あ" * 350_000)


def test_a_device_is_a_place_and_names_the_person(world: World) -> None:
    alone, named = file(world, world.terminal), file(world, world.terminal, person="aoba-nurse")
    assert (alone.channel, alone.filed_by, alone.person_id) == ("device", "aoba-capture1", None)
    assert (named.filed_by, named.person_id, named.device_id) == (
        world.aoba.name,
        world.aoba.person_id,
        world.terminal.device_id,
    )


def test_a_department_files_for_a_facility_that_called(world: World) -> None:
    filed = file(world, world.repair, facility_id=world.aoba.area, channel="phone", caller="佐藤看護師")
    with world.database.read() as session:
        view = views.request(session, world.aoba, filed.id)
    assert (view["channel"], view["caller"], view["filed_by"]) == ("phone", "佐藤看護師", world.repair.name)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channel": "phone", "caller": "佐藤"}, "facility"),
        ({"facility_id": "aoba", "channel": "api", "caller": "佐藤"}, "channel"),
        ({"facility_id": "aoba", "channel": "fax", "caller": ""}, "caller"),
        ({"facility_id": "aoba", "channel": "fax", "caller": "佐藤", "exams": ["exam"]}, "exams"),
    ],
)
def test_what_a_department_may_not_file_for_a_caller(world: World, values: dict[str, Any], field: str) -> None:
    if "facility_id" in values:
        values = {**values, "facility_id": world.aoba.area}
    with pytest.raises(Invalid) as refused:
        file(world, world.repair, **values)
    assert refused.value.field == field


def test_an_analyst_files_nothing(world: World) -> None:
    analyst = Scope(who="person:x", login="x", name="x", role=Role.ANALYST)
    with pytest.raises(Denied):
        file(world, analyst, facility_id=world.aoba.area, channel="phone", caller="佐藤")


def test_a_facility_cannot_file_into_another_area(world: World) -> None:
    with pytest.raises(NotFound):
        file(world, world.aoba, facility_id=world.midori.area)


def test_text_is_stored_composed(world: World) -> None:
    filed = file(world, world.aoba, subject="ホ\u309aリーフ\u309aの件")
    with world.database.read() as session:
        assert views.request(session, world.aoba, filed.id)["subject"] == "ポリープの件"
