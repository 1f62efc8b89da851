"""Exams held, a contract agreed, time gone by, copies made; and what is read back from their discs."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pycdlib import PyCdlib
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.contracts.test_terms import terms
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base import clock
from vault.base.scope import Role, Scope
from vault.base.settings import Media
from vault.contracts import service as agreements
from vault.exams import drive
from vault.intake.signing import SigningKeys
from vault.media import making, queries, removing, service
from vault.media.making import Workplace
from vault.media.models import MediaSet
from vault.media.queries import Copy
from vault.tenancy import facilities

MIB = 2**20
SMALL = 3 * MIB
"""Bytes of the discs of most tests."""


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that cannot be squeezed, always the same."""
    return random.Random(seed).randbytes(size)


@dataclass
class Bench:
    """An area, its contract, and where its copies are made."""

    vault: Vault
    device: Scope
    signing: SigningKeys
    media: Path
    clock: HeldClock
    policy: Media
    told: list[tuple[int, int]] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        return Scope.system(self.device.area)

    @property
    def admin(self) -> Scope:
        return Scope("a", "admin", "Admin", Role.ADMIN, facility_id=self.device.area, person_id="a")

    @property
    def head(self) -> Scope:
        """The facility's administrator."""
        return Scope("h", "head", "Head", Role.FACILITY_ADMIN, facility_id=self.device.area, person_id="h")

    @property
    def place(self) -> Workplace:
        database = self.vault.database
        told = lambda done, total: self.told.append((done, total))  # noqa: E731
        keep = timedelta(days=self.policy.keep_days)
        return Workplace(self.vault.store, self.signing, database.read, database.transaction, self.media, keep, told)

    def agree(self, **changes: Any) -> None:
        """A Deluxe contract of a year from today on that covers everything."""
        everything = {"kinds": ["still", "clip", "chart", "file"], "capacity": None, "patients": {"default": "in"}}
        start = clock.now().date()
        with self.vault.database.transaction() as session:
            facility = facilities.of(session, self.scope)
            facilities.change(session, self.scope, facility, service_class="deluxe")
            wanted = terms(**{**everything, "start": start, "period": "monthly", "terms": 0, **changes})
            assert agreements.agree_from_file(session, self.scope, wanted)

    def hold(self, patient: str, *images: bytes, **changes: Any) -> dict[str, Any]:
        """An exam that is held; its receipt."""
        named = {f"{number}.jpg": content for number, content in enumerate(images)}
        return self.hold_named(patient, named, **changes)

    def hold_named(self, patient: str, images: dict[str, bytes], **changes: Any) -> dict[str, Any]:
        """As `hold`, of images with names of their own."""
        return hold(self.vault, self.device, self.signing, images, patient_id=patient, **changes)

    def put(self, path: str, content: bytes) -> None:
        """A file of the drive."""
        head = self.head
        drive.put(
            self.vault.database, self.vault.store, head, path, io.BytesIO(content), size=len(content), largest=MIB
        )

    def order(self) -> str:
        """A month goes by: the copy that is due then; its id."""
        self.clock.forward(timedelta(days=32))
        with self.vault.database.transaction() as session:
            service.order_due(session, self.scope, self.policy)
        with self.vault.database.read() as session:
            return session.scalars(select(MediaSet.id).order_by(MediaSet.id.desc()).limit(1)).one()

    def make(self, set_id: str) -> bool:
        return making.make(self.place, self.scope, set_id)

    def copy(self, **policy: Any) -> Copy:
        """A copy that fell due and was made, on small discs."""
        self.policy = self.policy.model_copy(update={"disc_bytes": SMALL, **policy})
        set_id = self.order()
        assert self.make(set_id)
        found = self.look(set_id)
        assert all(disc.size and disc.size <= disc.expected <= found.row.disc_bytes for disc in found.discs)
        return found

    def look(self, set_id: str) -> Copy:
        with self.vault.database.read() as session:
            found = queries.one(session, self.scope, set_id)
            session.expunge_all()
            return replace(found)

    def images(self, copy: Copy) -> list[Path]:
        return sorted((self.media / copy.row.id).iterdir())

    def remove_due(self) -> int:
        return removing.remove_due(self.vault.database.read, self.vault.database.transaction, self.media)


@contextmanager
def opened(image: Path) -> Iterator[PyCdlib]:
    iso = PyCdlib()
    iso.open(str(image))
    try:
        yield iso
    finally:
        iso.close()


def files(image: Path) -> dict[str, bytes]:
    """Every file of an image by its path, as its UDF tree has it."""
    found = {}
    with opened(image) as iso:
        for folder, _, names in iso.walk(udf_path="/"):
            for name in names:
                path = f"{folder.rstrip('/')}/{name}"
                out = io.BytesIO()
                iso.get_file_from_iso_fp(out, udf_path=path)
                found[path.lstrip("/")] = out.getvalue()
    return found
