"""What a worker does for search: bring the index up with what was noted."""

from datetime import timedelta
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from search.documents import service
from search.engine.port import Engine
from vault.base import jobs
from vault.base.errors import Unavailable

INDEX = "search.index"
log = structlog.get_logger()


class Resources(Protocol):
    """What this job needs of the installation."""

    @property
    def engine(self) -> Engine: ...


def order(session: Session) -> None:
    """Have what is noted indexed soon; many orders before the job starts make one run."""
    jobs.add(session, INDEX, key=INDEX)


@jobs.handler(INDEX, queue=jobs.Queue.INDEX, every=timedelta(seconds=30))
def index(context: jobs.Context) -> dict[str, object]:
    """
    Index what is noted. It also comes by itself, for what an index that was away has missed.

    An index that cannot be written is no failure of this job: the notes stay, and `kura check` tells of the index.
    """
    resources: Resources = context.resources
    try:
        return {"indexed": service.catch_up(context.database, resources.engine, lambda done: context.progress(done, 0))}
    except Unavailable as problem:
        log.warning("index unavailable", reason=problem.reason)
        return {"indexed": 0, "unavailable": problem.reason}
