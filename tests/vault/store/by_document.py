"""A reader written from docs/vault-format.md and docs/backup.md alone: no code of the product reads here."""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Found = list[tuple[int, bytes]]


def provider_keys(files: Iterable[bytes]) -> dict[str, bytes]:
    """The provider keys by their id, from the bytes of their files."""
    found = {}
    for content in files:
        provider = json.loads(content)
        assert (provider["version"], provider["kind"]) == (1, "kura-provider-key")
        found[provider["key_id"]] = base64.b64decode(provider["key"])
    return found


def area_key(providers: Mapping[str, bytes], content: bytes) -> bytes:
    """The data key of an area, from the bytes of its `area.key`."""
    wrapped = json.loads(content)
    assert (wrapped["version"], wrapped["kind"]) == (1, "kura-area-key")
    return _unwrapped(providers, wrapped["key_id"], base64.b64decode(wrapped["sealed"]), f"area/{wrapped['area']}")


def keys_in_file(path: Path) -> dict[str, bytes]:
    """The provider keys that a keys file holds."""
    content = json.loads(path.read_text(encoding="utf-8"))
    assert (content["version"], content["kind"]) == (1, "kura-keys")
    named = {name: base64.b64decode(one) for name, one in content["files"].items()}
    return provider_keys(one for name, one in named.items() if name.startswith("provider-"))


def snapshot_key(providers: Mapping[str, bytes], manifest: Mapping[str, Any]) -> bytes:
    """The data key of a snapshot, once its seal is proved."""
    assert (manifest["version"], manifest["kind"]) == (1, "kura-backup")
    key = _unwrapped(providers, manifest["key_id"], bytes.fromhex(manifest["key"]), f"backup/{manifest['id']}")
    others = {name: value for name, value in manifest.items() if name != "seal"}
    # Names are ASCII and numbers whole, so this is RFC 8785.
    plain = json.dumps(others, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    seal = HKDF(SHA256(), 32, salt=manifest["id"].encode(), info=b"kura/backup/1/seal").derive(key)
    assert hmac.compare_digest(hmac.new(seal, plain, hashlib.sha256).hexdigest(), manifest["seal"])
    return key


def read_pack(path: Path, key: bytes) -> Found:
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
        content = _record(raw, cipher, kind, digest, offset, length, size)
        if kind == 2:
            parts = list(struct.iter_unpack(">32sQ", content))
            assert [len(found[part][1]) for part, _ in parts] == [size for _, size in parts]
            content = b"".join(found[part][1] for part, _ in parts)
        assert (hashlib.sha256(content).digest(), len(content)) == (digest, size)
        found[digest] = kind, content
    return list(found.values())


def _unwrapped(providers: Mapping[str, bytes], key_id: str, sealed: bytes, what: str) -> bytes:
    return AESGCM(providers[key_id]).decrypt(sealed[:12], sealed[12:], f"kura/wrap/1/{key_id}/{what}".encode())


def _record(raw: bytes, cipher: AESGCM, kind: int, digest: bytes, offset: int, length: int, size: int) -> bytes:
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
