"""
Encrypted files of a disc: AES-256-GCM in frames, under a key that follows from the set's passphrase.

docs/media-copies.md describes the bytes; the reader at the facility is `capture_client/media/sealed.py`.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"KURADSC1"
SALT, TAG = 32, 16
HEADER = len(MAGIC) + SALT
FRAME = 2**20
COST = {"n": 2**15, "r": 8, "p": 1}
"""Of scrypt; the passphrase itself has 140 bits."""
GROUPS, LETTERS = 7, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FILE, _PASSPHRASE = b"kura/media/file/1", b"kura/media/passphrase/1/"


def size_of(size: int) -> int:
    """Bytes of the encrypted file of `size` bytes."""
    return HEADER + size + TAG * max(1, -(-size // FRAME))


def new_passphrase() -> str:
    """Seven groups of four letters and digits, none of which is taken for another."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(GROUPS))


def key_of(passphrase: str, salt: str) -> bytes:
    """The set's key; `salt` in base64, as `disc.json` has it."""
    return Scrypt(base64.b64decode(salt), 32, **COST).derive(passphrase.replace("-", "").encode())


def sealed(chunks: Iterable[bytes], path: str, key: bytes) -> Iterator[bytes]:
    """The encrypted file of what `chunks` give, bound to the `path` that it has when it is opened."""
    header = MAGIC + secrets.token_bytes(SALT)
    cipher = AESGCM(HKDF(SHA256(), 32, header[len(MAGIC) :], _FILE).derive(key))
    bound = header + path.encode()
    yield header
    number, waiting = 0, bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > FRAME:
            yield cipher.encrypt(nonce(number, last=False), bytes(waiting[:FRAME]), bound)
            del waiting[:FRAME]
            number += 1
    yield cipher.encrypt(nonce(number, last=True), bytes(waiting), bound)


def nonce(number: int, *, last: bool) -> bytes:
    """That of a frame: only the last one of a file says that it is the last."""
    return number.to_bytes(11, "big") + bytes([last])


def kept(passphrase: str, area_key: bytes, set_id: str) -> bytes:
    """The passphrase as its row keeps it until it was shown: nothing without the area's key."""
    made = secrets.token_bytes(12)
    return made + _passphrase_cipher(area_key, set_id).encrypt(made, passphrase.encode(), None)


def opened(kept_bytes: bytes, area_key: bytes, set_id: str) -> str:
    """The passphrase of `kept`."""
    return _passphrase_cipher(area_key, set_id).decrypt(kept_bytes[:12], kept_bytes[12:], None).decode()


def _passphrase_cipher(area_key: bytes, set_id: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, _PASSPHRASE + set_id.encode()).derive(area_key))
