"""What a text may be before it is taken: not empty where it has to say something, and not larger than agreed."""

import unicodedata

from vault.base.database import is_storable
from vault.base.errors import Invalid, TooLarge

TEXT_BYTES = 200_000
LINE_LENGTH = 500


def body(text: str, *, field: str = "body", required: bool = True) -> str:
    """The text; TooLarge beyond 200 kB of UTF-8, Invalid when it is required and blank."""
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES:
        raise TooLarge(field=field, limit=TEXT_BYTES)
    if required and not text.strip():
        raise Invalid("empty", field=field)
    return _storable(text, field)


def line(text: str, *, field: str, required: bool = True) -> str:
    """One line, trimmed; TooLarge beyond 500 characters, Invalid when it is required and blank."""
    text = " ".join(text.split())
    if len(text) > LINE_LENGTH:
        raise TooLarge(field=field, limit=LINE_LENGTH)
    if required and not text:
        raise Invalid("empty", field=field)
    return _storable(text, field)


def _storable(text: str, field: str) -> str:
    """As both databases keep it, in Unicode's composed form; Invalid for a NUL or half a surrogate pair."""
    if not is_storable(text):
        raise Invalid("characters", field=field)
    return unicodedata.normalize("NFC", text)
