"""Applying a file to an empty database."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.apply.report import ApplyReport
from portal.apply.service import apply
from vault.base import settings
from vault.base.database import Database

Apply = Callable[..., ApplyReport]


def bring_into(database: Database, home: Path) -> Apply:
    """Applies values or a file; `tokens` is OUT."""

    def run(source: Path | dict[str, Any], tokens: Path | None = None) -> ApplyReport:
        return apply(database, source, settings=settings.read(home, {}), tokens_path=tokens)

    return run


@pytest.fixture
def bring(database: Database, tmp_path: Path) -> Apply:
    return bring_into(database, tmp_path)
