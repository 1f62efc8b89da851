"""The bank's lines: a file is read, seen, taken once; its lines are matched to invoices, set aside, or matched anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock, ids
from vault.base.database import count_changed, insert_if_absent
from vault.base.errors import Conflict, Invalid
from vault.base.scope import Role, Scope, load
from vault.base.settings import Settings
from vault.billing import bank_columns, bank_files, bank_queries, bank_values, deposits, payments
from vault.billing.bank_files import Incoming
from vault.billing.matching import Owing, Proposal
from vault.billing.models import BankFile, BankLine

LONGEST_REASON = 200
KEEPERS = (Role.BILLING, Role.ADMIN, Role.SYSTEM)


@dataclass(frozen=True)
class Taken:
    """What came of a file: lines that are new, those known before, and the new ones that were matched by themselves."""

    new: int
    known: int
    matched: int


def read_file(
    session: Session, scope: Scope, settings: Settings, name: str, content: bytes, said: Mapping[str, str] | None = None
) -> BankFile:
    """Read a file for its preview; nothing is taken yet. Raises what bank_files.read raises."""
    scope.require(*KEEPERS)
    columns = said or _said(settings.billing.bank_columns)
    found = bank_files.read(content, columns, clock.today(settings.provider.zone))
    session.execute(delete(BankFile).where(BankFile.taken_at.is_(None), BankFile.read_by == scope.login))
    lines = [line.values() for line in found.lines]
    row = BankFile(id=ids.new(), name=name[:200], lines=lines, left_out=found.left_out)
    row.read_at, row.read_by = clock.now(), scope.login
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True)
class Foreseen:
    """A line of a file before it is taken: known from an earlier one, or new and likely for these invoices."""

    line: Incoming
    known: bool
    proposal: Proposal | None


def preview(session: Session, scope: Scope, file: BankFile) -> list[Foreseen]:
    """What taking the file would bring; changes nothing."""
    scope.require(*KEEPERS)
    lines = [Incoming.of(values) for values in file.lines]
    known = bank_queries.known_digests(session, scope, [line.digest for line in lines])
    new = [_row(line) for line in lines if line.digest not in known]
    likely = dict(zip((row.digest for row in new), bank_queries.proposals(session, scope, new), strict=True))
    return [Foreseen(line, line.digest in known, likely.get(line.digest)) for line in lines]


def take(session: Session, scope: Scope, settings: Settings, file_id: str) -> Taken:
    """
    Keep each line of a file that was read, once, and match what is sure.

    A file that was taken already, and lines that another one brought, change nothing.
    """
    scope.require(*KEEPERS)
    file = load(session, BankFile, file_id, lock=True)
    lines = [Incoming.of(values) for values in file.lines]
    if file.taken_at is not None:
        return Taken(0, len(lines), 0)
    new = [id_ for line in lines if (id_ := _keep(session, line)) is not None]
    file.taken_at = clock.now()
    session.flush()
    audit.record(session, scope, "bank.taken", items=[f"file:{file.id}", f"lines:{len(new)}"])
    matched = sum(_match_if_sure(session, scope, settings, id_) for id_ in new)
    return Taken(len(new), len(lines) - len(new), matched)


def match(
    session: Session, scope: Scope, settings: Settings, line_id: str, invoice_ids: Sequence[str], *, keep: bool = False
) -> BankLine:
    """
    Pay invoices out of a line, the longest due first; with `keep` the rest is held for the facility, else it is open.

    Raises Conflict where the line is matched or set aside already, Invalid where no invoice is named, where one of them
    would get nothing, or where it is not clear for whom the rest is to be held.
    """
    scope.require(*KEEPERS)
    line = _lines_own(session, line_id)
    owing = bank_queries.owing(session, scope, invoice_ids)
    if not owing or len(owing) != len(set(invoice_ids)):
        raise Invalid("bank_no_invoice", field="invoices")
    left = line.open
    for one in owing:
        if left <= 0:
            raise Invalid("bank_too_many", field="invoices")
        left -= _pay(session, scope, settings, line, one, left)
    if keep and left:
        areas = {one.facility_id for one in owing}
        if len(areas) > 1:
            raise Invalid("bank_keep_for_whom", field="invoices")
        deposits.keep(session, scope.within(areas.pop()), line, left)
        left = 0
    _bring_down(session, line, line.open - left)
    return line


def undo(session: Session, scope: Scope, line_id: str) -> BankLine:
    """Take back every match of a line, each by a posting of its own: it is open again. Conflict where it has none."""
    scope.require(*KEEPERS)
    line = load(session, BankLine, line_id, lock=True)
    paid = bank_queries.payments_of(session, scope, [line.id])
    areas = bank_queries.kept_for(session, scope, line.id)
    if not paid and not areas:
        raise Conflict("bank_not_matched")
    for payment in paid:
        payments.reverse(session, scope.within(payment.facility_id), payment.id)
    for area in areas:
        for deposit in deposits.standing(session, scope.within(area), bank_line_id=line.id):
            deposits.undo(session, scope.within(area), deposit.id)
    session.refresh(line)
    return line


def set_aside(session: Session, scope: Scope, line_id: str, reason: str) -> BankLine:
    """Say why a line pays no invoice; an empty reason takes that back."""
    scope.require(*KEEPERS)
    line = load(session, BankLine, line_id, lock=True)
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid("too_long", field="reason")
    if reason and not line.open:
        raise Conflict("bank_line_matched")
    line.set_aside = reason or None
    session.flush()
    audit.record(session, scope, "bank.set_aside", why=reason or None, items=[f"line:{line.id}"])
    return line


def _said(text: str) -> dict[str, str]:
    try:
        return bank_columns.mapping(text)
    except ValueError:
        raise Invalid("bank_columns_setting", field="file") from None


def _keep(session: Session, line: Incoming) -> str | None:
    """The id of the line where it is new."""
    made, id_ = _values(line), ids.new()
    insert_if_absent(session, BankLine, id=id_, imported_at=clock.now(), **made)
    kept = session.scalars(select(BankLine.id).where(BankLine.digest == line.digest)).one()
    return kept if kept == id_ else None


def _row(line: Incoming) -> BankLine:
    """The line as it would be kept; in no session."""
    return BankLine(**_values(line))


def _values(line: Incoming) -> dict[str, Any]:
    return {**line.__dict__, "payer_key": bank_values.payer_key(line.payer), "open": line.amount}


def _match_if_sure(session: Session, scope: Scope, settings: Settings, line_id: str) -> bool:
    line = load(session, BankLine, line_id)
    found = bank_queries.proposals(session, scope, [line])[0]
    if found is None or not found.sure or _by_hand_already(session, line, found.invoices):
        return False
    match(session, scope, settings, line_id, [one.id for one in found.invoices])
    return True


def _by_hand_already(session: Session, line: BankLine, invoices: Sequence[Owing]) -> bool:
    return any(payments.stands_by_hand(session, one.id, one.outstanding, line.received_on) for one in invoices)


def _lines_own(session: Session, line_id: str) -> BankLine:
    line = load(session, BankLine, line_id, lock=True)
    if line.set_aside is not None or line.open <= 0:
        raise Conflict("bank_line_matched")
    return line


def _pay(session: Session, scope: Scope, settings: Settings, line: BankLine, one: Owing, left: int) -> int:
    amount = min(left, one.outstanding)
    reference = " ".join(part for part in (line.payer, line.reference) if part)[: payments.LONGEST_REFERENCE]
    payments.record(
        session,
        scope.within(one.facility_id),
        settings,
        one.id,
        amount=amount,
        received_on=line.received_on,
        reference=reference,
        bank_line_id=line.id,
    )
    return amount


def _bring_down(session: Session, line: BankLine, by: int) -> None:
    """Guarded, so that of two matches at once only what is open is taken."""
    taken = update(BankLine).where(BankLine.id == line.id, BankLine.open >= by).values(open=BankLine.open - by)
    if not count_changed(session, taken):
        raise Conflict("bank_line_matched")
    session.refresh(line)
