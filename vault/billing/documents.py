"""What is billed and paid as PDF, in Japanese and English: invoice, receipt, credit note, statement of what is open."""

from typing import Any
from zoneinfo import ZoneInfo

from templates import LANGUAGES, catalogues
from templates.filters import Reader
from vault.base import clock, printing
from vault.base.settings import Settings
from vault.billing.numbers import Series, written
from vault.billing.papers import Credited, Receipted, Stated
from vault.billing.queries import Billed


def invoice(settings: Settings, billed: Billed, lang: str) -> bytes:
    """The invoice as it was issued; Unavailable where this installation cannot print."""
    one = billed.invoice
    number = written(Series.INVOICE, one.number)
    return _printed(settings, "invoice", lang, number, one.issuer, one.bill_to, invoice=one, lines=billed.lines)


def receipt(settings: Settings, receipted: Receipted, lang: str) -> bytes:
    """The receipt of a payment; one that was taken back says so. It needs no stamp: it is no paper."""
    one, number = receipted.invoice, written(Series.RECEIPT, receipted.payment.number)
    shown: dict[str, Any] = {"payment": receipted.payment, "invoice": one, "void": receipted.reversed_at}
    shown["invoice_number"] = written(Series.INVOICE, one.number)
    return _printed(settings, "receipt", lang, number, one.issuer, one.bill_to, **shown)


def credit_note(settings: Settings, credited: Credited, lang: str) -> bytes:
    """The credit note as it was issued, with the fields of a qualified return invoice."""
    note, number = credited.note, written(Series.CREDIT_NOTE, credited.note.number)
    shown: dict[str, Any] = {"note": note, "invoice": credited.invoice, "lines": credited.lines}
    shown["invoice_number"] = written(Series.INVOICE, credited.invoice.number)
    return _printed(settings, "credit_note", lang, number, note.issuer, note.bill_to, **shown)


def statement(settings: Settings, stated: Stated, lang: str) -> bytes:
    """What is open of a facility today."""
    rows = [
        {
            "number": written(Series.INVOICE, one.number),
            "issued_on": one.issued_on,
            "due_on": one.due_on,
            "total": one.total,
            "outstanding": one.outstanding,
            "late": one.outstanding > 0 and one.due_on < stated.on,
        }
        for one in stated.invoices
    ]
    total = sum(one.outstanding for one in stated.invoices)
    shown = {"on": stated.on, "rows": rows, "total": total, "held": stated.held}
    return _printed(settings, "statement", lang, "", stated.issuer, {"name": stated.name}, **shown)


_TITLES = {
    "invoice": "Invoice",
    "receipt": "Receipt",
    "credit_note": "Credit note",
    "statement": "Statement of open amounts",
}


def _printed(settings: Settings, kind: str, lang: str, number: str, issuer: Any, bill_to: Any, **shown: Any) -> bytes:
    lang = lang if lang in LANGUAGES else "ja"
    reader = Reader(lang, ZoneInfo(settings.provider.zone), clock.now())
    title = catalogues.load(lang).gettext(_TITLES[kind])
    heading = {"title": title, "number": number, "issuer": issuer, "bill_to": bill_to}
    return printing.pdf(f"print/{kind}.html", reader, settings.billing.font, **heading, **shown)
