"""Every route is called as every role and as a stranger; a route that the matrix does not know fails."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.http.matrix import EVERYONE, MATRIX, PROGRAMS
from tests.http.world import LOGINS, World
from vault.base.scope import Scope
from vault.billing.models import Payment
from vault.contracts import queries as contracts
from vault.contracts import service as agreements
from vault.contracts.parsing import terms_from
from vault.tenancy import facilities

KEPT_OUT = {401, 403, 404}
STREAMS = {"GET /events", "GET /api/v1/events"}
OF_NO_AREA = {"case_id", "analysis_id", "kind", "item_id", "code", "filename", "secret", "key", "path", "edge", "name"}
"""Parameters that by themselves name nothing of an area: a case, an asset, a link, a path of one's own drive."""
_SAID = {"body": "x"}
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /api/v1/backup-runs/<run_id>": {"state": "finished"},
    "POST /api/v1/exams/<exam_id>/images": {"images": []},
    "POST /api/v1/requests/<request_id>/messages": _SAID,
    "POST /api/v1/requests/<request_id>/rating": {"stars": 5},
    "POST /api/v1/assignments/<assignment_id>/answer": _SAID,
    "POST /api/v1/assignments/<assignment_id>/ask": _SAID,
    "POST /api/v1/assignments/<assignment_id>/note": _SAID,
    "POST /api/v1/assignments/<assignment_id>/interim": {**_SAID, "until": "2030-01-01T00:00:00Z"},
    "POST /api/v1/assignments/<assignment_id>/transfer": {"to": ["repair"], "reason": "x"},
    "POST /api/v1/assignments/<assignment_id>/correct": {"answer": "0" * 26, "body": "x", "reason": "y"},
    "POST /api/v1/analyses": {"kind": "colour-cast", "purpose": "matrix"},
    "POST /api/v1/requests": {"subject": "x", "body": "y"},
    "POST /api/v1/exams": {"patient_id": "P", "performed_at": "2026-11-20T09:00:00Z", "kind": "EGD", "images": []},
}
TUS = {
    "Tus-Resumable": "1.0.0",
    "Content-Type": "application/offset+octet-stream",
    "Upload-Length": "1",
    "Upload-Offset": "0",
    "Upload-Metadata": "path YS50eHQ=",
    "X-HTTP-Method-Override": "PATCH",
}


@dataclass
class Prepared:
    """The world with one of each thing of aoba, and the addresses filled in."""

    world: World
    values: dict[str, str]

    def path(self, rule: str) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.values[found[1]], rule)

    def call(self, role: str | None, route: str, login: str | None = None) -> TestResponse:
        verb, rule = route.split(" ", 1)
        login = login or (LOGINS[role] if role else None)
        if rule.startswith("/api/"):
            more: dict[str, Any] = {"headers": TUS} if "/uploads" in rule else {}
            if verb in ("POST", "PATCH") and not rule.endswith("/bundle") and "/uploads" not in rule:
                more["body"] = BODIES.get(route, {})
            else:
                more["data"] = b"x"
            answer: TestResponse = self.world.call(login, verb, self.path(rule).removeprefix("/api/v1"), **more)
        elif rule.startswith("/dav/"):
            headers = {"Depth": "0"}
            if login is not None:
                token = b64encode(f"{login}:{self.world.tokens[login]}".encode()).decode()
                headers["Authorization"] = f"Basic {token}"
            answer = self.world.app.test_client().open(self.path(rule), method=verb, buffered=True, headers=headers)
        else:
            answer = self.world.browser(login).open(self.path(rule), method=verb, buffered=True)
        if login is not None and route == "POST /my-account/tokens/revoke":
            self.world.new_token(login)
        return answer


@pytest.fixture(scope="module")
def prepared(shared_world: World) -> Prepared:
    """One exam, request, assignment, answer and file of aoba, and a run of its device."""
    world = shared_world
    world.new_token("aoba-patient")
    exam, _ = world.exam("aoba-capture1")
    world.call("aoba-nurse", "PUT", "/files/note.txt", data=b"note")
    request = world.request(exams=[exam], files=["note.txt"])
    assignment = world.assignment(request)
    world.call("repair1", "POST", f"/assignments/{assignment}/claim")
    world.call("repair1", "PUT", f"/assignments/{assignment}/files/a.txt", data=b"a")
    world.call("repair1", "POST", f"/assignments/{assignment}/answer", {"body": "answer"})
    answer = world.call("aoba-nurse", "GET", "/answers").get_json()["items"][0]["id"]
    run = world.call("aoba-capture1", "POST", "/backup-runs", {"trigger": "on-demand", "exams": []}).get_json()["id"]
    told = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": "path Yi50eHQ="}
    upload = world.call("aoba-nurse", "POST", "/uploads", headers=told)
    contract = {"target": "room", "start": "2026-04-01", "timing": "per-exam", "unit_price": 0}
    with world.installation.database.transaction() as session:
        area = facilities.by_code(session, "aoba")
        assert area is not None
        agreements.agree_from_file(session, Scope.system(area.id), terms_from(contract))
        (agreed,) = contracts.billable(session, Scope.system(area.id))
    invoice = world.invoice()
    paid = {"invoice": invoice, "amount": "1", "received_on": "2026-02-10"}
    world.browser("billing1").post("/billing/payments", data=paid)
    with world.installation.database.read() as session:
        payment = session.scalars(select(Payment.id)).one()
    values = {
        "contract_id": agreed.id,
        "drill_id": world.drill(),
        "invoice_id": invoice,
        "set_id": world.copy(target="ward 2"),
        "number": "1",
        "exam_id": exam,
        "request_id": request,
        "assignment_id": assignment,
        "answer_id": answer,
        "run_id": run,
        "name": "0.jpg",
        "path": "note.txt",
        "upload_id": upload.headers["Location"].rpartition("/")[2],
        "edge": "320",
        "code": "aoba",
        "payment_id": payment,
        "note_id": "0" * 26,
        "deposit_id": "0" * 26,
        "file_id": "0" * 26,
        "line_id": "0" * 26,
        "case_id": "0" * 26,
        "analysis_id": "0" * 26,
        "kind": "request",
        "item_id": request,
        "key": "matrix",
        "secret": "x" * 43,
        "filename": "css/kura.css",
    }
    return Prepared(world, values)


def test_every_route_is_in_the_matrix_and_the_matrix_names_no_other(prepared: Prepared) -> None:
    rules = {
        f"{verb} {rule.rule}"
        for rule in prepared.world.app.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == set(MATRIX)


@pytest.mark.parametrize("route", sorted(set(MATRIX) - STREAMS))
def test_each_role_is_let_in_or_kept_out_as_the_matrix_says(prepared: Prepared, route: str) -> None:
    allowed = MATRIX[route]
    for role in sorted(EVERYONE):
        if role == "device" and not route.split(" ", 1)[1].startswith(PROGRAMS):
            continue  # a device has a token and no browser of its own
        answer = prepared.call(role, route)
        assert answer.status_code < 500, f"{route} as {role}: {answer.status_code}"
        if allowed is not None and role not in allowed:
            assert answer.status_code in KEPT_OUT, f"{route} as {role}: {answer.status_code}"
        elif allowed is not None:
            assert answer.status_code not in (401, 403), f"{route} as {role}: {answer.status_code}"


@pytest.mark.parametrize("route", sorted(route for route, allowed in MATRIX.items() if allowed is not None))
def test_nobody_gets_in_without_signing_in(prepared: Prepared, route: str) -> None:
    answer = prepared.call(None, route)
    if route.split(" ", 1)[1].startswith(PROGRAMS):
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
    else:
        assert answer.status_code == 302
        assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize(
    "route",
    sorted(
        route
        for route, allowed in MATRIX.items()
        if allowed is not None and set(re.findall(r"<(?:\w+:)?(\w+)>", route)) - OF_NO_AREA
    ),
)
def test_a_stranger_facility_gets_404_for_what_is_not_its_own(prepared: Prepared, route: str) -> None:
    for login in ("midori-nurse", "midori-admin", "midori-capture1"):
        if login == "midori-capture1" and "/api/" not in route:
            continue
        answer = prepared.call(None, route, login=login)
        assert answer.status_code == 404, f"{route} as {login}: {answer.status_code}"


def test_a_stranger_sees_none_of_it_in_any_list(prepared: Prepared) -> None:
    for path in ("/exams", "/requests", "/answers", "/files"):
        listed = prepared.world.call("midori-nurse", "GET", path)
        assert listed.get_json() == {"items": [], "next": None}, path
    ids = {prepared.values[name] for name in ("exam_id", "request_id", "answer_id")}
    for page in ("/home", "/exams", "/requests", "/answers", "/files/", "/area"):
        shown = prepared.world.browser("midori-nurse").get(page).get_data(as_text=True)
        assert not [one for one in ids if one in shown], page


def test_another_department_does_not_see_what_was_not_sent_to_it(prepared: Prepared) -> None:
    for route in sorted(route for route in MATRIX if "<assignment_id>" in route):
        answer = prepared.call(None, route, login="clinical1")
        assert answer.status_code == 404, f"{route}: {answer.status_code}"
    assert prepared.world.call("clinical1", "GET", "/queue?department=repair").status_code == 404
