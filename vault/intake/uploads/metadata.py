"""The words of tus headers, parsed and checked: metadata, checksums, concatenation; pure."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from vault.base.errors import Invalid, Malformed
from vault.exams.names import checked_name, checked_path
from vault.intake.uploads.models import Purpose

METADATA, CHECKSUM, CONCAT = "Upload-Metadata", "Upload-Checksum", "Upload-Concat"
ALGORITHMS = ("sha1", "sha256", "md5")
_PURPOSES = {"path": Purpose.FILE, "exam": Purpose.IMAGE, "assignment": Purpose.ANSWER}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")


def parse(header: str | None) -> dict[str, str]:
    """Keys and values of `Upload-Metadata`; Malformed where it is not what tus says, Invalid for what is not UTF-8."""
    found: dict[str, str] = {}
    for pair in (header or "").split(","):
        key, _, encoded = pair.strip().partition(" ")
        if not key and header:
            raise Malformed("metadata_format", header=METADATA)
        if not key:
            continue
        if key in found or not key.isascii():
            raise Malformed("metadata_format", header=METADATA)
        try:
            found[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise Invalid("metadata_format", field=key) from problem
    return found


def purpose_of(words: Mapping[str, str], *, partial: bool) -> Purpose:
    """What the upload is for; Invalid unless exactly one purpose is named (a partial upload may name none)."""
    if "custody" in words:
        raise Invalid("custody_not_offered", field="custody")
    named = [purpose for key, purpose in _PURPOSES.items() if key in words]
    if len(named) > 1:
        raise Invalid("purpose_twice", field=METADATA)
    if partial:
        return Purpose.PARTIAL
    if not named:
        raise Invalid("upload_purpose", field=METADATA)
    return named[0]


def details_of(words: Mapping[str, str], purpose: Purpose) -> dict[str, Any]:
    """What the purpose needs, with names checked; Invalid naming the word."""
    details: dict[str, Any] = {"sha256": _digest(words), "type": _type(words)}
    if purpose is Purpose.FILE:
        details["path"] = checked_path(words["path"])
    elif purpose is Purpose.IMAGE:
        details |= {"exam": words["exam"], "name": _needed(words, "name")}
    elif purpose is Purpose.ANSWER:
        name = words.get("filename") or _needed(words, "name")
        details |= {"assignment": words["assignment"], "name": checked_name(name, "filename")}
    elif "assignment" in words:
        details["assignment"] = words["assignment"]
    return details


def checksum(header: str | None) -> tuple[str, bytes] | None:
    """(algorithm, digest) of `Upload-Checksum`; Malformed for another algorithm or form."""
    if header is None:
        return None
    algorithm, _, encoded = header.partition(" ")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error as problem:
        raise Malformed("checksum_format", header=CHECKSUM) from problem
    if algorithm not in ALGORITHMS or not digest:
        raise Malformed("checksum_algorithm", header=CHECKSUM)
    return algorithm, digest


def concat(header: str | None) -> tuple[bool, list[str] | None]:
    """(whether partial, ids of the partial uploads where final) of `Upload-Concat`; Malformed for anything else."""
    if header is None:
        return False, None
    if header.strip() == "partial":
        return True, None
    kind, _, addresses = header.partition(";")
    found = [address.rstrip("/").rpartition("/")[2] for address in addresses.split()]
    if kind.strip() != "final" or not found:
        raise Malformed("concat_format", header=CONCAT)
    return False, found


def number(header: str | None, name: str) -> int | None:
    """A header that is a whole number of bytes; Malformed for anything else, None where it is missing."""
    if header is None:
        return None
    if not (header.isascii() and header.isdigit()) or len(header) > 18:
        raise Malformed("number_format", header=name)
    return int(header)


def _needed(words: Mapping[str, str], key: str) -> str:
    if not words.get(key):
        raise Invalid("name_empty", field=key)
    return words[key]


def _digest(words: Mapping[str, str]) -> str | None:
    given = words.get("sha256")
    if given is not None and not _DIGEST.fullmatch(given.lower()):
        raise Invalid("digest_format", field="sha256")
    return given.lower() if given else None


def _type(words: Mapping[str, str]) -> str | None:
    """A type that is no media type is as good as none: browsers give what they like."""
    given = words.get("filetype", "")
    return given if _TYPE.fullmatch(given) and len(given) <= 127 else None
