"""What every backend promises; disk, memory and S3 are held to the same."""

import threading
from pathlib import Path

import pytest

from vault.store.backends import Backend, Missing
from vault.store.backends.disk import DiskBackend


def test_a_sealed_object_reads_back_at_any_place(backend: Backend) -> None:
    sink = backend.create("a/packs/one.pack")
    sink.write([b"hello ", memoryview(bytearray(b"wide "))])
    sink.write([b"world"])
    sink.seal()
    assert backend.size("a/packs/one.pack") == 16
    with backend.open("a/packs/one.pack") as reading:
        assert (reading.read(0, 16), reading.read(6, 4)) == (b"hello wide world", b"wide")


def test_a_rewound_sink_goes_on_from_where_it_was_cut(backend: Backend) -> None:
    sink = backend.create("a/one")
    sink.write([b"kept-lost"])
    sink.rewind(5)
    sink.write([b"new"])
    sink.seal()
    with backend.open("a/one") as reading:
        assert reading.read(0, 8) == b"kept-new"


def test_more_than_one_writev_takes_is_written_whole(backend: Backend) -> None:
    parts = [bytes([n % 251]) * 70_000 for n in range(40)]
    sink = backend.create("a/large")
    sink.write(parts)
    sink.seal()
    with backend.open("a/large") as reading:
        assert reading.read(0, 70_000 * 40) == b"".join(parts)


def test_reading_past_the_end_is_missing_not_short(backend: Backend) -> None:
    sink = backend.create("a/one")
    sink.write([b"12345"])
    sink.seal()
    with backend.open("a/one") as reading, pytest.raises(Missing):
        reading.read(3, 3)


def test_an_unknown_name_is_missing(backend: Backend) -> None:
    with pytest.raises(Missing):
        backend.open("a/none")
    with pytest.raises(Missing):
        backend.size("a/none")
    backend.delete("a/none")


def test_an_object_is_never_written_over(backend: Backend) -> None:
    backend.create("a/one").seal()
    with pytest.raises(FileExistsError):
        backend.create("a/one")


def test_discarding_leaves_nothing_and_may_be_done_twice(backend: Backend) -> None:
    sink = backend.create("a/one")
    sink.write([b"half"])
    sink.discard()
    sink.discard()
    assert list(backend.names("a/")) == []


def test_one_of_many_makers_keeps_its_file(backend: Backend) -> None:
    won: list[bytes] = []

    def make(content: bytes) -> None:
        if backend.keep("a/key", content):
            won.append(content)

    threads = [threading.Thread(target=make, args=(bytes([n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with backend.open("a/key") as reading:
        assert [reading.read(0, 1)] == won
    assert list(backend.names("a/")) == ["a/key"]


def test_a_replaced_file_holds_the_new_content(backend: Backend) -> None:
    backend.replace("a/key", b"old")
    backend.replace("a/key", b"newer")
    assert backend.size("a/key") == 5
    backend.delete("a/key")
    assert list(backend.names("a/")) == []


@pytest.mark.parametrize("name", ["../out", "a//b", "/etc/x", "a/./b", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        DiskBackend(tmp_path).create(name)
