"""The backup plan of a device: what the contract of its target tells it to do, and when next."""

import hashlib
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlalchemy.orm import Session

from vault.base import clock
from vault.base.scope import Role, Scope
from vault.contracts import queries
from vault.contracts.models import Contract
from vault.contracts.timing import Occasion
from vault.tenancy import facilities


@dataclass(frozen=True)
class Plan:
    """The JSON of `GET /backup-plan` and its entity tag. Without a contract every value but `zone` is null or empty."""

    body: dict[str, Any]

    @property
    def etag(self) -> str:
        """Changes exactly when the body does."""
        return hashlib.sha256(rfc8785.dumps(self.body)).hexdigest()[:32]

    @property
    def is_nightly(self) -> bool:
        """Whether a clock starts its runs."""
        return str(self.body["timing"]).startswith(Occasion.NIGHTLY)


def plan(session: Session, scope: Scope) -> Plan:
    """The plan of the calling device; empty without a contract, or with several and no target of its own."""
    scope.require(Role.DEVICE)
    zone = facilities.of(session, scope).zone
    contract = queries.active_for(session, scope, queries.target_of_caller(session, scope))
    return Plan(_empty(zone) if contract is None else _of(contract, zone))


def version_of(contract: Contract) -> str:
    """Names the agreed terms: a run says by which it was done."""
    return contract.digest[:16]


def _of(contract: Contract, zone: str) -> dict[str, Any]:
    terms = contract.terms
    values = terms.values()
    coming = terms.timing.next_night(clock.now(), zone)
    run = coming[1] if coming is not None and contract.holds_on(coming[0]) else None
    return {
        "target": terms.target,
        "version": version_of(contract),
        "timing": values["timing"],
        "unit": values["unit"],
        "kinds": values["kinds"],
        "patients": values["patients"],
        "next_run": None if run is None else run.isoformat().replace("+00:00", "Z"),
        "zone": zone,
    }


def _empty(zone: str) -> dict[str, Any]:
    return {
        "target": None,
        "version": None,
        "timing": None,
        "unit": None,
        "kinds": [],
        "patients": {"default": "in", "except": []},
        "next_run": None,
        "zone": zone,
    }
