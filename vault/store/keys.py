"""
Provider keys: what wraps the data key of every area. Without them nothing that is held can be read.

`wrapping.KeyService` is the seam for a key management service: it alone wraps and unwraps, and no other part ever sees
a provider key. `KeyFolder` is the one that keeps them as files of HOME/keys.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.base import ids
from vault.base.errors import Conflict, Unavailable
from vault.base.wrapping import Wrapped
from vault.store.backends.disk import DiskBackend

VERSION = 1
_KIND = "kura-provider-key"
_NONCE = 12


class KeyRing:
    """The provider keys of this installation; the newest wraps, the older ones still unwrap."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys` by id; ids sort by the time they were made."""
        if not keys:
            raise Unavailable("no_provider_key")
        self.keys = dict(keys)
        self.current = max(self.keys)

    def wrap(self, key: bytes, context: str) -> Wrapped:
        """Seal under the newest key."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, key, _bound(self.current, context))
        return Wrapped(self.current, nonce + sealed)

    def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """Open with the key that sealed it."""
        key = self.keys.get(wrapped.key_id)
        if key is None:
            raise Unavailable("no_provider_key", key_id=wrapped.key_id)
        nonce, sealed = wrapped.sealed[:_NONCE], wrapped.sealed[_NONCE:]
        try:
            return AESGCM(key).decrypt(nonce, sealed, _bound(wrapped.key_id, context))
        except (InvalidTag, ValueError) as problem:
            raise Unavailable("key_damaged", key_id=wrapped.key_id) from problem


class KeyFolder:
    """
    The provider keys in the files of a folder, also those that come while it is in use.

    Another process may have rotated them: the folder is read again before anything is wrapped, so that nothing is
    wrapped by a key that is about to be retired, and when a key is asked for that was not there before.
    """

    def __init__(self, folder: Path) -> None:
        """Unavailable where there is no key, or a file that cannot be read."""
        self._folder = folder
        self._ring = load(folder)

    @property
    def current(self) -> str:
        """The newest key in the folder now."""
        self._ring = load(self._folder)
        return self._ring.current

    def wrap(self, key: bytes, context: str) -> Wrapped:
        """Seal under the newest key in the folder now."""
        self._ring = load(self._folder)
        return self._ring.wrap(key, context)

    def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """Open with the key that sealed it, of those that are here or have come since."""
        if wrapped.key_id not in self._ring.keys:
            self._ring = load(self._folder)
        return self._ring.unwrap(wrapped, context)


def make(folder: Path) -> KeyRing:
    """Make the first provider key as a file of `folder`; Conflict where there is one already."""
    if any(folder.glob("provider-*.key")):
        raise Conflict("provider_key_exists")
    add(folder)
    return load(folder)


def add(folder: Path) -> str:
    """Make one more provider key, durably, and return its id: from the next `load` on it wraps."""
    key_id = ids.new_after(max((_id_in(path) for path in folder.glob("provider-*.key")), default=""))
    restore(folder, {key_id: secrets.token_bytes(32)})
    return key_id


def retire(folder: Path, key_id: str) -> None:
    """Remove a provider key's file for good; one that is not there is removed already."""
    DiskBackend(folder).delete(_file(key_id))


def restore(folder: Path, keys: Mapping[str, bytes]) -> None:
    """Write keys, such as those of a recovery file, as files of `folder`; those that are there stay as they are."""
    for key_id, key in keys.items():
        content = {"version": VERSION, "kind": _KIND, "key_id": key_id, "key": base64.b64encode(key).decode()}
        write_private(folder / _file(key_id), content)


def load(folder: Path) -> KeyRing:
    """The key ring of `folder`; Unavailable where there is no key or a file that cannot be read."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("provider-*.key")):
        try:
            key_id, found_key = parsed(path.read_bytes())
            found[key_id] = found_key
        except FileNotFoundError:  # retired since the folder was listed
            continue
        except (OSError, ValueError, KeyError, TypeError, binascii.Error) as problem:
            raise Unavailable("provider_key_unreadable", file=path.name) from problem
    return KeyRing(found)


def parsed(content: bytes) -> tuple[str, bytes]:
    """Id and key of a provider key's file; ValueError, KeyError or TypeError where it is none."""
    said = json.loads(content)
    if said["version"] != VERSION or said["kind"] != _KIND:
        raise ValueError(_KIND)
    return said["key_id"], base64.b64decode(said["key"], validate=True)


def write_private(path: Path, content: object) -> None:
    """Write JSON that only the owner may read, whole and durably; a file that is there stays as it is."""
    text = json.dumps(content, indent=1) + "\n"
    DiskBackend(path.parent).keep(path.name, text.encode())


def _file(key_id: str) -> str:
    return f"provider-{key_id}.key"


def _id_in(path: Path) -> str:
    return path.stem.removeprefix("provider-")


def _bound(key_id: str, context: str) -> bytes:
    return f"kura/wrap/1/{key_id}/{context}".encode()
