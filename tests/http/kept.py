"""What an installation keeps, counted, so that a test can hold that a refusal left nothing of it behind."""

from dataclasses import dataclass

from sqlalchemy import func, select

from tests.http.world import World
from vault.exams.models import DriveFile, DriveFolder, Exam
from vault.intake.uploads.models import Upload
from vault.store.models import BlobRow, PackRow
from vault.tenancy.models import Reservation, Space


@dataclass(frozen=True)
class Kept:
    """Rows of each kind, bytes used and promised, and packs on the disk."""

    rows: tuple[int, ...]
    used: int
    reserved: int
    packs: int


def kept(world: World) -> Kept:
    """As it is now."""
    with world.installation.database.read() as session:
        tables = (BlobRow, PackRow, DriveFile, DriveFolder, Exam, Upload, Reservation)
        rows = tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in tables)
        spaces = session.scalars(select(Space)).all()
        packs = len(list(world.installation.settings.vault_folder.rglob("*.pack")))
        return Kept(rows, sum(one.used for one in spaces), sum(one.reserved for one in spaces), packs)
