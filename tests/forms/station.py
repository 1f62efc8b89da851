"""A capture station of a facility: the real client in its home, by the clock that the test holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from capture_client.camera import phantom
from tests.capture_client.commands import Ran, ran
from tests.forms.served import Served
from tests.services.clock import HeldClock
from tests.vault.contracts.test_terms import terms
from vault.backup.models import BackupRun, DueRun
from vault.backup.tasks import NIGHTS
from vault.base import jobs
from vault.base.jobs import Queue
from vault.base.scope import Scope
from vault.contracts import service as contracts
from vault.tenancy import facilities
from vault.tenancy.models import Facility

ROOM = "endoscopy room 1"
STILLS = phantom.stills(phantom.Exam(seed=3, size=(96, 64)), 12)


@dataclass
class Station:
    """The device aoba-capture1; `folder` is where it and its finished exams lie."""

    served: Served
    folder: Path
    clock: HeldClock
    capfd: pytest.CaptureFixture[str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def area(self) -> Scope:
        with self.served.world.installation.database.read() as session:
            return Scope.system(session.scalars(select(Facility.id).where(Facility.code == "aoba")).one())

    def agree(self, **changes: Any) -> None:
        """A contract of the facility, of all kinds and patients unless changed."""
        every = {"kinds": ["still", "clip", "chart", "file"], "patients": {"default": "in", "except": []}}
        with self.served.world.installation.database.transaction() as session:
            contracts.agree_from_file(session, self.area, terms(**{**every, "capacity": None, **changes}))

    def move(self, zone: str) -> None:
        """The facility is in that zone."""
        with self.served.world.installation.database.transaction() as session:
            place = session.scalars(select(Facility).where(Facility.code == "aoba")).one()
            facilities.change(session, Scope.system(), place, zone=zone)

    def run(self, *arguments: object) -> Ran:
        """One `kura-capture` command."""
        return ran(self.capfd, *arguments)

    def set_up(self) -> None:
        """`kura-capture init`."""
        token = self.served.world.tokens["aoba-capture1"]
        done = self.run("init", "--server", self.served.url, "--token", token)
        assert done.status == 0, done.err

    def exam(self, name: str, patient: str, number: int, *more: tuple[str, bytes]) -> Path:
        """A finished exam in a folder of its own: two stills, which `number` tells from others, and more files."""
        folder = self.folder / "finished" / name
        folder.mkdir(parents=True)
        for place, jpeg in enumerate(STILLS[2 * number : 2 * number + 2]):
            (folder / f"{place}.jpg").write_bytes(jpeg)
        for file, content in more:
            (folder / file).write_bytes(content)
        said = {"patient_id": patient, "performed_at": f"2026-04-01T09:{number:02}:00+09:00", "kind": "EGD"}
        (folder / "exam.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    def three_exams(self) -> list[Path]:
        """Two of P-1, one of P-2."""
        return [self.exam("a", "P-1", 0), self.exam("b", "P-2", 1), self.exam("c", "P-1", 2)]

    def runs(self) -> list[tuple[str, str, list[int]]]:
        """(trigger, state, images of each exam listed) of every run, in their order."""
        with self.served.world.installation.database.read() as session:
            found = session.scalars(select(BackupRun).order_by(BackupRun.id))
            return [(one.trigger, one.state, [len(exam["digests"]) for exam in one.expected]) for one in found]

    def nights(self) -> list[tuple[str, str]]:
        """(night, state), in their order."""
        with self.served.world.installation.database.read() as session:
            return [
                (one.night.isoformat(), one.state) for one in session.scalars(select(DueRun).order_by(DueRun.night))
            ]

    def look(self) -> None:
        """The server looks after its nights."""
        with self.served.world.installation.database.transaction() as session:
            jobs.add(session, NIGHTS)
        self.work(Queue.SLOW)

    def work(self, queue: Queue) -> None:
        """The server does what is due in that queue."""
        installation = self.served.world.installation
        jobs.run_due(installation.database, installation, frozenset({queue.value}))

    def held(self) -> list[tuple[str, list[str]]]:
        """(patient, names of the images) of every exam that the portal holds."""
        call = self.served.world.call
        items = call("aoba-nurse", "GET", "/exams").get_json()["items"]
        found = [call("aoba-nurse", "GET", f"/exams/{one['id']}").get_json() for one in items if one["state"] == "held"]
        return sorted((one["patient_id"], [image["name"] for image in one["images"]]) for one in found)
