"""What the tests of routing share: the small world, on both databases."""

from pathlib import Path

import pytest

from routing.delivery import subscribers as delivery
from routing.sweep import subscribers as sweep
from tests.routing.world import World, build
from vault.base.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Two facilities, their people, and the departments that answer them."""
    delivery.subscribe_all()
    sweep.subscribe_all()
    return build(database, tmp_path)
