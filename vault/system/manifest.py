"""
The manifest of a snapshot: written last and at once, so that what has one is whole.

It names the list of all files by its digest, so the list is as sure as the manifest; and it is sealed under a key that
the provider key wraps, so that nobody without that key can make one or change one.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.base.errors import Damaged, Invalid, Unavailable
from vault.base.wrapping import KeyService, Wrapped
from vault.store.backends import Backend, Missing
from vault.store.packs import Area
from vault.system.files import Entry, read

VERSION = 1
KIND = "kura-backup"
FOLDER = "snapshots"
_SEAL_INFO = b"kura/backup/1/seal"


@dataclass(frozen=True)
class Inside:
    """Something that is encrypted in the snapshot: the database, or a file of HOME; `sha256` is of its plain bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """
    What a snapshot is: `installation` whose it is, `schema` the database's, `engine` what wrote its dump, `key` (hex,
    wrapped by the provider key `key_id`) opens what is `inside`. `listed` is the SHA-256 of the list of its `files`,
    of `size` bytes together. `lost` names what was missing when it was made.
    """

    id: str
    made_at: str
    installation: str
    schema: str
    engine: str
    key_id: str
    key: str
    inside: tuple[Inside, ...]
    listed: str = ""
    files: int = 0
    size: int = 0
    lost: tuple[str, ...] = ()
    seal: str = ""

    @property
    def made(self) -> datetime:
        """When its database was read."""
        return datetime.fromisoformat(self.made_at)

    @property
    def folder(self) -> str:
        """Where it lies at the destination, but for the packs, which snapshots share."""
        return f"{FOLDER}/{self.id}"


def list_name(snapshot_id: str) -> str:
    """Where the list of a snapshot's files lies."""
    return f"{FOLDER}/{snapshot_id}/files.jsonl"


def name_of(snapshot_id: str) -> str:
    """Where a snapshot's manifest lies."""
    return f"{FOLDER}/{snapshot_id}/manifest.json"


def new_key(keys: KeyService, snapshot_id: str) -> tuple[Area, Wrapped]:
    """A snapshot is encrypted as an area of its own: its key, and that key wrapped."""
    key = secrets.token_bytes(32)
    return Area(snapshot_id, key), keys.wrap(key, _context(snapshot_id))


def area_of(keys: KeyService, manifest: Manifest) -> Area:
    """
    The snapshot, opened, once its seal is proved; Invalid (`wrong_keys`) where these keys do not, Damaged where the
    manifest was altered.
    """
    try:
        sealed = bytes.fromhex(manifest.key)
        area = Area(manifest.id, keys.unwrap(Wrapped(manifest.key_id, sealed), _context(manifest.id)))
    except (ValueError, Unavailable) as problem:
        raise Invalid("wrong_keys", field="keys", key_id=manifest.key_id) from problem
    if not hmac.compare_digest(manifest.seal, _seal(area, manifest)):
        raise Damaged("manifest_altered", name=name_of(manifest.id))
    return area


def sealed(area: Area, manifest: Manifest) -> bytes:
    """The manifest as it is written, sealed under the snapshot's key."""
    return json.dumps({**_content(manifest), "seal": _seal(area, manifest)}, indent=1).encode()


def load(backend: Backend, snapshot_id: str) -> Manifest:
    """
    The manifest of a whole snapshot; Missing where there is none. Invalid (`backup_newer`) where a later version wrote
    it, Damaged where it cannot be read.
    """
    name = name_of(snapshot_id)
    try:
        content = json.loads(read(backend, name))
        kind, version = content.pop("kind"), content.pop("version")
        if kind != KIND:
            raise ValueError(kind)
        if version > VERSION:
            raise Invalid("backup_newer", field="source", version=version, known=VERSION)
        content["inside"] = tuple(Inside(**one) for one in content["inside"])
        content["lost"] = tuple(content["lost"])
        return Manifest(**content)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Damaged("manifest_unreadable", name=name) from problem


def entries(backend: Backend, manifest: Manifest) -> list[Entry]:
    """Every file of the snapshot, as its list says; Damaged where that is not the list of the manifest."""
    name = list_name(manifest.id)
    try:
        content = read(backend, name)
    except Missing as problem:
        raise Damaged("list_damaged", name=name) from problem
    if hashlib.sha256(content).hexdigest() != manifest.listed:
        raise Damaged("list_damaged", name=name)
    return [Entry(**json.loads(line)) for line in content.decode().splitlines()]


def list_of(found: list[Entry]) -> bytes:
    """The list of a snapshot's files as it is written: a JSON object a line, by name."""
    return "".join(json.dumps(asdict(one)) + "\n" for one in sorted(found, key=lambda one: one.name)).encode()


def _context(snapshot_id: str) -> str:
    return f"backup/{snapshot_id}"


def _content(manifest: Manifest) -> dict[str, Any]:
    content = {"version": VERSION, "kind": KIND, **asdict(manifest)}
    del content["seal"]
    return content


def _seal(area: Area, manifest: Manifest) -> str:
    key = HKDF(SHA256(), 32, salt=manifest.id.encode(), info=_SEAL_INFO).derive(area.key)
    # As JSON knows it: tuples are lists there.
    plain = json.loads(json.dumps(_content(manifest)))
    return hmac.new(key, rfc8785.dumps(plain), hashlib.sha256).hexdigest()
