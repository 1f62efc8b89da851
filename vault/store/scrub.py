"""
Scrub: everything that is held is read and verified, both copies of it, area after area, as slowly as is asked for.

Where a round is stands in its row after each slice, so that it goes on after a stop; what is found is recorded, healed
or reported before the round goes on.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.database import count_changed
from vault.base.errors import AppError
from vault.base.faults import Point, point
from vault.store import finds, healing
from vault.store.backends import Backend
from vault.store.copying import second_of
from vault.store.garbage import Hands
from vault.store.inspection import Part, Piece, unsound
from vault.store.models import AreaKey, BlobRow, PackRow, ScrubRound
from vault.store.places import FIRST, SECOND
from vault.store.planning import planned

log = structlog.get_logger()

STRETCH_BYTES = 32 * 2**20
"""About this much is read of one copy, then of the other, between two looks at what is left to spend."""


@dataclass
class Budget:
    """
    How much may be read (`most` bytes; None: everything) and how fast (`rate` bytes a second; None: as it goes).

    `told` hears how many bytes have been read; `pause` waits for so many seconds.
    """

    most: int | None = None
    rate: int | None = None
    told: Callable[[int], None] = lambda read: None
    pause: Callable[[float], None] = time.sleep
    read: int = 0
    _since: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> bool:
        return self.most is not None and self.read >= self.most

    def take(self, size: int) -> None:
        """So many bytes were read; waits until the rate allows for them."""
        self.read += size
        self.told(self.read)
        ahead = self.read / self.rate - (time.monotonic() - self._since) if self.rate else 0
        if ahead > 0.05:
            self.pause(ahead)


@dataclass
class Scrubbed:
    """What was done: bytes read, packs and blobs verified, what was found damaged and what of it was healed."""

    bytes: int = 0
    packs: int = 0
    blobs: int = 0
    damaged: int = 0
    healed: int = 0


def go_on(hands: Hands, budget: Budget, every: timedelta) -> Scrubbed:
    """Read on until the budget is spent, or no area waits: each is begun anew `every` so often."""
    done = Scrubbed()
    copies = _copies(hands)
    while not budget.spent:
        with hands.transaction() as session:
            round_id = _next_round(session, every, len(copies))
        if round_id is None or not _read_area(hands, round_id, copies, budget, done):
            break
    return done


def once(hands: Hands, budget: Budget) -> Scrubbed:
    """One round of every area, to its end: rounds that are under way are finished, the others begun."""
    done = Scrubbed()
    copies = _copies(hands)
    with hands.transaction() as session:
        rounds = [_begun(session, area, len(copies)) for area in _areas(session)]
    for round_id in rounds:
        _read_area(hands, round_id, copies, budget, done)
    return done


def to_read(hands: Hands) -> int:
    """About how many bytes one round of every area reads, with all copies."""
    with hands.read() as session:
        held = session.scalar(select(func.coalesce(func.sum(BlobRow.length), 0))) or 0
    return int(held) * len(_copies(hands))


def last_rounds(session: Session) -> Sequence[ScrubRound]:
    """The newest round of each area."""
    newest = select(func.max(ScrubRound.id)).group_by(ScrubRound.facility_id)
    return session.scalars(select(ScrubRound).where(ScrubRound.id.in_(newest)).order_by(ScrubRound.id)).all()


def _copies(hands: Hands) -> dict[str, Backend]:
    """The backends to read; a second copy that does not answer is read another time."""
    try:
        second = second_of(hands)
    except AppError as problem:
        log.warning("second copy not scrubbed", problem=str(problem))
        second = None
    return {FIRST: hands.store.backend} | ({} if second is None else {SECOND: second})


def _areas(session: Session) -> list[str]:
    """Areas that hold anything."""
    living = select(AreaKey.facility_id).join(PackRow, PackRow.facility_id == AreaKey.facility_id)
    return list(session.scalars(living.where(AreaKey.erased_at.is_(None)).distinct().order_by(AreaKey.facility_id)))


def _next_round(session: Session, every: timedelta, copies: int) -> str | None:
    """The round that goes on: one under way, else a new one of the area that waited longest."""
    areas = _areas(session)
    last = {one.facility_id: one for one in last_rounds(session)}
    under_way = [one.id for area in areas if (one := last.get(area)) is not None and one.finished_at is None]
    if under_way:
        return min(under_way)
    due = clock.now() - every
    waiting = [area for area in areas if area not in last or last[area].started_at <= due]
    if not waiting:
        return None
    return _begun(session, min(waiting, key=lambda area: last[area].id if area in last else ""), copies)


def _begun(session: Session, facility_id: str, copies: int) -> str:
    """The id of the area's round that is under way, or of a new one."""
    mine = select(ScrubRound.id).where(ScrubRound.facility_id == facility_id, ScrubRound.finished_at.is_(None))
    found = session.scalar(mine.limit(1))
    if found is not None:
        return found
    held = session.scalar(select(func.sum(BlobRow.length)).where(BlobRow.facility_id == facility_id)) or 0
    made = ScrubRound(facility_id=facility_id, started_at=clock.now(), total=int(held) * copies)
    session.add(made)
    session.flush()
    return made.id


def _read_area(hands: Hands, round_id: str, copies: Mapping[str, Backend], budget: Budget, done: Scrubbed) -> bool:
    """Read on in one area until its end or the budget's; False where another process is at work on this round."""
    while not budget.spent:
        with hands.read() as session:
            at = session.scalars(select(ScrubRound).where(ScrubRound.id == round_id)).one()
            row = session.scalar(_packs_left(at).limit(1))
        if at.finished_at is not None:
            return True
        if row is None:
            return _finished(hands, at)
        backends = copies if row.copied_at is not None else {FIRST: copies[FIRST]}
        if not _read_pack(hands, at, row.pack, backends, budget, done):
            return False
    return True


def _packs_left(at: ScrubRound) -> Select[PackRow]:
    reached = PackRow.pack >= at.pack if at.offset else PackRow.pack > at.pack
    mine = select(PackRow).where(PackRow.facility_id == at.facility_id, PackRow.emptied_at.is_(None), reached)
    return mine.order_by(PackRow.pack)


def _read_pack(
    hands: Hands, at: ScrubRound, pack: str, backends: Mapping[str, Backend], budget: Budget, done: Scrubbed
) -> bool:
    """Read a pack from where the round stands; saved at its end, or where the budget is spent."""
    plan = planned(hands, backends.values(), at.facility_id, pack)
    step, before, bad = Scrubbed(), budget.read, False
    offset = at.offset if at.pack == pack else 0
    if plan is None:
        return _saved(hands, at, pack, 0, step, done)
    for stretch in _stretches([piece for piece in plan.pieces if piece.start >= offset]):
        for place, backend in backends.items():
            found = list(unsound(backend, plan, stretch, budget.take))
            if found:
                bad = True
                with hands.transaction() as session:
                    step.damaged += finds.record(session, at.facility_id, pack, place, found)
        step.blobs += sum(piece.part is Part.RECORD for piece in stretch)
        offset = stretch[-1].end
        if budget.spent and offset < plan.size:
            break
    else:
        offset, step.packs = 0, 1
    if bad:
        step.healed = _healed(hands, at.facility_id, pack)
    step.bytes = budget.read - before
    return _saved(hands, at, pack, offset, step, done)


def _stretches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces in runs of about `STRETCH_BYTES`."""
    run: list[Piece] = []
    for piece in pieces:
        run.append(piece)
        if piece.end - run[0].start >= STRETCH_BYTES:
            yield run
            run = []
    if run:
        yield run


def _healed(hands: Hands, facility_id: str, pack: str) -> int:
    """How much was healed at once; what could not be is tried again by the job that was filed with the find."""
    try:
        return healing.heal(hands, facility_id, pack).finds
    except AppError as problem:
        log.warning("pack not healed yet", area=facility_id, pack=pack, problem=str(problem))
        return 0


def _saved(hands: Hands, at: ScrubRound, pack: str, offset: int, step: Scrubbed, done: Scrubbed) -> bool:
    """Move the round on, unless another process did so meanwhile."""
    stands = update(ScrubRound).where(
        ScrubRound.id == at.id, ScrubRound.pack == at.pack, ScrubRound.offset == at.offset
    )
    counted = {name: getattr(ScrubRound, name) + getattr(step, name) for name in vars(step)}
    with hands.transaction() as session:
        if not count_changed(session, stands.values(pack=pack, offset=offset, **counted)):
            return False
    point(Point.SCRUB_NOTED)
    for name, count in vars(step).items():
        setattr(done, name, getattr(done, name) + count)
    return True


def _finished(hands: Hands, at: ScrubRound) -> bool:
    with hands.transaction() as session:
        mine = update(ScrubRound).where(ScrubRound.id == at.id, ScrubRound.finished_at.is_(None))
        session.execute(mine.values(finished_at=clock.now()))
        finds.settle(session, at.facility_id)
    return True
