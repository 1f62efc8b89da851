"""What is held for facilities: kept of what was paid too much, used for an invoice, refunded; a payment taken back."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import transactions
from portal.errors import field_errors
from portal.guards import own_transactions, requires
from portal.pages.billing.base import CLERKS, bp
from portal.pages.billing.open_amounts import beside_amount, day, number, page, within
from portal.scope import current
from vault.base.errors import Conflict, Invalid, NotFound
from vault.billing import bank_queries, deposits, payments, queries
from vault.tenancy import facilities


@bp.post("/deposits/move")
@requires(CLERKS)
@own_transactions
def deposit_move() -> ResponseReturnValue:
    """Hold what an invoice was paid too much."""
    invoice = request.form.get("invoice", "")
    scope = within(invoice)
    with transactions.database().transaction() as session:
        deposits.move(session, scope, invoice)
    flash(_("It is held as credit for the facility."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.post("/deposits/use")
@requires(CLERKS)
@own_transactions
def deposit_use() -> ResponseReturnValue:
    """Pay an invoice of what is held."""
    invoice = request.form.get("invoice", "")
    scope = within(invoice)
    with transactions.database().transaction() as session:
        deposits.use(session, scope, invoice)
    flash(_("The credit is used for the invoice."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.post("/deposits/refund")
@requires(CLERKS)
@own_transactions
def deposit_refund() -> ResponseReturnValue:
    """Record what was sent back to the facility."""
    typed = {name: request.form.get(name, "").strip() for name in ("facility", "amount", "on", "reference")}
    installation = transactions.installation()
    try:
        with installation.database.transaction() as session:
            facility = facilities.by_code(session, typed["facility"])
            if facility is None:
                raise NotFound("facility")
            deposits.refund(
                session,
                current().within(facility.id),
                installation.settings,
                amount=number(typed["amount"]),
                on=day(typed["on"], "on"),
                reference=typed["reference"],
            )
    except (Invalid, Conflict) as problem:
        refused = problem if isinstance(problem, Invalid) else beside_amount(problem)
        errors = {f"refund-{field}": words for field, words in field_errors(refused).items()}
        return page({f"refund-{name}": value for name, value in typed.items()}, errors), 422
    flash(_("The refund is recorded."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.post("/deposits/<deposit_id>/undo")
@requires(CLERKS)
@own_transactions
def deposit_undo(deposit_id: str) -> ResponseReturnValue:
    """Take back what was held or used by mistake, by a posting of its own."""
    with transactions.database().transaction() as session:
        area = bank_queries.area_of_deposit(session, current(), deposit_id)
        if area is None:
            raise NotFound("deposit")
        deposits.undo(session, current().within(area), deposit_id)
    flash(_("It is taken back."), "success")
    return redirect(url_for("billing.open_amounts"), 303)


@bp.post("/payments/<payment_id>/reverse")
@requires(CLERKS)
@own_transactions
def payment_reverse(payment_id: str) -> ResponseReturnValue:
    """Take back a payment that was recorded wrongly, by a posting of its own."""
    with transactions.database().transaction() as session:
        area = queries.area_of_payment(session, current(), payment_id)
        if area is None:
            raise NotFound("payment")
        payments.reverse(session, current().within(area), payment_id)
    flash(_("The payment is taken back; its invoice is open again."), "success")
    return redirect(url_for("billing.open_amounts"), 303)
