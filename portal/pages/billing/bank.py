"""The bank's file: read, seen, taken; its lines matched to invoices, taken back, or set aside."""

import re
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import transactions
from portal.errors import field_errors
from portal.guards import own_transactions, requires
from portal.pages.billing.base import CLERKS, bp
from portal.scope import current
from portal.wording import sentence
from vault.base.errors import AppError, Conflict, Invalid, TooLarge
from vault.base.scope import load
from vault.billing import bank, bank_columns, bank_files, bank_queries
from vault.billing.bank_queries import Settled
from vault.billing.matching import Proposal
from vault.billing.models import BankFile, BankLine
from vault.billing.numbers import Series, written

SHOWN = 200
"""Lines that the preview names; its figures are of all."""


@bp.get("/bank")
@requires(CLERKS)
@own_transactions
def bank_lines() -> ResponseReturnValue:
    """Lines that are matched to nothing, with what they are likely for; then the latest that are."""
    return _page()


@bp.post("/bank/files")
@requires(CLERKS)
@own_transactions
def bank_read() -> ResponseReturnValue:
    """Read a file for its preview; one that cannot be taken is answered beside its field."""
    sent, columns = request.files.get("file"), request.form.get("columns", "").strip()
    try:
        if sent is None or not sent.filename:
            raise Invalid("no_file_chosen", field="file")
        with sent.stream as stream:
            content = stream.read(bank_files.LARGEST + 1)
        said = _mapping(columns)
        installation = transactions.installation()
        with installation.database.transaction() as session:
            found = bank.read_file(session, current(), installation.settings, sent.filename, content, said).id
    except (Invalid, TooLarge) as problem:
        return _page(errors={"file": sentence(problem.code, problem.reason, problem.values)}, columns=columns), 422
    return redirect(url_for("billing.bank_preview", file_id=found), 303)


@bp.get("/bank/files/<file_id>")
@requires(CLERKS)
@own_transactions
def bank_preview(file_id: str) -> ResponseReturnValue:
    """What a file would bring; nothing is changed yet."""
    with transactions.database().read() as session:
        foreseen = bank.preview(session, current(), load(session, BankFile, file_id))
        rows = [
            {
                "received_on": one.line.received_on,
                "payer": one.line.payer,
                "reference": one.line.reference,
                "amount": one.line.amount,
                "known": one.known,
                "proposal": _proposal(one.proposal),
            }
            for one in foreseen
        ]
        file = load(session, BankFile, file_id)
        values = {"id": file.id, "name": file.name, "left_out": file.left_out, "taken_at": file.taken_at}
    new = [row for row in rows if not row["known"]]
    return render_template(
        "billing/bank_preview.html",
        file=values,
        rows=rows[:SHOWN],
        more=max(len(rows) - SHOWN, 0),
        new=len(new),
        total=sum(row["amount"] for row in new),
    )


@bp.post("/bank/files/<file_id>/take")
@requires(CLERKS)
@own_transactions
def bank_take(file_id: str) -> ResponseReturnValue:
    """Keep the lines, each once, and match what is sure; pressed twice it is done once."""
    installation = transactions.installation()
    with installation.database.transaction() as session:
        taken = bank.take(session, current(), installation.settings, file_id)
    flash(
        _(
            "%(new)s lines taken, %(matched)s of them matched by themselves; %(known)s were known already.",
            new=taken.new,
            matched=taken.matched,
            known=taken.known,
        ),
        "success",
    )
    return redirect(url_for("billing.bank_lines"), 303)


@bp.post("/bank/lines/<line_id>/match")
@requires(CLERKS)
@own_transactions
def bank_match(line_id: str) -> ResponseReturnValue:
    """Pay the invoices whose numbers were typed out of the line."""
    typed, installation = request.form.get("numbers", ""), transactions.installation()
    wanted = {int(found) for found in re.findall(r"\d{1,15}", typed)}
    try:
        with installation.database.transaction() as session:
            owing = bank_queries.owing(session, current())
            ids = [one.id for one in owing if one.number in wanted]
            if len(ids) != len(wanted):
                raise Invalid("bank_no_invoice", field="numbers")
            keep = bool(request.form.get("keep"))
            bank.match(session, current(), installation.settings, line_id, ids, keep=keep)
    except (Invalid, Conflict) as problem:
        return _refused(line_id, problem, typed)
    flash(_("The line is matched."), "success")
    return redirect(url_for("billing.bank_lines"), 303)


@bp.post("/bank/lines/<line_id>/undo")
@requires(CLERKS)
@own_transactions
def bank_undo(line_id: str) -> ResponseReturnValue:
    """Take back what a line was matched to, by postings of their own."""
    try:
        with transactions.database().transaction() as session:
            bank.undo(session, current(), line_id)
    except Conflict as problem:
        return _refused(line_id, problem)
    flash(_("The match is taken back; the line and its invoices are open again."), "success")
    return redirect(url_for("billing.bank_lines"), 303)


@bp.post("/bank/lines/<line_id>/set-aside")
@requires(CLERKS)
@own_transactions
def bank_set_aside(line_id: str) -> ResponseReturnValue:
    """Say why a line pays no invoice; without a reason it is open again."""
    try:
        with transactions.database().transaction() as session:
            bank.set_aside(session, current(), line_id, request.form.get("reason", ""))
    except (Invalid, Conflict) as problem:
        return _refused(line_id, problem)
    return redirect(url_for("billing.bank_lines"), 303)


def _mapping(text: str) -> dict[str, str]:
    try:
        return bank_columns.mapping(text)
    except ValueError:
        raise Invalid("bank_columns_setting", field="file") from None


def _refused(line_id: str, problem: AppError, typed: str | None = None) -> ResponseReturnValue:
    errors = {line_id: sentence(problem.code, problem.reason, problem.values)}
    if isinstance(problem, Invalid):
        errors[line_id] = field_errors(problem)[problem.field]
    return _page(errors=errors, typed={} if typed is None else {line_id: typed}), problem.http


def _page(errors: dict[str, str] | None = None, typed: dict[str, str] | None = None, columns: str = "") -> str:
    with transactions.database().read() as session:
        found = bank_queries.open_lines(session, current())
        likely = bank_queries.proposals(session, current(), found)
        count, amount = bank_queries.count_open(session, current())
        settled = [_settled(one) for one in bank_queries.settled(session, current())]
        rows = [_open(line, proposal) for line, proposal in zip(found, likely, strict=True)]
    return render_template(
        "billing/bank.html",
        rows=rows,
        count=count,
        amount=amount,
        settled=settled,
        errors=errors or {},
        typed=typed or {},
        columns=columns,
    )


def _line(line: BankLine) -> dict[str, Any]:
    day: date = line.received_on
    return {
        "id": line.id,
        "received_on": day,
        "payer": line.payer,
        "reference": line.reference,
        "amount": line.amount,
        "open": line.open,
    }


def _open(line: BankLine, proposal: Proposal | None) -> dict[str, Any]:
    return _line(line) | {"proposal": _proposal(proposal)}


def _proposal(found: Proposal | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "why": found.why.value,
        "sure": found.sure,
        "sum": found.sum,
        "numbers": " ".join(written(Series.INVOICE, one.number) for one in found.invoices),
        "facilities": "、".join(dict.fromkeys(one.facility for one in found.invoices)),
    }


def _settled(one: Settled) -> dict[str, Any]:
    paid = [
        {"number": written(Series.INVOICE, invoice.number), "facility": facility, "amount": payment.amount}
        for payment, invoice, facility in one.payments
    ]
    return _line(one.line) | {"paid": paid, "kept": one.kept, "set_aside": one.line.set_aside}
