"""Sizes as people write them: `20GiB`."""

import re
from decimal import Decimal

_UNITS = {
    "": 1,
    "B": 1,
    **{f"{letter}iB": 1024**power for power, letter in enumerate("KMGTP", 1)},
    **{f"{letter}B": 1000**power for power, letter in enumerate(("k", "M", "G", "T", "P"), 1)},
}
_FORM = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)\s?([A-Za-z]*)", re.ASCII)


def parse(text: object) -> int:
    """Bytes of `20GiB`, `500 MB` or a whole number; ValueError for what is no size."""
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    form = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if form is None or form[2] not in _UNITS:
        raise ValueError("a size is a number and a unit, such as 20GiB")
    return int(Decimal(form[1]) * _UNITS[form[2]])
