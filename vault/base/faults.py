"""
Failure points: the places at which a test ends the process, or finds the disk full, to see what is left.

`point(Point.PACK_SEALED)` does nothing unless the environment said otherwise when the process began:
`KURA_FAIL_AT=pack.sealed` names the point (`pack.sealed:3` the third time it is passed) and `KURA_FAIL_HOW` says what
happens there: `kill` (SIGKILL, no clean-up of any kind; the default) or `full` (ENOSPC, this time and every later one).
tests/faults walks every member of `Point`; one that no scenario reaches fails there.
"""

import errno
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from vault.base.errors import Invalid

AT, HOW = "KURA_FAIL_AT", "KURA_FAIL_HOW"


class Point(StrEnum):
    """Every failure point; each stands just before or just after a step that something durable depends on."""

    TRANSACTION_COMMITTING = "transaction.committing"
    TRANSACTION_COMMITTED = "transaction.committed"
    FILE_MADE = "file.made"
    FILE_WRITING = "file.writing"
    FILE_WRITTEN = "file.written"
    FILE_SYNCED = "file.synced"
    FILE_NAMED = "file.named"
    FILE_EXCHANGED = "file.exchanged"
    FILE_CUT = "file.cut"
    FILE_REMOVED = "file.removed"
    ASIDE_WRITTEN = "aside.written"
    ASIDE_LINKED = "aside.linked"
    ASIDE_RENAMED = "aside.renamed"
    PACK_BEGUN = "pack.begun"
    PACK_RECORD = "pack.record"
    PACK_INDEXED = "pack.indexed"
    PACK_SEALED = "pack.sealed"
    AREA_KEY_KEPT = "area_key.kept"
    EXAM_ANNOUNCED = "exam.announced"
    BUNDLE_DURABLE = "bundle.durable"
    BUNDLE_COUNTED = "bundle.counted"
    BUNDLE_REGISTERED = "bundle.registered"
    UPLOAD_PART_DURABLE = "upload.part_durable"
    UPLOAD_PART_REGISTERED = "upload.part_registered"
    UPLOAD_LISTED = "upload.listed"
    RECEIPT_SIGNED = "receipt.signed"
    EXAM_COMMITTED = "exam.committed"
    EXAM_REMOVED = "exam.removed"
    GARBAGE_CONDEMNED = "garbage.condemned"
    GARBAGE_SWEPT = "garbage.swept"
    PACK_ADOPTED = "pack.adopted"
    PACK_DELETED = "pack.deleted"
    TORN_NOTED = "torn.noted"
    TORN_DELETED = "torn.deleted"
    COMPACTION_COPIED = "compaction.copied"
    COMPACTION_MOVED = "compaction.moved"
    COPY_INTENDED = "copy.intended"
    COPY_WRITTEN = "copy.written"
    COPY_CONFIRMED = "copy.confirmed"
    COPY_REMOVED = "copy.removed"
    HEALING_WRITTEN = "healing.written"
    HEALING_NOTED = "healing.noted"
    SCRUB_NOTED = "scrub.noted"
    PROVIDER_KEY_ADDED = "provider_key.added"
    AREA_KEY_REWRAPPED = "area_key.rewrapped"
    AREA_KEY_REPLACED = "area_key.replaced"
    PROVIDER_KEY_RETIRED = "provider_key.retired"
    RECEIPT_KEY_ADDED = "receipt_key.added"
    RECEIPT_KEY_RETIRED = "receipt_key.retired"
    ERASURE_BEGUN = "erasure.begun"
    ERASURE_KEY_GONE = "erasure.key_gone"
    ERASURE_ROWS_GONE = "erasure.rows_gone"
    ERASURE_PACKS_GONE = "erasure.packs_gone"
    ERASURE_CERTIFIED = "erasure.certified"
    BACKUP_LEASED = "backup.leased"
    BACKUP_DUMPED = "backup.dumped"
    BACKUP_COPIED = "backup.copied"
    BACKUP_LISTED = "backup.listed"
    BACKUP_WHOLE = "backup.whole"
    BACKUP_PRUNED = "backup.pruned"
    RESTORE_BEGUN = "restore.begun"
    RESTORE_COPIED = "restore.copied"
    RESTORE_LOADED = "restore.loaded"
    RESTORE_SETTLED = "restore.settled"


class How(StrEnum):
    """What happens at the point."""

    KILL = "kill"
    FULL = "full"


@dataclass
class _Fault:
    """A point that is armed; `left` is how often it is still passed in peace."""

    point: Point
    how: How
    left: int


def point(at: Point) -> None:
    """Pass a failure point: nothing, unless a test armed this one."""
    if _fault is not None and _fault.point is at:
        _meet(_fault)


@contextmanager
def armed(at: Point, how: How = How.FULL, *, time: int = 1) -> Iterator[None]:
    """Arm a point in this process, inside the block, from the `time`-th passing on."""
    global _fault
    before, _fault = _fault, _Fault(at, how, time - 1)
    try:
        yield
    finally:
        _fault = before


def from_environment(environment: Mapping[str, str]) -> _Fault | None:
    """What the environment asks for; Invalid for a point or a way that is not known, so that no test passes idly."""
    name, _, time = environment.get(AT, "").partition(":")
    if not name:
        return None
    try:
        return _Fault(Point(name), How(environment.get(HOW, How.KILL)), int(time or 1) - 1)
    except ValueError as problem:
        raise Invalid("settings", field=AT, problem=str(problem)) from problem


def _meet(fault: _Fault) -> None:
    if fault.left:
        fault.left -= 1
    elif fault.how is How.KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(fault.point))


_fault = from_environment(os.environ)
