"""A tar as it streams in: what Python's own tarfile wrote comes out, however the line cuts it into pieces."""

import io
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_client.backup import tar

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="/"), min_size=1)


def written(files: list[tuple[str, bytes]]) -> bytes:
    """The tar as the portal writes it: pax, UTF-8."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def cut(content: bytes, length: int) -> Iterator[bytes]:
    """The bytes in pieces of that length."""
    return (content[place : place + length] for place in range(0, len(content), length))


def read(pieces: Iterator[bytes]) -> list[tuple[str, bytes]]:
    return [(name, b"".join(content)) for name, content in tar.members(pieces)]


@given(st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=5), st.integers(1, 3000))
def test_every_file_comes_out_as_it_went_in(files: list[tuple[str, bytes]], length: int) -> None:
    assert read(cut(written(files), length)) == files


def test_what_is_left_unread_is_passed_over() -> None:
    files = [("one.jpg", b"1" * 700), ("two.jpg", b"2" * 1300)]
    assert [name for name, _ in tar.members(cut(written(files), 100))] == ["one.jpg", "two.jpg"]


def test_links_and_folders_are_no_files() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("odd")
            info.type = kind
            archive.addfile(info)
    assert read(cut(out.getvalue(), 512)) == []


@pytest.mark.parametrize("kept", [0, 100, 512, 900, 1500, 2300])
def test_a_tar_that_is_cut_says_so(kept: int) -> None:
    content = written([("one.jpg", b"1" * 700), ("two.jpg", b"2" * 1300)])
    with pytest.raises(tarfile.TarError):
        read(cut(content[:kept], 256))


def test_what_is_no_tar_says_so() -> None:
    with pytest.raises(tarfile.TarError):
        read(cut(b"<html>sign in to the proxy</html>" * 40, 256))
