"""Which column of a bank's file is which: by the headings that Japanese banks use, or as the settings say. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vault.base.errors import Invalid
from vault.billing.bank_values import folded

KNOWN: dict[str, tuple[str, ...]] = {
    "date": ("日付", "取引日", "お取引日", "入出金日", "年月日", "勘定日", "お取引日付", "取引日付", "入金日", "DATE"),
    "in": (
        "入金", "入金額", "入金金額", "お預入れ", "お預け入れ", "お預入金額", "お預り金額", "預り金額", "預かり金額",
        "お預かり金額", "受入金額", "お預入れ金額", "CREDIT",
    ),
    "signed": ("入出金", "入出金額", "金額", "取引金額", "AMOUNT"),
    "kind": ("入払区分", "入出金区分", "取引区分", "区分"),
    "payer": (
        "摘要内容", "振込依頼人名", "振込依頼人", "依頼人名", "お取り扱い内容", "お取引内容", "取引内容", "入出金内容",
        "内容", "詳細2", "摘要", "PAYER", "DESCRIPTION",
    ),
    "reference": ("メモ", "備考", "EDI情報", "EDI", "詳細1", "REFERENCE", "MEMO"),
}  # fmt: skip
"""The headings by what they mean, the likeliest first; brackets and what is in them are left out."""
PARTS_OF_DAY = ("操作日(年)", "操作日(月)", "操作日(日)")
IN_WORDS, OUT_WORDS = frozenset({"1", "入金", "入", "振込入金"}), frozenset({"2", "出金", "出", "払"})


@dataclass(frozen=True)
class Columns:
    """Places in a row. `money` holds what came in, or (signed) what came in above and went out below zero."""

    date: tuple[int, ...]
    money: int
    signed: bool
    payer: int
    reference: int | None = None
    kind: int | None = None


def mapping(text: str) -> dict[str, str]:
    """`date=日付, in=入金額, payer=摘要`: headings, or numbers of columns from 1. ValueError for what is neither."""
    pairs = [pair.partition("=") for pair in text.replace("、", ",").split(",") if pair.strip()]
    found = {name.strip(): folded(value) for name, _, value in pairs}
    if unknown := found.keys() - KNOWN.keys():
        raise ValueError(f"unknown column {sorted(unknown)[0]}")
    return found


def recognised(rows: Sequence[Sequence[str]], said: Mapping[str, str]) -> tuple[int, Columns]:
    """
    The number of the first row that holds data, and its columns; `said` goes before what is known.

    Raises Invalid (`bank_columns`) naming the headings that were found where date, amount or payer is not among them.
    """
    if said and all(value.isdecimal() for value in said.values()):
        return 0, _by_number(said)
    for place, row in enumerate(rows[:30]):
        if (found := _by_heading([_heading(cell) for cell in row], said)) is not None:
            return place + 1, found
    widest = max(rows[:30], key=lambda row: sum(bool(cell.strip()) for cell in row), default=[])
    raise Invalid("bank_columns", field="file", found=", ".join(cell.strip() for cell in widest if cell.strip())[:200])


def _heading(cell: str) -> str:
    plain = folded(cell).upper().replace(" ", "")
    return plain if plain in PARTS_OF_DAY else plain.partition("(")[0]


def _by_heading(headings: list[str], said: Mapping[str, str]) -> Columns | None:
    def place(what: str) -> int | None:
        names = (_heading(said[what]),) if what in said else KNOWN[what]
        return next((headings.index(name) for name in names if name in headings), None)

    parts = tuple(headings.index(part) for part in PARTS_OF_DAY if part in headings)
    one = place("date")
    day = parts if len(parts) == len(PARTS_OF_DAY) else () if one is None else (one,)
    plain, signed, payer = place("in"), place("signed"), place("payer")
    money = plain if plain is not None else signed
    if not day or money is None or payer is None:
        return None
    reference, kind = place("reference"), place("kind")
    return Columns(day, money, plain is None, payer, reference, kind if plain is None else None)


def _by_number(said: Mapping[str, str]) -> Columns:
    places = {what: int(value) - 1 for what, value in said.items()}
    money = places.get("in", places.get("signed"))
    if "date" not in places or "payer" not in places or money is None or min(places.values()) < 0:
        raise Invalid("bank_columns", field="file", found="")
    reference, kind = places.get("reference"), places.get("kind")
    return Columns((places["date"],), money, "in" not in places, places["payer"], reference, kind)
