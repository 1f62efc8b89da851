"""`/uploads`: tus 1.0.0 with creation, creation-with-upload, checksum, termination, expiration and concatenation."""

import io
from contextlib import suppress
from email.utils import format_datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import bp, unlimited_body
from portal.api.v1.files import condition
from portal.guards import DESK, FACILITY, own_transactions, public, requires, signed_in_too
from portal.scope import current
from portal.socket_body import body_of
from routing.queue.uploads import AnswerFiles
from vault.base.errors import Invalid, Malformed, NotFound, PreconditionFailed, WrongType
from vault.intake.uploads import adding, completing, destinations, giving_up, joining, metadata, service
from vault.intake.uploads.adding import Chunk
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.service import Wanted
from vault.store import leftovers
from vault.store.frames import Source

VERSION = "1.0.0"
CONTENT_TYPE = "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration,concatenation"
UPLOADERS = FACILITY | DESK

destinations.register(Purpose.ANSWER, AnswerFiles())


@bp.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/uploads/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False, endpoint="upload_options_one")
@public
@own_transactions
def upload_options(upload_id: str = "") -> ResponseReturnValue:
    """What this server speaks; asked without a sign-in."""
    answer = Response(status=204)
    answer.headers["Tus-Version"] = VERSION
    answer.headers["Tus-Extension"] = EXTENSIONS
    answer.headers["Tus-Max-Size"] = str(transactions.installation().settings.limits.file_bytes)
    answer.headers["Tus-Checksum-Algorithm"] = ",".join(metadata.ALGORITHMS)
    return answer


@bp.post("/uploads", provide_automatic_options=False)
@requires(UPLOADERS)
@own_transactions
@signed_in_too
def upload_create() -> ResponseReturnValue:
    """Announce an upload, or join partial ones; a body is its first bytes."""
    _check_version()
    unlimited_body()
    has_body = bool(request.content_length or request.headers.get("Transfer-Encoding"))
    if has_body:
        _check_type()
    wanted, partial_ids = _wanted()
    upload = _joined(wanted, partial_ids) if partial_ids else _announced(wanted)
    if not partial_ids and upload.completed_at is None and (has_body or upload.length == 0):
        upload = _first_bytes(upload, body_of(request) if has_body else io.BytesIO())
    answer = _answer(upload, 201)
    answer.headers["Location"] = f"{request.path.rstrip('/')}/{upload.id}"
    return answer


@bp.route("/uploads/<upload_id>", methods=["HEAD"], provide_automatic_options=False)
@requires(UPLOADERS)
@signed_in_too
def upload_head(upload_id: str) -> ResponseReturnValue:
    """How far it is."""
    _check_version()
    upload = service.find(transactions.session(), current(), upload_id)
    answer = _answer(upload, 200)
    answer.headers["Cache-Control"] = "no-store"
    if upload.length is None:
        answer.headers["Upload-Defer-Length"] = "1"
    else:
        answer.headers["Upload-Length"] = str(upload.length)
    if upload.metadata_header:
        answer.headers["Upload-Metadata"] = upload.metadata_header
    if upload.concat:
        answer.headers["Upload-Concat"] = upload.concat
    return answer


@bp.patch("/uploads/<upload_id>", provide_automatic_options=False)
@requires(UPLOADERS)
@own_transactions
@signed_in_too
def upload_patch(upload_id: str) -> ResponseReturnValue:
    """Add bytes at the offset; what arrived is kept when the connection breaks."""
    _check_version()
    unlimited_body()
    _check_type()
    offset = metadata.number(request.headers.get("Upload-Offset"), "Upload-Offset")
    if offset is None:
        raise Malformed("offset_missing", header="Upload-Offset")
    return _answer(_added(upload_id, offset, body_of(request)), 204)


@bp.delete("/uploads/<upload_id>", provide_automatic_options=False)
@requires(UPLOADERS)
@own_transactions
@signed_in_too
def upload_delete(upload_id: str) -> ResponseReturnValue:
    """Give it up; its room is given back."""
    _check_version()
    _give_up(upload_id)
    return Response(status=204)


@bp.post("/uploads/<upload_id>", provide_automatic_options=False)
@requires(UPLOADERS)
@own_transactions
@signed_in_too
def upload_override(upload_id: str) -> ResponseReturnValue:
    """PATCH and DELETE for clients that cannot send them: the header `X-HTTP-Method-Override` says which."""
    acts = {"PATCH": upload_patch, "DELETE": upload_delete}
    act = acts.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if act is None:
        raise NotFound("upload")
    return act(upload_id)


@bp.after_app_request
def _say_version(answer: Response) -> Response:
    """Every answer about uploads says which version it speaks, errors too."""
    if request.path.startswith(f"{bp.url_prefix}/uploads"):
        answer.headers["Tus-Resumable"] = VERSION
        if answer.status_code == 412:
            answer.headers["Tus-Version"] = VERSION
        if answer.status_code == 423:
            answer.headers["Retry-After"] = "1"
    return answer


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise PreconditionFailed("tus_version", version=VERSION)


def _check_type() -> None:
    if request.mimetype != CONTENT_TYPE:
        raise WrongType("tus_type", wanted=CONTENT_TYPE)


def _largest() -> int:
    return transactions.installation().settings.limits.file_bytes


def _wanted() -> tuple[Wanted, list[str]]:
    """What is announced, and the partial uploads that a final one joins."""
    header, concat = request.headers.get(metadata.METADATA), request.headers.get(metadata.CONCAT)
    is_partial, partial_ids = metadata.concat(concat)
    length = metadata.number(request.headers.get("Upload-Length"), "Upload-Length")
    deferred = request.headers.get("Upload-Defer-Length")
    told = (length is not None) + (deferred is not None)
    if deferred not in (None, "1") or told != (partial_ids is None):
        raise Malformed("length_format", header="Upload-Length")
    words = metadata.parse(header)
    purpose = metadata.purpose_of(words, partial=is_partial)
    details = metadata.details_of(words, purpose)
    if purpose is Purpose.FILE:
        asked = condition()
        details |= {"match": None if asked.match is None else sorted(asked.match), "absent": asked.absent}
    return Wanted(purpose, length, details, header or "", concat or ""), partial_ids or []


def _announced(wanted: Wanted) -> Upload:
    installation = transactions.installation()
    with installation.database.transaction() as session:
        upload = completing.announce(session, installation.store, current(), wanted, largest=_largest())
    if wanted.purpose is Purpose.IMAGE:
        # Another upload of the same image may have been given up for this one.
        leftovers.clear(installation.database, installation.store, upload.facility_id)
    return upload


def _joined(wanted: Wanted, partial_ids: list[str]) -> Upload:
    installation = transactions.installation()
    return joining.join(installation.database, installation.store, current(), wanted, partial_ids, largest=_largest())


def _first_bytes(upload: Upload, source: Source) -> Upload:
    """
    Bytes that came with the announcement. Where they are refused, or the connection broke, nobody was told the address:
    the upload is given up at once, or every new try of a client would hold room for days.
    """
    try:
        added = _added(upload.id, 0, source, told_length=False)
        if added.offset < (request.content_length or 0):
            raise Invalid("upload_interrupted", field="body")
    except BaseException:
        with suppress(NotFound):
            _give_up(upload.id)
        raise
    return added


def _give_up(upload_id: str) -> None:
    installation = transactions.installation()
    giving_up.give_up(installation.database, installation.store, current(), upload_id)


def _added(upload_id: str, offset: int, source: Source, *, told_length: bool = True) -> Upload:
    installation = transactions.installation()
    length = request.headers.get("Upload-Length") if told_length else None
    chunk = Chunk(
        offset=offset,
        source=source,
        size=None if request.headers.get("Transfer-Encoding") else request.content_length or 0,
        checksum=metadata.checksum(request.headers.get(metadata.CHECKSUM)),
        length=metadata.number(length, "Upload-Length"),
    )
    return adding.add(installation.database, installation.store, current(), upload_id, chunk, largest=_largest())


def _answer(upload: Upload, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(upload.offset)
    answer.headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return answer
