"""Who keeps the books takes the bank's file: seen first, taken once, matched, taken back; bad files change nothing."""

import re

import pytest
from flask.testing import FlaskClient

from tests.http.world import World

HEAD = "日付,摘要,入金額,備考"


@pytest.fixture
def clerk(world: World) -> FlaskClient:
    world.invoice()
    return world.browser("billing1")


def send(clerk: FlaskClient, content: bytes, name: str = "june.csv", columns: str = "") -> tuple[int, str]:
    """The status, and the address of the preview or the page that says why there is none."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    tail = f'\r\n--x\r\nContent-Disposition: form-data; name="columns"\r\n\r\n{columns}\r\n--x--\r\n'
    body = b"".join([head.encode(), content, tail.encode()])
    answer = clerk.post("/billing/bank/files", data=body, content_type="multipart/form-data; boundary=x")
    return answer.status_code, answer.headers.get("Location") or answer.get_data(as_text=True)


def line(amount: str = "11000", note: str = "KI-000001", day: str = "R8.2.3") -> bytes:
    return f"{HEAD}\n{day},ｱｵﾊﾞｸﾘﾆﾂｸ,{amount},{note}\n".encode("cp932")


def outstanding(world: World) -> int:
    (item,) = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    return int(item["outstanding"])


def line_id(clerk: FlaskClient) -> str:
    found = re.search(r"/billing/bank/lines/(\w+)/", clerk.get("/billing/bank").text)
    assert found is not None
    return found[1]


def test_a_file_is_seen_first_then_taken_and_pays_what_is_sure(world: World, clerk: FlaskClient) -> None:
    status, preview = send(clerk, line())
    assert status == 303
    page = clerk.get(preview).text
    assert "アオバクリニツク" in page
    assert "KI-000001" in page
    assert outstanding(world) == 11_000
    for _ in range(2):
        assert clerk.post(f"{preview}/take").status_code == 303
    assert outstanding(world) == 0
    status, again = send(clerk, line())
    assert "取り込む行はありません" in clerk.get(again).text


def test_what_is_unsure_is_matched_by_hand_and_taken_back(world: World, clerk: FlaskClient) -> None:
    _, preview = send(clerk, line("12,000".replace(",", ""), ""))
    clerk.post(f"{preview}/take")
    assert "12,000円" in clerk.get("/billing/bank").text
    found = line_id(clerk)
    refused = clerk.post(f"/billing/bank/lines/{found}/match", data={"numbers": "KI-000009"})
    assert refused.status_code == 422
    assert 'value="KI-000009"' in refused.text
    matched = clerk.post(f"/billing/bank/lines/{found}/match", data={"numbers": "KI-000001", "keep": "1"})
    assert matched.status_code == 303
    assert outstanding(world) == 0
    assert "1,000円を預り金に" in clerk.get("/billing/bank").text
    refund = {"facility": "aoba", "amount": "400", "on": "2026-02-10", "reference": ""}
    assert clerk.post("/billing/deposits/refund", data={**refund, "amount": "1001"}).status_code == 422
    assert clerk.post("/billing/deposits/refund", data=refund).status_code == 303
    assert clerk.post(f"/billing/bank/lines/{found}/undo").status_code == 409
    assert outstanding(world) == 0


def test_a_match_is_taken_back_and_the_line_set_aside(world: World, clerk: FlaskClient) -> None:
    _, preview = send(clerk, line())
    clerk.post(f"{preview}/take")
    found = line_id(clerk)
    assert clerk.post(f"/billing/bank/lines/{found}/undo").status_code == 303
    assert outstanding(world) == 11_000
    aside = clerk.post(f"/billing/bank/lines/{found}/set-aside", data={"reason": "組戻し"})
    assert aside.status_code == 303
    assert "組戻し" in clerk.get("/billing/bank").text
    assert clerk.post(f"/billing/bank/lines/{found}/match", data={"numbers": "1"}).status_code == 409


def test_a_payment_by_hand_is_taken_back_once(world: World, clerk: FlaskClient) -> None:
    (item,) = world.call("aoba-admin", "GET", "/invoices").get_json()["items"]
    clerk.post("/billing/payments", data={"invoice": item["id"], "amount": "¥4,000", "received_on": "2026-02-10"})
    assert outstanding(world) == 7_000
    found = re.search(r"/billing/payments/(\w+)/reverse", clerk.get("/billing/open").text)
    assert found is not None
    assert clerk.post(found[0]).status_code == 303
    assert clerk.post(found[0]).status_code == 409
    assert outstanding(world) == 11_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x00", "CSV"),
        (b"a,b,c\n1,2,3\n", "a, b, c"),
        (b"x" * (50 * 2**20), "5MB"),
        (line("-11000"), "2行目"),
        (line(note="=HYPERLINK(A1)"), "数式"),
        (line(day="R9.13.1"), "R9.13.1"),
        (line(day="2999/1/1"), "まだ来ていません"),
    ],
    ids=["picture", "columns", "50-mb", "negative", "formula", "no-day", "day-to-come"],
)
def test_a_bad_file_is_refused_beside_its_field_and_nothing_is_changed(
    world: World, clerk: FlaskClient, content: bytes, words: str
) -> None:
    status, page = send(clerk, content)
    assert status == 422
    assert 'id="file-error"' in page
    assert words in page
    assert outstanding(world) == 11_000
    assert "未消込の明細" not in clerk.get("/billing/bank").text


def test_columns_of_other_names_are_said_on_the_form(clerk: FlaskClient) -> None:
    content = "いつ,だれ,いくら\n2026/2/3,ｱｵﾊﾞ,11000\n".encode("cp932")
    assert send(clerk, content)[0] == 422
    assert send(clerk, content, columns="date=いつ, in=いくら, payer=だれ")[0] == 303
    assert send(clerk, content, columns="colour=いつ")[0] == 422


def test_what_an_attacker_may_name_is_not_there(clerk: FlaskClient) -> None:
    for path in ("/billing/bank/files/none/take", "/billing/bank/lines/none/undo", "/billing/payments/none/reverse"):
        assert clerk.post(path).status_code == 404
    assert clerk.get("/billing/bank/files/none").status_code == 404
    assert clerk.post("/billing/bank/files", data={}).status_code == 422
