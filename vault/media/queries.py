"""What is asked of copies: an area's own, everyone's for the provider, one with its discs, an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit, paging
from vault.base.errors import Gone, NotFound
from vault.base.jobs import Job, JobState
from vault.base.paging import Page
from vault.base.scope import Role, Scope, get_for, scoped
from vault.contracts.models import Contract
from vault.media import keeping
from vault.media.keeping import Image
from vault.media.models import MediaDisc, MediaSet, SetState
from vault.media.service import MAKE
from vault.tenancy.models import Facility


@dataclass(frozen=True)
class Copy:
    """A set with its discs in their order, what it is of and for whom; `done` of `total` bytes while it is made."""

    row: MediaSet
    discs: Sequence[MediaDisc]
    target: str
    facility: Facility
    done: int
    total: int


def of_area(session: Session, scope: Scope, *, after: str | None = None, limit: int = paging.LIMIT) -> Page[Copy]:
    """The copies of the scope's area, the newest first."""
    statement = scoped(select(MediaSet), scope, MediaSet)
    page = paging.rows(session, statement, MediaSet.ordered_at, MediaSet.id, after=after, limit=limit)
    return Page(_copies(session, page.items), page.next)


def everywhere(session: Session, scope: Scope, *, after: str | None = None, limit: int = paging.LIMIT) -> Page[Copy]:
    """The copies of all areas, the newest first: for those who burn and post them."""
    scope.require(Role.ADMIN)
    page = paging.rows(session, select(MediaSet), MediaSet.ordered_at, MediaSet.id, after=after, limit=limit)
    return Page(_copies(session, page.items), page.next)


def one(session: Session, scope: Scope, set_id: str) -> Copy:
    """A copy of the scope's area, or NotFound."""
    return _copies(session, [get_for(session, scope, MediaSet, set_id)])[0]


def area_of(session: Session, scope: Scope, set_id: str) -> Scope:
    """The administrator's scope, narrowed to the area whose copy it is: they make and post what the contract says."""
    scope.require(Role.ADMIN)
    found = session.scalar(select(MediaSet.facility_id).where(MediaSet.id == set_id))
    if found is None:
        raise NotFound("mediaset")
    return scope.within(found)


def image(session: Session, scope: Scope, media: Path, set_id: str, number: int, *, why: str | None = None) -> Image:
    """
    A disc's image, to be read; who fetched it stands in the area's access log. Gone (`media_removed`, with `at`) once
    it was removed, NotFound before it is made.
    """
    row = get_for(session, scope, MediaSet, set_id)
    if row.state == SetState.REMOVED.value and row.removed_at is not None:
        raise Gone("media_removed", at=row.removed_at.isoformat(timespec="seconds"))
    mine = scoped(select(MediaDisc), scope, MediaDisc).where(MediaDisc.set_id == set_id, MediaDisc.number == number)
    disc = session.scalar(mine)
    if disc is None or disc.size is None or disc.sha256 is None or row.state != SetState.READY.value:
        raise NotFound("disc")
    audit.record(session, scope, "media.fetched", why=why, items=[f"media:{set_id}", f"disc:{number}"])
    return Image(keeping.image_of(media, set_id, number), disc.size, disc.sha256, label_of(row, number))


def label_of(row: MediaSet, number: int) -> str:
    """The name of the volume: the day that the copy is of, the end of the set's id, the disc."""
    return f"KURA_{row.due_on:%Y%m%d}_{row.id[-6:].upper()}_{number:03d}"


def why(session: Session, scope: Scope, set_id: str) -> str:
    """What the provider fetches an image for, as the access log says it."""
    found = one(session, scope, set_id)
    return f"{found.target}, {found.row.due_on.isoformat()}"


def _copies(session: Session, rows: Sequence[MediaSet]) -> list[Copy]:
    """Four statements, however many."""
    ids = [row.id for row in rows]
    discs: dict[str, list[MediaDisc]] = {one: [] for one in ids}
    for disc in session.scalars(select(MediaDisc).where(MediaDisc.set_id.in_(ids)).order_by(MediaDisc.number)):
        discs[disc.set_id].append(disc)
    wanted = select(Contract).where(Contract.id.in_([row.contract_id for row in rows]))
    contracts = {one.id: one for one in session.scalars(wanted)}
    places = select(Facility).where(Facility.id.in_([row.facility_id for row in rows]))
    facilities = {one.id: one for one in session.scalars(places)}
    running = select(Job).where(Job.kind == MAKE, Job.state == JobState.RUNNING)
    jobs = {one.args["set_id"]: one for one in session.scalars(running)}
    return [
        Copy(
            row,
            discs[row.id],
            contracts[row.contract_id].terms.target,
            facilities[row.facility_id],
            jobs[row.id].done if row.id in jobs else 0,
            jobs[row.id].total if row.id in jobs else 0,
        )
        for row in rows
    ]
