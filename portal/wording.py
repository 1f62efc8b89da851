"""Errors in words: one sentence a reason or code, saying what to do; values never hold patient data."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.sentences import REASONS
from vault.base.errors import AppError

SENTENCES = REASONS | {
    "not_signed_in": _l("Please sign in."),
    "wrong_credentials": _l("The login or the password is not right. Please check both and try again."),
    "wrong_code": _l("This code is not right. Please type the newest one."),
    "wrong_pin": _l("This PIN is not right."),
    "link_used": _l("This link has been used or has expired. Please ask for a new one."),
    "not_found": _l("There is nothing here, or it is not yours to see."),
    "denied": _l("Your role does not allow this."),
    "conflict": _l("This cannot be done in the present state. Please load the page again."),
    "claimed": _l("%(holder)s has already taken this."),
    "answered": _l("This has already been answered by %(holder)s."),
    "gone": _l("This was deleted."),
    "exam_deleted": _l("This exam was deleted. It can be brought back from the list of deleted exams for a while."),
    "exam_removed": _l("This exam was deleted, and the time in which it could be brought back has ended."),
    "area_erased": _l("This area was erased at the end of its contract. Nothing in it can be read any more."),
    "held": _l("A legal hold keeps this since %(since)s: it cannot be deleted. The provider knows more."),
    "retained": _l("Law or contract keeps this until %(until)s: it cannot be deleted before."),
    "hold_subject": _l("Say which patient or exam the hold is on; a hold on the whole area names none."),
    "hold_lifted": _l("This hold has been lifted already."),
    "reason_missing": _l("Please give a reason, up to %(limit)s characters."),
    "confirm_code": _l("Please type the facility's code exactly: %(code)s."),
    "no_such_exam": _l("This area has no exam of that id."),
    "contract_runs": _l("A contract of this area still runs. End it first."),
    "erasure_ordered": _l("The erasure of this area has been ordered already."),
    "erasure_begun": _l("This erasure has begun and cannot be called off any more."),
    "erasure_called_off": _l("This erasure has been called off already."),
    "recovery_not_proved": _l(
        "No copy of all provider keys has been proved to open. Prove one with kura check --recovery FILE first."
    ),
    "key_in_use": _l("Provider key %(key_id)s is still needed by %(areas)s areas. Run kura keys rotate again."),
    "tables_unknown": _l("The database has tables that this version does not know. Nothing was collected."),
    "illegal_move": _l("This step is not possible in the present state."),
    "incomplete": _l("Some images have not arrived yet; send what is missing, then commit again."),
    "precondition": _l("Somebody changed this in the meantime. Please load it again before you save."),
    "too_large": _l("This is too large. Please shorten or split it."),
    "bad_range": _l("This range lies outside of what is held."),
    "invalid": _l("Please check the field “%(field)s”."),
    "opted_out": _l("This patient has been opted out of backup by contract; nothing was taken."),
    "digest_mismatch": _l("The bytes do not match the digest they were sent under; they were not kept."),
    "key_reused": _l("This Idempotency-Key was used for another request."),
    "bad_request": _l("The request could not be read. Please try again."),
    "form_expired": _l("This form is too old to be sent safely. Please load the page again; your draft is kept."),
    "wrong_verb": _l("This address does not take that method."),
    "too_many": _l("Too many tries. Please wait a little and try again."),
    "unavailable": _l("A part of Kura is not available at the moment. Nothing was changed; please try again."),
    "database": _l("The database cannot be reached at the moment. Nothing was changed; please try again."),
    "damaged": _l("What is stored here is damaged and is not shown. The provider has been told."),
    "area_full": _l(
        "The area is full: %(left)s bytes are left. Please delete what is not needed or extend the contract."
    ),
    "target_full": _l("This backup target is full: %(left)s bytes are left in its contract."),
    "over_capacity": _l("There is not enough space: %(left)s bytes are left."),
    "error": _l("Something went wrong on our side. Nothing was changed; please try again."),
    "http_error": _l("This could not be done."),
}


def sentence(code: str, reason: str, values: Mapping[str, object]) -> str:
    """The sentence of `reason`, or of its `code`, in the language of this answer."""
    found = SENTENCES.get(reason) or SENTENCES.get(code) or SENTENCES["error"]
    try:
        return str(found % _readable(values))
    except (KeyError, TypeError):
        return str(_("This could not be done."))


def plain(problem: AppError) -> str:
    """The sentence for a terminal, in English, with the values that were not said in it."""
    found = SENTENCES.get(problem.reason) or SENTENCES.get(problem.code) or SENTENCES["error"]
    template, values = str(found._args[0]), _readable(problem.values)
    try:
        said = template % values
    except (KeyError, TypeError):
        said = problem.code
    rest = ", ".join(f"{name}={value}" for name, value in values.items() if f"%({name})" not in template)
    why = "" if problem.reason in (problem.code, "") else f"{problem.reason}: "
    return f"{why}{said} ({rest})" if rest else f"{why}{said}"


def _readable(values: Mapping[str, object]) -> dict[str, object]:
    """Lists as they are read aloud."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in values.items()
    }
