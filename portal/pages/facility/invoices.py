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
from vault.billing import queries
from vault.billing.numbers import Series, written
from vault.billing.queries import Billed

PER_PAGE = 20


@bp.get("/invoices")
@requires(Role.FACILITY_ADMIN)
def invoices() -> ResponseReturnValue:
    """The newest first, with their lines."""
    page = queries.of_area(transactions.session(), current(), after=request.args.get("after"), limit=PER_PAGE)
    return render_template(
        "facility/invoices.html", invoices=[_row(one) for one in page.items], pager=lists.pager(page)
    )


@bp.get("/invoices/<invoice_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """The document, in the reader's language."""
    return printed.invoice(queries.one(transactions.session(), current(), invoice_id))


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
