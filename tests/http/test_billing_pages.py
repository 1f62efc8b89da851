"""Who keeps the books closes a month by a button and records payments; a facility reads its own invoices."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.worker import run_queue
from tests.http.world import World
from vault.base.jobs import Queue


@pytest.fixture
def clerk(world: World) -> FlaskClient:
    return world.browser("billing1")


def test_a_month_is_seen_first_and_then_closed_once(world: World, clerk: FlaskClient) -> None:
    world.agree("2026-01-01")
    assert "/billing/preview?month=2026-01" in clerk.get("/billing/").text
    assert "10,000" in clerk.get("/billing/preview?month=2026-01").text
    for _ in range(2):
        assert clerk.post("/billing/close", data={"month": "2026-01"}).status_code == 303
    run_queue(world.installation, Queue.SLOW.value)
    assert "/billing/preview?month=2026-02" in clerk.get("/billing/").text
    assert clerk.post("/billing/close", data={"month": "2026-01"}).status_code == 303
    run_queue(world.installation, Queue.SLOW.value)
    assert len(world.call("aoba-admin", "GET", "/invoices").get_json()["items"]) == 1


def test_a_month_out_of_order_is_refused_in_words(world: World, clerk: FlaskClient) -> None:
    world.agree("2026-01-01")
    assert clerk.post("/billing/close", data={"month": "2026-02"}).status_code == 409
    assert clerk.get("/billing/preview?month=2026-02").status_code == 409
    assert clerk.post("/billing/close", data={"month": "soon"}).status_code == 422
    assert world.call("aoba-admin", "GET", "/invoices").get_json()["items"] == []


def test_a_payment_brings_down_what_is_open_once(world: World, clerk: FlaskClient) -> None:
    invoice = world.invoice()
    paid = {"invoice": invoice, "amount": "4000", "received_on": "2026-02-10", "reference": "bank 1"}
    assert clerk.post("/billing/payments", data=paid).status_code == 303
    again = clerk.post("/billing/payments", data=paid)
    assert again.status_code == 422
    assert 'value="4000"' in again.text
    assert "7,000" in clerk.get("/billing/open").text
    (item,) = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert item["outstanding"] == 7000


@pytest.mark.parametrize(
    ("field", "value"), [("amount", "-1"), ("amount", "9999999"), ("amount", "x"), ("received_on", "2999-01-01")]
)
def test_a_bad_payment_changes_nothing_and_is_answered_beside_its_field(
    world: World, clerk: FlaskClient, field: str, value: str
) -> None:
    good = {"invoice": world.invoice(), "amount": "100", "received_on": "2026-02-10"}
    answer = clerk.post("/billing/payments", data={**good, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    (item,) = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    assert item["outstanding"] == item["total"]


def test_the_facility_reads_its_own_invoices_and_no_other_does(world: World, clerk: FlaskClient) -> None:
    invoice = world.invoice()
    own = world.browser("aoba-admin")
    assert "11,000" in own.get("/invoices").text
    printed = own.get(f"/invoices/{invoice}.pdf")
    assert "11,000" in "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.data)).pages)
    stranger = world.browser("midori-admin")
    assert "11,000" not in stranger.get("/invoices").text
    assert stranger.get(f"/invoices/{invoice}.pdf").status_code == 404
    assert clerk.get(f"/billing/invoices/{invoice}.pdf").data[:5] == b"%PDF-"
    assert clerk.get("/billing/invoices/none.pdf").status_code == 404


def test_the_ledger_is_taken_away_as_csv_that_a_spreadsheet_opens(world: World, clerk: FlaskClient) -> None:
    world.invoice()
    answer = clerk.get("/billing/ledger.csv")
    assert (answer.content_type, answer.data[:3]) == ("text/csv; charset=utf-8", b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert sum(int(row["amount"]) for row in rows) == 0
    assert clerk.get("/billing/ledger.csv?month=2026-01").status_code == 200
    assert clerk.get("/billing/ledger.csv?month=soon").status_code == 422
