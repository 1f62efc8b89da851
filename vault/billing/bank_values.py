"""What stands in a cell of a bank's file: days, amounts, payers' names in the forms that Japanese banks write. Pure."""

import re
import unicodedata
from datetime import date

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988, "S": 1925}
"""The year before each era's first."""
_ERA_DAY = re.compile(r"(令和|平成|昭和|[RHS])\.?(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?")
_DAY = re.compile(r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2})?$")
_AMOUNT = re.compile(r"(?P<below>[-▲△]?)[\\¥]?(?P<sign>[-+]?)(?P<figures>\d{1,3}(,\d{3})+|\d+)円?")
_LEGAL = re.compile(
    r"株式会社|有限会社|合同会社|医療法人(社団|財団)?|社会福祉法人|一般(社団|財団)法人|"
    r"\((カ|ユ|ド|イ|シヤ|ザイ|フク|カブ)\)?|(?<!\w)(カ|ユ|ド|イ|シヤ|ザイ|フク)\)|\((カ|ユ|ド|イ)$"
)
_SPACES = re.compile(r"[\s・･.,、。\-‐-―ー_'\"()]+")
_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
LARGEST = 10**12


def folded(text: str) -> str:
    """Full-width kana, half-width letters and digits, no space at the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def day(text: str) -> date:
    """2026/11/28, 2026年11月28日, 20261128, 令和8年11月28日, R8.11.28; a time after it is left out. ValueError else."""
    written = _CLOCK.sub("", folded(text)).replace(" ", "").upper()
    if (era := _ERA_DAY.fullmatch(written)) is not None:
        year = _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
        return date(year, int(era[3]), int(era[4]))
    found = _DAY.fullmatch(written)
    if found is None:
        raise ValueError(text)
    year_, month, number = (int(part) for part in found.groups() if part)
    return date(year_, month, number)


def amount(text: str) -> int:
    """Whole yen of `¥1,100`, `1,100円`, `-1,100` or `▲1,100`; 0 of an empty cell or a dash. ValueError else."""
    written = folded(text).replace(" ", "").replace("−", "-")
    if written in ("", "-", "*"):
        return 0
    found = _AMOUNT.fullmatch(written)
    if found is None or (value := int(found["figures"].replace(",", ""))) > LARGEST:
        raise ValueError(text)
    return -value if found["below"] or found["sign"] == "-" else value


def payer_key(name: str) -> str:
    """How payers are compared: ｶ)ｱｵﾊﾞ, カ)アオバ and 株式会社アオバ are one."""
    plain = folded(name).upper().removeprefix("振込").strip()
    return _SPACES.sub("", _LEGAL.sub("", plain)).translate(_SMALL)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would work the cell out; no name that banks transmit begins so."""
    return folded(text).startswith(("=", "@"))
