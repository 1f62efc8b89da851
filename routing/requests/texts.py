"""What a text may be before it is taken: not empty where it has to say something, and not larger than agreed."""

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
    """Text that both databases keep: PostgreSQL knows no NUL, and a lone surrogate is no character."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Invalid("characters", field=field)
    return text
