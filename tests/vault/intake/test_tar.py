"""The tar reader takes what devices send and nothing that could lead elsewhere."""

import io
import tarfile
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.intake.exams import tar_of
from vault.base.errors import Invalid
from vault.intake.tar import members
from vault.store.packs import Interrupted
from vault.store.streams import Body

contents = st.lists(st.binary(max_size=2000), max_size=5)


class Drip:
    """A connection that gives a few bytes at a time."""

    def __init__(self, content: bytes, step: int) -> None:
        self._stream, self._step = io.BytesIO(content), step

    def read(self, size: int, /) -> bytes:
        return self._stream.read(min(size, self._step))


def read_all(tar: bytes, step: int = 10**9) -> list[tuple[str, bytes]]:
    found = []
    for member in members(Body(Drip(tar, step)), most=100):
        content, view = b"", memoryview(bytearray(700))
        while read := member.readinto(view):
            content += bytes(view[:read])
        found.append((member.name, content))
    return found


@given(contents, st.integers(1, 900))
def test_what_was_put_in_comes_out_however_it_arrives(given_contents: list[bytes], step: int) -> None:
    names = [f"file{place}" for place in range(len(given_contents))]
    tar = tar_of(*given_contents, names=names)
    assert read_all(tar, step) == list(zip(names, given_contents, strict=True))


@given(contents.filter(bool), st.data())
def test_a_cut_gives_the_members_before_it_and_says_so(given_contents: list[bytes], data: st.DataObject) -> None:
    tar = tar_of(*given_contents)
    end = sum(512 + -(-len(content) // 512) * 512 for content in given_contents) + 1023
    cut = data.draw(st.integers(0, end))
    with pytest.raises(Interrupted):
        read_all(tar[:cut])


@given(st.binary(max_size=3000))
def test_noise_is_refused_and_never_anything_else(noise: bytes) -> None:
    with pytest.raises((Invalid, Interrupted)):
        read_all(noise.lstrip(b"\0") + b"\1" * 512)


def test_members_left_unread_are_passed_over() -> None:
    tar = tar_of(b"a" * 1000, b"b", names=["a", "b"])
    assert [member.name for member in members(Body(io.BytesIO(tar)), most=2)] == ["a", "b"]


def entry(change: Callable[[tarfile.TarInfo], None], format_: Literal[1, 2] = tarfile.GNU_FORMAT) -> bytes:
    info = tarfile.TarInfo("name")
    change(info)
    return info.tobuf(format_) + bytes(1024)


def typed(kind: bytes) -> Callable[[tarfile.TarInfo], None]:
    return lambda info: setattr(info, "type", kind)


@pytest.mark.parametrize(
    "tar",
    [
        entry(typed(tarfile.SYMTYPE)),
        entry(typed(tarfile.LNKTYPE)),
        entry(typed(tarfile.CHRTYPE)),
        entry(typed(tarfile.DIRTYPE)),
        entry(typed(tarfile.FIFOTYPE)),
        entry(typed(tarfile.GNUTYPE_SPARSE)),
        entry(lambda info: setattr(info, "name", "n" * 200)),
        entry(lambda info: setattr(info, "name", "n" * 200), tarfile.PAX_FORMAT),
        entry(lambda info: setattr(info, "name", "患者"), tarfile.PAX_FORMAT),
        entry(lambda info: setattr(info, "size", 2**40)),
        entry(lambda info: setattr(info, "pax_headers", {"GNU.sparse.major": "1"}), tarfile.PAX_FORMAT),
        tar_of(b"x", names=["a"])[:100] + b"\1" + tar_of(b"x", names=["a"])[101:],
    ],
    ids=[
        *("symlink", "hardlink", "device", "folder", "fifo", "sparse"),
        *("gnu-long", "pax-long", "pax-utf8", "gnu-size", "pax-sparse", "checksum"),
    ],
)
def test_anything_but_a_plain_file_is_refused_by_name(tar: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_all(tar)
    assert refused.value.field == "bundle"


def test_times_to_the_fraction_of_a_second_do_no_harm() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a")
        info.mtime, info.size = 1.5, 1
        tar.addfile(info, io.BytesIO(b"x"))
    assert read_all(out.getvalue()) == [("a", b"x")]
