"""Invoices as PDF, in Japanese and English, with the fields of a qualified invoice."""

from zoneinfo import ZoneInfo

from templates import LANGUAGES
from templates.filters import Reader
from vault.base import clock, printing
from vault.base.settings import Settings
from vault.billing.numbers import Series, written
from vault.billing.queries import Billed


def invoice(settings: Settings, billed: Billed, lang: str) -> bytes:
    """The invoice as it was issued; Unavailable where this installation cannot print."""
    reader = Reader(lang if lang in LANGUAGES else "ja", ZoneInfo(settings.provider.zone), clock.now())
    return printing.pdf(
        "print/invoice.html",
        reader,
        settings.billing.font,
        number=written(Series.INVOICE, billed.invoice.number),
        invoice=billed.invoice,
        lines=billed.lines,
    )
