"""Sample context of the figures: the provider's and a facility's own, drawn by what the portal draws them with."""

from datetime import date, timedelta
from typing import Any

from portal import plots
from portal.pages.figures import drawings
from portal.pages.figures.drawings import Place, Series
from portal.pages.figures.shown import Column, Fact, Kind, Row, Shown, Table
from tests.templates.samples.area import GIB
from tests.templates.samples.ground import ADMIN, NO_PAGER, NOW, PAGER, PROVIDER_ADMIN, Page

TODAY = NOW.date()
DAYS = [TODAY - timedelta(days=29 - number) for number in range(30)]
MONTHS = [date(2025 + (11 + number) // 12, (11 + number) % 12 + 1, 1) for number in range(12)]
MARKS = {
    "x": ("bad", "×", "実行されず"),
    "f": ("late", "!", "失敗"),
    "l": ("care", "?", "遅れ"),
    "g": ("two", "+", "その後補完済み"),
}
LEGEND = [{"hue": hue, "glyph": glyph, "name": name} for hue, glyph, name in MARKS.values()]
HOSPITALS = (
    "第一クリニック",
    "みどり病院",
    "医療法人社団 青葉会 内視鏡センター東館",
    "St. Mary's Endoscopy",
    "若葉診療所",
)


def count(value: int) -> str:
    return f"{value:,}"


def man(value: int) -> str:
    return f"{value // 10_000}万円" if value >= 10_000 else f"{value}円"


def ending() -> Shown:
    """Some without anything behind them."""
    starts = [TODAY + timedelta(days=5 * number) for number in range(18)]
    bare, behind = (
        [3, 0, 1, 0, 2, 14, 0, 0, 5, 1, 0, 0, 2, 0, 0, 31, 0, 1],
        [9, 2, 0, 0, 1, 30, 0, 4, 0, 1, 0, 2, 0, 0, 0, 44, 0, 0],
    )
    places = [
        Place(f"{day.month}/{day.day}" if number % 6 == 0 else "", f"{day}", [[bare[number], behind[number]]])
        for number, day in enumerate(starts)
    ]
    drawn = drawings.columns(
        "90日以内に終わる契約は153件",
        [Series("後続なし", "bad"), Series("後続を契約済み", "two")],
        places,
        count,
        count,
    )
    columns = [
        Column("施設"),
        Column("バックアップ対象"),
        Column("最終日", Kind.DATE),
        Column("残り日数", Kind.COUNT),
        Column("後続の契約"),
    ]
    rows = [
        Row([name, "内視鏡室 1", TODAY + timedelta(days=place), place, "まだなし"], "/f")
        for place, name in enumerate(HOSPITALS)
    ]
    facts = [
        Fact("30日以内、後続なし", "20", "bad"),
        Fact("60日以内、後続なし", "26"),
        Fact("90日以内、後続なし", "60"),
    ]
    return Shown([drawn], Table(columns, rows), facts, more=True)


def filling() -> Shown:
    """Over each of the steps, and without a limit."""
    held = (
        (99, "bad", "2026年11月26日(木)"), (96, "bad", "2026年12月2日(水)"), (91, "late", "2027年1月14日(木)"), (84, "care", "2027年3月3日(水)"), (41, "one", ""),
    )  # fmt: skip
    tracked = [
        {
            "name": name,
            "url": "/f",
            "words": f"{percent} % · {percent * 10} GB / 1,000 GB",
            "more": f"30日間で12 GB増加、{on}ごろ満杯の見込み" if on else "30日間の増加なし",
            "share": plots.share(percent, 100),
            "hue": hue,
        }
        for name, (percent, hue, on) in zip(HOSPITALS, held, strict=True)
    ]
    columns = [
        Column("施設"),
        Column("使用率", Kind.PERCENT),
        Column("使用量", Kind.BYTES),
        Column("容量", Kind.BYTES),
        Column("30日間の増加", Kind.BYTES),
        Column("満杯の見込み", Kind.DATE),
    ]
    rows = [
        Row(
            [name, percent, percent * 10 * GIB, 1000 * GIB, 12 * GIB if on else 0, date(2027, 1, 14) if on else None],
            "/f",
        )
        for name, (percent, _hue, on) in zip(HOSPITALS, held, strict=True)
    ]
    facts = [
        Fact("95 % 以上", "2", "bad"),
        Fact("90~95 %", "1", "care"),
        Fact("80~90 %", "1"),
        Fact("80 % 未満", "9,996"),
    ]
    return Shown([drawings.tracks("縦線は 80・90・95 % の位置です。", tracked)], Table(columns, rows), facts, more=True)


def strip(name: str, marks: str, words: str) -> dict[str, Any]:
    """A night a letter; a dot went well."""
    found = [{"place": place, "hue": MARKS[mark][0]} for place, mark in enumerate(marks) if mark != "."]
    told = ", ".join(
        f"{DAYS[place].month}/{DAYS[place].day} {MARKS[mark][2]}" for place, mark in enumerate(marks) if mark != "."
    )
    return {"name": name, "url": "/f", "words": words, "marks": found, "told": told}


def nights() -> Shown:
    """A night that went wrong everywhere, and one place that is silent."""
    places = [
        Place(
            f"{day.month}/{day.day}" if (29 - number) % 7 == 0 else "",
            f"{day}",
            [[2 if number > 24 else 0, number % 3, int(number == 29) * 6, 18 if number == 11 else 0]],
        )
        for number, day in enumerate(DAYS)
    ]
    by_date = drawings.columns(
        "30日間に問題のあった夜は63件",
        [Series(name, hue) for hue, _glyph, name in MARKS.values()],
        places,
        count,
        count,
        legend=False,
    )
    rows = [
        strip(HOSPITALS[0], "." * 20 + "xxxxxxxxxl", "9夜が欠けています"), strip(HOSPITALS[1], "..g" * 8 + "f" + "....x", "2夜が欠けています"), strip(HOSPITALS[2], "." * 11 + "g" + "." * 18, "その後補完済み"),
    ]  # fmt: skip
    table = Table(
        [Column("施設"), Column("未補完", Kind.COUNT), Column("30日間の問題", Kind.COUNT)],
        [Row([HOSPITALS[0], 9, 10], "/f"), Row([HOSPITALS[1], 2, 10], "/f"), Row([HOSPITALS[2], 0, 1], "/f")],
    )
    facts = [
        Fact("実行されず", "10", "bad"),
        Fact("失敗", "29", "bad"),
        Fact("遅れ", "6"),
        Fact("その後補完済み", "18"),
    ]
    return Shown([by_date, drawings.strips("最近30日に問題のあった夜(施設別)", rows, LEGEND, DAYS)], table, facts)


def months(name: str = "") -> Shown:
    """Twelve months, the last one not closed yet."""
    economy = [(3 + number % 4) * 400_000 for number in range(11)] + [0]
    deluxe = [number * 150_000 for number in range(11)] + [0]
    places = [
        Place(
            f"{day.month}月",
            f"{day.year}年{day.month}月",
            [[economy[number], deluxe[number]], [economy[max(0, number - 1)]]],
            minor=number % 2 == 0,
        )
        for number, day in enumerate(MONTHS)
    ]
    drawn = drawings.columns(
        "12か月の請求は25,950,000円",
        [Series("エコノミー", "one"), Series("デラックス", "two"), Series("入金", "good")],
        places,
        man,
        count,
    )
    columns = [
        Column("月", Kind.MONTH),
        Column("エコノミー", Kind.YEN),
        Column("デラックス", Kind.YEN),
        Column("入金", Kind.YEN),
    ]
    rows = [
        Row([day, economy[number], deluxe[number], economy[max(0, number - 1)]]) for number, day in enumerate(MONTHS)
    ]
    return Shown([drawn], Table(columns, rows), [Fact("12か月の請求", "25,950,000円"), Fact("入金", "18,800,000円")])


def open_amounts() -> Shown:
    """Most of it not due yet."""
    labels, amounts = ("期限前", "1–30", "31–60", "61–90", "91–"), (8_420_000, 1_210_000, 330_000, 0, 88_000)
    places = [
        Place(label, label, [[amount, 0] if label == "期限前" else [0, amount]])
        for label, amount in zip(labels, amounts, strict=True)
    ]
    drawn = drawings.columns(
        "未収の請求書は412件", [Series("期限前", "one"), Series("期限超過", "bad")], places, man, count
    )
    columns = [
        Column("施設"),
        Column("請求書"),
        Column("支払期限", Kind.DATE),
        Column("超過日数", Kind.COUNT),
        Column("合計", Kind.YEN),
        Column("未収額", Kind.YEN),
    ]
    rows = [
        Row([name, f"K-00004{place}", date(2026, 7, 31), 115, 16_390, 16_390], "/f")
        for place, name in enumerate(HOSPITALS)
    ]
    return Shown(
        [drawn],
        Table(columns, rows),
        [Fact("未収の合計", "10,048,000円"), Fact("うち期限超過", "1,628,000円", "bad")],
        more=True,
    )


def use() -> Shown:
    """It grows."""
    places = [
        Place(
            f"{day.month}月",
            f"{day.year}年{day.month}月",
            [[number * GIB // 2, GIB + number * GIB // 10]],
            minor=number % 2 == 0,
        )
        for number, day in enumerate(MONTHS)
    ]
    drawn = drawings.columns(
        "現在の保管量は7.6 GB",
        [Series("検査の画像", "one"), Series("ファイル・旧版・回答", "two")],
        places,
        lambda value: f"{value // GIB} GB",
        lambda value: f"{value // GIB} GB",
        binary=True,
    )
    table = Table(
        [Column("月末", Kind.MONTH), Column("検査の画像", Kind.BYTES), Column("ファイル・旧版・回答", Kind.BYTES)],
        [Row([day, number * GIB // 2, GIB]) for number, day in enumerate(MONTHS)],
    )
    return Shown([drawn], table)


def terms() -> Shown:
    """One that ends, what follows it, one that renews."""
    spans = (
        ("内視鏡室 1", date(2026, 1, 1), date(2026, 12, 31), "契約済み", "one"),
        ("内視鏡室 1", date(2027, 1, 1), date(2027, 12, 31), "まだなし", "care"),
        ("病棟", date(2026, 4, 1), None, "自動更新", "one"),
    )
    rows = [
        {
            "name": name,
            "url": "/c",
            "words": words,
            "more": f"{last}まで" if last else "",
            "hue": hue,
            "first": first,
            "last": last,
        }
        for name, first, last, words, hue in spans
    ]
    window = (TODAY - timedelta(days=92), TODAY + timedelta(days=365))
    columns = [Column("バックアップ対象"), Column("初日", Kind.DATE), Column("最終日", Kind.DATE), Column("後続の契約")]
    return Shown(
        [drawings.spans(rows, window, TODAY)],
        Table(columns, [Row([name, first, last, words], "/c") for name, first, last, words, _hue in spans]),
    )


def own_nights() -> Shown:
    """Two targets."""
    rows = [
        strip("内視鏡室 1", "." * 12 + "g" + "." * 17, "30夜のうち29夜は問題なし"),
        strip("病棟", "." * 26 + "xfxl", "30夜のうち26夜は問題なし"),
    ]
    table = Table(
        [Column("夜", Kind.DATE), Column("バックアップ対象"), Column("結果")],
        [Row([DAYS[-1], "病棟", "遅れ"]), Row([DAYS[-2], "病棟", "実行されず"])],
    )
    return Shown([drawings.strips("最近30日に問題のあった夜(対象別)", rows, LEGEND, DAYS)], table)


NOTHING = Shown([{"kind": "columns", "empty": True}], Table([Column("施設")], []))
ALL = {"ending": ending(), "filling": filling(), "nights": nights(), "months": months(), "open": open_amounts()}
OWN = {"own-nights": own_nights(), "own-use": use(), "own-terms": terms(), "own-months": months()}


def listed(shown: dict[str, Shown], active: str) -> dict[str, Any]:
    """As the pages are given them."""
    named = [{"name": name, "url": f"/figures/{name}", "shown": one} for name, one in shown.items()]
    return {"active": active, "figures": named}


def alone(name: str, shown: Shown, q: str = "", active: str = "admin.figures") -> dict[str, Any]:
    """One with its table."""
    search = "" if name == "months" or name in OWN else f"/figures/{name}"
    return {
        "active": active,
        "name": name,
        "shown": shown,
        "typed": {"q": q},
        "csv_url": f"/figures/{name}.csv",
        "search_url": search,
        "pager": PAGER if shown.more else NO_PAGER,
    }


PAGES = (
    Page("admin-figures", "figures/all.html", PROVIDER_ADMIN, listed(ALL, "admin.figures")),
    Page(
        "admin-figures-none", "figures/all.html", PROVIDER_ADMIN, listed(dict.fromkeys(ALL, NOTHING), "admin.figures")
    ),
    *(
        Page(f"admin-figure-{name}", "figures/one.html", PROVIDER_ADMIN, alone(name, shown))
        for name, shown in ALL.items()
    ),
    Page("admin-figure-none", "figures/one.html", PROVIDER_ADMIN, alone("ending", NOTHING)),
    Page("admin-figure-unfound", "figures/one.html", PROVIDER_ADMIN, alone("open", NOTHING, "青葉")),
    Page("facility-figures", "figures/all.html", ADMIN, listed(OWN, "facility.figures")),
    Page("facility-figures-none", "figures/all.html", ADMIN, listed(dict.fromkeys(OWN, NOTHING), "facility.figures")),
    *(
        Page(f"facility-figure-{name}", "figures/one.html", ADMIN, alone(name, shown, active="facility.figures"))
        for name, shown in OWN.items()
    ),
)
