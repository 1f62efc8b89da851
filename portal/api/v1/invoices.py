"""`GET /invoices` and `/invoices/{id}.pdf`: what the facility owes, line by line."""

from typing import Any

from flask.typing import ResponseReturnValue

from portal import printed, transactions
from portal.api.v1.base import ListQuery, bp, listed
from portal.guards import requires
from portal.scope import current
from vault.base.scope import Role
from vault.billing import queries
from vault.billing.numbers import Series, written
from vault.billing.queries import Billed


@bp.get("/invoices")
@requires(Role.FACILITY_ADMIN)
@bp.input(ListQuery, location="query", arg_name="query")
def invoices(query: ListQuery) -> ResponseReturnValue:
    """The newest first; amounts are whole yen, lines and `subtotal` without tax."""
    page = queries.of_area(transactions.session(), current(), after=query.after, limit=query.limit)
    return listed(page, [as_data(one) for one in page.items])


@bp.get("/invoices/<invoice_id>.pdf")
@requires(Role.FACILITY_ADMIN)
def invoice_pdf(invoice_id: str) -> ResponseReturnValue:
    """The document; `?language=` is `ja` or `en`."""
    return printed.invoice(queries.one(transactions.session(), current(), invoice_id))


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
