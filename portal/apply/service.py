"""`kura apply`: everything is looked at before anything changes, and what changes does so in one transaction."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.apply import checks, facilities, hashes, people, provider, reading, tokens
from portal.apply.file import File
from portal.apply.report import ApplyReport
from portal.apply.run import Run
from routing.departments import queries as departments
from vault.base import audit, clock
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.base.settings import Settings
from vault.tenancy import facilities as areas
from vault.tenancy import people as tenants
from vault.tenancy.models import ApplyRecord

_OF_EACH: dict[str, Any] = {"people": {"__all__": {"password", "pin"}}}
SECRETS: dict[str, Any] = {**_OF_EACH, "facilities": {"__all__": _OF_EACH}}
"""Left out of the digest that is kept of FILE: from a digest a short password could be guessed."""


def apply(
    database: Database, source: Path | Mapping[str, Any], *, settings: Settings, tokens_path: Path | None = None
) -> ApplyReport:
    """
    Bring the installation to what the file (or the same as a mapping) says; run twice it changes nothing.

    Raises Invalid naming the place in the file, Conflict("agreed_terms") where it would change what was agreed; nothing
    is changed then. With `tokens_path`, logins without a live token get one, merged into that file.
    """
    file = reading.read(source)
    with database.read() as session:
        checks.check(file, {department.code for department in departments.active(session)})
    prepared = hashes.prepare(database, file)
    report = ApplyReport()
    with tokens.Out(tokens_path) as out:
        with database.transaction() as session:
            _bring_all(Run(session, prepared, settings.people, report), file)
            if tokens_path is not None:
                tokens.give(session, file, out.held, report)
            _record(session, file, report)
            out.prepare(report.tokens)
        out.publish()
    return report


def _bring_all(run: Run, file: File) -> None:
    scope = Scope.system()
    provider.bring(run, file)
    for person in file.people:
        row = people.bring(run, scope, person, Role(person.role))
        provider.bring_membership(run, person, row)
        people.link(run, scope, row)
    people.keep_unnamed(run, tenants.of_provider(run.session, scope), file.people)
    for number, facility in enumerate(file.facilities):
        facilities.bring(run, facility, f"facilities.{number}")
    named = {facility.code for facility in file.facilities}
    for area in areas.all_facilities(run.session, scope):
        if area.code not in named:
            run.report.keep("facility", area.code)


def _record(session: Session, file: File, report: ApplyReport) -> None:
    """Keep what was brought about, if anything was."""
    if not report.changes:
        return
    said = json.dumps(file.model_dump(mode="json", exclude=SECRETS), sort_keys=True)
    record = ApplyRecord(at=clock.now(), digest=hashlib.sha256(said.encode()).hexdigest(), changes=report.changes)
    session.add(record)
    session.flush()
    audit.record(session, Scope.system(), "installation.applied", items=[f"apply:{record.id}"])
