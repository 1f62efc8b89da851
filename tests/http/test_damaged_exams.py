"""What a device backed up and was damaged since is in its plan until it was sent again, and in nobody else's."""

import hashlib

from sqlalchemy import delete

from tests.http.world import World, tar_of
from vault.base.scope import Scope
from vault.store import service
from vault.store.models import BlobRow
from vault.tenancy import logins


def test_the_plan_lists_it_until_it_is_whole(world: World) -> None:
    content = b"image" * 100
    digest = hashlib.sha256(content).hexdigest()
    manifest = {
        "patient_id": "P-1",
        "performed_at": "2026-11-20T09:00:00Z",
        "kind": "EGD",
        "key": "device-key-1",
        "images": [{"name": "0.jpg", "sha256": digest, "size": len(content)}],
    }
    exam = world.call("aoba-capture1", "POST", "/exams", manifest).get_json()["id"]
    world.call("aoba-capture1", "POST", f"/exams/{exam}/bundle?commit=true", data=tar_of([content]))
    before = world.call("aoba-capture1", "GET", "/backup-plan")
    assert "damaged" not in before.get_json()
    with world.installation.database.transaction() as session:
        nurse = logins.person_by(session, "aoba-nurse")
        assert nurse is not None
        area = Scope.system(nurse.facility_id).area
        service.report_damage(session, area, digest)
    after = world.call("aoba-capture1", "GET", "/backup-plan", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.get_json()["damaged"]) == (200, ["device-key-1"])
    same = world.call("aoba-capture1", "GET", "/backup-plan", headers={"If-None-Match": after.headers["ETag"]})
    assert same.status_code == 304
    assert "damaged" not in world.call("midori-capture1", "GET", "/backup-plan").get_json()
    again = world.call("aoba-capture1", "POST", "/exams", manifest).get_json()
    assert (again["state"], again["missing"]) == ("held", [digest])
    world.call("aoba-capture1", "POST", f"/exams/{exam}/bundle", data=tar_of([content]))
    healed = world.call("aoba-capture1", "GET", "/backup-plan")
    assert healed.headers["ETag"] == before.headers["ETag"]


def test_an_exam_that_lost_a_row_is_damaged_by_name_not_silently_smaller(world: World) -> None:
    exam, (content, _) = world.exam("aoba-capture1")
    digest = hashlib.sha256(content).hexdigest()
    with world.installation.database.transaction() as session:
        session.execute(delete(BlobRow).where(BlobRow.digest == digest))
    for path in (f"/exams/{exam}/images/0.jpg", f"/exams/{exam}/bundle"):
        lost = world.call("aoba-nurse", "GET", path)
        assert (lost.status_code, lost.get_json()["code"], lost.get_json()["digest"]) == (503, "damaged", digest)
