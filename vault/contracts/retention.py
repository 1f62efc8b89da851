"""What law and contract keep: until which day data of a kind cannot be deleted."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base.scope import Scope, scoped
from vault.contracts import spans
from vault.contracts.models import Contract
from vault.contracts.terms import DataKind


def kind_of(media_type: str) -> DataKind:
    """As which kind of data something of that media type is kept, within an exam."""
    family = media_type.partition("/")[0]
    return {"image": DataKind.STILL, "video": DataKind.CLIP}.get(family, DataKind.FILE)


def years(session: Session, scope: Scope, kinds: Iterable[DataKind], target_id: str, *, by_law: int) -> int:
    """
    For how many years data of these kinds is kept: `by_law` whatever is agreed, and the longest that was ever agreed
    for the backup target (empty: for any of the area).
    """
    kinds = set(kinds)
    statement = scoped(select(Contract), scope, Contract)
    if target_id:
        statement = statement.where(Contract.target_id == target_id)
    agreed = (
        years for contract in session.scalars(statement) for kind, years in contract.terms.retention if kind in kinds
    )
    return max([by_law, *agreed])


def kept_until(
    session: Session, scope: Scope, kinds: Iterable[DataKind], target_id: str, since: date, *, by_law: int
) -> date | None:
    """The first day on which data of these kinds, of that target and day, may be deleted; None where nothing keeps."""
    kept = years(session, scope, kinds, target_id, by_law=by_law)
    return spans.corresponding_day(since, 12 * kept) if kept else None
