"""Documents as answers: a PDF, shown in place, under the number that it bears."""

from flask import Response

from portal import languages, transactions
from vault.billing import documents
from vault.billing.numbers import Series, written
from vault.billing.queries import Billed


def invoice(one: Billed) -> Response:
    """The invoice in the caller's language; Unavailable where this installation cannot print."""
    content = documents.invoice(transactions.installation().settings, one, languages.current())
    name = f'inline; filename="{written(Series.INVOICE, one.invoice.number)}.pdf"'
    return Response(content, content_type="application/pdf", headers={"Content-Disposition": name})
