"""A reader written from docs/vault-format.md alone: nothing of the store's own code reads here."""

import base64
import hashlib
import io
import json
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.store import packs

CONTENTS = [b"", b"small", b"x" * 262_144, bytes(range(256)) * 3000]
LARGE = bytes(range(251)) * 4000


@pytest.fixture
def home(vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch) -> Path:
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, aoba.area)
    with vault.store.deposit(area) as deposit:
        for content in CONTENTS:
            deposit.add(io.BytesIO(content))
        monkeypatch.setattr(packs, "PART_BYTES", 2 * 262_144)
        deposit.add(io.BytesIO(LARGE))
        deposit.finish()
    return vault.folder.parent


def area_key(home: Path) -> bytes:
    (path,) = (home / "keys").glob("provider-*.key")
    provider = json.loads(path.read_text())
    (path,) = (home / "vault").glob("*/area.key")
    wrapped = json.loads(path.read_text())
    assert (provider["version"], provider["kind"]) == (1, "kura-provider-key")
    assert (wrapped["version"], wrapped["kind"], wrapped["key_id"]) == (1, "kura-area-key", provider["key_id"])
    sealed = base64.b64decode(wrapped["sealed"])
    bound = f"kura/wrap/1/{wrapped['key_id']}/area/{wrapped['area']}".encode()
    return AESGCM(base64.b64decode(provider["key"])).decrypt(sealed[:12], sealed[12:], bound)


def read_pack(path: Path, key: bytes) -> list[tuple[int, bytes]]:
    """(kind, content) of each record; the content of a list is that of its parts, put together."""
    raw, pack = path.read_bytes(), path.stem
    assert path.parent.name == pack[-1]
    cipher = AESGCM(HKDF(SHA256(), 32, salt=pack.encode(), info=b"kura/pack/1").derive(key))
    cipher.decrypt(struct.pack(">QI", 2**64 - 2, 0), raw[68:84], raw[:68])
    assert raw[:8] == b"KURAPACK"
    assert struct.unpack(">HH", raw[8:12]) == (2, 84)
    magic, offset, length, _ = struct.unpack(">8sQII", raw[-24:])
    assert magic == b"KURATAIL"
    index = raw[offset : offset + length]
    plain = cipher.decrypt(struct.pack(">QI", 2**64 - 1, 0), index[8:], index[:8])
    assert struct.unpack(">4sI", index[:8]) == (b"KID2", len(plain) // 57)
    found: dict[bytes, tuple[int, bytes]] = {}
    for at in range(0, len(plain), 57):
        kind, digest, offset, length, size = struct.unpack(">B32sQQQ", plain[at : at + 57])
        content = read_record(raw, cipher, kind, digest, offset, length, size)
        if kind == 2:
            parts = list(struct.iter_unpack(">32sQ", content))
            assert [len(found[part][1]) for part, _ in parts] == [size for _, size in parts]
            content = b"".join(found[part][1] for part, _ in parts)
        assert (hashlib.sha256(content).digest(), len(content)) == (digest, size)
        found[digest] = kind, content
    return list(found.values())


def read_record(raw: bytes, cipher: AESGCM, kind: int, digest: bytes, offset: int, length: int, size: int) -> bytes:
    head = raw[offset : offset + 16]
    magic, _, number = struct.unpack(">4sIQ", head)
    assert magic == b"KREC"
    at, place, last, content = offset + 16, 0, False, b""
    while not last:
        front = raw[at : at + 4]
        (word,) = struct.unpack(">I", front)
        last, end = bool(word >> 31), at + 4 + (word & 0x7FFFFFFF) + 16
        content += cipher.decrypt(struct.pack(">QI", number, place), raw[at + 4 : end], head + front)
        at, place = end, place + 1
    name = raw[at : at + 4]
    assert name == [b"KEND", b"KENP", b"KENL"][kind]
    bound = head if name == b"KEND" else head + name
    sealed = cipher.decrypt(struct.pack(">QI", number, 2**32 - 1), raw[at + 4 : at + 60], bound)
    assert (at + 60, sealed) == (offset + length, digest + struct.pack(">Q", size))
    return content


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_area_can_be_read_with_the_document_alone(home: Path) -> None:
    (path,) = (home / "vault").rglob("*.pack")
    found = read_pack(path, area_key(home))
    assert [content for kind, content in found if kind == 0] == CONTENTS
    assert [content for kind, content in found if kind == 2] == [LARGE]
    assert [len(content) for kind, content in found if kind == 1] == [2 * 262_144, len(LARGE) - 2 * 262_144]
