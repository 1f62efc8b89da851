"""Documents as answers: a PDF, shown in place, under the number that it bears."""

from flask import Response

from portal import languages, transactions
from vault.billing import documents, quotations
from vault.billing.numbers import Series, written
from vault.billing.queries import Billed
from vault.billing.quotations import Quoted
from vault.contracts.models import Paper


def invoice(one: Billed) -> Response:
    """The invoice in the caller's language; Unavailable where this installation cannot print."""
    content = documents.invoice(transactions.installation().settings, one, languages.current())
    return _pdf(content, written(Series.INVOICE, one.invoice.number))


def quotation(quoted: Quoted) -> Response:
    """The quotation in the caller's language; Unavailable where this installation cannot print."""
    settings = transactions.installation().settings
    return _pdf(quotations.pdf(settings, quoted, languages.current()), quoted.number)


def agreement(paper: Paper) -> Response:
    """What both sides agreed to, as it was printed and kept."""
    return _pdf(paper.content, f"contract-{paper.contract_id}-{paper.language}")


def _pdf(content: bytes, name: str) -> Response:
    shown = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, content_type="application/pdf", headers=shown)
