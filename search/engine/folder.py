"""
The index folder: which generation of the index is in use, and who may write.

    HOME/index/VERSION            {"engine": "tantivy", "schema": 1, "generation": "g-…"}
    HOME/index/writer.lock        held (flock) by whoever writes
    HOME/index/g-…/               the engine's own files

A rebuild fills a new generation and then replaces VERSION in one rename, so that readers see the old index or the
new one, and a rebuild that dies leaves the old one in use.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vault.base import ids
from vault.base.errors import Unavailable

REMEDY = "kura index --rebuild"
WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.02


def unavailable(reason: str) -> Unavailable:
    """The error of an index that cannot be used: why, and the command that mends it."""
    return Unavailable(reason, part="index", remedy=REMEDY)


@dataclass(frozen=True)
class IndexFolder:
    """The folder of one engine's index; `schema` is raised whenever older indexes would answer wrongly."""

    path: Path
    engine: str
    schema: int

    @property
    def _version(self) -> Path:
        return self.path / "VERSION"

    @property
    def exists(self) -> bool:
        return self._version.exists()

    def current(self) -> Path:
        """The generation in use; Unavailable when there is none, or it was made by something else."""
        try:
            said = json.loads(self._version.read_bytes())
            made_by, generation = (said["engine"], said["schema"]), self.path / str(said["generation"])
        except FileNotFoundError:
            raise unavailable("index_missing") from None
        except (ValueError, KeyError, TypeError) as problem:
            raise unavailable("index_damaged") from problem
        if made_by != (self.engine, self.schema):
            raise unavailable("index_of_another_version")
        if not generation.is_dir():
            raise unavailable("index_damaged")
        return generation

    def fresh(self) -> Path:
        """A new, empty generation that nobody uses yet; leavings of rebuilds that died are removed."""
        if self.exists:
            self._remove_all_but(self._in_use())
        generation = self.path / f"g-{ids.new()}"
        generation.mkdir(parents=True)
        return generation

    def publish(self, generation: Path) -> None:
        """Put `generation` in use, durably, and remove the others; readers that have one open keep it."""
        said = {"engine": self.engine, "schema": self.schema, "generation": generation.name}
        draft = self.path / "VERSION.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._version)
        _sync(self.path)
        self._remove_all_but(generation.name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one right to write, over threads and processes; Unavailable when another keeps it too long."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "writer.lock").open("a") as lock:
            _wait_for(lock.fileno())
            yield

    def _in_use(self) -> str:
        try:
            return self.current().name
        except Unavailable:
            return ""

    def _remove_all_but(self, kept: str) -> None:
        for generation in self.path.glob("g-*"):
            if generation.name != kept:
                shutil.rmtree(generation, ignore_errors=True)


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Unavailable("index_busy", part="index") from None
            time.sleep(_PAUSE_SECONDS)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
