"""Thumbnails are made in a process of its own; what is broken is flagged and kept, and nothing else suffers."""

import io
import zlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base import clock, jobs
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.exams import queries
from vault.exams.workshop import Workshop
from vault.intake.signing import SigningKeys


def picture(width: int, height: int, **how: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", **how)
    return out.getvalue()


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "patient's name"
    return picture(800, 400, exif=exif)


def bomb() -> bytes:
    """A PNG of 20,000 × 20,000 in a few hundred bytes' worth of header."""
    head = (20_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\r" + chunk + zlib.crc32(chunk).to_bytes(4, "big") + b"\0\0\0\0IDAT"


def run_jobs(vault: Vault) -> None:
    with clock.frozen(clock.now() + jobs.LEASE):
        jobs.run_due(vault.database, SimpleNamespace(store=vault.store), frozenset({"media"}))


def test_an_exam_gets_its_thumbnails_after_the_commit(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    whole = picture(1920, 1080)
    images = {"a.jpg": whole, "turned.jpg": rotated(), "cut.jpg": whole[:5000], "text.txt": b"no image", "m.mp4": b"x"}
    exam_id = hold(vault, aoba, signing, images)["exam"]
    used = vault.space(aoba)
    run_jobs(vault)
    with vault.database.read() as session:
        page = queries.exam_page(session, aoba, exam_id)
        shown = {image.name: (image.width, image.height, image.broken) for image in page.images}
        assert shown["a.jpg"] == (1920, 1080, False)
        assert shown["cut.jpg"][2]
        assert shown["text.txt"] == shown["m.mp4"] == (None, None, False)
        small = queries.open_thumbnail(session, aoba, vault.store, page.images[0], 320)
        assert Image.open(io.BytesIO(small.read())).size == (320, 180)
        turned = Image.open(io.BytesIO(queries.open_thumbnail(session, aoba, vault.store, page.images[1], 320).read()))
        assert (turned.size, dict(turned.getexif())) == ((160, 320), {})
        with pytest.raises(NotFound):
            queries.open_thumbnail(session, aoba, vault.store, page.images[2], 320)
        assert queries.open_image(session, aoba, vault.store, page.images[2]).read() == whole[:5000]
    assert vault.space(aoba) == used
    packs = vault.packs(aoba)
    run_jobs(vault)
    assert vault.packs(aoba) == packs


def test_a_process_that_an_image_kills_costs_that_image_only() -> None:
    with Workshop() as workshop:
        assert workshop.make(bomb()).error == "too_large"
        assert workshop.make(b"\xff\xd8\xff" + bytes(1000)).error in {"unknown", "broken"}
        assert workshop._process is not None
        workshop._process.kill()
        assert workshop.make(picture(64, 64)).error == "broken"
        assert [one.edge for one in workshop.make(picture(2000, 100)).thumbnails] == [1280, 320]


def small_ones(vault: Vault, scope: Scope, exam_id: str) -> int:
    """How many images of the exam have their thumbnail."""
    with vault.database.read() as session:
        images = queries.exam_page(session, scope, exam_id).images
    return sum(image.width is not None for image in images)


def test_thumbnails_wait_until_ingest_rests_and_no_longer_than_a_minute(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    began, second = clock.now(), timedelta(seconds=1)

    def work_at(after: timedelta) -> None:
        with clock.frozen(began + after):
            jobs.run_due(vault.database, SimpleNamespace(store=vault.store), frozenset({"media"}))

    def held_at(after: timedelta, name: str) -> str:
        with clock.frozen(began + after):
            exam_id: str = hold(vault, aoba, signing, {name: picture(400, 300 + len(name))})["exam"]
            return exam_id

    first = held_at(0 * second, "a.jpg")
    held_at(2 * second, "bb.jpg")
    work_at(3 * second)
    assert small_ones(vault, aoba, first) == 0
    work_at(15 * second)
    assert small_ones(vault, aoba, first) == 1
    busy = held_at(20 * second, "ccc.jpg")
    held_at(81 * second, "dddd.jpg")
    work_at(82 * second)
    assert small_ones(vault, aoba, busy) == 1
