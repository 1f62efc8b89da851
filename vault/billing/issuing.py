"""Invoices and credit notes come to be here, each with its number, its sums and its posting, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from vault.base import clock, ids
from vault.base.scope import Scope, get_for, scoped
from vault.base.settings import Settings
from vault.billing import ledger, numbers
from vault.billing.models import CreditLine, CreditNote, Invoice, InvoiceLine
from vault.billing.months import Month
from vault.billing.numbers import Series
from vault.billing.tax import taxed
from vault.tenancy.models import Facility, Provider


@dataclass(frozen=True)
class Letterhead:
    """Who issues, on which day, due when: the same for everything that one run issues."""

    issuer: dict[str, Any]
    issued_on: date
    due_on: date


def letterhead(session: Session, settings: Settings) -> Letterhead:
    """As the settings and the provider's row have it today."""
    provider, own = session.scalar(select(Provider)), settings.billing
    today = clock.today(settings.provider.zone)
    return Letterhead(
        {
            "name": own.name or (provider.name if provider else ""),
            "phone": provider.phone if provider else "",
            "address": own.address,
            "registration": own.registration,
            "bank_account": own.bank_account,
        },
        today,
        today + timedelta(days=own.due_days),
    )


def invoice(
    session: Session, scope: Scope, head: Letterhead, month: Month, facility: Facility, lines: Sequence[InvoiceLine]
) -> Invoice | None:
    """Record the lines of one facility, and an invoice over them; None where nothing is owed for them."""
    if not any(line.amount for line in lines):
        session.add_all(lines)
        return None
    sums = _sums(lines)
    issued = Invoice(
        id=ids.new(),
        number=numbers.take(session, Series.INVOICE),
        due_on=head.due_on,
        outstanding=sums["total"],
        **_said(head, month, facility),
        **sums,
    )
    session.add(issued)
    for line in lines:
        line.invoice_id = issued.id
    session.add_all(lines)
    _post(session, scope, head, f"invoice:{numbers.written(Series.INVOICE, issued.number)}", sums, 1)
    return issued


def credit_note(
    session: Session,
    scope: Scope,
    head: Letterhead,
    month: Month,
    facility: Facility,
    invoice_id: str | None,
    credits: Sequence[CreditLine],
) -> CreditNote | None:
    """Record what is credited of one invoice, and a note over it; None where nothing had been charged for it."""
    if invoice_id is None or not any(line.amount for line in credits):
        session.add_all(credits)
        return None
    sums = _sums(credits)
    issued = CreditNote(
        id=ids.new(),
        number=numbers.take(session, Series.CREDIT_NOTE),
        invoice_id=get_for(session, scope, Invoice, invoice_id).id,
        **_said(head, month, facility),
        **sums,
    )
    session.add(issued)
    session.flush()
    for line in credits:
        line.credit_note_id = issued.id
    session.add_all(credits)
    session.execute(
        update(Invoice)
        .where(Invoice.id == issued.invoice_id, Invoice.facility_id == scope.area)
        .values(outstanding=Invoice.outstanding - issued.total)
    )
    _post(session, scope, head, f"credit:{numbers.written(Series.CREDIT_NOTE, issued.number)}", sums, -1)
    return issued


def last_numbers(session: Session, scope: Scope) -> dict[str, int]:
    """For each contract of the area the number of the last term that was charged."""
    charged = scoped(select(InvoiceLine.contract_id, func.max(InvoiceLine.number)), scope, InvoiceLine)
    return {row[0]: row[1] for row in session.execute(charged.group_by(InvoiceLine.contract_id))}


def _said(head: Letterhead, month: Month, facility: Facility) -> dict[str, Any]:
    return {
        "facility_id": facility.id,
        "month": str(month),
        "issued_on": head.issued_on,
        "issued_at": clock.now(),
        "bill_to": {"code": facility.code, "name": facility.name},
        "issuer": head.issuer,
    }


def _sums(lines: Sequence[InvoiceLine] | Sequence[CreditLine]) -> dict[str, Any]:
    """Without tax, tax (rounded once a rate), both."""
    taxes = taxed((line.rate, line.amount) for line in lines)
    subtotal, tax = sum(line.amount for line in lines), sum(one.tax for one in taxes)
    return {"subtotal": subtotal, "tax": tax, "total": subtotal + tax, "taxes": [one.values() for one in taxes]}


def _post(session: Session, scope: Scope, head: Letterhead, document: str, sums: dict[str, Any], sign: int) -> None:
    entries = ledger.owed(sign * sums["subtotal"], sign * sums["tax"])
    ledger.post(session, scope, on=head.issued_on, document=document, entries=entries)
