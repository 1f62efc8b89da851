"""
Exams to the portal: manifest, what is missing in bundles, commit, receipt. May be cut anywhere: the next try asks
what is missing and sends only that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from capture_client import durable
from capture_client.backup import begun, bundle, receipt
from capture_client.errors import Conflict, Damaged, NotFound, Unavailable
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
        portal_id, missing = self.announce(exam, images)
        rounds = self._home.settings.backup.rounds
        for attempt in range(rounds):
            try:
                given = self._bundles(portal_id, exam, images, missing) or self._commit(portal_id)
            except Unavailable:
                self._link.pause(attempt)
                portal_id, missing = self.announce(exam, images)
            except Conflict as refusal:
                missing = _digests(refusal.values.get("missing"))
                if not missing:
                    raise
            else:
                self._keep([(exam, images, portal_id, given)])
                return
        raise Unavailable("incomplete", count=len(missing), exam=exam.key, tries=rounds)

    def send_together(self, exams: Sequence[tuple[Exam, tuple[Image, ...]]]) -> None:
        """
        Bring several exams in one announcement and one bundle, tried once; the receipts of those that are whole are
        kept. What is refused or cut is brought by `send`, exam by exam. Raises what the portal refused them for.
        """
        manifests = [_manifest(exam, images) for exam, images in exams]
        said = self._link.post("/announcements", {"exams": manifests})["items"]
        ids = [str(one["id"]) for one in said]
        paths = {digest: member for exam, images in exams for digest, member in self._members(exam, images).items()}
        missing = list(dict.fromkeys(digest for one in said for digest in _digests(one.get("missing"))))
        wanted = [paths[digest] for digest in missing if digest in paths]
        held: dict[str, Any] = {}
        for part in bundle.split(wanted, self._home.settings.backup.bundle_bytes) or [[]]:
            items = self._bundle(f"/bundles?exams={','.join(ids)}&commit=true", part)["items"]
            held |= {str(one["id"]): one["receipt"] for one in items if one.get("receipt")}
        # By what the portal calls them, as two of them may be one exam there.
        whole = [(*exam, id_, held[id_]) for exam, id_ in zip(exams, ids, strict=True) if id_ in held]
        self._keep(whole)
        if len(whole) < len(exams):
            raise Conflict("incomplete", count=len(exams) - len(whole), exam=exams[0][0].key, tries=1)

    def announce(self, exam: Exam, images: tuple[Image, ...]) -> tuple[str, list[str]]:
        """Post the manifest → the portal's id of the exam, and digests that it misses; the key finds it again."""
        said = self._add_to_begun(exam, images) or self._link.post("/exams", _manifest(exam, images))
        return str(said["id"]), _digests(said.get("missing"))

    def _add_to_begun(self, exam: Exam, images: tuple[Image, ...]) -> Mapping[str, Any] | None:
        """An exam that goes still by still: the portal hears of those that it does not know yet. None for any other."""
        portal_id = begun.id_of(self._database, exam.key)
        if not portal_id:
            return None
        try:
            said = self._link.post(f"/exams/{portal_id}/images", {"images": [image.described() for image in images]})
        except NotFound:
            return None
        return {"id": portal_id, **said}

    def _bundles(
        self, portal_id: str, exam: Exam, images: tuple[Image, ...], missing: list[str]
    ) -> dict[str, Any] | None:
        """Send what is missing → the receipt that the portal gives with the last bytes. Raises Unavailable when cut."""
        paths = self._members(exam, images)
        wanted = [paths[digest] for digest in missing if digest in paths]
        said: Mapping[str, Any] = {}
        for part in bundle.split(wanted, self._home.settings.backup.bundle_bytes):
            said = self._bundle(f"/exams/{portal_id}/bundle?commit=true", part)
        return said.get("receipt")

    def _bundle(self, path: str, part: list[bundle.Member]) -> Mapping[str, Any]:
        self._whole(part)
        stream = bundle.stream
        said: dict[str, Any] = self._link.send(
            path, lambda: stream(part, self._on_bytes), bundle.size_of(part), bundle.TYPE
        )
        return said

    def _members(self, exam: Exam, images: tuple[Image, ...]) -> dict[str, bundle.Member]:
        folder = mass_storage.folder_of(self._home, exam)
        return {image.sha256: bundle.Member(image.sha256, image.size, folder / image.name) for image in images}

    def _commit(self, portal_id: str) -> dict[str, Any]:
        """Ask for the receipt. Raises Conflict with what is missing."""
        committed: dict[str, Any] = self._link.post(f"/exams/{portal_id}/commit")["receipt"]
        return committed

    def _whole(self, part: list[bundle.Member]) -> None:
        """A file that shrank or grew would spoil the tar's promised length."""
        for member in part:
            if not durable.has_size(member.path, member.size):
                raise Damaged(file=member.path)

    def _keep(self, held: Sequence[tuple[Exam, tuple[Image, ...], str, dict[str, Any]]]) -> None:
        """Only a receipt that holds ends an exam's way; its file is durable before the row says so."""
        files = {}
        for exam, images, _, given in held:
            self._check(exam, images, given)
            files[exam.key] = self._home.receipts / f"{exam.key}.json"
            durable.write_chunks(files[exam.key], [json.dumps(given, ensure_ascii=False, indent=1).encode()])
        durable.sync_folder(self._home.receipts)
        catalogue.backed_up(self._database, [(exam.key, id_, str(files[exam.key])) for exam, _, id_, _ in held])

    def _check(self, exam: Exam, images: tuple[Image, ...], given: dict[str, Any]) -> None:
        if not receipt.signed_by(given, self._keys) and not receipt.signed_by(given, self._learned()):
            raise Damaged("receipt_signature", exam=exam.key, key=given.get("key_id"))
        if not receipt.lists(given, images) or given.get("patient_id") != exam.details.patient_id:
            raise Damaged("receipt_mismatch", exam=exam.key)

    def _learned(self) -> receipt.Keys:
        """The pinned keys, with those that the portal has had endorsed by one of them since."""
        receipt.learn(self._home.receipt_keys, self._link.get("/receipt-keys")["items"])
        self._keys = receipt.pinned(self._home.receipt_keys)
        return self._keys


def _manifest(exam: Exam, images: tuple[Image, ...]) -> dict[str, Any]:
    return {"key": exam.key, **exam.details.described(), "images": [image.described() for image in images]}


def _digests(said: object) -> list[str]:
    return [str(digest) for digest in said] if isinstance(said, list) else []
