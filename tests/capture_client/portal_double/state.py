"""What the portal of the tests holds and signs, and what it is told to do wrong."""

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any

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

    def exam(self, id_: str) -> dict[str, Any]:
        """One exam, or a Refusal."""
        if id_ not in self.exams:
            raise Refusal(404, "not_found")
        return self.exams[id_]

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
