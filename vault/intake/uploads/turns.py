"""Whose turn it is to add to an upload: one request at a time, and none that died or fell silent blocks another."""

import time
from datetime import datetime, timedelta

from sqlalchemy import update

from vault.base import clock
from vault.base.database import Database, count_changed
from vault.base.errors import Busy
from vault.intake.uploads.models import Upload
from vault.store.frames import Source

LEASE = timedelta(seconds=5)
"""A turn ends so long after its last byte; shorter than a client goes on trying (tus-js-client: nine seconds)."""


def take(upload: Upload, holder: str) -> None:
    """Make it the turn of `holder`; Busy while another request has it. The caller has locked the row."""
    check_free(upload)
    upload.holder, upload.held_until = holder, clock.now() + LEASE


def check_free(upload: Upload) -> None:
    """Busy while a request has its turn."""
    if upload.holder is not None and _lasts(upload.held_until):
        raise Busy("upload_busy", seconds=int(LEASE.total_seconds()))


def check(upload: Upload, holder: str, offset: int) -> None:
    """Busy where somebody else took the turn meanwhile, or the upload is not where this turn left it."""
    if upload.holder != holder or upload.offset != offset:
        raise Busy("upload_busy", seconds=int(LEASE.total_seconds()))


def _lasts(until: datetime | None) -> bool:
    """A turn that would last longer than a lease comes of a clock that jumped back: it counts for nothing."""
    return until is not None and clock.now() < until <= clock.now() + LEASE


class Turn:
    """A source whose bytes keep the turn of `holder`, and that ends the turn when it is left."""

    def __init__(self, database: Database, upload_id: str, holder: str, source: Source) -> None:
        self._database, self._upload_id, self._holder, self._source = database, upload_id, holder, source
        self._renewed = time.monotonic()

    def readinto(self, view: memoryview, /) -> int:
        """Read from the source; Busy where the turn was lost."""
        read = self._source.readinto(view)
        if time.monotonic() - self._renewed > LEASE.total_seconds() / 2:
            self._change(held_until=clock.now() + LEASE)
            self._renewed = time.monotonic()
        return read

    def end(self) -> None:
        """Let the next request have its turn; one that has it already keeps it."""
        self._change(lost_matters=False, holder=None, held_until=None)

    def _change(self, *, lost_matters: bool = True, **values: object) -> None:
        mine = update(Upload).where(Upload.id == self._upload_id, Upload.holder == self._holder)
        with self._database.transaction() as session:
            if not count_changed(session, mine.values(**values)) and lost_matters:
                raise Busy("upload_busy", seconds=int(LEASE.total_seconds()))
