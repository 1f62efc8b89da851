"""Documents as answers: a PDF, shown in place, under the number that it bears."""

from flask import Response

from portal import languages, transactions
from vault.base.settings import Settings
from vault.billing import documents, quotations
from vault.billing.numbers import Series, written
from vault.billing.papers import Credited, Receipted, Stated
from vault.billing.queries import Billed
from vault.billing.quotations import Quoted
from vault.contracts.models import Paper


def invoice(one: Billed) -> Response:
    """The invoice in the caller's language; Unavailable where this installation cannot print."""
    content = documents.invoice(_settings(), one, languages.current())
    return _answer(content, written(Series.INVOICE, one.invoice.number))


def quotation(quoted: Quoted) -> Response:
    """The quotation in the caller's language; Unavailable where this installation cannot print."""
    return _answer(quotations.pdf(_settings(), quoted, languages.current()), quoted.number)


def agreement(paper: Paper) -> Response:
    """What both sides agreed to, as it was printed and kept."""
    return _answer(paper.content, f"contract-{paper.contract_id}-{paper.language}")


def receipt(one: Receipted) -> Response:
    """The receipt of a payment."""
    content = documents.receipt(_settings(), one, languages.current())
    return _answer(content, written(Series.RECEIPT, one.payment.number))


def credit_note(one: Credited) -> Response:
    """The credit note."""
    content = documents.credit_note(_settings(), one, languages.current())
    return _answer(content, written(Series.CREDIT_NOTE, one.note.number))


def statement(one: Stated) -> Response:
    """What is open of a facility."""
    return _answer(documents.statement(_settings(), one, languages.current()), f"statement-{one.on}")


def _settings() -> Settings:
    return transactions.installation().settings


def _answer(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, content_type="application/pdf", headers=headers)
