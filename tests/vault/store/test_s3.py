"""What only a backend behind a network can get wrong: silence, two uploads of one name, its keys in a log."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.redis_server import free_port
from tests.services.relay import Relay
from tests.services.seaweedfs import SeaweedFS
from vault.base import ids
from vault.base.errors import Unavailable
from vault.store.backends import Missing
from vault.store.backends.s3 import SINGLE_BYTES, S3Backend

pytestmark = pytest.mark.s3


@pytest.fixture
def store(s3_server: SeaweedFS, tmp_path: Path) -> S3Backend:
    return S3Backend(s3_server.bucket(prefix=ids.new()), tmp_path / "spool")


def test_of_two_uploads_of_one_name_the_first_stays(store: S3Backend) -> None:
    first, second = store.create("a/one"), store.create("a/one")
    first.write([b"first"])
    second.write([b"second"])
    first.seal()
    with pytest.raises(FileExistsError):
        second.seal()
    second.discard()
    with store.open("a/one") as reading:
        assert reading.read(0, 5) == b"first"


def test_an_object_is_not_there_before_it_is_sealed_and_its_spool_is_gone_after(
    store: S3Backend, tmp_path: Path
) -> None:
    sink = store.create("a/one")
    sink.write([b"half"])
    with pytest.raises(Missing):
        store.size("a/one")
    sink.seal()
    assert store.size("a/one") == 4
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_larger_than_one_request_arrives_whole(store: S3Backend) -> None:
    content = bytes(range(251)) * (2 * SINGLE_BYTES // 251 + 1)
    sink = store.create("a/large")
    sink.write([content])
    sink.seal()
    with store.open("a/large") as reading:
        assert reading.read(SINGLE_BYTES - 10, 20) == content[SINGLE_BYTES - 10 : SINGLE_BYTES + 10]
        assert reading.read(0, len(content)) == content


def test_a_server_that_does_not_answer_is_unavailable_not_missing(s3_server: SeaweedFS, tmp_path: Path) -> None:
    away = replace(s3_server.bucket(prefix="x"), endpoint=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        S3Backend(away, tmp_path / "spool").size("a/one")


def test_a_wrong_key_is_unavailable_and_no_key_is_shown(s3_server: SeaweedFS, tmp_path: Path) -> None:
    wrong = replace(s3_server.bucket(prefix="x"), secret_key="not-the-secret")
    with pytest.raises(Unavailable) as refused:
        S3Backend(wrong, tmp_path / "spool").size("a/one")
    assert "not-the-secret" not in f"{refused.value!r} {wrong!r}"


@pytest.fixture
def losing(s3_server: SeaweedFS) -> Iterator[Callable[[str, int], Relay]]:
    """Makes a relay that loses the answers to the first so many requests whose first line has a word in it."""
    made: list[Relay] = []

    def make(word: str, times: int) -> Relay:
        def loses(first: str) -> bool:
            return word in first and len(relay.lost) < times

        relay = Relay(s3_server.url, loses)
        made.append(relay)
        return relay

    yield make
    for relay in made:
        relay.close()


def behind(relay: Relay, s3_server: SeaweedFS, tmp_path: Path) -> S3Backend:
    return S3Backend(replace(s3_server.bucket(prefix=ids.new()), endpoint=relay.url), tmp_path / "spool")


def test_an_upload_whose_answer_was_lost_is_made_once_and_is_ours(
    s3_server: SeaweedFS, tmp_path: Path, losing: Callable[[str, int], Relay]
) -> None:
    relay = losing("PUT ", 1)
    store = behind(relay, s3_server, tmp_path)
    sink = store.create("a/one")
    sink.write([b"first"])
    sink.seal()
    assert len(relay.lost) == 1, "the relay lost an answer"
    with store.open("a/one") as reading:
        assert reading.read(0, 5) == b"first"


def test_a_small_file_whose_answer_was_lost_is_kept_by_its_maker(
    s3_server: SeaweedFS, tmp_path: Path, losing: Callable[[str, int], Relay]
) -> None:
    relay = losing("PUT ", 1)
    store = behind(relay, s3_server, tmp_path)
    assert store.keep("a/key", b"mine")
    assert not store.keep("a/key", b"theirs")
    assert len(relay.lost) == 1, "the relay lost an answer"


@pytest.mark.parametrize("word", ["uploadId=", "POST "], ids=["a part", "the end"])
def test_an_upload_in_parts_whose_answers_are_lost_arrives_whole(
    s3_server: SeaweedFS, tmp_path: Path, losing: Callable[[str, int], Relay], word: str
) -> None:
    relay = losing(word, 2)
    store = behind(relay, s3_server, tmp_path)
    content = bytes(range(251)) * (SINGLE_BYTES // 251 + 1)
    sink = store.create("a/large")
    sink.write([content])
    sink.seal()
    assert len(relay.lost) == 2, "the relay lost answers"
    with store.open("a/large") as reading:
        assert reading.read(0, len(content)) == content
    assert list(store.names("a/")) == ["a/large"]
    assert list(store.names("claims/")) == []


def test_of_two_large_uploads_of_one_name_the_first_stays(store: S3Backend) -> None:
    content = bytes(SINGLE_BYTES + 1)
    first, second = store.create("a/one"), store.create("a/one")
    first.write([content])
    second.write([b"x" + content])
    first.seal()
    with pytest.raises(FileExistsError):
        second.seal()
    second.discard()
    assert store.size("a/one") == len(content)
    assert list(store.names("claims/")) == []


def test_of_two_large_uploads_of_one_name_at_once_one_is_made(store: S3Backend) -> None:
    made: list[int] = []

    def upload(number: int) -> None:
        sink = store.create("a/one")
        sink.write([bytes([number]) * (SINGLE_BYTES + number)])
        start.wait()
        try:
            sink.seal()
            made.append(number)
        except FileExistsError:
            sink.discard()

    start = threading.Barrier(3)
    threads = [threading.Thread(target=upload, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [SINGLE_BYTES + number for number in made] == [store.size("a/one")]
