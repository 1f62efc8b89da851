"""The provider's own part of FILE: name and telephone, departments, rules, who works where."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.apply.file import File, Provider, ProviderPerson
from portal.apply.report import ApplyReport
from routing.departments import queries, service
from routing.departments.models import TRIAGE
from vault.tenancy.models import Person
from vault.tenancy.models import Provider as Row


def bring(session: Session, file: File, report: ApplyReport) -> None:
    """Name and telephone, departments, then the rules, which name departments."""
    if file.provider is not None:
        _bring_provider(session, file.provider, report)
    _bring_departments(session, file, report)
    _bring_rules(session, file, report)


def bring_membership(session: Session, person: ProviderPerson, row: Person, report: ApplyReport) -> None:
    """The person works in exactly the departments FILE names."""
    if service.set_members(session, row.id, person.departments):
        report.changed("person", person.login, ["departments"])


def _bring_provider(session: Session, provider: Provider, report: ApplyReport) -> None:
    wanted = provider.model_dump()
    row = session.scalar(select(Row))
    if row is None:
        session.add(Row(id=1, **wanted))
        session.flush()
        report.changed("provider", provider.name)
        return
    differs = [field for field, value in wanted.items() if getattr(row, field) != value]
    for field in differs:
        setattr(row, field, wanted[field])
    if differs:
        report.changed("provider", provider.name, differs)


def _bring_departments(session: Session, file: File, report: ApplyReport) -> None:
    service.ensure_triage(session)
    held = {row.code: row for row in queries.every(session).values()}
    for department in file.departments:
        row = held.get(department.code)
        differs = service.upsert(
            session,
            code=department.code,
            name_ja=department.name.ja,
            name_en=department.name.en,
            about=department.about,
            threshold=None if row is None else row.threshold,
        )
        if differs:
            report.changed("department", department.code, [] if row is None else differs)
    named = {department.code for department in file.departments} | {TRIAGE}
    for code, row in held.items():
        if code not in named and row.active:
            report.keep("department", code)


def _bring_rules(session: Session, file: File, report: ApplyReport) -> None:
    wanted = [(rule.when, rule.to) for rule in file.rules]
    if rules.replace(session, wanted):
        report.changes.append(f"rules: replaced, {len(wanted)} now")
