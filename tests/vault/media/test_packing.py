"""Packing, as a rule: nothing missing, nothing twice, no disc above its size, no exam parted that fits on one."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vault.media.packing import Piece, Room, Thing, packed, units_of

ROOM = Room(1000, 20)
UNITS = st.lists(st.builds(Room, st.integers(1, 900), st.just(1)), min_size=1, max_size=30)
THINGS = st.lists(st.tuples(st.builds(Room, st.integers(0, 100), st.integers(0, 1)), UNITS), max_size=20)


def packed_up(things: list[Thing], first: Room) -> list[Piece]:
    return list(packed(things, first, ROOM))


@given(THINGS, st.integers(0, 1000))
def test_whatever_is_packed(drawn: list[tuple[Room, list[Room]]], first_bytes: int) -> None:
    things = [Thing(str(number), itself, units) for number, (itself, units) in enumerate(drawn)]
    first = Room(first_bytes, 18)
    pieces = packed_up(things, first)
    for thing in things:
        mine = [piece for piece in pieces if piece.key == thing.key]
        assert [unit for piece in mine for unit in range(piece.first, piece.until)] == list(range(len(thing.units)))
        if ROOM.holds(thing.whole):
            assert len(mine) == 1
        assert len({piece.disc for piece in mine}) == len(mine)
    for disc in {piece.disc for piece in pieces}:
        taken = sum((piece.taken for piece in pieces if piece.disc == disc), Room(0, 0))
        assert (first if disc == 1 else ROOM).holds(taken)
    assert [piece.disc for piece in pieces] == sorted(piece.disc for piece in pieces)
    assert {piece.disc for piece in pieces} >= set(range(2, max((piece.disc for piece in pieces), default=1) + 1))


@given(st.lists(st.integers(0, 5000), max_size=10), st.integers(1, 700))
def test_files_larger_than_a_disc_takes_come_in_parts_that_join_to_the_whole(sizes: list[int], most: int) -> None:
    units = units_of(sizes, most)
    for content, size in enumerate(sizes):
        parts = [unit for unit in units if unit.content == content]
        assert [unit.part for unit in parts] == list(range(1, parts[0].parts + 1))
        assert parts[0].start == 0
        assert parts[-1].end == size
        assert all(unit.end - unit.start <= most for unit in parts)
        assert all(one.end == two.start for one, two in itertools.pairwise(parts))


def test_a_thing_that_fits_on_no_disc_begins_one_and_the_next_follows_it() -> None:
    small, large = Thing("small", Room(10, 0), [Room(100, 1)]), Thing("large", Room(10, 0), [Room(600, 1)] * 3)
    found = packed_up([small, large, small], ROOM)
    assert [(piece.key, piece.disc, piece.first, piece.until) for piece in found] == [
        ("small", 1, 0, 1),
        ("large", 2, 0, 1),
        ("large", 3, 1, 2),
        ("large", 4, 2, 3),
        ("small", 4, 0, 1),
    ]
