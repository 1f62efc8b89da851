"""What the tests of routing share: the small world, on SQLite unless a test asks for both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.delivery import subscribers as delivery
from routing.sweep import subscribers as sweep
from tests.routing.world import World, build
from vault.base.database import Database


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Two facilities, their people, and the departments that answer them; `tests.routing.world.ON_BOTH` runs twice."""
    delivery.subscribe_all()
    sweep.subscribe_all()
    engine = getattr(request, "param", "sqlite")
    database = Database(request.getfixturevalue(f"{engine}_url"))
    yield build(database, tmp_path)
    database.close()
