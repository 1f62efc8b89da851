"""What the WebDAV resources do with the drive, each act a short transaction of its own."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from portal.installation import Installation
from vault.base.scope import Scope, scoped
from vault.exams import drive, drive_properties, drive_queries, folders
from vault.exams.drive import Condition
from vault.exams.drive_queries import Entry
from vault.exams.models import DriveFile
from vault.store.records import Blob
from vault.tenancy.models import Space


@dataclass(frozen=True)
class Room:
    """Bytes used in the area and, where it has a limit, left of it."""

    used: int
    left: int | None


@dataclass
class Drive:
    """The drive of one caller, for one request; `tokens` are the locks that the request names."""

    installation: Installation
    scope: Scope
    tokens: frozenset[str] = frozenset()

    @cached_property
    def space(self) -> Room:
        """How full the area is."""
        with self.installation.database.read() as session:
            space = session.scalars(scoped(select(Space), self.scope, Space).where(Space.target_id == "")).one()
            if space.capacity is None:
                return Room(space.used, None)
            return Room(space.used, max(0, space.capacity - space.used - space.reserved))

    def entry(self, path: str) -> tuple[Entry, dict[str, str]] | None:
        """What lies at `path`, and what clients keep with it."""
        with self.installation.database.read() as session:
            found = drive_queries.entry_at(session, self.scope, path)
            if found is None:
                return None
            return found, drive_properties.of(session, self.scope, [found.id]).get(found.id, {})

    def entries(self, folder: str) -> Iterator[tuple[Entry, dict[str, str]]]:
        """The same for all that lies directly in a folder, read some at a time."""
        after: Entry | None = None
        while True:
            with self.installation.database.read() as session:
                found = drive_queries.some_children(session, self.scope, folder, after=after)
                kept = drive_properties.of(session, self.scope, [entry.id for entry in found])
            if not found:
                return
            yield from ((entry, kept.get(entry.id, {})) for entry in found)
            after = found[-1]

    def open(self, file: DriveFile) -> Blob:
        """The bytes of the newest version."""
        with self.installation.database.read() as session:
            return drive_queries.open_file(session, self.scope, self.installation.store, file)

    def make_folder(self, path: str) -> None:
        """Make a folder in one that is there."""
        with self.installation.database.transaction() as session:
            folders.make(session, self.scope, path, tokens=self.tokens, above=False)

    def put_empty(self, path: str) -> None:
        """An empty file, as a lock on a name that nothing has makes one."""
        drive.put(
            self.installation.database,
            self.installation.store,
            self.scope,
            path,
            io.BytesIO(),
            size=0,
            largest=0,
            condition=Condition(absent=True, folder=True, tokens=self.tokens),
        )

    def keep_property(self, owner_id: str, name: str, value: str | None) -> None:
        """Keep a property of a file or folder, or drop it."""
        with self.installation.database.transaction() as session:
            drive_properties.keep(session, self.scope, owner_id, name, value)
