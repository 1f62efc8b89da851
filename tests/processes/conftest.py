"""A home that each test serves as it needs to; its server never outlives the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.live import Live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A home that is not served yet."""
    made = Live(tmp_path)
    yield made
    made.server.kill()
