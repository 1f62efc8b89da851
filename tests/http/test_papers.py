"""Beside the invoice: receipt, credit note and statement as PDF, in Japanese and English, for the facility alone."""

import re
import subprocess
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base.scope import Scope
from vault.billing import closing
from vault.billing.months import Month
from vault.contracts import queries, service
from vault.tenancy import logins


def text_of(answer: Any) -> str:
    """The document's text as poppler reads it, blanks left out: they only set columns apart."""
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.data, capture_output=True, check=True)
    return re.sub(r"\s", "", read.stdout.decode())


@pytest.fixture
def books(clock: HeldClock, world: World) -> World:
    """
    Aoba's year of ¥10,000 from January 2026, of which ¥4,000 were paid on 10 February, is ended with March: 90 of 365
    days, ¥2,465, stay; ¥7,535 and tax of ¥753 are credited. It is the second of April.
    """
    settings = world.installation.settings
    billing = settings.billing.model_copy(update={"registration": "T1234567890123", "address": "東京都新宿区1-1"})
    world.installation.settings = settings.model_copy(update={"billing": billing})
    clock.set(datetime(2026, 2, 10, tzinfo=UTC))
    paid = {"invoice": world.invoice(), "amount": "4000", "received_on": "2026-02-10"}
    assert world.browser("billing1").post("/billing/payments", data=paid).status_code == 303
    end(world, date(2026, 3, 31))
    clock.set(datetime(2026, 4, 2, tzinfo=UTC))
    for month in ("2026-02", "2026-03"):
        closing.close(world.installation.database, Scope.system(), world.installation.settings, Month.parse(month))
    return world


def end(world: World, last: date) -> None:
    with world.installation.database.transaction() as session:
        admin = logins.person_by(session, "aoba-admin")
        assert admin is not None
        area = Scope.system(admin.facility_id)
        service.end(session, area, queries.of_facility(session, area)[0].id, last)


def link(world: World, kind: str, login: str = "aoba-admin") -> str:
    page = world.browser(login).get("/invoices").text
    found = re.search(rf"/invoices/{kind}/\w+\.pdf", page)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ja",
            ["領収書", "KR-000001", "4,000円", "KI-000001", "2026年2月10日", "収入印紙の貼付は不要", "T1234567890123"],
        ),
        ("en", ["Receipt", "KR-000001", "¥4,000", "KI-000001", "10Feb2026", "norevenuestampisneeded"]),
    ],
)
def test_a_receipt_says_what_came_and_why_it_bears_no_stamp(books: World, language: str, words: list[str]) -> None:
    text = text_of(books.browser("aoba-admin").get(f"{link(books, 'receipts')}?language={language}"))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ja",
            ["適格返還請求書", "KC-000001", "KI-000001", "返還年月日2026年4月2日", "元の請求書の発行日2026年2月10日",
             "T1234567890123", "ward", "275/365", "10%", "7,535円", "753円", "8,288円"],
        ),
        ("en", ["Creditnote", "KC-000001", "Dateoftheoriginalinvoice10Feb2026", "¥7,535", "¥753", "¥8,288"]),
    ],
)  # fmt: skip
def test_a_credit_note_has_the_fields_of_a_qualified_return_invoice(
    books: World, language: str, words: list[str]
) -> None:
    text = text_of(books.browser("aoba-admin").get(f"{link(books, 'credit-notes')}?language={language}"))
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ja", ["未収額明細書", "青葉クリニック", "-1,288円"]),
        ("en", ["Statementofopenamounts", "KI-000001", "¥-1,288"]),
    ],
)
def test_a_statement_says_what_is_open(books: World, language: str, words: list[str]) -> None:
    """¥11,000 less ¥8,288 credited and ¥4,000 paid: ¥1,288 were paid too much."""
    text = text_of(books.browser("aoba-admin").get(f"/invoices/statement.pdf?language={language}")).replace("−", "-")
    text = text.replace("-¥", "¥-")
    assert [word for word in words if word not in text] == []


def test_a_receipt_of_a_payment_that_was_taken_back_is_void(books: World) -> None:
    paper = link(books, "receipts")
    payment = paper.rpartition("/")[2].removesuffix(".pdf")
    assert books.browser("billing1").post(f"/billing/payments/{payment}/reverse").status_code == 303
    assert "無効" in text_of(books.browser("aoba-admin").get(paper))
    assert "/invoices/receipts/" not in books.browser("aoba-admin").get("/invoices").text


def test_the_api_names_the_papers_and_gives_them(books: World) -> None:
    (item,) = books.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    (receipt,), (note,) = item["receipts"], item["credit_notes"]
    assert (receipt["number"], receipt["amount"], receipt["received_on"]) == ("KR-000001", 4_000, "2026-02-10")
    assert (note["number"], note["total"], note["issued_on"]) == ("KC-000001", 8_288, "2026-04-02")
    for path in (f"/receipts/{receipt['id']}.pdf", f"/credit-notes/{note['id']}.pdf"):
        assert books.call("aoba-admin", "GET", path).data[:5] == b"%PDF-"
        assert books.call("midori-admin", "GET", path).status_code == 404


def test_the_clerk_prints_any_and_a_stranger_none(books: World) -> None:
    clerk, stranger = books.browser("billing1"), books.browser("midori-admin")
    for kind in ("receipts", "credit-notes"):
        paper = link(books, kind)
        assert stranger.get(paper).status_code == 404
        assert clerk.get(f"/billing/{paper.removeprefix('/invoices/')}").data[:5] == b"%PDF-"
        assert clerk.get(f"/billing/{kind}/none.pdf").status_code == 404
    assert "KI-000001" not in text_of(stranger.get("/invoices/statement.pdf"))
    assert "KI-000001" in text_of(clerk.get("/billing/facilities/aoba/statement.pdf"))
    assert clerk.get("/billing/facilities/none/statement.pdf").status_code == 404


def test_what_was_paid_too_much_is_held_and_that_is_taken_back(books: World) -> None:
    clerk = books.browser("billing1")
    (item,) = books.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert item["outstanding"] == -1_288
    assert clerk.post("/billing/deposits/move", data={"invoice": item["id"]}).status_code == 303
    assert clerk.post("/billing/deposits/move", data={"invoice": item["id"]}).status_code == 409
    page = clerk.get("/billing/open").text
    assert "1,288" in page
    assert "1,288円" in text_of(books.browser("aoba-admin").get("/invoices/statement.pdf"))
    found = re.search(r"/billing/deposits/\w+/undo", page)
    assert found is not None
    assert clerk.post(found[0]).status_code == 303
    assert clerk.post(found[0]).status_code == 409
    (item,) = books.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert item["outstanding"] == -1_288
    assert clerk.post("/billing/deposits/none/undo").status_code == 404
