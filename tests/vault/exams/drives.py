"""Short ways to put into a drive, read it back and see what is where."""

import io

from tests.vault.store.areas import CAPACITY, Vault
from vault.base.scope import Scope
from vault.exams import drive, drive_queries
from vault.exams.drive import ALWAYS, Condition, Put

LARGEST = 2 * CAPACITY


def put(vault: Vault, scope: Scope, path: str, content: bytes, condition: Condition = ALWAYS) -> Put:
    """Put `content` at `path`."""
    stream = io.BytesIO(content)
    return drive.put(
        vault.database, vault.store, scope, path, stream, size=len(content), largest=LARGEST, condition=condition
    )


def read(vault: Vault, scope: Scope, path: str, version: int | None = None) -> bytes:
    """What a file holds, or held in an older version."""
    with vault.database.read() as session:
        found = drive_queries.file_at(session, scope, path)
        return drive_queries.open_file(session, scope, vault.store, found, version).read()


def paths(vault: Vault, scope: Scope, prefix: str = "", *, deleted: bool = False) -> list[str]:
    """The paths that a list shows."""
    with vault.database.read() as session:
        page = drive_queries.list_files(session, scope, prefix=prefix, deleted=deleted)
        return [file.path for file in page.items]


def tree(vault: Vault, scope: Scope, folder: str = "") -> list[str]:
    """Every path below a folder, walked as a client walks it; folders end in a slash."""
    with vault.database.read() as session:
        entries = drive_queries.children(session, scope, folder)
    found: list[str] = []
    for entry in entries:
        found += [entry.path] if entry.file else [f"{entry.path}/", *tree(vault, scope, entry.path)]
    return found


def gone(vault: Vault, scope: Scope) -> list[str]:
    """What the list of deleted things shows, the newest first."""
    with vault.database.read() as session:
        return [one.path for one in drive_queries.deleted(session, scope).items]
