"""Invoices of the facility: what is owed for which month, and each as a PDF."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import printed, transactions
from portal.guards import requires
from portal.pages import lists
from portal.pages.facility.base import bp
from portal.scope import current
from vault.base.scope import Role
from vault.billing import papers, queries
from vault.billing.numbers import Series, written
from vault.billing.papers import Beside
from vault.billing.queries import Billed

PER_PAGE = 20


@bp.get("/invoices")
@requires(Role.FACILITY_ADMIN)
def invoices() -> ResponseReturnValue:
    """The newest first, with their lines."""
    session = transactions.session()
    page = queries.of_area(session, current(), after=request.args.get("after"), limit=PER_PAGE)
    beside = papers.beside(session, current(), [one.invoice.id for one in page.items])
    rows = [_row(one) | _papers(beside[one.invoice.id]) for one in page.items]
    return render_template("facility/invoices.html", invoices=rows, pager=lists.pager(page))


@bp.get("/invoices/<invoice_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """The document, in the reader's language."""
    return printed.invoice(queries.one(transactions.session(), current(), invoice_id))


@bp.get("/invoices/receipts/<payment_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def receipt_pdf(payment_id: str) -> ResponseReturnValue:
    """The receipt of a payment of the facility."""
    return printed.receipt(papers.receipt(transactions.session(), current(), payment_id))


@bp.get("/invoices/credit-notes/<note_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def credit_note_pdf(note_id: str) -> ResponseReturnValue:
    """A credit note of the facility."""
    return printed.credit_note(papers.credit_note(transactions.session(), current(), note_id))


@bp.get("/invoices/statement.pdf")
@requires(Role.FACILITY_ADMIN)
def statement_pdf() -> ResponseReturnValue:
    """What is open today."""
    settings = transactions.installation().settings
    return printed.statement(papers.statement(transactions.session(), current(), settings))


def _papers(beside: Beside) -> dict[str, Any]:
    receipts = [
        {"number": written(Series.RECEIPT, one.number), "url": url_for("facility.receipt_pdf", payment_id=one.id)}
        for one in beside.payments
    ]
    notes = [
        {"number": written(Series.CREDIT_NOTE, one.number), "url": url_for("facility.credit_note_pdf", note_id=one.id)}
        for one in beside.notes
    ]
    return {"receipts": receipts, "credit_notes": notes}


def _row(one: Billed) -> dict[str, Any]:
    invoice = one.invoice
    return {
        "number": written(Series.INVOICE, invoice.number),
        "url": url_for("facility.invoice_pdf", invoice_id=invoice.id),
        "month": f"{invoice.month}-01",
        "due_on": invoice.due_on,
        "lines": [{"target": line.target, "amount": line.amount} for line in one.lines],
        "subtotal": invoice.subtotal,
        "tax": invoice.tax,
        "total": invoice.total,
        "outstanding": invoice.outstanding,
    }
