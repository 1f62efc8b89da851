"""
The keys that sign receipts: private ones as files of HOME/keys, public ones known for ever.

A new key is endorsed by the one before it, whose private half is then forgotten: whoever knows one key can follow the
endorsements to every later one.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vault.base import ids
from vault.base.errors import Conflict, Invalid, Unavailable
from vault.store.backends.disk import DiskBackend
from vault.store.keys import write_private

VERSION = 1
_KIND = "kura-receipt-key"


@dataclass(frozen=True)
class KnownKey:
    """
    One key: `public_key` raw in base64, `private` while it may sign; `endorsement` is the signature (base64) by which
    `endorsed_by`, the key before, named it.
    """

    key_id: str
    public_key: str
    private: Ed25519PrivateKey | None = None
    endorsed_by: str | None = None
    endorsement: str | None = None


class SigningKeys:
    """The keys of this installation by id; the newest that is whole signs."""

    def __init__(self, known: Mapping[str, KnownKey], folder: Path | None = None) -> None:
        """`known` by id; ids sort by the time they were made. Unavailable without one that can sign."""
        self._folder, self._seen = folder, 0
        self._take(known)

    @classmethod
    def make(cls, folder: Path) -> "SigningKeys":
        """Make the first key as a file of `folder`; Conflict where there is one."""
        if any(folder.glob("receipt-*.key")):
            raise Conflict("receipt_key_exists")
        _keep(folder, ids.new(), Ed25519PrivateKey.generate(), None)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> "SigningKeys":
        """The keys of `folder`; Unavailable where there is none or a file that cannot be read."""
        seen = os.stat(folder).st_mtime_ns if folder.is_dir() else 0
        loaded = cls(_read_all(folder), folder)
        loaded._seen = seen
        return loaded

    @property
    def known(self) -> dict[str, KnownKey]:
        """Every key, by id."""
        return dict(self._known)

    @property
    def public_keys(self) -> dict[str, str]:
        """Raw public keys in base64, by id."""
        return {key_id: one.public_key for key_id, one in self._known.items()}

    def sign(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """`content` with `key_id` and `signature`; by the newest key, also where another process made it meanwhile."""
        self.refresh()
        unsigned = {**content, "key_id": self.current}
        signature = self._private[self.current].sign(canonical(unsigned))
        return {**unsigned, "signature": base64.b64encode(signature).decode()}

    def refresh(self) -> None:
        """Read the folder again if anything in it changed."""
        if self._folder is None or (changed := os.stat(self._folder).st_mtime_ns) == self._seen:
            return
        self._take(_read_all(self._folder))
        self._seen = changed

    def _take(self, known: Mapping[str, KnownKey]) -> None:
        private = {one.key_id: one.private for one in known.values() if one.private is not None}
        if not private:
            raise Unavailable("no_receipt_key")
        self._known, self._private, self.current = dict(known), private, max(private)


def canonical(content: Mapping[str, Any]) -> bytes:
    """
    The RFC 8785 form of a receipt: ASCII keys, strings, lists, None and integers below 2**53.

    For these the C encoder writes what RFC 8785 asks for, twenty times as fast as a general encoder; a test compares.
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def endorsement_of(key_id: str, public_key: str, endorsed_by: str) -> dict[str, Any]:
    """What the key `endorsed_by` signs, in canonical JSON, to name its successor."""
    return {
        "version": VERSION,
        "kind": "kura-receipt-key-endorsement",
        "key_id": key_id,
        "public_key": public_key,
        "endorsed_by": endorsed_by,
    }


def fingerprint(public_key: str) -> str:
    """A public key (base64) in 32 hex digits, by which people compare it over the telephone."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:32]


def add(folder: Path) -> str:
    """Make one more key, endorsed by the one that signs now; durably. Returns its id: from now on it signs."""
    signing = SigningKeys.load(folder)
    key_id = ids.new_after(max(signing.known))
    _keep(folder, key_id, Ed25519PrivateKey.generate(), signing.known[signing.current])
    return key_id


def forget_private(folder: Path, key_id: str) -> None:
    """Leave of a key's file what others need to verify by it."""
    one = _read(folder / _file(key_id))
    content = json.dumps(_content(one), indent=1) + "\n"
    DiskBackend(folder).replace(_file(key_id), content.encode())


def verify(receipt: Mapping[str, Any], public_keys: Mapping[str, str]) -> None:
    """Raise Invalid unless the receipt is signed by the key it names, of those in `public_keys` (base64, by id)."""
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        raw = base64.b64decode(public_keys[receipt["key_id"]], validate=True)
        signature = base64.b64decode(receipt["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, canonical(unsigned))
    except (KeyError, TypeError, ValueError, InvalidSignature) as problem:
        raise Invalid("receipt_signature", field="signature") from problem


def _keep(folder: Path, key_id: str, private: Ed25519PrivateKey, before: KnownKey | None) -> None:
    public_key = _public(private)
    endorsed_by = endorsement = None
    if before is not None and before.private is not None:
        endorsed_by = before.key_id
        said = canonical(endorsement_of(key_id, public_key, endorsed_by))
        endorsement = base64.b64encode(before.private.sign(said)).decode()
    content = _content(KnownKey(key_id, public_key, private, endorsed_by, endorsement))
    content["private_key"] = base64.b64encode(private.private_bytes_raw()).decode()
    write_private(folder / _file(key_id), content)


def _content(one: KnownKey) -> dict[str, Any]:
    """The file's content but for the private half."""
    content = {"version": VERSION, "kind": _KIND, "key_id": one.key_id, "public_key": one.public_key}
    return content | {"endorsed_by": one.endorsed_by, "endorsement": one.endorsement}


def _read_all(folder: Path) -> dict[str, KnownKey]:
    return {one.key_id: one for one in map(_read, sorted(folder.glob("receipt-*.key")))}


def _read(path: Path) -> KnownKey:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if (content["version"], content["kind"]) != (VERSION, _KIND):
            raise ValueError(path.name)
        private = None
        if "private_key" in content:
            raw = base64.b64decode(content["private_key"], validate=True)
            private = Ed25519PrivateKey.from_private_bytes(raw)
        public_key = content["public_key"] if private is None else _public(private)
        return KnownKey(content["key_id"], public_key, private, content.get("endorsed_by"), content.get("endorsement"))
    except (OSError, ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise Unavailable("receipt_key_unreadable", file=path.name) from problem


def _file(key_id: str) -> str:
    return f"receipt-{key_id}.key"


def _public(private: Ed25519PrivateKey) -> str:
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()
