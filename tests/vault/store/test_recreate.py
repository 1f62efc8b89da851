"""What every backend promises of an object that takes another's place."""

import pytest

from vault.store.backends import Backend, Missing


def made(backend: Backend, content: bytes) -> None:
    sink = backend.create("a/packs/one.pack")
    sink.write([content])
    sink.seal()


def content_of(backend: Backend) -> bytes:
    with backend.open("a/packs/one.pack") as reading:
        return reading.read(0, backend.size("a/packs/one.pack"))


def test_the_old_object_is_read_until_the_new_one_is_sealed(backend: Backend) -> None:
    made(backend, b"damaged")
    sink = backend.recreate("a/packs/one.pack")
    sink.write([b"so", b"und"])
    assert content_of(backend) == b"damaged"
    sink.seal()
    sink.discard()
    assert content_of(backend) == b"sound"
    assert list(backend.names("a/")) == ["a/packs/one.pack"]


def test_the_old_object_stays_when_the_new_one_is_discarded(backend: Backend) -> None:
    made(backend, b"damaged")
    sink = backend.recreate("a/packs/one.pack")
    sink.write([b"half"])
    sink.discard()
    assert content_of(backend) == b"damaged"
    assert list(backend.names("a/")) == ["a/packs/one.pack"]


def test_an_object_that_is_missing_is_made(backend: Backend) -> None:
    sink = backend.recreate("a/packs/one.pack")
    with pytest.raises(Missing):
        backend.size("a/packs/one.pack")
    sink.write([b"new"])
    sink.seal()
    assert content_of(backend) == b"new"


def test_an_attempt_left_behind_does_not_hinder_the_next(backend: Backend) -> None:
    made(backend, b"damaged")
    before = backend.recreate("a/packs/one.pack")
    before.write([b"left behind"])
    sink = backend.recreate("a/packs/one.pack")
    sink.write([b"sound"])
    sink.seal()
    assert content_of(backend) == b"sound"
    assert list(backend.names("a/")) == ["a/packs/one.pack"]
    before.discard()
    assert content_of(backend) == b"sound"
