"""A bundle that is not a plain tar of what was announced is refused by name, and nothing of what was bad is kept."""

import gzip
import hashlib
import io
import secrets
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.http.kept import kept
from tests.http.test_bad_input import manifest
from tests.http.world import World, tar_of

CONTENT = b"image" * 300
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def exam(shared_world: World) -> str:
    """An exam that waits for one image."""
    return str(shared_world.call("aoba-nurse", "POST", "/exams", manifest([CONTENT])).get_json()["id"])


def header(
    change: Callable[[tarfile.TarInfo], None] = lambda info: None,
    pax: dict[str, str] | None = None,
    *,
    gnu: bool = False,
) -> bytes:
    info = tarfile.TarInfo(NAME)
    info.size, info.pax_headers = len(CONTENT), pax or {}
    change(info)
    return info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT if gnu else tarfile.USTAR_FORMAT)


def sealed(block: bytes) -> bytes:
    """A header whose checksum is right whatever was done to it."""
    total = sum(block[:148] + b" " * 8 + block[156:512])
    return block[:148] + f"{total:06o}\0 ".encode() + block[156:]


def with_size(field: bytes) -> bytes:
    block = header()
    return sealed(block[:124] + field.ljust(12, b"\0") + block[136:])


def file_of(head: bytes, content: bytes = CONTENT) -> bytes:
    return head + content + bytes(-len(content) % 512) + bytes(1024)


def typed(kind: bytes) -> Callable[[tarfile.TarInfo], None]:
    return lambda info: setattr(info, "type", kind)


def named(name: str) -> Callable[[tarfile.TarInfo], None]:
    return lambda info: setattr(info, "name", name)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, secrets.token_bytes(2000))
    return out.getvalue()


BAD = {
    "a link": (file_of(header(typed(tarfile.SYMTYPE)), b""), "tar_entry_type"),
    "a hard link": (file_of(header(typed(tarfile.LNKTYPE)), b""), "tar_entry_type"),
    "a character device": (file_of(header(typed(tarfile.CHRTYPE)), b""), "tar_entry_type"),
    "a block device": (file_of(header(typed(tarfile.BLKTYPE)), b""), "tar_entry_type"),
    "a fifo": (file_of(header(typed(tarfile.FIFOTYPE)), b""), "tar_entry_type"),
    "a folder": (file_of(header(typed(tarfile.DIRTYPE)), b""), "tar_entry_type"),
    "a contiguous file": (file_of(header(typed(tarfile.CONTTYPE))), "tar_entry_type"),
    "sparse in GNU's old way": (file_of(header(typed(tarfile.GNUTYPE_SPARSE))), "tar_entry_type"),
    "sparse in pax": (file_of(header(pax={"GNU.sparse.size": "1099511627776"})), "tar_extended"),
    "a size in base 256": (file_of(with_size(b"\x80" + (2**40).to_bytes(11, "big"))), "tar_number"),
    "a negative size in base 256": (file_of(with_size(b"\xff" * 12)), "tar_number"),
    "a negative size": (file_of(with_size(b"-0000001000\0")), "tar_number"),
    "a size with a sign": (file_of(with_size(b"+0000001000\0")), "tar_number"),
    "a pax path": (file_of(header(pax={"path": "../../etc/passwd"})), "tar_extended"),
    "a pax link path": (file_of(header(pax={"linkpath": "x"})), "tar_extended"),
    "a pax size": (file_of(header(pax={"size": "1"})), "tar_extended"),
    "a pax charset": (file_of(header(pax={"hdrcharset": "BINARY"})), "tar_extended"),
    "a long name in GNU's way": (file_of(header(named("n" * 200), gnu=True)), "tar_entry_type"),
    "a long name in pax": (file_of(header(named("n" * 200), {"mtime": "1.5"})), "tar_extended"),
    "a prefix": (file_of(header(named(f"{'p' * 80}/{NAME}"))), "tar_name"),
    "out of its folder": (file_of(header(named("../../etc/passwd"))), "not_in_manifest"),
    "absolute": (file_of(header(named("/etc/passwd"))), "not_in_manifest"),
    "in capitals": (file_of(header(named(NAME.upper()))), "not_in_manifest"),
    "not announced": (tar_of([b"another"]), "not_in_manifest"),
    "larger than announced": (file_of(with_size(b"00000003000\0"), bytes(0o3000)), "size_differs"),
    "smaller than announced": (file_of(with_size(b"00000000001\0"), b"i"), "size_differs"),
    "other bytes": (file_of(header(), CONTENT[::-1]), "digest_differs"),
    "cut within": (file_of(header())[:900], "bundle_interrupted"),
    "cut in a header": (header()[:300], "bundle_interrupted"),
    "nothing": (b"", "bundle_interrupted"),
    "one empty block": (bytes(512) + header(), "tar_end"),
    "squeezed by gzip": (gzip.compress(tar_of([secrets.token_bytes(2000)])), "tar_format"),
    "a bomb of gzip": (gzip.compress(bytes(2**24)), "tar_format"),
    "a zip": (zipped(), "tar_format"),
    "a wrong checksum": (b"x" + tar_of([CONTENT])[1:], "tar_checksum"),
}


def bundle(world: World, exam: str, body: Any, **more: Any) -> Any:
    return world.call("aoba-nurse", "POST", f"/exams/{exam}/bundle", data=body, **more)


@pytest.mark.parametrize("bad", BAD)
def test_it_is_refused_by_name_with_nothing_kept(shared_world: World, exam: str, bad: str) -> None:
    tar, reason = BAD[bad]
    before = kept(shared_world)
    answer = bundle(shared_world, exam, tar)
    assert answer.status_code == 422, answer.get_data(as_text=True)
    told = answer.get_json()
    assert (told["code"], told["field"], bool(told["detail"])) == (reason, "bundle", True)
    assert kept(shared_world) == before


def test_a_body_that_is_compressed_on_the_way_is_refused_unread(shared_world: World, exam: str) -> None:
    before = kept(shared_world)
    squeezed = gzip.compress(tar_of([CONTENT]))
    for path, verb in ((f"/exams/{exam}/bundle", "POST"), ("/files/a", "PUT"), ("/requests", "POST")):
        answer = shared_world.call("aoba-nurse", verb, path, data=squeezed, headers={"Content-Encoding": "gzip"})
        assert (answer.status_code, answer.get_json()["wanted"]) == (415, "identity")
    assert kept(shared_world) == before


def test_what_follows_the_end_is_refused_and_what_came_before_it_is_kept(world: World) -> None:
    exam = world.call("aoba-nurse", "POST", "/exams", manifest([CONTENT])).get_json()["id"]
    answer = bundle(world, exam, tar_of([CONTENT]) + b"something")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "tar_trailing")
    assert world.call("aoba-nurse", "POST", f"/exams/{exam}/commit").status_code == 200
    assert bundle(world, exam, tar_of([CONTENT]) + bytes(100_000)).get_json() == {"missing": []}


def test_a_member_that_comes_twice_is_compared_each_time_and_held_once(world: World) -> None:
    """A naive client puts equal images of an exam into its tar each: harmless, as it costs no room."""
    other = b"another image" * 100
    exam = world.call("aoba-nurse", "POST", "/exams", manifest([CONTENT, other])).get_json()["id"]
    assert len(bundle(world, exam, tar_of([CONTENT, CONTENT, CONTENT])).get_json()["missing"]) == 1
    found = kept(world)
    assert (found.rows[0], found.used, found.reserved, found.packs) == (1, len(CONTENT), len(other), 1)
    assert bundle(world, exam, tar_of([CONTENT])).get_json()["missing"], (
        "sent again in another call, as who resumes does"
    )
    assert kept(world) == found


@pytest.mark.parametrize("first", [True, False], ids=["held already", "in this bundle"])
def test_a_second_member_of_a_name_with_other_bytes_is_refused_by_name(world: World, *, first: bool) -> None:
    other = b"another image" * 100
    exam = world.call("aoba-nurse", "POST", "/exams", manifest([CONTENT, other])).get_json()["id"]
    if first:
        bundle(world, exam, tar_of([CONTENT]))
    begun = tar_of([CONTENT])[: 512 + len(CONTENT) + -len(CONTENT) % 512]
    answer = bundle(world, exam, begun + file_of(header(), CONTENT[::-1]))
    told = answer.get_json()
    assert (answer.status_code, told["code"], told["member"]) == (422, "digest_differs", NAME)
    found = kept(world)
    assert (found.rows[0], found.used, found.reserved, found.packs) == (1, len(CONTENT), len(other), 1)


def test_a_member_that_comes_without_end_is_refused_by_name(world: World) -> None:
    exam = world.call("aoba-nurse", "POST", "/exams", manifest([CONTENT, b"missing"])).get_json()["id"]
    answer = bundle(world, exam, tar_of([CONTENT] * 200))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "tar_members")
    found = kept(world)
    assert (found.rows[0], found.used, found.packs) == (1, len(CONTENT), 1)
