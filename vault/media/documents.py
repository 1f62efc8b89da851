"""The picking list as PDF: which discs, under which labels, for whom, with a box to tick for each."""

from zoneinfo import ZoneInfo

from templates import LANGUAGES
from templates.filters import Reader
from vault.base import clock, printing
from vault.base.settings import Settings
from vault.media.queries import Copy, label_of


def picking_list(settings: Settings, copy: Copy, lang: str) -> bytes:
    """The list of one copy; Unavailable where this installation cannot print."""
    reader = Reader(lang if lang in LANGUAGES else "ja", ZoneInfo(settings.provider.zone), clock.now())
    return printing.pdf(
        "print/picking.html",
        reader,
        settings.billing.font,
        copy={"facility": copy.facility.name, "code": copy.facility.code, "target": copy.target, "row": copy.row},
        discs=[{"row": disc, "label": label_of(copy.row, disc.number)} for disc in copy.discs],
    )
