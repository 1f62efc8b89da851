"""The pure rules: when a run is due, who is covered, how bundles are cut, what a receipt proves."""

import base64
import copy
import io
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from capture_client.backup import bundle, receipt
from capture_client.backup import plan as plan_rules
from capture_client.backup.plan import Plan, groups, last_at
from capture_client.filing.exams import Details, Exam, Image, State
from capture_client.terminal import events
from tests.capture_client.portal_double.state import PLAN, Portal

TOKYO = ZoneInfo("Asia/Tokyo")
HOURS = st.sampled_from(["00:00", "02:30", "23:59"])
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2020, 2040))


@pytest.mark.parametrize(
    ("default", "exceptions", "patient", "covered"),
    [
        ("in", ["P-9"], "P-1", True),
        ("in", ["P-9"], "P-9", False),
        ("out", ["P-9"], "P-9", True),
        ("out", [], "P-1", False),
    ],
)
def test_a_patient_is_in_or_out(default: str, exceptions: list[str], patient: str, covered: bool) -> None:
    plan = Plan.of({**PLAN, "patients": {"default": default, "except": exceptions}})
    assert plan.covers(patient) is covered


def test_a_nightly_run_is_due_at_its_hour_in_the_facilitys_zone() -> None:
    plan = Plan.of({**PLAN, "timing": "nightly@02:00"})
    before, after = datetime(2026, 11, 23, 16, 59, tzinfo=UTC), datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert plan.last_due(before) == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert plan.last_due(after) == after


@given(st.datetimes(timezones=st.just(UTC), max_value=LAST, min_value=FIRST), HOURS)
def test_the_last_due_moment_is_never_ahead_nor_more_than_a_day_and_a_change_of_clocks_behind(
    now: datetime, hour: str
) -> None:
    for zone in (TOKYO, ZoneInfo("Europe/Berlin")):
        due = last_at(hour, zone, now)
        assert timedelta(hours=-1) <= now - due <= timedelta(hours=25)


def test_no_contract_is_no_timing_and_everything_may_go_by_hand() -> None:
    plan = Plan.of({"target": None, "timing": None, "kinds": [], "patients": None})
    assert plan.timing is None
    assert not plan.after_each_exam
    assert plan.covers("P-1")
    assert "still" in plan.kinds


@given(st.lists(st.integers(0, 5_000), max_size=30), st.integers(1, 20_000))
def test_bundles_hold_every_file_once_in_order_and_within_the_limit(sizes: list[int], limit: int) -> None:
    members = [bundle.Member(f"{number:064x}", size, Path("x")) for number, size in enumerate(sizes)]
    parts = bundle.split(members, limit)
    assert [member for part in parts for member in part] == members
    assert all(len(part) == 1 or bundle.size_of(part) - 1024 <= limit for part in parts)


@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=5))
def test_a_bundle_is_a_tar_of_the_size_that_was_promised(tmp_path_factory: Any, contents: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    members = []
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
        members.append(bundle.Member(f"{number:064x}", len(content), folder / str(number)))
    made = b"".join(bundle.stream(members))
    assert len(made) == bundle.size_of(members)
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        read = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    assert read == {member.sha256: content for member, content in zip(members, contents, strict=True)}


def chain(length: int) -> tuple[list[dict[str, Any]], receipt.Keys]:
    portal = Portal()
    for number in range(length):
        image = {"name": "a.jpg", "sha256": f"{number:064x}", "size": number}
        portal.receipt({"id": f"E{number}", "patient_id": "患者", "images": [image]})
    [key] = portal.public_keys()
    return portal.receipts, {"k1": Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))}


@pytest.mark.parametrize(
    ("part", "value"),
    [("patient_id", "P-2"), ("sequence", 7), ("held_at", "2026-11-24T00:00:00.000Z"), ("images", []), ("key_id", "k2")],
)
def test_a_receipt_holds_as_signed_and_in_no_other_form(part: str, value: object) -> None:
    [signed], keys = chain(1)
    assert receipt.signed_by(signed, keys)
    assert not receipt.signed_by({**signed, part: value}, keys)
    assert not receipt.signed_by({**signed, "more": 1}, keys)
    assert not receipt.signed_by({**signed, "signature": "no base64"}, keys)


def test_a_chain_shows_what_was_changed_and_bears_gaps() -> None:
    receipts, _ = chain(4)
    assert receipt.chain_faults(receipts) == {}
    assert receipt.chain_faults([receipts[0], receipts[2], receipts[3]]) == {}
    changed = copy.deepcopy(receipts)
    changed[1]["patient_id"] = "other"
    assert receipt.chain_faults(changed) == {"E2": "does not follow the receipt before"}
    doubled = [*receipts, {**receipts[3], "exam": "E9"}]
    assert receipt.chain_faults(doubled) == {"E9": "two receipts of one sequence"}


def test_events_are_read_as_the_standard_says() -> None:
    lines = [": hi", "id: 4", "", "event: answer.ready", 'data: {"id":', "data: 1}", "id:5", "", "data", "", "retry: 9"]
    found = [event for event in events.parse(lines) if not event.beat]
    assert [(event.kind, event.data, event.id) for event in found] == [("answer.ready", '{"id":\n1}', "5")]


def exams_of(counts: list[int]) -> list[Exam]:
    """Exams of two patients by turns, of so many stills each."""
    stills = [tuple(Image(f"{place}.jpg", "0" * 64, 1) for place in range(count)) for count in counts]
    return [
        Exam(str(number), Details(f"P-{number % 2}", LAST.replace(tzinfo=UTC)), State.STORED, images)
        for number, images in enumerate(stills)
    ]


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=40), st.sampled_from(["facility", "patient", "exam"]),
    st.integers(1, 12), st.integers(9, 30),
)  # fmt: skip
def test_runs_are_the_contract_s_units_and_never_list_more_than_the_portal_takes(
    counts: list[int], unit: str, most_exams: int, most_images: int
) -> None:
    exams = exams_of(counts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_rules, "MOST_EXAMS", most_exams)
        patch.setattr(plan_rules, "MOST_IMAGES", most_images)
        runs = groups(Plan(unit=unit), exams)
    assert sorted(exam.key for run in runs for exam in run) == sorted(exam.key for exam in exams)
    for run in runs:
        assert 1 <= len(run) <= most_exams
        assert sum(len(exam.images) for exam in run) <= most_images
        assert len({exam.details.patient_id for exam in run}) == 1 or unit == "facility"
        assert len(run) == 1 or unit != "exam"
