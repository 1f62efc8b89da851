"""Stored bytes as an answer: Range, strong ETag, and nothing of them for a browser to run."""

import re
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import quote

from flask import Response, request
from sqlalchemy.orm import Session

from portal import security, transactions
from vault.base.errors import BadRange
from vault.base.scope import Scope
from vault.exams import queries as exams
from vault.media.keeping import Image
from vault.store import queries as blobs

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "text/plain", "application/pdf"})
"""What a browser may show in place; anything else is downloaded."""
DISC = "application/x-iso9660-image"
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_MOST_DIGITS = 18
"""More are beyond any end, and too many would cost to read."""


class Kept(Protocol):
    """Bytes that lie somewhere, of which any range can be read."""

    @property
    def digest(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read_range(self, start: int, end: int) -> Iterator[bytes]: ...


def image(session: Session, scope: Scope, exam_id: str, name: str) -> Response:
    """The bytes of an image of the scope's area."""
    found = exams.image(session, scope, exam_id, name)
    blob = exams.open_image(session, scope, transactions.installation().store, found)
    return blob_answer(blob, found.media_type, found.name)


def thumbnail(session: Session, scope: Scope, exam_id: str, name: str, edge: int) -> Response:
    """The thumbnail of an image; NotFound while it is not made. A browser may keep it: it never changes."""
    found = exams.image(session, scope, exam_id, name)
    blob = exams.open_thumbnail(session, scope, transactions.installation().store, found, edge)
    answer = blob_answer(blob, "image/jpeg", found.name)
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


def download(facility_id: str, digest: str, media_type: str, name: str) -> Response:
    """The bytes of a file whose reader has been let through a door of that area."""
    scope, store = Scope.system(facility_id), transactions.installation().store
    session = transactions.session()
    blob = store.blob(store.area(session, scope), blobs.kept(session, scope, digest))
    return blob_answer(blob, media_type, name)


def disc(found: Image) -> Response:
    """The image of a disc as a download, under the name of its volume."""
    return blob_answer(found, DISC, f"{found.label}.iso")


def blob_answer(blob: Kept, media_type: str, name: str) -> Response:
    """The blob, whole or the one range asked for; 304 where the browser has it, 416 outside of it."""
    etag = f'"{blob.digest}"'
    if etag in request.headers.get("If-None-Match", ""):
        return _headed(Response(status=304), etag, media_type, name)
    start, end, partial = _range(blob, etag)
    chunks: Iterator[bytes] = iter(()) if request.method == "HEAD" else blob.read_range(start, end)
    answer = Response(chunks, status=206 if partial else 200, content_type=media_type)
    answer.content_length = end - start
    if partial:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    return _headed(answer, etag, media_type, name)


def _headed(answer: Response, etag: str, media_type: str, name: str) -> Response:
    place = "inline" if media_type in SHOWN else "attachment"
    answer.headers["ETag"] = etag
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = security.UNTRUSTED
    answer.headers["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(name.rpartition('/')[2])}"
    return answer


def _range(blob: Kept, etag: str) -> tuple[int, int, bool]:
    """(start, end, whether it is a part); several ranges, or one for another version, get the whole."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or request.headers.get("If-Range", etag) != etag or asked.group() == "bytes=-":
        return 0, blob.size, False
    first, last = (digits.lstrip("0") or digits[-1:] for digits in asked.groups())
    if len(first) > _MOST_DIGITS:
        raise BadRange(size=blob.size)
    last = last if len(last) <= _MOST_DIGITS else "9" * _MOST_DIGITS
    if not first:
        start, end = max(0, blob.size - int(last)), blob.size
    else:
        start, end = int(first), min(blob.size, int(last) + 1) if last else blob.size
    if start >= end:
        raise BadRange(size=blob.size)
    return start, end, True
