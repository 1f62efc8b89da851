"""The small world of routing's tests with an index beside it, and an analyst."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from routing.delivery import subscribers as delivery
from routing.sweep import subscribers as sweep
from search.documents import subscribers
from search.engine import open_engine
from search.engine.port import Engine, Hit, Query
from search.query.filters import build as question
from tests.routing.world import World, build
from vault.base import clock, jobs, outbox
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.tenancy.models import Person
from vault.tenancy.scopes import scope_of_person


@dataclass(frozen=True)
class Searched:
    """The world, its index, and who may search it."""

    world: World
    engine: Engine
    analyst: Scope

    @property
    def database(self) -> Database:
        return self.world.database

    def work(self) -> None:
        """What the worker does: relay the events, run the jobs."""
        outbox.relay(self.database)
        jobs.run_due(self.database, self)

    def hits(self, q: str, **filters: str) -> list[Hit]:
        """What the index holds, without a trace."""
        return list(self.engine.search(question(q=q, **filters)).items)  # type: ignore[arg-type]

    def everything(self) -> set[str]:
        return {str(hit.key) for hit in self.engine.search(Query(limit=200)).items}


@pytest.fixture
def searched(database: Database, tmp_path: Path) -> Iterator[Searched]:
    """An empty index over the world, with every subscriber that a worker has."""
    for heard in (delivery, sweep, subscribers):
        heard.subscribe_all()
    engine = open_engine("tantivy", tmp_path / "index")
    engine.create()
    world = build(database, tmp_path)
    with database.transaction() as session:
        person = Person(login="analyst", name="解析 太郎", role=Role.ANALYST, created_at=clock.now())
        session.add(person)
        session.flush()
        analyst = scope_of_person(session, person)
    yield Searched(world, engine, analyst)
    engine.close()
