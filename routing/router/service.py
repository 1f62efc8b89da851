"""What changes the router: the provider's rules, and which learned model is in use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from routing.router import modelfile, queries
from routing.router.models import ModelState, RouterModel, RouteRule
from routing.router.rules import rule as checked
from routing.router.train import Example, train
from vault.base import audit, clock, ids
from vault.base.errors import Conflict
from vault.base.scope import Role, Scope
from vault.base.settings import Settings

KEPT = 5
"""So many models that were in use are kept to go back to."""

BY_HAND, FROM_ANSWERS = "file", "answers"


@dataclass(frozen=True)
class Trained:
    """A model whose numbers are in HOME, not yet known to the database."""

    id: str
    source: str
    report: dict[str, Any]


def set_rules(session: Session, rules: Sequence[dict[str, Any]]) -> bool:
    """
    Replace all rules by `rules`, each `{"when": {…}, "to": [code, …]}`, in their order; True when anything changed.

    Raises Invalid naming the wrong part, as in `rules.2.when.subject`.
    """
    for number, each in enumerate(rules):
        checked(each["when"], each["to"], field=f"rules.{number}")
    wanted = [(dict(each["when"]), list(each["to"])) for each in rules]
    if [(row.conditions, row.departments) for row in queries.rules(session)] == wanted:
        return False
    session.execute(delete(RouteRule))
    now = clock.now()
    session.add_all(
        RouteRule(position=position, conditions=when, departments=to, created_at=now)
        for position, (when, to) in enumerate(wanted)
    )
    session.flush()
    return True


def learn(settings: Settings, examples: Iterable[Example], *, source: str) -> Trained:
    """
    Learn from the examples and put the model's numbers into HOME; call it outside any transaction, it takes seconds.

    `source` is BY_HAND or FROM_ANSWERS. Raises Invalid when no example names a department.
    """
    examples = list(examples)
    began = perf_counter()
    learned = train(examples)
    id_ = ids.new()
    modelfile.save(queries.folder(settings), id_, learned)
    limit = learned.sure_from(0.95)
    alone = max((step.share for step in learned.steps if step.probability >= limit), default=0.0)
    report = {
        "examples": len(examples),
        "departments": dict(zip(learned.codes, learned.counts, strict=True)),
        "seconds": round(perf_counter() - began, 1),
        "accuracy": round(learned.steps[-1].right, 4) if learned.steps else None,
        "routed_alone_at_95": round(alone, 4) if learned.steps else None,
    }
    return Trained(id_, source, report)


def propose(session: Session, trained: Trained) -> RouterModel:
    """Make the model known without using it."""
    row = RouterModel(id=trained.id, created_at=clock.now(), source=trained.source, report=trained.report)
    session.add(row)
    session.flush()
    return row


def adopt(session: Session, scope: Scope, settings: Settings, model_id: str) -> RouterModel:
    """
    Take a proposed or kept model into use; the one before is kept to go back to, the oldest kept are removed.

    Raises NotFound for an unknown one, Damaged when its numbers cannot be read: then nothing changes.
    """
    scope.require(Role.ADMIN, Role.SYSTEM)
    row = queries.model(session, model_id)
    modelfile.load(queries.folder(settings), row.id)
    before = queries.active(session)
    if before is not None and before.id == row.id:
        return row
    if before is not None:
        before.state = ModelState.KEPT.value
        session.flush()  # the index lets no two be in use, not even for a moment
    row.state, row.adopted_at = ModelState.ACTIVE.value, clock.now()
    session.flush()
    audit.record(session, scope, "router.adopted", items=[f"router_model:{row.id}"])
    _remove_oldest(session, queries.folder(settings))
    return row


def go_back(session: Session, scope: Scope, settings: Settings) -> RouterModel:
    """Use again the model that was in use before this one; Conflict when there is none."""
    newest = select(RouterModel).where(RouterModel.state == ModelState.KEPT).order_by(RouterModel.adopted_at.desc())
    before = session.scalars(newest.limit(1)).first()
    if before is None:
        raise Conflict("no_model_before")
    return adopt(session, scope, settings, before.id)


def _remove_oldest(session: Session, folder: Path) -> None:
    kept = select(RouterModel).where(RouterModel.state == ModelState.KEPT).order_by(RouterModel.adopted_at.desc())
    for row in session.scalars(kept.offset(KEPT)).all():
        session.delete(row)
        modelfile.discard(folder, row.id)
    session.flush()
