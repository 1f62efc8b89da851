"""
Encrypted files of a disc, opened: AES-256-GCM in frames, under a key that follows from the set's passphrase.

docs/media-copies.md describes the bytes.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from capture_client.errors import Damaged, Invalid

MAGIC = b"KURADSC1"
SALT, TAG, FRAME = 32, 16, 2**20
MOST_MEMORY = 2**30
"""What a disc may ask for; ours ask for 32 MiB."""
_ALIKE = str.maketrans("OIL", "011")


def key_of(passphrase: str, said: Mapping[str, Any]) -> bytes:
    """The set's key from what a person typed; `said` is the `encrypted` of `disc.json`."""
    typed = re.sub(r"[^0-9A-Z]", "", passphrase.upper()).translate(_ALIKE)
    try:
        n, r, p = (int(said[name]) for name in "nrp")
        if said["kdf"] != "scrypt" or 128 * n * r * p > MOST_MEMORY:
            raise ValueError("kdf")
        return Scrypt(base64.b64decode(said["salt"], validate=True), 32, n, r, p).derive(typed.encode())
    except (KeyError, TypeError, ValueError) as problem:
        raise Invalid("bad_disc", problem="encrypted") from problem


def opened(file: BinaryIO, path: str, key: bytes) -> Iterator[bytes]:
    """The bytes of what lies encrypted in `file` and is `path` when it is open; Damaged for any other bit of it."""
    header = file.read(len(MAGIC) + SALT)
    if len(header) != len(MAGIC) + SALT or not header.startswith(MAGIC):
        raise Damaged(file=path)
    cipher = AESGCM(HKDF(SHA256(), 32, header[len(MAGIC) :], b"kura/media/file/1").derive(key))
    frame, number = _frame(file), 0
    while True:
        following = _frame(file)
        nonce = number.to_bytes(11, "big") + bytes([not following])
        try:
            yield cipher.decrypt(nonce, frame, header + path.encode())
        except InvalidTag as problem:
            raise Damaged(file=path) from problem
        if not following:
            return
        frame, number = following, number + 1


def _frame(file: BinaryIO) -> bytes:
    """The next frame; a stream may give it in pieces."""
    parts, missing = [], FRAME + TAG
    while missing and (part := file.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
