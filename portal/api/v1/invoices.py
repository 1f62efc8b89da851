"""`GET /invoices`: what the facility owes, line by line; each, its receipts and credit notes as PDF."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal import printed, transactions
from portal.api.v1.base import ListQuery, bp, listed
from portal.guards import requires
from portal.scope import current
from vault.base.scope import Role
from vault.billing import papers, queries
from vault.billing.numbers import Series, written
from vault.billing.papers import Beside
from vault.billing.queries import Billed


@bp.get("/invoices")
@requires(Role.FACILITY_ADMIN)
@bp.input(ListQuery, location="query", arg_name="query")
def invoices(query: ListQuery) -> ResponseReturnValue:
    """The newest first; amounts are whole yen, lines and `subtotal` without tax."""
    session = transactions.session()
    page = queries.of_area(session, current(), after=query.after, limit=query.limit)
    beside = papers.beside(session, current(), [one.invoice.id for one in page.items])
    return listed(page, [as_data(one) | _papers(beside[one.invoice.id]) for one in page.items])


@bp.get("/invoices/<invoice_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """The document; `?language=` is `ja` or `en`."""
    return printed.invoice(queries.one(transactions.session(), current(), invoice_id))


@bp.get("/receipts/<payment_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def receipt_pdf(payment_id: str) -> ResponseReturnValue:
    """The receipt of a payment; `?language=` is `ja` or `en`."""
    return printed.receipt(papers.receipt(transactions.session(), current(), payment_id))


@bp.get("/credit-notes/<note_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def credit_note_pdf(note_id: str) -> ResponseReturnValue:
    """The credit note; `?language=` is `ja` or `en`."""
    return printed.credit_note(papers.credit_note(transactions.session(), current(), note_id))


def _papers(beside: Beside) -> dict[str, Any]:
    return {
        "receipts": [
            {
                "id": one.id,
                "number": written(Series.RECEIPT, one.number),
                "received_on": one.received_on.isoformat(),
                "amount": one.amount,
            }
            for one in beside.payments
        ],
        "credit_notes": [
            {
                "id": one.id,
                "number": written(Series.CREDIT_NOTE, one.number),
                "issued_on": one.issued_on.isoformat(),
                "total": one.total,
            }
            for one in beside.notes
        ],
    }


def as_data(one: Billed) -> dict[str, Any]:
    """An invoice as the API gives it."""
    return {
        "id": one.invoice.id,
        "number": written(Series.INVOICE, one.invoice.number),
        "month": one.invoice.month,
        "issued_on": one.invoice.issued_on.isoformat(),
        "due_on": one.invoice.due_on.isoformat(),
        "lines": [
            {
                "target": line.target,
                "points": line.points,
                "term": line.term,
                "unit_price": line.unit_price,
                "amount": line.amount,
            }
            for line in one.lines
        ],
        "subtotal": one.invoice.subtotal,
        "tax": one.invoice.tax,
        "total": one.invoice.total,
        "outstanding": one.invoice.outstanding,
    }
