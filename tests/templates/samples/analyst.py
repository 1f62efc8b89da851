"""Sample context of the analyst's pages."""

from typing import Any

from markupsafe import Markup

from tests.templates.samples.ground import ANALYST, NO_PAGER, PAGER, Page, ago, image

CASE = {"id": "k1", "url": "/cases/k1", "title": "緑帯不具合の調査 2026-11", "reason": "同じ型のスコープで緑色の帯が続いている。どの施設で、いつから出ているかを調べる。",
        "opened_at": ago(days=2), "closed_at": None, "who": "Ueda Rin", "searches": 6}  # fmt: skip


def facet(value: str, label: str, count: int, *, chosen: bool = False) -> dict[str, Any]:
    """A line to narrow down by."""
    return {"value": value, "label": label, "count": count, "url": f"?f={value}", "chosen": chosen}


def hit(kind: str, facility: str, title: str, snippet: str) -> dict[str, Any]:
    """A hit."""
    return {
        "kind": kind,
        "id": "h",
        "url": "/hit",
        "facility": facility,
        "title": title,
        "snippet": Markup(snippet),  # noqa: S704 -- our own words
        "at": ago(days=1),
    }


RESULT = {
    "total": 37, "ms": 12,
    "items": [hit("request", "第一クリニック", "画像に緑色の帯が出る", "画像に<mark>緑色の帯</mark>が出る。スコープの故障か? 前処置のプロナーゼを溶かし直しても…"),
              hit("answer", "みどり病院", "Re: 画面に緑の線", "信号線の劣化で<mark>緑色の帯</mark>が出ていました。代替機を…"),
              hit("exam", "さくら診療所", "Colonoscopy P-…31", "note: <mark>green band</mark> on the left third, from image 12")],
    "facets": {"kind": [facet("request", "", 21, chosen=True), facet("answer", "", 12), facet("exam", "", 4)], "facility": [facet("f001", "第一クリニック", 14), facet("f002", "みどり病院", 13), facet("f003", "さくら診療所", 10)]},
}  # fmt: skip
ANALYSIS: dict[str, Any] = {"id": "a1", "url": "/analyses/a1", "kind": "colour-cast", "narrowed": ["EV-310"], "purpose": "今月の緑色の帯の報告を施設をまたいで調べる", "who": "Ueda Rin",
            "at": ago(hours=1), "state": "done", "goes_on": False, "done": 48, "total": 48, "suspected": 12}  # fmt: skip
RUNNING: dict[str, Any] = {**ANALYSIS, "state": "running", "goes_on": True, "done": 17, "suspected": None}
MEASURED = {
    "exams": 48, "images": 612, "unread": 3, "suspected": 12,
    "facilities": [{"name": "第一クリニック", "images": 210, "suspected": 9}, {"name": "みどり病院", "images": 402, "suspected": 3}],
    "worst": [{"facility": "第一クリニック", "exam": "e", "image": f"00{n}.jpg", "band": 0.124 - n / 100, "cast": 4.5, "url": "/hit"} for n in range(4)],
}  # fmt: skip
ORDER: dict[str, Any] = {"kinds": ["colour-cast"], "cases": [CASE]}
SEARCH: dict[str, Any] = {"case": CASE, "cases": [CASE], "result": None, "pager": NO_PAGER}

PAGES = (
    Page("analyst-search", "analyst/search.html", ANALYST, {**SEARCH, "typed": {"q": "緑色の帯"}, "result": RESULT, "pager": PAGER}),
    Page("analyst-search-none", "analyst/search.html", ANALYST, {**SEARCH, "typed": {"q": "紫色の帯"}, "result": {"total": 0, "ms": 3, "items": [], "facets": {}}}),
    Page("analyst-search-first", "analyst/search.html", ANALYST, SEARCH),
    Page("analyst-search-refused", "analyst/search.html", ANALYST, {**SEARCH, "case": None, "typed": {"q": "帯"}, "errors": {"purpose": "目的を書くか、案件を選んでください。"}}),
    Page("analyst-cases", "analyst/cases.html", ANALYST, {"cases": [CASE, {**CASE, "title": "Pronase dissolving time", "closed_at": ago(days=1)}]}),
    Page("analyst-cases-empty", "analyst/cases.html", ANALYST, {"cases": []}),
    Page("analyst-case", "analyst/case.html", ANALYST, {"case": CASE, "searches": [{"at": ago(hours=1), "who": "Ueda Rin", "q": "緑色の帯", "total": 37, "url": "/s"}]}),
    Page("analyst-analyses", "analyst/analyses.html", ANALYST, {**ORDER, "analyses": [RUNNING, ANALYSIS, {**ANALYSIS, "state": "cancelled", "suspected": None, "narrowed": []}]}),
    Page("analyst-analyses-empty", "analyst/analyses.html", ANALYST, {**ORDER, "analyses": [], "errors": {"purpose": "目的を書くか、案件を選んでください。"}}),
    Page("analyst-analysis", "analyst/analysis.html", ANALYST, {"analysis": ANALYSIS, "result": MEASURED}),
    Page("analyst-analysis-runs", "analyst/analysis.html", ANALYST, {"analysis": RUNNING, "result": None}),
    Page("analyst-hit", "analyst/hit.html", ANALYST, {"hit": {"kind": "exam", "title": "上部消化管内視鏡 P-…01", "facility": "第一クリニック", "at": ago(days=1), "body": "送水不良あり", "purpose": "緑帯不具合の調査"}, "facts": [{"label": "KV-290", "words": "2210457"}], "images": [image(n) for n in range(6)], "back_url": "/s"}),
)  # fmt: skip
