"""A vault with two facilities, keys for its receipts, an analyst, and a worker for the analyses."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cv2
import pytest

from search.analysis import tasks
from search.analysis.colour_cast import Pixels
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault, aoba, facility_of, midori, vault
from vault.base import clock, jobs
from vault.base.scope import Role, Scope
from vault.exams import tasks as exam_tasks
from vault.intake.signing import SigningKeys

__all__ = ["aoba", "facility_of", "midori", "vault"]


@dataclass(frozen=True)
class Lab:
    """The vault as its worker sees it, and who orders analyses."""

    vault: Vault
    signing: SigningKeys
    analyst: Scope

    def take_in(self, facility: Scope, *pictures: Pixels, model: str = "EV-290") -> str:
        """An exam of these pictures, held, with its thumbnails made; returns its id."""
        images = {f"{n:03d}.png": cv2.imencode(".png", one)[1].tobytes() for n, one in enumerate(pictures)}
        scope = {"model": model, "serial": "1"}
        exam: str = hold(self.vault, facility, self.signing, images, scope=scope)["exam"]
        return exam

    def work(self, *queues: jobs.Queue) -> None:
        """Everything that is due within the minute, in these queues or in all."""
        with clock.frozen(clock.now() + timedelta(minutes=1)):
            jobs.run_due(self.vault.database, self.vault, frozenset(queues) or None)


@pytest.fixture
def lab(vault: Vault, tmp_path: Path) -> Lab:
    analyst = Scope(who="analyst", login="analyst", name="解析 太郎", role=Role.ANALYST)
    assert {exam_tasks.THUMBNAILS, tasks.ANALYSE} <= jobs.kinds().keys()
    return Lab(vault, SigningKeys.make(tmp_path / "signing"), analyst)
