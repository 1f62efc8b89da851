"""Both engines, each on a folder of its own: every test of the contract runs on both."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.engine.port import Document, Engine, Kind
from search.engine.tantivy import TantivyEngine
from search.engine.whoosh import WhooshEngine

Making = Callable[..., Document]
ENGINES: dict[str, Callable[[Path], Engine]] = {"tantivy": TantivyEngine, "whoosh": WhooshEngine}


@pytest.fixture(params=sorted(ENGINES))
def opening(request: pytest.FixtureRequest) -> Callable[[Path], Engine]:
    """The class of the engine under test."""
    return ENGINES[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(opening: Callable[[Path], Engine], folder: Path) -> Iterator[Engine]:
    """An engine with an empty index."""
    made = opening(folder)
    made.create()
    yield made
    made.close()


@pytest.fixture
def document() -> Making:
    """Makes a document with everything defaulted."""

    def make(id_: str, body: str = "", **given: object) -> Document:
        values: dict[str, object] = {
            "kind": Kind.REQUEST,
            "id": id_,
            "facility_id": "id-of-f001",
            "facility": "f001",
            "title": "",
            "body": body,
            "at": datetime(2026, 11, 1, tzinfo=UTC),
        }
        return Document(**(values | given))  # type: ignore[arg-type]

    return make
