"""Every backup form of a contract, carried out by the real client before a real portal."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.forms.station import Station
from vault.base import clock

NIGHT = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
"""Two in the morning of 2 April in Tokyo."""
UNITS = {"facility": [[2, 2, 2]], "patient": [[2, 2], [2]], "exam": [[2], [2], [2]]}
"""The images of each exam that each run lists, of two exams of one patient and one of another."""
ALL_HELD = [("P-1", ["0.jpg", "1.jpg"]), ("P-1", ["0.jpg", "1.jpg"]), ("P-2", ["0.jpg", "1.jpg"])]
BY_UNIT = pytest.mark.parametrize("unit", UNITS)


def cut(trigger: str, unit: str) -> list[tuple[str, str, list[int]]]:
    return [(trigger, "finished", sizes) for sizes in UNITS[unit]]


@BY_UNIT
def test_nightly_everything_new_goes_at_its_hour_and_not_before(station: Station, unit: str) -> None:
    station.agree(timing="nightly@02:00", unit=unit)
    station.look()
    station.run("import", *station.three_exams())
    station.clock.set(NIGHT - timedelta(seconds=1))
    assert station.run("run", "--once").status == 0
    assert station.runs() == []
    station.clock.set(NIGHT)
    assert station.run("run", "--once").status == 0
    assert station.runs() == cut("nightly", unit)
    assert station.held() == ALL_HELD
    assert station.nights() == [("2026-04-02", "finished")]
    station.clock.forward(timedelta(minutes=10))
    station.run("run", "--once")
    assert len(station.runs()) == len(UNITS[unit])


@BY_UNIT
def test_after_each_exam_its_backup_follows(station: Station, unit: str) -> None:
    station.agree(timing="per-exam", unit=unit)
    first, *others = station.three_exams()
    station.run("import", first)
    assert station.runs() == [("per-exam", "finished", [2])]
    assert station.held() == ALL_HELD[:1]
    station.run("import", *others)
    later = {"facility": [[2, 2]], "patient": [[2], [2]], "exam": [[2], [2]]}[unit]
    assert station.runs()[1:] == [("per-exam", "finished", sizes) for sizes in later]
    assert station.held() == ALL_HELD
    assert station.nights() == []


@BY_UNIT
def test_exams_that_waited_for_the_line_go_together_in_the_contract_s_units(station: Station, unit: str) -> None:
    station.agree(timing="per-exam", unit=unit)
    station.run("status")
    station.served.cut()
    for folder in station.three_exams():
        assert station.run("import", folder).status == 0
    station.served.connect()
    assert station.run("run", "--once").status == 0
    assert station.runs() == cut("per-exam", unit)
    assert station.held() == ALL_HELD


@BY_UNIT
def test_simultaneously_finished_exams_go_as_they_are_filed(station: Station, unit: str) -> None:
    station.agree(timing="simultaneous", unit=unit)
    assert station.run("import", *station.three_exams()).status == 0
    assert station.runs() == cut("simultaneous", unit)
    assert station.held() == ALL_HELD


@BY_UNIT
def test_on_demand_nothing_goes_until_somebody_says_so(station: Station, unit: str) -> None:
    station.agree(timing="on-demand", unit=unit)
    station.run("import", *station.three_exams())
    for hours in (1, 12, 24):
        station.clock.forward(timedelta(hours=hours))
        assert station.run("run", "--once").status == 0
    station.look()
    assert (station.runs(), station.held(), station.nights()) == ([], [], [])
    assert station.run("backup").status == 0
    assert station.runs() == cut("on-demand", unit)
    assert station.held() == ALL_HELD


def test_a_night_with_nothing_new_is_told_all_the_same(station: Station) -> None:
    station.agree(timing="nightly@02:00", unit="patient")
    station.clock.set(NIGHT)
    station.run("run", "--once")
    assert station.runs() == [("nightly", "finished", [])]
    assert station.nights() == [("2026-04-02", "finished")]


def test_a_station_that_was_off_over_two_nights_makes_both_good_in_the_morning(station: Station) -> None:
    station.agree(timing="nightly@02:00")
    station.look()
    station.run("import", station.exam("a", "P-1", 0))
    station.clock.set(NIGHT + timedelta(days=1, hours=6))
    station.look()
    assert station.nights() == [("2026-04-02", "missed"), ("2026-04-03", "late"), ("2026-04-04", "waiting")]
    station.run("run", "--once")
    assert station.nights() == [("2026-04-02", "missed"), ("2026-04-03", "finished"), ("2026-04-04", "waiting")]
    assert station.held() == ALL_HELD[:1]


def test_a_device_whose_clock_is_wrong_backs_up_when_the_portal_says(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.agree(timing="nightly@02:00")
    station.run("import", station.exam("a", "P-1", 0))
    for wrong in (timedelta(hours=9), -timedelta(days=40)):
        monkeypatch.setattr("capture_client.clock.now", lambda wrong=wrong: clock.now() + wrong)
        station.run("run", "--once")
        assert station.runs() == []
    station.clock.set(NIGHT)
    station.run("run", "--once")
    assert station.nights() == [("2026-04-02", "finished")]


def test_a_night_that_is_cut_between_two_patients_is_not_done_until_the_second_has_come(station: Station) -> None:
    station.agree(timing="nightly@02:00", unit="patient")
    station.run("import", *station.three_exams())
    station.clock.set(NIGHT)
    station.served.cut_after("PATCH /backup-runs/")
    station.run("run", "--once")
    assert station.nights() == [("2026-04-02", "running")]
    station.served.connect()
    station.clock.forward(timedelta(minutes=2))
    station.run("run", "--once")
    assert station.nights() == [("2026-04-02", "finished")]
    assert station.held() == ALL_HELD


def test_over_the_night_in_which_an_hour_comes_twice_each_night_has_one_run(station: Station) -> None:
    """New York, 01:30: 05:30 UTC on 31 October and 1 November 2026 (the first of two), 06:30 on 2 November."""
    station.move("America/New_York")
    station.clock.set(datetime(2026, 10, 30, 12, 0, tzinfo=UTC))
    station.agree(timing="nightly@01:30", period="monthly", terms=0)
    began = []
    for _ in range(3 * 24 * 2):
        now = station.clock.forward(timedelta(minutes=30))
        station.look()
        before = len(station.runs())
        station.run("run", "--once")
        began += [f"{now:%dT%H:%M}"] * (len(station.runs()) - before)
    assert began == ["31T05:30", "01T05:30", "02T06:30"]
    assert station.nights()[-4:-1] == [(f"2026-{day}", "finished") for day in ("10-31", "11-01", "11-02")]


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (["still"], ["0.jpg", "1.jpg"]),
        (["still", "clip"], ["0.jpg", "1.jpg", "clip.mp4"]),
        (["file"], ["report.pdf"]),
        (["still", "clip", "file"], ["0.jpg", "1.jpg", "clip.mp4", "report.pdf"]),
    ],
)
def test_only_the_agreed_kinds_of_data_leave_the_facility(station: Station, kinds: list[str], names: list[str]) -> None:
    station.agree(timing="per-exam", kinds=kinds)
    folder = station.exam("a", "P-1", 0, ("clip.mp4", b"a clip"), ("report.pdf", b"%PDF-1.7 a report"))
    assert station.run("import", folder).status == 0
    assert station.held() == [("P-1", names)]


@pytest.mark.parametrize(
    ("patients", "held"),
    [({"default": "in", "except": ["P-2"]}, ["P-1", "P-1"]), ({"default": "out", "except": ["P-2"]}, ["P-2"])],
)
@pytest.mark.parametrize("timing", ["nightly@02:00", "per-exam", "simultaneous", "on-demand"])
def test_of_a_patient_who_is_out_nothing_is_sent_by_any_timing(
    station: Station, timing: str, patients: dict[str, object], held: list[str]
) -> None:
    station.agree(timing=timing, patients=patients)
    station.run("import", *station.three_exams())
    station.clock.set(NIGHT)
    station.run("run", "--once")
    station.run("backup")
    assert [patient for patient, _ in station.held()] == held
    out = {"P-1", "P-2"} - set(held)
    assert not [body for body in station.served.bodies for patient in out if f'"{patient}"'.encode() in body]
    assert {state for _, state, _ in station.runs()} == {"finished"}


def test_the_portal_refuses_what_is_sent_of_such_a_patient_all_the_same(station: Station) -> None:
    call = station.served.world.call
    image = {"name": "0.jpg", "sha256": "0" * 64, "size": 3}
    manifest = {"patient_id": "P-2", "performed_at": "2026-04-01T09:00:00+09:00", "kind": "EGD", "key": "k1"}
    begun = call("aoba-capture1", "POST", "/exams", {**manifest, "images": [image]}).get_json()["id"]
    station.agree(timing="per-exam", patients={"default": "in", "except": ["P-2"]})
    listed = {"patient_id": "P-2", "performed_at": "2026-04-01T09:00:00Z", "digests": ["0" * 64]}
    for path, body in (
        ("/exams", {**manifest, "images": [image]}),
        ("/exams", {**manifest, "key": "k2", "images": [image]}),
        ("/announcements", {"exams": [{**manifest, "key": "k3", "images": [image]}]}),
        (f"/exams/{begun}/images", {"images": [{**image, "name": "1.jpg", "sha256": "1" * 64}]}),
        ("/backup-runs", {"trigger": "per-exam", "exams": [listed]}),
    ):
        refused = call("aoba-capture1", "POST", path, body)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "opted_out"), path


def test_the_server_holds_what_arrived_against_what_the_device_listed(station: Station) -> None:
    station.agree(timing="on-demand")
    call = station.served.world.call
    listed = {"patient_id": "P-1", "performed_at": "2026-04-01T09:00:00Z", "digests": ["a" * 64]}
    run = call("aoba-capture1", "POST", "/backup-runs", {"trigger": "on-demand", "exams": [listed]}).get_json()["id"]
    ended = call("aoba-capture1", "PATCH", f"/backup-runs/{run}", {"state": "finished"}).get_json()
    assert ended == {"state": "failed", "missing": ["a" * 64]}
