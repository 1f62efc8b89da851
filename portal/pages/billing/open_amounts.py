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
from vault.billing import payments, queries
from vault.billing.models import Invoice
from vault.billing.numbers import Series, written
from vault.tenancy.models import Facility


@bp.get("/open")
@requires(CLERKS)
def open_amounts() -> ResponseReturnValue:
    """Every invoice that is not paid, the longest due first."""
    return _page({}, {})


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
                _within(typed["invoice"]),
                installation.settings,
                typed["invoice"],
                amount=_number(typed["amount"]),
                received_on=_day(typed["received_on"]),
                reference=typed["reference"],
            )
    except (Invalid, Conflict) as problem:
        refused = problem if isinstance(problem, Invalid) else _beside_amount(problem)
        return _page(typed, field_errors(refused)), 422
    flash(_("The payment is recorded."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.get("/invoices/<invoice_id>.pdf")
@requires(CLERKS)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """Any facility's invoice, as it was issued."""
    with transactions.database().read() as session:
        return printed.invoice(queries.one(session, _within(invoice_id), invoice_id))


def _within(invoice_id: str) -> Scope:
    """The caller, narrowed to the area that the invoice is of."""
    with transactions.database().read() as session:
        area = queries.area_of(session, current(), invoice_id)
    if area is None:
        raise NotFound("invoice")
    return current().within(area)


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    with transactions.database().read() as session:
        found = queries.open_everywhere(session, current())
    return render_template(
        "billing/open.html",
        rows=[_row(invoice, facility) for invoice, facility in found],
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
        "due_on": invoice.due_on,
        "total": invoice.total,
        "outstanding": invoice.outstanding,
    }


def _beside_amount(problem: Conflict) -> Invalid:
    """What speaks against a payment is told where its amount was typed."""
    values = {name: value for name, value in problem.values.items() if name != "field"}
    return Invalid(problem.reason, field="amount", **values)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Invalid("payment_amount", field="amount")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date", field="received_on") from None
