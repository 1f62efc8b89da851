"""
Receipts: the portal's signed word of what it holds. Checked offline, with the keys pinned at `init`.

Ed25519 over the RFC 8785 canonical JSON without `signature`; `previous` is the SHA-256 (hex) of the canonical JSON
of the area's whole receipt before, so a receipt taken out of a chain leaves a gap that shows.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from capture_client import durable
from capture_client.errors import NotFound
from capture_client.filing.exams import Image

Receipt = Mapping[str, Any]
Keys = Mapping[str, Ed25519PublicKey]


def signed_by(receipt: Receipt, keys: Keys) -> bool:
    """Whether one of the pinned keys, the one it names, signed exactly this."""
    key = keys.get(str(receipt.get("key_id")))
    if key is None:
        return False
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        key.verify(base64.b64decode(str(receipt["signature"]), validate=True), rfc8785.dumps(unsigned))
    except (InvalidSignature, KeyError, ValueError):
        return False
    return True


def digest(receipt: Receipt) -> str:
    """What the area's next receipt must name as `previous`."""
    return hashlib.sha256(rfc8785.dumps(dict(receipt))).hexdigest()


def lists(receipt: Receipt, images: Iterable[Image]) -> bool:
    """Whether it lists exactly these files: names, digests and sizes."""
    said = {(image.get("name"), image.get("sha256"), image.get("size")) for image in receipt.get("images", ())}
    return said == {(image.name, image.sha256, image.size) for image in images}


def chain_faults(receipts: Iterable[Receipt]) -> dict[str, str]:
    """Exam → what is wrong, among receipts of each area in the order of their sequence; gaps are no fault."""
    faults: dict[str, str] = {}
    before: dict[str, Receipt] = {}
    for receipt in sorted(receipts, key=lambda one: (str(one.get("facility")), int(one.get("sequence", 0)))):
        last = before.get(str(receipt.get("facility")))
        if last is not None and last["sequence"] == receipt["sequence"] and digest(last) != digest(receipt):
            faults[str(receipt.get("exam"))] = "two receipts of one sequence"
        elif (
            last is not None and last["sequence"] + 1 == receipt["sequence"] and receipt.get("previous") != digest(last)
        ):
            faults[str(receipt.get("exam"))] = "does not follow the receipt before"
        before[str(receipt.get("facility"))] = receipt
    return faults


def gaps(receipts: Iterable[Receipt]) -> dict[tuple[str, int], tuple[int, int]]:
    """
    Which receipts of each area are not among these: (facility, sequence) of the one that stands behind a gap → the
    first and last sequence that are missing before it.
    """
    found: dict[tuple[str, int], tuple[int, int]] = {}
    last: dict[str, int] = {}
    for facility, sequence in sorted({(str(one.get("facility")), int(one["sequence"])) for one in receipts}):
        before = last.get(facility, 0)
        if sequence > before + 1:
            found[facility, sequence] = (before + 1, sequence - 1)
        last[facility] = sequence
    return found


def pinned(file: Path) -> dict[str, Ed25519PublicKey]:
    """The keys written at `init`. Raises NotFound without the file."""
    if not file.is_file():
        raise NotFound("file_missing", file=file)
    return keys_in(json.loads(file.read_text("utf-8")))


def keys_in(said: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """The keys of an answer of `GET /receipt-keys`, or of a file that holds one."""
    return {
        str(item["key_id"]): Ed25519PublicKey.from_public_bytes(base64.b64decode(item["public_key"]))
        for item in said["items"]
    }


def pin(file: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Keep the keys; a key once pinned under an id is never replaced by another."""
    known = {item["key_id"]: item for item in json.loads(file.read_text("utf-8"))["items"]} if file.exists() else {}
    merged = {**{item["key_id"]: dict(item) for item in items}, **known}
    durable.write(file, json.dumps({"items": list(merged.values())}, indent=1).encode())


def learn(file: Path, items: Iterable[Mapping[str, Any]]) -> list[str]:
    """
    Pin those keys that a pinned one has endorsed, or one that was learned so; returns their ids.

    Whoever stands between this device and the portal cannot have a key of their own taken in.
    """
    keys, taken = pinned(file), []
    left = {str(item["key_id"]): item for item in items if str(item["key_id"]) not in keys}
    while proved := [item for item in left.values() if _endorsed(item, keys)]:
        for item in proved:
            key_id = str(item["key_id"])
            keys[key_id] = Ed25519PublicKey.from_public_bytes(base64.b64decode(item["public_key"]))
            taken.append(left.pop(key_id))
    if taken:
        pin(file, taken)
    return [str(item["key_id"]) for item in taken]


def fingerprint(item: Mapping[str, Any]) -> str:
    """A public key in 32 hex digits, to be compared over the telephone."""
    return hashlib.sha256(base64.b64decode(item["public_key"])).hexdigest()[:32]


def _endorsed(item: Mapping[str, Any], keys: Keys) -> bool:
    by = keys.get(str(item.get("endorsed_by")))
    if by is None:
        return False
    said = {name: item[name] for name in ("key_id", "public_key", "endorsed_by")}
    content = rfc8785.dumps({"version": 1, "kind": "kura-receipt-key-endorsement", **said})
    try:
        by.verify(base64.b64decode(str(item.get("endorsement")), validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def files_faults(receipt: Receipt, folder: Path) -> list[str]:
    """Names of the receipt's files that are missing in a folder or differ from what it says."""
    faults = []
    for image in receipt.get("images", ()):
        file = folder / str(image["name"])
        if not file.is_file() or durable.digest_of(file) != (image["sha256"], image["size"]):
            faults.append(str(image["name"]))
    return faults
