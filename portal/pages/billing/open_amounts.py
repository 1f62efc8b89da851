"""What is open over all areas, and a payment recorded by hand."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import printed, transactions
from portal.errors import field_errors
from portal.guards import own_transactions, requires
from portal.pages.billing.base import CLERKS, bp
from portal.scope import current
from vault.base.errors import Conflict, Invalid, NotFound
from vault.base.scope import Scope
from vault.billing import bank_queries, payments, queries
from vault.billing.bank_queries import Movement
from vault.billing.models import Invoice
from vault.billing.numbers import Series, written
from vault.billing.queries import Paid
from vault.tenancy.models import Facility


@bp.get("/open")
@requires(CLERKS)
def open_amounts() -> ResponseReturnValue:
    """Every invoice that is not paid, the longest due first."""
    return page({}, {})


@bp.post("/payments")
@requires(CLERKS)
@own_transactions
def payment_add() -> ResponseReturnValue:
    """A payment for one invoice; one that stands already is refused, and so is more than is open."""
    typed = {name: request.form.get(name, "").strip() for name in ("invoice", "amount", "received_on", "reference")}
    installation = transactions.installation()
    try:
        with installation.database.transaction() as session:
            payments.record(
                session,
                within(typed["invoice"]),
                installation.settings,
                typed["invoice"],
                amount=number(typed["amount"]),
                received_on=day(typed["received_on"], "received_on"),
                reference=typed["reference"],
            )
    except (Invalid, Conflict) as problem:
        refused = problem if isinstance(problem, Invalid) else beside_amount(problem)
        return page(typed, field_errors(refused)), 422
    flash(_("The payment is recorded."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.get("/invoices/<invoice_id>.pdf")
@requires(CLERKS)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """Any facility's invoice, as it was issued."""
    with transactions.database().read() as session:
        return printed.invoice(queries.one(session, within(invoice_id), invoice_id))


def within(invoice_id: str) -> Scope:
    """The caller, narrowed to the area that the invoice is of."""
    with transactions.database().read() as session:
        area = queries.area_of(session, current(), invoice_id)
    if area is None:
        raise NotFound("invoice")
    return current().within(area)


def page(typed: dict[str, str], errors: dict[str, str]) -> str:
    """What is open, what is held, and the latest payments; with what was typed and why it was refused."""
    with transactions.database().read() as session:
        found = queries.open_everywhere(session, current())
        held = bank_queries.held(session, current())
        latest = [_payment(one) for one in queries.latest_payments(session, current())]
        moved = [_movement(one) for one in bank_queries.movements(session, current())]
    amounts = {facility.id: amount for facility, amount in held}
    return render_template(
        "billing/open.html",
        rows=[_row(invoice, facility) | {"held": amounts.get(facility.id, 0)} for invoice, facility in found],
        held=[{"code": one.code, "facility": one.name, "amount": amount} for one, amount in held],
        payments=latest,
        movements=moved,
        total=sum(invoice.outstanding for invoice, _facility in found),
        typed=typed,
        errors=errors,
    )


def _row(invoice: Invoice, facility: Facility) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "number": written(Series.INVOICE, invoice.number),
        "url": url_for("billing.invoice_pdf", invoice_id=invoice.id),
        "facility": facility.name,
        "statement_url": url_for("billing.statement_pdf", code=facility.code),
        "due_on": invoice.due_on,
        "total": invoice.total,
        "outstanding": invoice.outstanding,
    }


def _payment(one: Paid) -> dict[str, Any]:
    return {
        "id": one.payment.id,
        "number": written(Series.RECEIPT, one.payment.number),
        "url": url_for("billing.receipt_pdf", payment_id=one.payment.id),
        "invoice": written(Series.INVOICE, one.invoice.number),
        "facility": one.facility.name,
        "amount": one.payment.amount,
        "received_on": one.payment.received_on,
        "reversed": one.reversed_at is not None,
    }


def _movement(one: Movement) -> dict[str, Any]:
    deposit = one.deposit
    return {
        "id": deposit.id,
        "kind": "undone" if deposit.reverses else deposit.kind,
        "facility": one.facility.name,
        "amount": deposit.amount,
        "on": deposit.on,
        "undoable": one.undoable,
    }


def beside_amount(problem: Conflict) -> Invalid:
    """What speaks against a payment is told where its amount was typed."""
    values = {name: value for name, value in problem.values.items() if name != "field"}
    return Invalid(problem.reason, field="amount", **values)


def number(text: str) -> int:
    """Whole yen as they were typed, commas and a yen sign left out; Invalid for anything else."""
    text = text.replace(",", "").removeprefix("¥").removesuffix("円")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid("payment_amount", field="amount")
    return int(text)


def day(text: str, field: str) -> date:
    """The day of a date field; Invalid naming the field."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date", field=field) from None
