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
from routing.departments import queries as departments
from vault.base import audit, clock
from vault.base.database import Database
from vault.base.scope import Role, Scope
from vault.base.settings import Settings
from vault.tenancy import facilities as areas
from vault.tenancy import people as tenants
from vault.tenancy.models import ApplyRecord


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
            _bring_all(session, file, prepared, settings, report)
            if tokens_path is not None:
                tokens.give(session, file, out.held, report)
            _record(session, file, report)
            out.prepare(report.tokens)
        out.publish()
    return report


def _bring_all(session: Session, file: File, prepared: hashes.Hashes, settings: Settings, report: ApplyReport) -> None:
    scope = Scope.system()
    provider.bring(session, file, report)
    for person in file.people:
        row = people.bring(session, scope, person, Role(person.role), None, prepared, report)
        provider.bring_membership(session, person, row, report)
        people.link(session, scope, row, settings.people, report)
    people.keep_unnamed(tenants.of_provider(session, scope), {person.login for person in file.people}, report)
    for number, facility in enumerate(file.facilities):
        facilities.bring(session, facility, f"facilities.{number}", prepared, settings.people, report)
    named = {facility.code for facility in file.facilities}
    for area in areas.all_facilities(session, scope):
        if area.code not in named:
            report.keep("facility", area.code)


def _record(session: Session, file: File, report: ApplyReport) -> None:
    """Keep what was brought about, if anything was."""
    if not report.changes:
        return
    said = json.dumps(
        file.model_dump(mode="json", exclude={"people": {"__all__": {"password", "pin"}}}), sort_keys=True
    )
    digest = hashlib.sha256(said.encode()).hexdigest()
    record = ApplyRecord(at=clock.now(), digest=digest, changes=report.changes)
    session.add(record)
    session.flush()
    audit.record(session, Scope.system(), "installation.applied", items=[f"apply:{record.id}"])
