"""Blobs kept in one pack, bytes flipped in it, and what is read back."""

import io
import threading
from pathlib import Path

from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.store import format as layout
from vault.store import queries, service

CONTENTS = [b"first " * 50_000, b"", b"second", bytes(range(256)) * 2500]


def keep(vault: Vault, scope: Scope, contents: list[bytes] = CONTENTS) -> list[str]:
    """Digests of the contents, which lie in one new pack of the area."""
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, scope.area)
    with vault.store.deposit(area) as deposit:
        for content in contents:
            deposit.add(io.BytesIO(content), size=len(content))
        stored = deposit.finish()
    with vault.database.transaction() as session:
        service.register(session, scope.area, stored)
    return [one.digest for one in stored]


def read(vault: Vault, scope: Scope, digest: str) -> bytes:
    """What the area gives for a digest; raises Damaged, once that has been reported by the thread that does so."""
    try:
        with vault.database.read() as session:
            return vault.store.blob(vault.store.area(session, scope), queries.blob(session, scope, digest)).read()
    finally:
        for thread in threading.enumerate():
            if thread.name.startswith("damage-"):
                thread.join()


def flip(path: Path, at: int) -> None:
    """One bit of the file is another; `at` may count from the end."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


PLACES = {
    "magic": 1,
    "area id": 20,
    "header tag": 80,
    "record header": layout.HEADER_BYTES + 2,
    "frame head": layout.HEADER_BYTES + 17,
    "body": layout.HEADER_BYTES + 5000,
    "frame tag": layout.HEADER_BYTES + 16 + 4 + 262_144 + 3,
    "index": -60,
    "tail": -10,
}
"""An offset in each class of bytes of a pack of `CONTENTS`."""
