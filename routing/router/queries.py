"""What reads the router: the one to decide with, its rules, its models."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.departments import queries as departments
from routing.departments.models import TRIAGE
from routing.router import modelfile
from routing.router.about import Profile
from routing.router.learned import Learned
from routing.router.models import ModelState, RouterModel, RouteRule
from routing.router.router import Model, Router
from routing.router.rules import rule
from vault.base.errors import Damaged
from vault.base.scope import load
from vault.base.settings import Settings

log = structlog.get_logger()

_made: dict[Path, tuple[object, Router]] = {}
_making = threading.Lock()


def folder(settings: Settings) -> Path:
    """Where the numbers of learned models are."""
    return settings.home / "router"


def load_router(session: Session, settings: Settings) -> Router:
    """
    The router as departments, rules and the model in use say; made anew only when one of them changed.

    A model whose numbers are damaged is left out, which `Router.damaged` and the log say: requests are then routed by
    rules and by what departments say of themselves.
    """
    active_model = active(session)
    profiles = [
        Profile(row.code, (row.name_ja, row.name_en), row.about, row.threshold)
        for row in departments.active(session)
        if row.code != TRIAGE
    ]
    ruled = [(row.conditions, row.departments) for row in rules(session)]
    now: object = (active_model.id if active_model else None, profiles, ruled)
    with _making:
        known = _made.get(settings.home)
        if known is not None and known[0] == now and not known[1].damaged:
            return known[1]
        model, damaged = _read_model(settings, active_model.id if active_model else None)
        router = Router(profiles, [rule(when, to) for when, to in ruled], model, damaged=damaged)
        _made[settings.home] = (now, router)
        return router


def rules(session: Session) -> list[RouteRule]:
    """The provider's rules in their order."""
    return list(session.scalars(select(RouteRule).order_by(RouteRule.position)))


def active(session: Session) -> RouterModel | None:
    """The learned model in use, if any."""
    return session.scalar(select(RouterModel).where(RouterModel.state == ModelState.ACTIVE))


def model(session: Session, model_id: str) -> RouterModel:
    """One learned model, or NotFound."""
    return load(session, RouterModel, model_id)


def models(session: Session) -> list[RouterModel]:
    """Every learned model there is, the newest first."""
    return list(session.scalars(select(RouterModel).order_by(RouterModel.id.desc())))


def state(session: Session, settings: Settings) -> dict[str, Any]:
    """What `kura check` says of the router: the model in use and its report; Damaged when it cannot be read."""
    row = active(session)
    if row is None:
        return {"model": None}
    modelfile.load(folder(settings), row.id)
    return {"model": row.id, "source": row.source, "report": row.report}


def _read_model(settings: Settings, id_: str | None) -> tuple[Model | None, bool]:
    if id_ is None:
        return None, False
    try:
        return Model(id_, _learned(folder(settings), id_)), False
    except Damaged as problem:
        log.error("router model damaged, routing by rules and about texts", model=id_, problem=str(problem))
        return None, True


@lru_cache(maxsize=2)
def _learned(where: Path, id_: str) -> Learned:
    """A model's numbers never change under its id, so that one reading lasts."""
    return modelfile.load(where, id_)
