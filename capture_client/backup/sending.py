"""
One exam to the portal: manifest, what is missing in bundles, commit, receipt. May be cut anywhere: the next try asks
what is missing and sends only that.
"""

import json
from collections.abc import Callable
from typing import Any

from capture_client import durable
from capture_client.backup import bundle, receipt
from capture_client.errors import Conflict, Damaged, Unavailable
from capture_client.filing import catalogue, mass_storage
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam, Image
from capture_client.link import Link
from capture_client.settings import Home


class Sender:
    """Sends exams of one home over one link. `on_bytes` hears the bytes of content that went out."""

    def __init__(
        self, home: Home, database: FilingDatabase, link: Link, on_bytes: Callable[[int], None] = lambda count: None
    ) -> None:
        self._home, self._database, self._link = home, database, link
        self._on_bytes = on_bytes
        self._keys = receipt.pinned(home.receipt_keys)

    def send(self, exam: Exam, images: tuple[Image, ...]) -> None:
        """Bring `images` of an exam to the portal and keep the receipt. Raises Conflict when rounds run out."""
        portal_id, missing = self._announce(exam, images)
        rounds = self._home.settings.backup.rounds
        for attempt in range(rounds):
            try:
                given = self._bundles(portal_id, exam, images, missing) or self._commit(portal_id)
            except Unavailable:
                self._link.pause(attempt)
                portal_id, missing = self._announce(exam, images)
            except Conflict as refusal:
                missing = _digests(refusal.values.get("missing"))
                if not missing:
                    raise
            else:
                self._keep(exam, images, portal_id, given)
                return
        raise Unavailable("incomplete", count=len(missing), exam=exam.key, tries=rounds)

    def _announce(self, exam: Exam, images: tuple[Image, ...]) -> tuple[str, list[str]]:
        """Post the manifest → the portal's id of the exam, and digests that it misses; the key finds it again."""
        manifest = {"key": exam.key, **exam.details.described(), "images": [image.described() for image in images]}
        said = self._link.post("/exams", manifest)
        return str(said["id"]), _digests(said.get("missing"))

    def _bundles(
        self, portal_id: str, exam: Exam, images: tuple[Image, ...], missing: list[str]
    ) -> dict[str, Any] | None:
        """Send what is missing → the receipt that the portal gives with the last bytes. Raises Unavailable when cut."""
        paths = {i.sha256: bundle.Member(i.sha256, i.size, mass_storage.path_of(self._home, exam, i)) for i in images}
        wanted = [paths[digest] for digest in missing if digest in paths]
        said: dict[str, Any] = {}
        for part in bundle.split(wanted, self._home.settings.backup.bundle_bytes):
            self._whole(part)
            said = self._link.send(
                f"/exams/{portal_id}/bundle?commit=true",
                lambda part=part: bundle.stream(part, self._on_bytes),  # type: ignore[misc]
                bundle.size_of(part),
                bundle.TYPE,
            )
        return said.get("receipt")

    def _commit(self, portal_id: str) -> dict[str, Any]:
        """Ask for the receipt. Raises Conflict with what is missing."""
        committed: dict[str, Any] = self._link.post(f"/exams/{portal_id}/commit")["receipt"]
        return committed

    def _whole(self, part: list[bundle.Member]) -> None:
        """A file that shrank or grew would spoil the tar's promised length."""
        for member in part:
            if not member.path.is_file() or member.path.stat().st_size != member.size:
                raise Damaged(file=member.path)

    def _keep(self, exam: Exam, images: tuple[Image, ...], portal_id: str, given: dict[str, Any]) -> None:
        """Only a receipt that holds ends the exam's way; its file is durable before the row says so."""
        if not receipt.signed_by(given, self._keys) and not receipt.signed_by(given, self._learned()):
            raise Damaged("receipt_signature", exam=exam.key, key=given.get("key_id"))
        if not receipt.lists(given, images) or given.get("patient_id") != exam.details.patient_id:
            raise Damaged("receipt_mismatch", exam=exam.key)
        file = self._home.receipts / f"{exam.key}.json"
        durable.write(file, json.dumps(given, ensure_ascii=False, indent=1).encode())
        catalogue.backed_up(self._database, exam.key, portal_id, str(file))

    def _learned(self) -> receipt.Keys:
        """The pinned keys, with those that the portal has had endorsed by one of them since."""
        receipt.learn(self._home.receipt_keys, self._link.get("/receipt-keys")["items"])
        self._keys = receipt.pinned(self._home.receipt_keys)
        return self._keys


def _digests(said: object) -> list[str]:
    return [str(digest) for digest in said] if isinstance(said, list) else []
