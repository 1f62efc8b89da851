"""What is reckoned is never less than what is written: no disc outgrows its medium, whatever it holds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vault.media.copying import SMALL, Bench, files, noise
from vault.media import layout, sizes, writing
from vault.media.packing import Room, Thing, packed, units_of
from vault.media.sources import Entry

KEY = b"k" * 32
EXAMS = st.lists(st.lists(st.integers(0, 400_000), min_size=1, max_size=12), min_size=1, max_size=12)


@settings(max_examples=15)
@given(EXAMS, st.booleans())
def test_real_images_of_what_was_packed_are_no_larger_than_a_disc(drawn: list[list[int]], encrypted: bool) -> None:
    most, room = sizes.largest_part(SMALL, encrypted=encrypted), sizes.room(SMALL)
    units = [units_of(exam, most) for exam in drawn]
    things = [
        Thing(
            str(number),
            sizes.exam("", encrypted=encrypted),
            [sizes.unit(unit.end - unit.start, "x.jpg", encrypted=encrypted) for unit in exam],
        )
        for number, exam in enumerate(units)
    ]
    discs: dict[int, list[Entry]] = {}
    for piece in packed(things, room, room):
        for unit in units[int(piece.key)][piece.first : piece.until]:
            path = layout.image_path(int(piece.key), "x.jpg", unit)
            discs.setdefault(piece.disc, []).append(_entry(path, unit.end - unit.start))
    with TemporaryDirectory() as folder:
        for number, entries in discs.items():
            written = writing.write(
                Path(folder) / f"{number}.iso",
                "KURA",
                writing.encrypted(entries, KEY) if encrypted else entries,
                lambda sums: {"sums": sums},
                lambda done: None,
            )
            assert written.size <= SMALL


def _entry(path: str, size: int) -> Entry:
    return Entry(path, size, lambda: iter((bytes(size),)) if size else iter(()))


@pytest.mark.parametrize("encrypted", [False, True])
def test_names_and_notes_of_the_longest_kind_are_reckoned(bench: Bench, encrypted: bool) -> None:
    bench.agree(encrypted_discs=encrypted)
    images = {f"{'&' * 80}𠮷{number:03d}{'漢' * 40}.jpg": noise(10, number) for number in range(150)}
    for number in range(12):
        bench.hold_named(f"P-{number}&" + "𠮷" * 20, images, note="'&漢" * 500, kind="&" * 60)
    copy = bench.copy()
    assert copy.row.exams == 12
    assert copy.row.discs == len(bench.images(copy))


def test_bytes_of_an_exam_larger_than_a_disc_are_all_there_once(bench: Bench) -> None:
    bench.agree()
    contents = [noise(700_000, number) for number in range(9)]
    bench.hold("P-1", *contents)
    copy = bench.copy()
    found = [content for image in bench.images(copy) for path, content in files(image).items() if path.endswith("jpg")]
    assert sorted(found) == sorted(contents)
    pages = [files(image)["exams/e000001/index.html"].decode() for image in bench.images(copy)]
    assert len(pages) == copy.row.discs > 3
    assert all("This exam is larger than a disc" in page for page in pages)


def test_a_disc_takes_no_more_files_than_are_good_for_it() -> None:
    things = [Thing(str(number), Room(0, 1), [Room(1, 1)]) for number in range(10)]
    assert [piece.disc for piece in packed(things, Room(100, 6), Room(100, 6))] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]
