"""
Healing: a damaged copy of a pack is written anew, each piece of it from whichever copy holds it as it was written.

The old copy is read until the new one is durable. What no copy holds stays as it is, and damaged by its name.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import audit
from vault.base.errors import AppError, Conflict
from vault.base.faults import Point, point
from vault.base.scope import Scope
from vault.store import finds, service
from vault.store.backends import Backend, Missing, Reading
from vault.store.copying import keep_copy, second_of
from vault.store.garbage import Hands
from vault.store.inspection import Part, Piece, Plan, made_anew, raw, unsound
from vault.store.models import BlobRow, Find, PackRow
from vault.store.places import FIRST, SECOND
from vault.store.planning import planned

log = structlog.get_logger()

REBUILT = "rebuilt"
_OLD_INDEX = b"KIDX"


@dataclass
class Healed:
    """How many finds were ended, and which pieces no copy holds."""

    finds: int = 0
    lost: list[Piece] = field(default_factory=list)


@dataclass(frozen=True)
class _Copies:
    """The copies of a pack: by place the backend, what is unsound of it, and how many bytes it has."""

    plan: Plan
    backends: Mapping[str, Backend]
    bad: Mapping[str, frozenset[Piece]]
    sizes: Mapping[str, int]

    def source(self, piece: Piece) -> str | None:
        """The place that holds the piece as it was written."""
        return next((place for place in self.backends if piece not in self.bad[place]), None)


def heal(hands: Hands, facility_id: str, pack: str) -> Healed:
    """
    Make every copy of a pack whole, as far as any copy holds its pieces; what is sound again is served again.

    Raises Unavailable where the second copy does not answer: try again later. Safe to run twice, and at once.
    """
    backends = {FIRST: hands.store.backend, **_second(hands, facility_id, pack)}
    plan = planned(hands, backends.values(), facility_id, pack)
    if plan is None:
        return Healed()
    copies = _looked_at(hands, plan, backends)
    anew = _anew(copies)
    sources = {piece: copies.source(piece) or (REBUILT if piece in anew else None) for piece in plan.pieces}
    found = Healed(lost=[piece for piece in plan.pieces if sources[piece] is None])
    for place in backends:
        wanted = [sources[piece] for piece in plan.pieces if piece in copies.bad[place] and sources[piece]]
        if wanted:
            _write(hands, copies, place, sources, anew)
            point(Point.HEALING_WRITTEN)
        how = next((one for one in wanted if one != REBUILT), REBUILT) if wanted else "sound"
        found.finds += _note(hands, copies, place, how or REBUILT)
    point(Point.HEALING_NOTED)
    return found


def heal_open(hands: Hands) -> Healed:
    """Try again to heal every pack of which something is damaged; a pack that cannot be tried is left for later."""
    total = Healed()
    with hands.read() as session:
        waiting = set(session.execute(select(Find.facility_id, Find.pack).where(Find.healed_at.is_(None))).all())
        waiting |= set(
            session.execute(select(BlobRow.facility_id, BlobRow.pack).where(BlobRow.damaged_at.is_not(None))).all()
        )
    for facility_id, pack in sorted((area, pack) for area, pack in waiting):
        with hands.transaction() as session:
            finds.settle(session, facility_id)
        try:
            one = heal(hands, facility_id, pack)
        except AppError as problem:
            log.warning("pack not healed", area=facility_id, pack=pack, problem=str(problem))
            continue
        total.finds += one.finds
        total.lost += one.lost
    return total


def _second(hands: Hands, facility_id: str, pack: str) -> dict[str, Backend]:
    """The second copy of the pack, where there is one; a wrong place is none."""
    with hands.read() as session:
        mine = select(PackRow.copied_at).where(PackRow.facility_id == facility_id, PackRow.pack == pack)
        if session.scalar(mine) is None:
            return {}
    try:
        second = second_of(hands)
    except Conflict as problem:
        log.warning("second copy not used", problem=str(problem))
        return {}
    return {} if second is None else {SECOND: second}


def _looked_at(hands: Hands, plan: Plan, backends: Mapping[str, Backend]) -> _Copies:
    """Every copy in full; what is found is recorded before anything is changed."""
    bad: dict[str, frozenset[Piece]] = {}
    for place, backend in backends.items():
        found = list(unsound(backend, plan, plan.pieces))
        with hands.transaction() as session:
            finds.record(session, plan.area.facility_id, plan.pack, place, found)
        missing = any(piece.part is Part.PACK for piece in found)
        bad[place] = frozenset(plan.pieces if missing else found)
    return _Copies(plan, backends, bad, {place: _size(backend, plan) for place, backend in backends.items()})


def _size(backend: Backend, plan: Plan) -> int:
    try:
        return backend.size(plan.name)
    except Missing:
        return 0


def _anew(copies: _Copies) -> dict[Piece, bytes]:
    """
    Header, index and tail as they must have been, where that is certain: every record is sound, the format is the one
    that is written today, and the bytes agree with a copy in length, or as far as it goes.
    """
    plan = copies.plan
    wanted = [piece for piece in plan.pieces if piece.entry is None and copies.source(piece) is None]
    records = [piece for piece in plan.pieces if piece.entry is not None]
    if (
        any(piece.part is Part.RECORD for piece in wanted)
        or not wanted
        or not records
        or any(copies.source(piece) is None for piece in records)
    ):
        return {}
    rest = b"".join(made_anew(plan, piece) for piece in plan.pieces if piece.part in (Part.INDEX, Part.TAIL))
    for place, backend in copies.backends.items():
        there = _after(backend, plan, records[-1].end, copies.sizes[place])
        if there is None or there.startswith(_OLD_INDEX):
            continue
        if plan.is_complete or copies.sizes[place] == plan.size or rest.startswith(there):
            return {piece: made_anew(plan, piece) for piece in wanted}
    return {}


def _after(backend: Backend, plan: Plan, start: int, size: int) -> bytes | None:
    """What stands behind the last record in a copy; None where that is more than an index, or cannot be read."""
    if not start <= size <= max(plan.size, start):
        return None
    try:
        with backend.open(plan.name) as reading:
            return reading.read(start, size - start)
    except Missing:
        return None


def _write(
    hands: Hands, copies: _Copies, place: str, sources: Mapping[Piece, str | None], anew: Mapping[Piece, bytes]
) -> None:
    plan = copies.plan

    def write() -> None:
        sink = copies.backends[place].recreate(plan.name)
        try:
            with ExitStack() as stack:
                for part in _composed(copies, sources, anew, _opened(copies, stack)):
                    sink.write([part])
            sink.seal()
        finally:
            sink.discard()

    _by_place(hands, plan, place)(write)


def _by_place(hands: Hands, plan: Plan, place: str) -> Callable[[Callable[[], None]], object]:
    """How a copy is written: the second one so that a stop leaves nothing that nobody knows."""
    if place == SECOND:
        return lambda write: keep_copy(hands, plan.area.facility_id, plan.pack, write)
    return lambda write: write()


def _opened(copies: _Copies, stack: ExitStack) -> dict[str, Reading]:
    there = [place for place, size in copies.sizes.items() if size]
    return {place: stack.enter_context(copies.backends[place].open(copies.plan.name)) for place in there}


def _composed(
    copies: _Copies, sources: Mapping[Piece, str | None], anew: Mapping[Piece, bytes], readings: Mapping[str, Reading]
) -> Iterator[bytes]:
    """
    The best pack there can be. What is lost keeps its place with whatever a copy has there; it ends with the first
    piece that no copy reaches, behind which no copy has anything.
    """
    for piece in copies.plan.pieces:
        source = sources[piece]
        if source == REBUILT:
            yield anew[piece]
        elif source is not None:
            yield from raw(readings[source], piece)
        else:
            place = next((one for one in readings if copies.sizes[one] >= piece.end), None)
            if place is None:
                return
            yield from _whatever(readings[place], piece)


def _whatever(reading: Reading, piece: Piece) -> Iterator[bytes]:
    """The bytes of a lost piece, zeros where the disk does not give them."""
    given = 0
    try:
        for part in raw(reading, piece):
            given += len(part)
            yield part
    except Missing:
        yield bytes(piece.end - piece.start - given)


def _note(hands: Hands, copies: _Copies, place: str, how: str) -> int:
    """Look at the copy once more, and record what is sound of it now; returns how many finds that ended."""
    plan, facility_id = copies.plan, copies.plan.area.facility_id
    still = list(unsound(copies.backends[place], plan, plan.pieces)) if copies.bad[place] else []
    if any(piece.part is Part.PACK for piece in still):
        return 0
    with hands.transaction() as session:
        alive = session.scalar(
            select(PackRow.pack).where(PackRow.facility_id == facility_id, PackRow.pack == plan.pack)
        )
        ended = finds.healed(session, facility_id, plan.pack, place, still, how)
        if ended:
            audit.record(session, Scope.system(facility_id), "pack.healed", why=how, items=[f"pack:{plan.pack}"])
        if place == FIRST:
            _serve_again(session, plan, still)
    if alive is None and place == FIRST:
        copies.backends[place].delete(plan.name)
    return ended


def _serve_again(session: Session, plan: Plan, still: list[Piece]) -> None:
    lost = {piece.digest for piece in still}
    sound = {piece.digest for piece in plan.pieces if piece.digest and piece.digest not in lost}
    service.report_sound(session, plan.area.facility_id, plan.pack, sound)
