"""The facility's administrator reads invoices over the API, and each as a PDF in Japanese and English."""

import io
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.http.world import World
from vault.base import printing


def test_invoices_are_listed_with_their_lines(world: World) -> None:
    invoice = world.invoice()
    (item,) = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert item["id"] == invoice
    assert item["lines"] == [{"target": "ward", "points": 10, "term": 1, "unit_price": 1000, "amount": 10_000}]
    assert (item["month"], item["subtotal"], item["tax"], item["total"]) == ("2026-01", 10_000, 1_000, 11_000)
    assert world.call("midori-admin", "GET", "/invoices").get_json() == {"items": [], "next": None}


def test_the_list_goes_on_page_by_page(world: World) -> None:
    world.invoice(period="monthly", terms=2)
    world.invoice(start="2026-02-01", target="room 2")
    first = world.call("aoba-admin", "GET", "/invoices?limit=1").get_json()
    second = world.call("aoba-admin", "GET", first["next"].partition("/api/v1")[2]).get_json()
    assert [one["items"][0]["month"] for one in (first, second)] == ["2026-02", "2026-01"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ja",
            [
                "請求書",
                "青葉クリニック",
                "T1234567890123",
                "10,000円",
                "11,000円",
                "KI-000001",
                "2026年12月31日",
                "10%",
            ],
        ),
        ("en", ["Invoice", "T1234567890123", "¥10,000", "¥11,000", "Registration number"]),
    ],
)
def test_the_pdf_has_the_fields_of_a_qualified_invoice(world: World, language: str, words: list[str]) -> None:
    settings = world.installation.settings
    billing = settings.billing.model_copy(
        update={
            "registration": "T1234567890123",
            "address": "東京都新宿区1-1",
            "bank_account": "みずほ銀行 普通 1234567",
        }
    )
    world.installation.settings = settings.model_copy(update={"billing": billing})
    answer = world.call("aoba-admin", "GET", f"/invoices/{world.invoice()}.pdf?language={language}")
    assert answer.content_type == "application/pdf"
    document = PdfReader(io.BytesIO(answer.data))
    text = "".join(page.extract_text() for page in document.pages)
    assert [word for word in words if word not in text] == []
    fonts: Any = document.pages[0]["/Resources"]
    for font in fonts["/Font"].values():
        (real,) = font.get_object()["/DescendantFonts"]
        assert {"/FontFile2", "/FontFile3"} & real["/FontDescriptor"].keys()


def test_without_a_font_the_pdf_is_refused_with_a_sentence_and_the_list_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    invoice = world.invoice()
    monkeypatch.setattr(printing, "FONTS", (str(tmp_path / "none.ttc"),))
    answer = world.call("aoba-admin", "GET", f"/invoices/{invoice}.pdf")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "no_font")
    assert len(world.call("aoba-admin", "GET", "/invoices").get_json()["items"]) == 1
