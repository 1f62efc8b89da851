"""Copies through their life: ordered once, made as far as can be, kept under a hold, gone with the area."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.vault.care.keeping import flip
from tests.vault.media.copying import SMALL, Bench, files, noise
from vault.base import clock as present
from vault.base.errors import Conflict, Gone
from vault.base.faults import How, Point, armed
from vault.base.notices import Notice
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.contracts import queries as contracts
from vault.contracts import service as agreements
from vault.exams import deletion
from vault.intake import erasing, erasure
from vault.media import keeping, news, queries, service
from vault.media.models import MediaPiece, MediaSet
from vault.store.garbage import Hands
from vault.tenancy import facilities, holds
from vault.tenancy.holds import HoldKind
from vault.tenancy.models import ECONOMY

POLICY = Retention(exam_years=0)


def small(bench: Bench) -> str:
    """A copy that is ordered, on small discs; its id."""
    bench.policy = bench.policy.model_copy(update={"disc_bytes": SMALL})
    return bench.order()


def test_a_copy_is_ordered_once_and_the_next_with_the_next_term(bench: Bench) -> None:
    bench.agree()
    first = bench.order()
    with bench.vault.database.transaction() as session:
        assert service.order_due(session, bench.scope, bench.policy) == 0
    assert bench.order() != first


def test_an_economy_area_has_none(bench: Bench) -> None:
    bench.agree()
    with bench.vault.database.transaction() as session:
        facilities.change(session, bench.scope, facilities.of(session, bench.scope), service_class=ECONOMY)
        bench.clock.forward(timedelta(days=32))
        assert service.order_due(session, bench.scope, bench.policy) == 0


def test_making_twice_makes_once(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    copy = bench.copy()
    before = bench.images(copy)[0].stat().st_mtime_ns
    assert bench.make(copy.row.id)
    assert bench.images(copy)[0].stat().st_mtime_ns == before


def test_a_full_disk_is_told_once_leaves_nothing_half_and_the_copy_is_made_once_there_is_room(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    set_id = small(bench)
    for _ in range(2):
        with armed(Point.FILE_WRITING, How.FULL):
            assert not bench.make(set_id)
        assert list((bench.media / set_id).iterdir()) == []
    assert bench.look(set_id).row.problem == "disk_full"
    with bench.vault.database.read() as session:
        assert len(session.scalars(select(Notice).where(Notice.kind == news.WAITS)).all()) == 1
    assert bench.make(set_id)
    assert bench.look(set_id).row.problem is None


def test_a_disk_without_room_is_seen_before_anything_is_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    set_id = small(bench)
    monkeypatch.setattr(keeping, "free_bytes", lambda media: 1000)
    assert not bench.make(set_id)
    assert bench.look(set_id).row.problem == "disk_full"


def test_discs_too_small_for_the_receipts_are_said_to_be(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    bench.policy = bench.policy.model_copy(update={"disc_bytes": 1_100_000})
    set_id = bench.order()
    assert not bench.make(set_id)
    assert bench.look(set_id).row.problem == "disc_too_small"


def test_what_is_damaged_at_the_provider_is_left_out_and_the_disc_says_so(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(300_000, 1), noise(50_000, 2))
    (pack,) = bench.vault.packs(bench.device)
    flip(pack, 100_000)
    copy = bench.copy()
    found = files(bench.images(copy)[0])
    assert [path for path in found if path.endswith(".jpg")] == ["exams/e000001/i00002.jpg"]
    assert "exams/e000001/i00001.jpg (0.jpg)" in found["index.html"].decode()
    assert [json.loads(line).get("left_out") for line in found["contents.jsonl"].splitlines()] == ["damaged", None]
    assert len(copy.row.left_out) == 1


def test_an_exam_deleted_while_its_copy_is_made_is_not_on_it(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(900_000, 1), noise(900_000, 2))
    gone = bench.hold("P-2", noise(900_000, 3), noise(900_000, 4))
    set_id = small(bench)
    with armed(Point.FILE_NAMED, How.FULL):
        assert not bench.make(set_id)
    nurse = Scope("n", "nurse", "Nurse", Role.STAFF, facility_id=bench.device.area, person_id="n")
    with bench.vault.database.transaction() as session:
        deletion.delete(session, nurse, POLICY, gone["exam"])
    assert bench.make(set_id)
    copy = bench.look(set_id)
    assert [one["why"] for one in copy.row.left_out] == ["gone"]
    assert not [path for image in bench.images(copy) for path in files(image) if path.startswith("exams/e000002/i")]


def test_opted_out_patients_and_kinds_that_were_not_agreed_are_not_copied(bench: Bench) -> None:
    bench.agree(kinds=["still"], patients={"default": "in", "except": ["P-OUT"]})
    bench.hold("P-IN", noise(100, 1))
    bench.put("letter.txt", b"text")
    copy = bench.copy()
    found = files(bench.images(copy)[0])
    assert (copy.row.exams, copy.row.files) == (1, 0)
    assert not [path for path in found if path.startswith("files/")]


def test_images_are_removed_when_their_time_is_over_and_what_lay_where_is_forgotten(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    copy = bench.copy()
    assert bench.remove_due() == 0
    bench.clock.forward(timedelta(days=91))
    assert bench.remove_due() == 1
    assert not (bench.media / copy.row.id).exists()
    assert bench.look(copy.row.id).row.removed_why == "time"
    with bench.vault.database.read() as session:
        assert session.scalars(select(MediaPiece)).all() == []
        with pytest.raises(Gone):
            queries.image(session, bench.scope, bench.media, copy.row.id, 1)


def test_under_a_hold_they_stay(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    copy = bench.copy()
    with bench.vault.database.transaction() as session:
        hold = holds.place(session, bench.admin, HoldKind.PATIENT, "a lawsuit", subject="P-1").id
    bench.clock.forward(timedelta(days=91))
    assert bench.remove_due() == 0
    assert bench.images(copy)
    with bench.vault.database.transaction() as session:
        holds.lift(session, bench.admin, hold, "it is over")
    assert bench.remove_due() == 1


def test_with_an_erased_area_its_discs_are_gone_before_the_certificate_is_signed(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    copy = bench.copy(keep_days=3650)
    with bench.vault.database.transaction() as session:
        (contract,) = contracts.billable(session, bench.scope)
        agreements.end(session, bench.scope, contract.id, present.now().date())
    bench.clock.forward(timedelta(days=2))
    with bench.vault.database.transaction() as session:
        ordered = erasure.order(session, bench.admin, POLICY, "the contract has ended").id
    bench.clock.forward(timedelta(days=91))
    hands = Hands(bench.vault.store, bench.vault.database.read, bench.vault.database.transaction)
    assert not erasing.carry_out(hands, bench.signing, ordered)
    assert bench.remove_due() == 1
    assert not (bench.media / copy.row.id).exists()
    row = bench.look(copy.row.id)
    assert row.row.removed_why == "erased"
    assert [disc.first_patient for disc in row.discs] == [None]
    assert erasing.carry_out(hands, bench.signing, ordered)


def test_a_copy_whose_images_nobody_removed_and_that_are_gone_is_noted(bench: Bench) -> None:
    bench.agree()
    bench.hold("P-1", noise(100))
    copy = bench.copy()
    bench.images(copy)[0].unlink()
    bench.remove_due()
    assert bench.look(copy.row.id).row.removed_why == "missing"


def test_folders_of_no_copy_are_removed(bench: Bench) -> None:
    (bench.media / "of-nobody").mkdir(parents=True)
    bench.remove_due()
    assert list(bench.media.iterdir()) == []


def test_the_passphrase_is_nowhere_once_it_was_shown(bench: Bench) -> None:
    bench.agree(encrypted_discs=True)
    bench.hold("P-1", noise(100))
    copy = bench.copy()
    store = bench.vault.store
    with bench.vault.database.transaction() as session:
        assert service.show_passphrase(session, bench.head, store, copy.row.id)
    with bench.vault.database.transaction() as session, pytest.raises(Conflict, match="passphrase_shown"):
        service.show_passphrase(session, bench.head, store, copy.row.id)
    with bench.vault.database.read() as session:
        row = session.scalars(select(MediaSet)).one()
        assert (row.sealed, row.shown_by) == (None, "head")
