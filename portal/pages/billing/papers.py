"""Any facility's receipts, credit notes and statement, as who keeps the books prints them."""

from flask.typing import ResponseReturnValue

from portal import printed, transactions
from portal.guards import requires
from portal.pages.billing.base import CLERKS, bp
from portal.scope import current
from vault.base.errors import NotFound
from vault.base.scope import Scope
from vault.billing import papers, queries
from vault.tenancy import facilities


@bp.get("/receipts/<payment_id>.pdf")
@requires(CLERKS)
def receipt_pdf(payment_id: str) -> ResponseReturnValue:
    """The receipt of a payment."""
    session = transactions.session()
    scope = _within(queries.area_of_payment(session, current(), payment_id))
    return printed.receipt(papers.receipt(session, scope, payment_id))


@bp.get("/credit-notes/<note_id>.pdf")
@requires(CLERKS)
def credit_note_pdf(note_id: str) -> ResponseReturnValue:
    """A credit note, as it was issued."""
    session = transactions.session()
    scope = _within(papers.area_of_note(session, current(), note_id))
    return printed.credit_note(papers.credit_note(session, scope, note_id))


@bp.get("/facilities/<code>/statement.pdf")
@requires(CLERKS)
def statement_pdf(code: str) -> ResponseReturnValue:
    """What is open of one facility today."""
    session, settings = transactions.session(), transactions.installation().settings
    facility = facilities.by_code(session, code)
    scope = _within(None if facility is None else facility.id)
    return printed.statement(papers.statement(session, scope, settings))


def _within(area: str | None) -> Scope:
    if area is None:
        raise NotFound("document")
    return current().within(area)
