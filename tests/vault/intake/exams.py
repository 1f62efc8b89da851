"""Exams to send: contents, their manifest, and the tar a device would send."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.intake import bundles, manifest, service
from vault.intake.service import Announced
from vault.intake.signing import SigningKeys
from vault.store.streams import Body

Images = Mapping[str, bytes]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def listed(images: Images) -> list[dict[str, Any]]:
    return [{"name": name, "sha256": sha256(content), "size": len(content)} for name, content in images.items()]


def body(images: Images, /, **changes: Any) -> dict[str, Any]:
    """The JSON of `POST /exams`."""
    exam = {"patient_id": "P-1", "performed_at": "2026-04-01T09:00:00+09:00", "kind": "colonoscopy"}
    return {**exam, "images": listed(images), **changes}


def tar_of(*contents: bytes, names: list[str] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for place, content in enumerate(contents):
            info = tarfile.TarInfo(names[place] if names else sha256(content))
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def without_end(tar: bytes) -> bytes:
    """The members alone, so that more can follow."""
    return tar[: -(-len(tar.rstrip(b"\0")) // 512) * 512]


def announce(vault: Vault, caller: Scope, images: Images, /, **changes: Any) -> Announced:
    with vault.database.transaction() as session:
        return service.announce(session, caller, vault.store, manifest.parse(body(images, **changes)))


def send(vault: Vault, scope: Scope, exam_id: str, tar: bytes) -> list[str]:
    return bundles.receive(vault.database, vault.store, scope, exam_id, Body(io.BytesIO(tar))).missing


def commit(vault: Vault, scope: Scope, signing: SigningKeys, exam_id: str) -> dict[str, Any]:
    with vault.database.transaction() as session:
        return service.commit(session, scope, signing, exam_id)


def hold(vault: Vault, scope: Scope, signing: SigningKeys, images: Images, /, **changes: Any) -> dict[str, Any]:
    """The whole way of one exam; returns its receipt."""
    exam = announce(vault, scope, images, **changes)
    send(vault, scope, exam.id, tar_of(*dict.fromkeys(images.values())))
    return commit(vault, scope, signing, exam.id)
