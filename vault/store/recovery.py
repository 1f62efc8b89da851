"""The recovery file: all provider keys under a passphrase, to be kept away from the machine."""

import base64
import hashlib
import json
import secrets
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.base import clock
from vault.base.errors import Conflict, Invalid
from vault.store.keys import KeyRing, write_private

VERSION = 1
_KIND = "kura-recovery"
_COST = {"n": 2**16, "r": 8, "p": 1}
_MOST_MEMORY = 512 * 2**20
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
PROOF_FILE = "recovery-proved.json"


def new_code() -> str:
    """A passphrase for those who give none: six groups of five letters, about 147 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(6))


def write(path: Path, ring: KeyRing, passphrase: str) -> None:
    """Write the recovery file; Conflict where a file of that name is, Invalid for an empty passphrase."""
    if not passphrase.strip():
        raise Invalid("empty", field="passphrase")
    if path.exists():
        raise Conflict("exists", file=path.name)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = json.dumps({key_id: base64.b64encode(key).decode() for key_id, key in ring.keys.items()})
    head: dict[str, Any] = {
        "version": VERSION,
        "kind": _KIND,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "key_ids": sorted(ring.keys),
        "kdf": {"name": "scrypt", **_COST, "salt": base64.b64encode(salt).decode()},
        "nonce": base64.b64encode(nonce).decode(),
    }
    sealed = AESGCM(_derived(passphrase, head["kdf"])).encrypt(nonce, plain.encode(), _bound(head))
    write_private(path, {**head, "sealed": base64.b64encode(sealed).decode()})


def open_file(path: Path, passphrase: str) -> dict[str, bytes]:
    """The provider keys in the file, by id; Invalid (`file` or `passphrase`) where it does not open."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        head = {name: content[name] for name in ("version", "kind", "made_at", "key_ids", "kdf", "nonce")}
        if (head["version"], head["kind"]) != (VERSION, _KIND):
            raise ValueError("another kind of file")
        nonce = base64.b64decode(head["nonce"], validate=True)
        sealed = base64.b64decode(content["sealed"], validate=True)
        cipher = AESGCM(_derived(passphrase, head["kdf"]))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Invalid("not_a_recovery_file", field="file") from problem
    try:
        plain = json.loads(cipher.decrypt(nonce, sealed, _bound(head)))
    except InvalidTag as problem:
        raise Invalid("wrong_passphrase", field="passphrase") from problem
    return {key_id: base64.b64decode(key) for key_id, key in plain.items()}


def prove(folder: Path, path: Path, passphrase: str, ring: KeyRing) -> None:
    """
    Prove that the copy at `path` opens and holds every provider key in use, and note it in `folder`.

    Raises Invalid: the file does not open, or a key is missing from it or differs.
    """
    copy = open_file(path, passphrase)
    for key_id, key in ring.keys.items():
        if copy.get(key_id) != key:
            raise Invalid("key_missing", field="file", key_id=key_id)
    noted = {"version": VERSION, "key_ids": sorted(ring.keys), "at": clock.now().isoformat(timespec="seconds")}
    (folder / PROOF_FILE).unlink(missing_ok=True)
    write_private(folder / PROOF_FILE, noted)


def is_proved(folder: Path, ring: KeyRing) -> bool:
    """Whether a copy of every key now in use has been proved to open."""
    try:
        noted = json.loads((folder / PROOF_FILE).read_text(encoding="utf-8"))
        return set(ring.keys) <= set(noted["key_ids"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _derived(passphrase: str, kdf: Mapping[str, Any]) -> bytes:
    if kdf["name"] != "scrypt":
        raise ValueError("unknown derivation")
    secret = unicodedata.normalize("NFC", passphrase.strip()).encode()
    salt = base64.b64decode(kdf["salt"], validate=True)
    cost = {name: int(kdf[name]) for name in ("n", "r", "p")}
    return hashlib.scrypt(secret, salt=salt, dklen=32, maxmem=_MOST_MEMORY, **cost)


def _bound(head: Mapping[str, Any]) -> bytes:
    """What stands in the clear is authenticated with what is sealed."""
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
