"""A bundle that never ends costs neither memory nor time: members, headers and bytes are all bounded."""

import tarfile
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.vault.intake.exams import announce, sha256, tar_of
from tests.vault.store.areas import Vault
from vault.base.errors import AppError, TooLarge
from vault.base.scope import Scope
from vault.intake import bundles
from vault.store.streams import Body

SMALL, OTHER = b"x", b"y" * 1000


class Endless:
    """A body that is made as it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest, self.taken = parts, b"", 0

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = next(self._parts, b"")
        part, self._rest = self._rest[:size], self._rest[size:]
        self.taken += len(part)
        return part


def extended() -> bytes:
    """A header of times, as programs write beside each file."""
    info = tarfile.TarInfo(sha256(SMALL))
    info.pax_headers = {"mtime": "1.5"}
    return info.tobuf(tarfile.PAX_FORMAT)[:1024]


MEMBERS = {
    "that are held": tar_of(SMALL)[:1024],
    "that only head others": extended(),
    "that nobody announced": tar_of(b"z")[:1024],
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("members", MEMBERS)
def test_a_million_tiny_members_are_refused_early(vault: Vault, aoba: Scope, members: str) -> None:
    exam = announce(vault, aoba, {"a": SMALL, "b": OTHER})
    body = Endless(MEMBERS[members] * 50 for _ in range(20_000))
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(AppError) as refused:
        bundles.receive(vault.database, vault.store, aoba, exam.id, Body(body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.reason in ("tar_members", "not_in_manifest")
    assert (refused.value.http, refused.value.values["field"]) == (422, "bundle")
    assert body.taken < 2**20
    assert peak < 10 * 2**20
    assert time.monotonic() - began < 10
    assert vault.space(aoba)[0] <= len(SMALL)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bytes_are_bounded_where_nobody_said_how_many_come(vault: Vault, aoba: Scope) -> None:
    exam = announce(vault, aoba, {"a": SMALL, "b": OTHER})
    body = Endless(iter([tar_of(SMALL, OTHER)]))
    with pytest.raises(TooLarge) as refused:
        bundles.receive(vault.database, vault.store, aoba, exam.id, Body(body), largest=1500)
    assert refused.value.values == {"limit": 1500}
    assert announce(vault, aoba, {"a": SMALL, "b": OTHER}).missing == [sha256(OTHER)]
    assert len(vault.packs(aoba)) == 1
