"""Copies on discs as pages and API show them."""

from collections.abc import Callable
from typing import Any

from vault.media.models import MediaDisc, SetState
from vault.media.queries import Copy, label_of


def copy_row(one: Copy, address: Callable[[str, int], str]) -> dict[str, Any]:
    """A copy with its discs; `address` of an image, for those that can be fetched."""
    row = one.row
    fetched = row.state == SetState.READY.value
    return {
        "id": row.id,
        "facility": one.facility.name,
        "code": one.facility.code,
        "target": one.target,
        "due_on": row.due_on,
        "state": row.state,
        "medium": row.medium,
        "encrypted": row.encrypted,
        "passphrase": row.encrypted and row.made_at is not None and row.sealed is not None,
        "shown_at": row.shown_at,
        "shown_by": row.shown_by,
        "problem": row.problem,
        "done": one.done,
        "total": one.total,
        "exams": row.exams,
        "files": row.files,
        "left_out": len(row.left_out),
        "made_at": row.made_at,
        "keep_until": row.keep_until,
        "removed_at": row.removed_at,
        "removed_why": row.removed_why,
        "posted_at": row.posted_at,
        "posted_by": row.posted_by,
        "discs": [_disc(one, disc, address if fetched else None) for disc in one.discs],
    }


def _disc(one: Copy, disc: MediaDisc, address: Callable[[str, int], str] | None) -> dict[str, Any]:
    return {
        "number": disc.number,
        "label": label_of(one.row, disc.number),
        "size": disc.size,
        "sha256": disc.sha256,
        "exams": disc.exams,
        "first_patient": disc.first_patient,
        "last_patient": disc.last_patient,
        "burned_at": disc.burned_at,
        "burned_by": disc.burned_by,
        "url": address(one.row.id, disc.number) if address and disc.size is not None else "",
    }
