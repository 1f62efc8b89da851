"""
A small portal for the capture client's tests: real HTTP, real tar, real signatures, and a line that can be cut.

It speaks only what interface.md says of the calls a device makes, in the order a real one would answer.
"""

import base64
import hashlib
import io
import json
import ssl
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN = "token-of-the-device"
PLAN: dict[str, Any] = {
    "target": "endoscopy room 1",
    "version": "v1",
    "timing": "on-demand",
    "unit": "facility",
    "kinds": ["still", "clip", "chart", "file"],
    "patients": {"default": "in", "except": ["P-out"]},
    "next_run": None,
    "zone": "Asia/Tokyo",
}


@dataclass
class Portal:
    """What the double holds, and what it is told to do wrong. `called` lists (verb, path) in order."""

    plan: dict[str, Any] | None = field(default_factory=lambda: dict(PLAN))
    exams: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    notices: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    kept: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    called: list[tuple[str, str]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    faults_at: dict[str, list[int]] = field(default_factory=dict)
    cut_bundles_after: list[int] = field(default_factory=list)
    lose_before_commit: int = 0
    knows_bundles: bool = True
    left: int | None = None
    hold_bundles: threading.Event | None = None
    bundle_began: threading.Event = field(default_factory=threading.Event)
    silent_stream: bool = False
    cut_stream_after: list[int] = field(default_factory=list)
    resumed_from: list[str | None] = field(default_factory=list)
    private_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    key_id: str = "k1"
    earlier_keys: list[dict[str, str]] = field(default_factory=list)
    endorsement: dict[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    url: str = ""

    def public_keys(self) -> list[dict[str, str]]:
        """The items of /receipt-keys."""
        raw = self.private_key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        mine = {"key_id": self.key_id, "public_key": base64.b64encode(raw).decode(), "state": "active"}
        return [*self.earlier_keys, {**mine, **self.endorsement}]

    def rotate(self, *, endorsed: bool = True) -> None:
        """Sign by another key from now on."""
        old, old_id = self.private_key, self.key_id
        self.earlier_keys = self.public_keys()
        self.private_key, self.endorsement = Ed25519PrivateKey.generate(), {}
        self.key_id = f"k{len(self.earlier_keys) + 1}"
        if endorsed:
            public = self.public_keys()[-1]["public_key"]
            said = {"key_id": self.key_id, "public_key": public, "endorsed_by": old_id}
            signed = old.sign(rfc8785.dumps({"version": 1, "kind": "kura-receipt-key-endorsement", **said}))
            self.endorsement = {"endorsed_by": old_id, "endorsement": base64.b64encode(signed).decode()}

    def receipt(self, exam: dict[str, Any]) -> dict[str, Any]:
        """Sign the next receipt of the chain."""
        before = self.receipts[-1] if self.receipts else None
        images = [{part: image[part] for part in ("name", "sha256", "size")} for image in exam["images"]]
        content = {
            "version": 1, "facility": "f001", "exam": exam["id"], "patient_id": exam["patient_id"],
            "images": images, "held_at": "2026-11-23T05:00:00.000Z", "sequence": len(self.receipts) + 1,
            "previous": hashlib.sha256(rfc8785.dumps(before)).hexdigest() if before else None, "key_id": self.key_id,
        }  # fmt: skip
        signature = base64.b64encode(self.private_key.sign(rfc8785.dumps(content))).decode()
        self.receipts.append({**content, "signature": signature})
        return self.receipts[-1]

    def answer(self, id_: str, **more: Any) -> None:
        """Have a department answer."""
        self.answers[id_] = {
            "id": id_, "request": "R1", "department": "repair", "body": "Send the scope in.", "files": [],
            "state": "ready", "at": "2026-11-23T05:00:00Z", **more,
        }  # fmt: skip
        self.notices.append(("answer.ready", {"id": id_}))

    def held(self) -> list[dict[str, Any]]:
        """The exams as the list gives them."""
        return [
            {"state": "held", "size": sum(image["size"] for image in exam["images"]), **exam}
            for exam in self.exams.values()
            if exam["receipt"]
        ]

    def missing(self, exam: dict[str, Any]) -> list[str]:
        """Digests that have not come."""
        return list(dict.fromkeys(i["sha256"] for i in exam["images"] if i["sha256"] not in self.blobs))

    def count(self, verb: str, ending: str) -> int:
        """How often a path with this ending was called."""
        return sum(v == verb and path.endswith(ending) for v, path in self.called)


class Refusal(Exception):
    """An answer that is a problem."""

    def __init__(self, status: int, code: str, **values: Any) -> None:
        self.status, self.body = status, {"status": status, "code": code, "title": code, **values}


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    portal: Portal

    def setup(self) -> None:
        """Headers of the next answer start empty."""
        super().setup()
        self.extra: dict[str, str] = {}

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path).removeprefix("/api/v1")
        portal = self.portal
        portal.called.append((self.command, path))
        if path.endswith(("/bundle", "/bundles")) and self.command == "POST":
            self._bundle(path, parse_qs(parts.query))
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if portal.faults:
            self._send(portal.faults.pop(0), {"code": "unavailable"})
            return
        if portal.faults_at.get(path):
            self._send(portal.faults_at[path].pop(0), {"code": "unavailable"})
            return
        if path == "/events":
            self._events()
            return
        try:
            self._repeated(path, body)
        except Refusal as refusal:
            self._send(refusal.status, refusal.body)

    def _repeated(self, path: str, body: bytes) -> None:
        """The same Idempotency-Key gets the same answer."""
        key = self.headers.get("Idempotency-Key")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refusal(401, "not_signed_in")
        with self.portal.lock:
            if key and key in self.portal.kept:
                digest, status, answer = self.portal.kept[key]
                if digest != hashlib.sha256(body).hexdigest():
                    raise Refusal(422, "idempotency_key", field="Idempotency-Key")
            else:
                status, answer = self._answer(path, body)
                if key:
                    self.portal.kept[key] = hashlib.sha256(body).hexdigest(), status, answer
        if isinstance(answer, bytes):
            self._raw(status, answer)
        else:
            self._send(status, answer)

    def _answer(self, path: str, body: bytes) -> tuple[int, Any]:
        portal, names = self.portal, path.strip("/").split("/")
        match self.command, names:
            case "GET", ["me"]:
                return 200, {"login": "f001-capture1", "role": "device", "facility": "f001"}
            case "GET", ["receipt-keys"]:
                return 200, {"items": portal.public_keys()}
            case "GET", ["backup-plan"]:
                return self._plan()
            case "POST", ["exams"]:
                return self._announce(json.loads(body))
            case "POST", ["announcements"] if portal.knows_bundles:
                return self._announce_all(json.loads(body)["exams"])
            case "GET", ["exams"]:
                return 200, {"items": portal.held(), "next": None}
            case "GET", ["exams", id_]:
                return 200, self._exam(id_)
            case "GET", ["exams", id_, "images", name]:
                image = next(i for i in self._exam(id_)["images"] if i["name"] == name)
                return 200, portal.blobs[image["sha256"]]
            case "GET", ["exams", id_, "bundle"]:
                return 200, self._tar(self._exam(id_))
            case "POST", ["exams", id_, "images"]:
                exam = self._exam(id_)
                names = [image["name"] for image in exam["images"]]
                exam["images"] += [image for image in json.loads(body)["images"] if image["name"] not in names]
                return 200, {"id": id_, "missing": portal.missing(exam), "state": "receiving"}
            case "POST", ["exams", id_, "commit"]:
                return self._commit(self._exam(id_))
            case "POST", ["backup-runs"]:
                run = {"id": f"run{len(portal.runs) + 1}", **json.loads(body)}
                portal.runs[run["id"]] = run
                return 201, {"id": run["id"]}
            case "PATCH", ["backup-runs", id_]:
                portal.runs[id_] |= json.loads(body)
                listed = [digest for exam in portal.runs[id_]["exams"] for digest in exam["digests"]]
                missing = [digest for digest in listed if digest not in portal.blobs]
                return 200, {"state": "failed" if missing else portal.runs[id_]["state"], "missing": missing}
            case "POST", ["requests"]:
                portal.requests.append({"id": f"R{len(portal.requests) + 1}", "state": "filed", **json.loads(body)})
                return 201, portal.requests[-1]
            case "PUT", ["files", *_]:
                portal.files[path.removeprefix("/files/")] = body
                return 201, {}
            case "GET", ["answers"]:
                ready = [answer for answer in portal.answers.values() if answer["state"] == "ready"]
                return 200, {"items": ready, "next": None}
            case "POST", ["answers", id_, "pickup"]:
                person = json.loads(body).get("person")
                portal.answers[id_] |= {"state": "received" if person else "shown", "person": person}
                return 200, portal.answers[id_]
            case "GET", ["answers", id_, "files", name]:
                return 200, b"file " + name.encode()
        raise Refusal(404, "not_found")

    def _plan(self) -> tuple[int, Any]:
        if self.portal.plan is None:
            raise Refusal(404, "not_found")
        etag = f'"{hashlib.sha256(json.dumps(self.portal.plan).encode()).hexdigest()[:12]}"'
        self.extra = {"ETag": etag}
        return (304, b"") if self.headers.get("If-None-Match") == etag else (200, self.portal.plan)

    def _announce(self, manifest: dict[str, Any]) -> tuple[int, Any]:
        portal = self.portal
        if manifest["patient_id"] in (portal.plan or PLAN)["patients"]["except"]:
            raise Refusal(422, "opted_out", field="patient_id")
        if portal.left is not None and sum(image["size"] for image in manifest["images"]) > portal.left:
            raise Refusal(507, "over_capacity", left=portal.left)
        same = [exam for exam in portal.exams.values() if exam["key"] == manifest["key"]]
        exam = same[0] if same else {"id": f"E{len(portal.exams) + 1}", "receipt": None, **manifest}
        portal.exams[exam["id"]] = exam
        answer = {"id": exam["id"], "missing": portal.missing(exam), "state": "receiving"}
        return (200 if same else 201), answer

    def _announce_all(self, manifests: list[dict[str, Any]]) -> tuple[int, Any]:
        size = sum(image["size"] for manifest in manifests for image in manifest["images"])
        if self.portal.left is not None and size > self.portal.left:
            raise Refusal(507, "over_capacity", left=self.portal.left)
        return 200, {"items": [self._announce(one)[1] for one in manifests]}

    def _commit(self, exam: dict[str, Any]) -> tuple[int, Any]:
        portal = self.portal
        if portal.lose_before_commit and portal.blobs:
            portal.lose_before_commit -= 1
            portal.blobs.pop(exam["images"][0]["sha256"])
        if missing := portal.missing(exam):
            raise Refusal(409, "incomplete", missing=missing)
        exam["receipt"] = exam["receipt"] or portal.receipt(exam)
        return 200, {"state": "held", "receipt": exam["receipt"]}

    def _exam(self, id_: str) -> dict[str, Any]:
        if id_ not in self.portal.exams:
            raise Refusal(404, "not_found")
        return self.portal.exams[id_]

    def _tar(self, exam: dict[str, Any]) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as tar:
            for image in exam["images"]:
                member = tarfile.TarInfo(image["name"])
                member.size = image["size"]
                tar.addfile(member, io.BytesIO(self.portal.blobs[image["sha256"]]))
        return made.getvalue()

    def _bundle(self, path: str, query: dict[str, list[str]]) -> None:
        """Read members as they come; what has come whole is kept, also when the line is cut."""
        portal, size = self.portal, int(self.headers["Content-Length"])
        portal.bundle_began.set()
        if portal.hold_bundles is not None:
            portal.hold_bundles.wait(30)
        if portal.cut_bundles_after:
            self._keep_whole(self.rfile.read(min(size, portal.cut_bundles_after.pop(0))))
            self.close_connection = True
            self.connection.shutdown(2)
            return
        whole = self.rfile.read(size)
        if portal.faults:
            self._send(portal.faults.pop(0), {"code": "unavailable"})
        elif not self._keep_whole(whole):
            self._send(422, {"code": "digest_differs", "status": 422})
        elif path == "/bundles":
            self._send(200, {"items": [self._together(id_) for id_ in query["exams"][0].split(",")]})
        else:
            self._send(200, {"missing": portal.missing(portal.exams[path.split("/")[2]])})

    def _together(self, id_: str) -> dict[str, Any]:
        """One exam of several that came: committed at once where it is whole."""
        with self.portal.lock:
            try:
                return {"id": id_, "missing": [], **self._commit(self.portal.exams[id_])[1]}
            except Refusal as refusal:
                return {"id": id_, "missing": refusal.body["missing"]}

    def _keep_whole(self, data: bytes) -> bool:
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as tar:
                for member in tar:
                    content = cast("io.BufferedReader", tar.extractfile(member)).read()
                    if len(content) == member.size and hashlib.sha256(content).hexdigest() != member.name:
                        return False
                    if len(content) == member.size:
                        self.portal.blobs[member.name] = content
        except tarfile.ReadError:
            pass
        return True

    def _events(self) -> None:
        portal = self.portal
        last = self.headers.get("Last-Event-ID")
        portal.resumed_from.append(last)
        sent = int(last) if last else len(portal.notices)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        cut = portal.cut_stream_after.pop(0) if portal.cut_stream_after else None
        try:
            while not portal.silent_stream and cut != 0:
                self.wfile.write(f": here\nid: {sent}\n\n".encode())
                for number, (kind, data) in enumerate(portal.notices[sent:], sent + 1):
                    self.wfile.write(f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode())
                    sent = number
                    cut = cut and cut - 1
                    if cut == 0:
                        break
                time.sleep(0.02)
            if portal.silent_stream:
                threading.Event().wait(5)
        except OSError:
            pass
        self.close_connection = True

    def _send(self, status: int, body: object) -> None:
        self._raw(
            status, json.dumps(body).encode(), "application/problem+json" if status >= 400 else "application/json"
        )

    def _raw(self, status: int, body: bytes, type_: str = "application/octet-stream") -> None:
        self.send_response(status)
        for name, value in self.extra.items():
            self.send_header(name, value)
        self.extra = {}
        if status != 304:
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)


@contextmanager
def serving(portal: Portal, tls: ssl.SSLContext | None = None) -> Iterator[Portal]:
    """Serve a double on a free port of this machine, over TLS when a context is given."""
    handler = type("PortalHandler", (Handler,), {"portal": portal})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A cut line is what the tests do."""

    server = Server(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    portal.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
