"""Depositing blobs: they go into new packs of an area, in parts where they are large, and are made durable together."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from vault.store import format as layout
from vault.store.backends import Backend
from vault.store.frames import Ahead, Interrupted, Limited, Source, known
from vault.store.writing import Area, PackWriter, Stored, name_of

__all__ = ["Area", "Deposit", "Interrupted", "Mismatch", "Source", "Stored", "name_of"]

PART_BYTES = 32 * 2**20
"""A blob larger than this is kept in parts of this size; a whole number of frames."""
PACK_BYTES = 256 * 2**20
"""A pack that has grown to this is sealed, and what follows goes into another."""


class Mismatch(Exception):
    """The bytes are not those that were announced."""


class Deposit:
    """
    Blobs of one call on their way into one new pack of an area, and another after each `PACK_BYTES`.

    Nothing of it may be registered before `finish` returned. Leaving the block without it discards everything.
    """

    def __init__(self, backend: Backend, area: Area) -> None:
        self._backend, self._area = backend, area
        self._plain = memoryview(bytearray(layout.FRAME_BYTES))
        self._sealed = memoryview(bytearray(layout.FRAME_BYTES + layout.TAG))
        self._open: PackWriter | None = None
        self._full: list[PackWriter] = []

    @property
    def size(self) -> int:
        """Bytes written since `finish` last returned."""
        return sum(pack.size for pack in self._full) + (self._open.size if self._open else 0)

    def add(self, source: Source, *, size: int | None = None, digest: str | None = None) -> Stored:
        """
        Take one blob of `size` bytes (None: to the source's end) whose SHA-256 is `digest` (hex; None: whatever it is).

        Raises Interrupted or Mismatch; the deposit then holds what it held before, and can go on or finish.
        """
        small = size is not None and size <= PART_BYTES
        if not small:
            self._begin_anew(size)
        with self._or_nothing():
            stored = self._record(source, size or 0) if small else self._of_any_size(source, size)
            if digest is not None and stored.digest != digest:
                raise Mismatch(digest)
        return stored

    def add_record(self, source: Source, *, size: int, digest: str, is_part: bool) -> Stored:
        """Take one blob in a single record, whatever its size, as it was kept before; raises as `add`."""
        with self._or_nothing():
            stored = self._record(source, size, is_part=is_part)
            if stored.digest != digest:
                raise Mismatch(digest)
        return stored

    def add_part(self, source: Source) -> Stored:
        """Take a source of at most `PART_BYTES` as a part of a blob that a list will name."""
        with self._or_nothing():
            return self._part(Ahead(source))

    def add_list(self, digest: str, parts: Sequence[tuple[str, int]]) -> Stored:
        """Take the list of the parts (digest, size) that make the blob `digest`; the caller vouches for it."""
        with self._or_nothing():
            content, pack = layout.list_content(parts), self._pack()
            body = pack.body(known(io.BytesIO(content), len(content), self._plain))
            return pack.end_list(body, digest, tuple(parts))

    def finish(self) -> list[Stored]:
        """Write the index, pass the barrier, and tell what is durable now; a later `add` begins another pack."""
        self._seal()
        durable = [stored for pack in self._full for stored in pack.stored]
        self._full = []
        return durable

    def discard(self) -> None:
        """Leave nothing behind of what was not finished."""
        self._drop_open()
        for pack in self._full:
            self._backend.delete(pack.name)
        self._full = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.discard()

    def _pack(self) -> PackWriter:
        """The pack that is open, another one once it is full."""
        if self._open is not None and self._open.size >= PACK_BYTES:
            self._seal()
        if self._open is None:
            self._open = PackWriter(self._backend, self._area, self._sealed)
        return self._open

    def _record(self, source: Source, size: int, *, is_part: bool = False) -> Stored:
        pack = self._pack()
        return pack.end(pack.body(known(source, size, self._plain)), is_part=is_part)

    def _of_any_size(self, source: Source, size: int | None) -> Stored:
        """A blob that may need parts: where one record holds it, that is all."""
        ahead = Ahead(source if size is None else Limited(source, size))
        pack = self._pack()
        body = pack.body(ahead.frames(PART_BYTES))
        if not ahead.more and size in (None, body.size):
            return pack.end(body)
        first = pack.end(body, is_part=True)
        parts, whole = [(first.digest, first.size)], body.digest.copy()
        while ahead.more:
            part = self._part(ahead, whole)
            parts.append((part.digest, part.size))
        if size is not None and sum(length for _, length in parts) < size:
            raise Interrupted("the source ended before the blob did")
        return self.add_list(whole.hexdigest(), parts)

    def _part(self, ahead: Ahead, whole: object = None) -> Stored:
        pack = self._pack()
        return pack.end(pack.body(ahead.frames(PART_BYTES), whole), is_part=True)

    @contextmanager
    def _or_nothing(self) -> Iterator[None]:
        """Of what the block adds nothing is left when it fails."""
        pack = self._pack()
        size, stored, full = pack.size, len(pack.stored), len(self._full)
        try:
            yield
        except BaseException:
            if pack is self._open:
                pack.rewind(size, stored)
            else:
                self._undo(full)
            raise

    def _begin_anew(self, size: int | None) -> None:
        """
        A blob that may need another pack begins one: where it fails, its packs can go with all that is in them. Twice
        its size is more than it takes with all that frames and records add.
        """
        open_ = self._open
        if open_ is not None and open_.stored and (size is None or open_.size + 2 * size >= PACK_BYTES):
            self._seal()

    def _undo(self, full: int) -> None:
        """Take back packs sealed since: nothing but the blob that failed is in them."""
        self._drop_open()
        since, self._full = self._full[full:], self._full[:full]
        for pack in since:
            self._backend.delete(pack.name)

    def _seal(self) -> None:
        pack = self._open
        if pack is None:
            return
        if not pack.stored:
            self._drop_open()
            return
        pack.seal()
        self._open = None
        self._full.append(pack)

    def _drop_open(self) -> None:
        if self._open is not None:
            self._open.discard()
        self._open = None
