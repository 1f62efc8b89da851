"""The world behind the app, new for each test; and one that is shared by tests that only look."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.world import World, build


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A home of the test's own."""
    made = build(tmp_path)
    yield made
    made.installation.close()


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One home for all tests of a file, where a new one for each would only cost time."""
    made = build(tmp_path_factory.mktemp("world"))
    yield made
    made.installation.close()
