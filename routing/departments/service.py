"""What changes departments: `kura apply` and the administrator's page."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from routing.departments import queries
from routing.departments.models import TRIAGE, Department, Membership
from vault.base import clock, ids
from vault.base.database import insert_if_absent
from vault.base.errors import Invalid


def ensure_triage(session: Session) -> Department:
    """The desk for what nobody is sure about; made when it is missing, and never inactive."""
    insert_if_absent(
        session,
        Department,
        id=ids.new(),
        code=TRIAGE,
        name_ja="受付",
        name_en="Triage",
        about="",
        active=True,
        created_at=clock.now(),
    )
    return session.scalars(select(Department).where(Department.code == TRIAGE)).one()


def upsert(
    session: Session, *, code: str, name_ja: str, name_en: str, about: str = "", threshold: float | None = None
) -> list[str]:
    """
    Bring the department `code` to these values; the names of the fields that changed, `["code"]` for a new one.

    Raises Invalid for an empty code or a threshold outside 0…1.
    """
    if not code.strip():
        raise Invalid(field="code")
    if threshold is not None and not 0 < threshold <= 1:
        raise Invalid(field="threshold")
    wanted = {"name_ja": name_ja, "name_en": name_en, "about": about, "threshold": threshold, "active": True}
    row = session.scalar(select(Department).where(Department.code == code))
    if row is None:
        session.add(Department(code=code, created_at=clock.now(), **wanted))
        session.flush()
        return ["code"]
    changed = [field for field, value in wanted.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, wanted[field])
    session.flush()
    return changed


def set_members(session: Session, person_id: str, codes: Iterable[str]) -> bool:
    """Have the person work in exactly these departments; True when that changed anything, Invalid if one is unknown."""
    wanted = {department.id for department in queries.by_codes(session, codes, field="departments")}
    held = set(session.scalars(select(Membership.department_id).where(Membership.person_id == person_id)))
    if gone := held - wanted:
        session.execute(delete(Membership).where(Membership.person_id == person_id, Membership.department_id.in_(gone)))
    if new := wanted - held:
        session.execute(insert(Membership), [{"person_id": person_id, "department_id": id_} for id_ in sorted(new)])
    return wanted != held


def known_from_history(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Ids by code, inactive departments being made for codes that nobody has: imported answers keep who gave them."""
    for code in sorted(codes):
        insert_if_absent(
            session,
            Department,
            id=ids.new(),
            code=code,
            name_ja=code,
            name_en=code,
            about="",
            active=False,
            created_at=clock.now(),
        )
    found = session.scalars(select(Department).where(Department.code.in_(codes)))
    return {department.code: department.id for department in found}
