"""With the timing simultaneous each still is at the portal while the exam goes on; a line that is away delays it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pytest

from capture_client.backup import begun, simultaneous
from capture_client.backup.simultaneous import Follower
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Details
from capture_client.filing.store import LiveExam
from capture_client.settings import Home
from tests.forms.station import Station
from vault.base import clock


class Recording:
    """An exam that is being recorded, and who brings its stills to the portal."""

    def __init__(self, station: Station, follower: Follower, database: FilingDatabase, patient: str) -> None:
        self.station, self.follower, self.killed = station, follower, False
        self.live = LiveExam(Home.open(station.home), database, Details(patient, clock.now()))

    def press(self) -> None:
        """The freeze button: a still is durable here, and the follower hears of it."""
        number = len(self.live.images)
        self.live.file(np.full((48, 64, 3), 40 + 20 * number, np.uint8), clock.now())
        self.follower.saved(self.live.key)

    def at_the_portal(self) -> tuple[str, int]:
        """(state, images) of the one exam there; nothing where there is none."""
        items = self.station.served.world.call("aoba-nurse", "GET", "/exams").get_json()["items"]
        if not items:
            return "", 0
        call = self.station.served.world.call
        images = call("aoba-nurse", "GET", f"/exams/{items[0]['id']}").get_json()["images"]
        return items[0]["state"], len(images)


@contextmanager
def recording(station: Station, patient: str = "P-1") -> Iterator[Recording]:
    home = Home.open(station.home)
    database = FilingDatabase(home.database)
    try:
        with simultaneous.following(home) as follower:
            made = Recording(station, follower, database, patient)
            yield made
        if made.killed:
            assert made.live._lock is not None
            made.live._lock.close()  # as the system does with the locks of a dead process
        else:
            made.live.close()
    finally:
        database.close()


def backed_up(station: Station) -> None:
    """What the end of a recording sets going, done by the daemon."""
    done = station.run("run", "--once")
    assert done.status == 0, done.err


def test_each_still_has_arrived_before_the_next_one_is_made(station: Station) -> None:
    station.agree(timing="simultaneous")
    with recording(station) as exam:
        for count in (1, 2, 3):
            exam.press()
            station.served.wait_for_bundles(count)
            assert exam.at_the_portal() == ("receiving", count)
    backed_up(station)
    assert station.held() == [("P-1", ["0001.jpg", "0002.jpg", "0003.jpg"])]
    assert station.runs() == [("simultaneous", "finished", [3])]
    assert station.served.bundles() == 3


def test_a_line_that_is_away_at_first_is_caught_up_with_in_the_same_exam(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simultaneous, "AGAIN_SECONDS", 0.05)
    station.agree(timing="simultaneous")
    station.served.cut()
    with recording(station) as exam:
        exam.press()
        exam.press()
        station.served.connect()
        station.served.wait_for_bundles(1)
        assert exam.at_the_portal() == ("receiving", 2)
    backed_up(station)
    assert station.held() == [("P-1", ["0001.jpg", "0002.jpg"])]


def test_a_line_that_stays_away_loses_nothing_and_what_arrived_before_is_not_sent_again(station: Station) -> None:
    station.agree(timing="simultaneous")
    with recording(station) as exam:
        exam.press()
        station.served.wait_for_bundles(1)
        station.served.cut()
        exam.press()
        exam.press()
    assert station.run("run", "--once").status == 0
    assert exam.at_the_portal() == ("receiving", 1)
    station.served.connect()
    station.clock.forward(timedelta(minutes=2))
    backed_up(station)
    assert station.held() == [("P-1", ["0001.jpg", "0002.jpg", "0003.jpg"])]


def test_a_recorder_that_was_killed_leaves_an_exam_that_goes_on(station: Station) -> None:
    station.agree(timing="simultaneous")
    with recording(station) as exam:
        exam.press()
        station.served.wait_for_bundles(1)
        exam.press()
        exam.killed = True
    backed_up(station)
    assert station.held() == [("P-1", ["0001.jpg", "0002.jpg"])]


@pytest.mark.parametrize("changes", [{"timing": "per-exam"}, {"kinds": ["clip"]}])
def test_other_contracts_send_no_still_of_an_open_exam(station: Station, changes: dict[str, object]) -> None:
    station.agree(**{"timing": "simultaneous", **changes})
    with recording(station) as exam:
        exam.press()
        station.served.wait_for("GET /backup-plan")
    assert station.served.count("POST /exams") == 0


def test_of_a_patient_who_is_out_no_still_is_sent(station: Station) -> None:
    station.agree(timing="simultaneous", patients={"default": "in", "except": ["P-9"]})
    with recording(station, "P-9") as exam:
        exam.press()
        station.served.wait_for("GET /backup-plan")
    backed_up(station)
    assert station.held() == []
    assert not [body for body in station.served.bodies if b'"P-9"' in body]


def test_who_opts_out_in_the_middle_of_an_exam_is_sent_no_further(station: Station) -> None:
    station.agree(timing="simultaneous", period="monthly", terms=0)
    with recording(station) as exam:
        exam.press()
        station.served.wait_for_bundles(1)
        station.agree(target="ward", timing="simultaneous", patients={"default": "in", "except": ["P-1"]})
        exam.press()
    backed_up(station)
    assert station.held() == []
    assert exam.at_the_portal() == ("receiving", 1)


def test_it_is_forgotten_that_an_exam_had_begun_once_its_receipt_is_here(station: Station) -> None:
    station.agree(timing="simultaneous")
    with recording(station) as exam:
        exam.press()
        station.served.wait_for_bundles(1)
    database = FilingDatabase(Home.open(station.home).database)
    try:
        assert begun.id_of(database, exam.live.key)
        backed_up(station)
        assert not begun.id_of(database, exam.live.key)
    finally:
        database.close()
