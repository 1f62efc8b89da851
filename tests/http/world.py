"""A small installation behind the app: two facilities, each role once, and one request on its way through."""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal.app import create_app
from portal.apply.service import apply
from portal.installation import Installation, make_home, open_home
from portal.work import register
from portal.worker import run_queue
from tests.services.homes import begin
from vault.backup.models import RestoreDrill
from vault.backup.tasks import DRILL
from vault.base import clock, jobs
from vault.base.jobs import Queue
from vault.base.scope import Role, Scope
from vault.billing import closing
from vault.billing.months import Month
from vault.contracts import service as contracts
from vault.contracts.parsing import terms_from
from vault.media import service as media
from vault.media.models import MediaSet
from vault.tenancy import facilities, logins, people, sessions, tokens
from vault.tenancy.models import DELUXE

TOKENS = "tokens.json"
DEPARTMENTS = [
    {
        "code": "repair",
        "name": {"ja": "修理", "en": "Repair"},
        "about": "故障 修理 緑色の帯 scope failure, image noise",
    },
    {"code": "clinical", "name": {"ja": "臨床支援", "en": "Clinical Support"}, "about": "薬剤 鎮静 drug, sedation"},
]
APPLY: dict[str, Any] = {
    "provider": {"name": "Example Endoscopy Service", "phone": "03-0000-0000"},
    "departments": DEPARTMENTS,
    "rules": [{"when": {"subject_or_body": "請求|invoice"}, "to": ["clinical"]}],
    "people": [
        {"login": "repair1", "role": "department", "departments": ["repair"]},
        {"login": "repair2", "role": "department", "departments": ["repair"]},
        {"login": "clinical1", "role": "department", "departments": ["clinical"]},
        {"login": "analyst1", "role": "analyst"},
        {"login": "billing1", "role": "billing"},
        {"login": "admin1", "role": "admin"},
    ],
    "facilities": [
        {
            "code": code,
            "name": name,
            "capacity": "64MiB",
            "people": [
                {"login": f"{code}-nurse", "role": "staff", "pin": "2468"},
                {"login": f"{code}-admin", "role": "facility-admin"},
            ],
            "devices": [{"login": f"{code}-capture1"}],
        }
        for code, name in (("aoba", "青葉クリニック"), ("midori", "緑病院"))
    ],
}
LOGINS = {
    "staff": "aoba-nurse",
    "facility-admin": "aoba-admin",
    "device": "aoba-capture1",
    "department": "repair1",
    "analyst": "analyst1",
    "billing": "billing1",
    "admin": "admin1",
    "patient": "aoba-patient",
}


def jpeg(seed: int) -> bytes:
    """A small real JPEG, another for each seed."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90 + seed % 100, 40, 40 + seed % 50)).save(out, "JPEG")
    return out.getvalue()


def tar_of(contents: list[bytes]) -> bytes:
    """An uncompressed tar of the contents, each named by its SHA-256."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for content in contents:
            info = tarfile.TarInfo(hashlib.sha256(content).hexdigest())
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


@dataclass
class World:
    """The app over a home of its own, with a token for each login."""

    installation: Installation
    app: APIFlask
    tokens: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def call(self, login: str | None, verb: str, path: str, body: Any = None, **more: Any) -> Any:
        """A call of API v1 by that login's token."""
        headers = {**more.pop("headers", {})}
        if login is not None:
            headers["Authorization"] = f"Bearer {self.tokens[login]}"
        if body is not None:
            more["json"] = body
        return self.app.test_client().open(f"/api/v1{path}", method=verb, headers=headers, buffered=True, **more)

    def browser(self, login: str | None) -> FlaskClient:
        """A browser, signed in as that login without its second factor being asked."""
        client = self.app.test_client()
        if login is not None:
            with self.installation.database.transaction() as session:
                person = logins.person_by(session, login)
                assert person is not None
                started = sessions.start(session, person, self.installation.settings.people)
            with client.session_transaction() as kept:
                kept["_user_id"], kept["_fresh"] = started.cookie, True
        return client

    def new_token(self, login: str) -> None:
        """A token in place of whatever that person had."""
        with self.installation.database.transaction() as session:
            person = logins.person_by(session, login)
            assert person is not None
            self.tokens[login] = tokens.create(session, Scope.system(), person)

    def work(self) -> None:
        """Let the worker do everything that is due now."""
        for queue in (Queue.EVENTS, Queue.SWEEP, Queue.EVENTS, Queue.MEDIA, Queue.INDEX, Queue.EVENTS):
            run_queue(self.installation, queue.value)

    def exam(self, login: str, patient_id: str = "P-1", count: int = 2, seed: int = 0) -> tuple[str, list[bytes]]:
        """An exam that is held: announced, sent in one bundle, committed."""
        contents = [jpeg(seed + number) for number in range(count)]
        images = [
            {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
            for number, one in enumerate(contents)
        ]
        manifest = {"patient_id": patient_id, "performed_at": "2026-11-20T09:00:00+09:00", "kind": "EGD"}
        announced = self.call(login, "POST", "/exams", {**manifest, "images": images}).get_json()
        sent = self.call(login, "POST", f"/exams/{announced['id']}/bundle", data=tar_of(contents))
        assert sent.get_json() == {"missing": []}, sent.get_json()
        assert self.call(login, "POST", f"/exams/{announced['id']}/commit").status_code == 200
        return announced["id"], contents

    def drill(self) -> str:
        """The newest restore drill, of an area that held something and had none yet."""
        with self.installation.database.transaction() as session:
            jobs.add(session, DRILL, {})
        run_queue(self.installation, Queue.SLOW.value)
        with self.installation.database.read() as session:
            return session.scalars(select(RestoreDrill.id).order_by(RestoreDrill.id.desc()).limit(1)).one()

    def agree(self, start: str, **terms: Any) -> None:
        """A year of aoba's ward from that day, agreed by both sides."""
        wanted = {
            "target": "ward",
            "period": "annual",
            "timing": "per-exam",
            "unit_price": 1000,
            "start": start,
            **terms,
        }
        with self.installation.database.transaction() as session:
            area = logins.person_by(session, "aoba-admin")
            assert area is not None
            contracts.agree_from_file(session, Scope.system(area.facility_id), terms_from(wanted))

    def invoice(self, start: str = "2026-01-01", **terms: Any) -> str:
        """The newest invoice of aoba, after a year was agreed from that day and its month was closed."""
        self.agree(start, **terms)
        closing.close(self.installation.database, Scope.system(), self.installation.settings, Month.parse(start[:7]))
        listed = self.call("aoba-admin", "GET", "/invoices").get_json()
        found: str = listed["items"][0]["id"]
        return found

    def copy(self, **terms: Any) -> str:
        """The newest copy on discs of aoba, made for a Deluxe contract agreed 40 days ago, by the month."""
        area = self.area("aoba")
        moment = clock.now()
        with clock.frozen(moment - timedelta(days=40)):
            self.agree((moment - timedelta(days=40)).date().isoformat(), period="monthly", terms=0, **terms)
        with self.installation.database.transaction() as session:
            facilities.change(session, area, facilities.of(session, area), service_class=DELUXE)
            media.order_due(session, area, self.installation.settings.media)
            found = session.scalars(select(MediaSet).order_by(MediaSet.id.desc()).limit(1)).one()
            media.begin(session, found)
        run_queue(self.installation, Queue.SLOW.value)
        return found.id

    def area(self, code: str) -> Scope:
        """The system's scope of that facility."""
        with self.installation.database.read() as session:
            found = facilities.by_code(session, code)
            assert found is not None
            return Scope.system(found.id)

    def request(self, login: str = "aoba-nurse", **more: Any) -> str:
        """A request that has reached Repair."""
        body = {"subject": "緑色の帯", "body": "画像に緑色の帯が出る。故障か?", "urgency": "urgent", **more}
        filed = self.call(login, "POST", "/requests", body)
        assert filed.status_code == 201, filed.get_json()
        self.work()
        found: str = filed.get_json()["id"]
        return found

    def assignment(self, request_id: str, department: str = "repair") -> str:
        """The assignment of a request in that department."""
        shown = self.call("aoba-nurse", "GET", f"/requests/{request_id}").get_json()
        found: str = next(one["id"] for one in shown["assignments"] if one["department"] == department)
        return found


def make(folder: Path) -> None:
    """A new home with its people applied."""
    installation = make_home(folder / "home")
    apply(installation.database, APPLY, settings=installation.settings, tokens_path=folder / TOKENS)
    with installation.database.transaction() as session:
        area = logins.person_by(session, "aoba-nurse")
        assert area is not None
        people.add(
            session,
            Scope.system(),
            login="aoba-patient",
            role=Role.PATIENT,
            facility_id=area.facility_id,
            patient_id="P-1",
        )
    installation.close()


def build(folder: Path) -> World:
    """A home as it is after `kura apply`, its app made; the worker is run by hand."""
    begin(folder, make)
    installation = open_home(folder / "home")
    installation.settings = installation.settings.model_copy(
        update={
            "people": installation.settings.people.model_copy(update={"totp_required": False}),
            "demo": installation.settings.demo.model_copy(update={"enabled": True}),
        }
    )
    register()
    app = create_app(installation)
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    return World(installation, app, json.loads((folder / TOKENS).read_text(encoding="utf-8")))
