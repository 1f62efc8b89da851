"""What lies on which disc, as a pure rule: in the order given, nothing parted that fits on a disc of its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LARGEST_FILE = 4_000_000_000
"""No file on a disc is larger: every system reads it, and a larger one comes in parts."""


@dataclass(frozen=True)
class Room:
    """What a disc takes: bytes, and files."""

    bytes: int
    files: int

    def holds(self, taken: "Room") -> bool:
        """Whether `taken` fits."""
        return taken.bytes <= self.bytes and taken.files <= self.files

    def __add__(self, other: "Room") -> "Room":
        return Room(self.bytes + other.bytes, self.files + other.files)


@dataclass(frozen=True)
class Unit:
    """One file on a disc: bytes `start` to `end` of content number `content` of its thing, part `part` of `parts`."""

    content: int
    start: int
    end: int
    part: int = 1
    parts: int = 1


@dataclass(frozen=True)
class Thing:
    """What belongs together: what it takes by itself on every disc it is on, and what each of its units takes."""

    key: str
    itself: Room
    units: Sequence[Room]

    @property
    def whole(self) -> Room:
        """What all of it takes on one disc."""
        return sum(self.units, self.itself)


@dataclass(frozen=True)
class Piece:
    """Units `first` to `until` of a thing, on a disc (from 1); `taken` is what they take there."""

    key: str
    disc: int
    first: int
    until: int
    taken: Room


class DoesNotFit(Exception):
    """One unit takes more than a whole disc."""


def units_of(sizes: Iterable[int], most: int) -> list[Unit]:
    """The files in which contents of these sizes come, where one may have `most` bytes of content."""
    found = []
    for content, size in enumerate(sizes):
        parts = max(1, -(-size // most))
        found += [Unit(content, i * most, min(size, (i + 1) * most), i + 1, parts) for i in range(parts)]
    return found


def packed(things: Iterable[Thing], first: Room, room: Room) -> Iterator[Piece]:
    """
    Disc after disc, in the order of `things`; disc 1 has the room `first`, every other one `room`.

    A thing that fits on no disc as a whole begins one, is parted between its units, and what follows it goes on behind
    its end. Raises DoesNotFit for a unit that no disc takes.
    """
    disc, left, empty = 1, first, True
    for thing in things:
        if not left.holds(thing.whole) and (not empty or room.holds(thing.whole)):
            disc, left = disc + 1, room
        if left.holds(thing.whole):
            yield Piece(thing.key, disc, 0, len(thing.units), thing.whole)
            left = _without(left, thing.whole)
        else:
            for piece in _parted(thing, disc, left, room):
                yield piece
            left = _without(left if piece.disc == disc else room, piece.taken)
            disc = piece.disc
        empty = False


def _parted(thing: Thing, disc: int, left: Room, room: Room) -> Iterator[Piece]:
    """The thing from the empty disc on that has `left`, which may be too small for its first unit."""
    begun, taken = 0, thing.itself
    for number, unit in enumerate(thing.units):
        if not room.holds(thing.itself + unit):
            raise DoesNotFit(thing.key)
        if not left.holds(taken + unit):
            if number > begun:
                yield Piece(thing.key, disc, begun, number, taken)
            disc, left, begun, taken = disc + 1, room, number, thing.itself
        taken += unit
    yield Piece(thing.key, disc, begun, len(thing.units), taken)


def _without(room: Room, taken: Room) -> Room:
    return Room(room.bytes - taken.bytes, room.files - taken.files)
