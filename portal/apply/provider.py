"""The provider's own part of FILE: name and telephone, departments, rules, who works where."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.apply.file import Department, File, Provider, ProviderPerson, Rule
from portal.apply.run import Run
from routing.departments import queries, service
from routing.departments.models import TRIAGE
from routing.router import service as router
from vault.tenancy.models import Person
from vault.tenancy.models import Provider as Row


def bring(run: Run, file: File) -> None:
    """Name and telephone, departments, then the rules, which name departments."""
    if file.provider is not None:
        _bring_provider(run, file.provider)
    _bring_departments(run, file.departments)
    _bring_rules(run, file.rules)


def bring_membership(run: Run, person: ProviderPerson, row: Person) -> None:
    """The person works in exactly the departments FILE names."""
    if service.set_members(run.session, row.id, person.departments):
        run.report.changed("person", person.login, ["departments"])


def _bring_provider(run: Run, provider: Provider) -> None:
    wanted = provider.model_dump()
    row = run.session.scalar(select(Row))
    if row is None:
        run.session.add(Row(id=1, **wanted))
        run.session.flush()
        run.report.changed("provider", provider.name)
        return
    differs = [field for field, value in wanted.items() if getattr(row, field) != value]
    for field in differs:
        setattr(row, field, wanted[field])
    if differs:
        run.report.changed("provider", provider.name, differs)


def _bring_departments(run: Run, departments: Sequence[Department]) -> None:
    service.ensure_triage(run.session)
    held = {row.code: row for row in queries.every(run.session).values()}
    for department in departments:
        row = held.get(department.code)
        differs = service.upsert(
            run.session,
            code=department.code,
            name_ja=department.name.ja,
            name_en=department.name.en,
            about=department.about,
            threshold=None if row is None else row.threshold,
        )
        if differs:
            run.report.changed("department", department.code, [] if row is None else differs)
    named = {department.code for department in departments} | {TRIAGE}
    for code, row in held.items():
        if code not in named and row.active:
            run.report.keep("department", code)


def _bring_rules(run: Run, wanted: Sequence[Rule]) -> None:
    """The rules of FILE in place of all that there were."""
    if router.set_rules(run.session, [rule.model_dump() for rule in wanted]):
        run.report.changed("rules", f"{len(wanted)} in the file", ["replaced"])
