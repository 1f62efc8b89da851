"""One WebDAV request: wsgidav reads it, and what changes the drive are the drive's own acts, under its own checks."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import unquote, urlsplit

from wsgidav import util
from wsgidav.dav_error import (
    HTTP_BAD_GATEWAY,
    HTTP_BAD_REQUEST,
    HTTP_CONFLICT,
    HTTP_CREATED,
    HTTP_FORBIDDEN,
    HTTP_METHOD_NOT_ALLOWED,
    HTTP_MULTI_STATUS,
    HTTP_NO_CONTENT,
    HTTP_NOT_FOUND,
    HTTP_NOT_IMPLEMENTED,
    HTTP_PRECONDITION_FAILED,
    HTTP_RANGE_NOT_SATISFIABLE,
    DAVError,
)
from wsgidav.request_server import RequestServer

from portal.dav import listing
from portal.dav.locks import locked_is_423
from portal.dav.provider import DriveProvider, drive_path
from portal.dav.resources import Environ, File, Folder
from vault.base.errors import NotFound
from vault.exams import drive, drive_moves, folders
from vault.exams.drive import ANY, Condition
from vault.exams.names import checked_path

StartResponse = Any
Answer = list[bytes]
_TOO_FAR = re.compile(r"\d{19}")
"""In a range: beyond the end of anything; in a time: longer than anybody waits."""


class DriveServer(RequestServer):  # type: ignore[misc]
    """wsgidav's handlers, and ours for PUT, DELETE, COPY and MOVE."""

    def __init__(self, provider: DriveProvider) -> None:
        super().__init__(provider)
        self.allow_propfind_infinite = False
        self._provider, self._drive = provider, provider.drive

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        self._read_conditions(environ)
        if _TOO_FAR.search(environ.get("HTTP_TIMEOUT", "")):
            environ["HTTP_TIMEOUT"] = "Infinite"
        if environ["REQUEST_METHOD"] in ("PUT", "MKCOL", "LOCK") and environ["PATH_INFO"] != "/":
            checked_path(drive_path(environ["PATH_INFO"]))
        answer: Iterator[bytes] = super().__call__(environ, start_response)
        return answer

    def _send_resource(
        self, environ: Environ, start_response: StartResponse, *, is_head_method: bool = False
    ) -> Iterator[bytes]:
        """A file's bytes; a folder has none, it is listed by PROPFIND."""
        if isinstance(self._find(environ), Folder):
            raise DAVError(HTTP_METHOD_NOT_ALLOWED)
        if _TOO_FAR.search(environ.get("HTTP_RANGE", "")):
            raise DAVError(HTTP_RANGE_NOT_SATISFIABLE)
        sent: Iterator[bytes] = super()._send_resource(environ, start_response, is_head_method=is_head_method)
        return sent

    def do_PROPFIND(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        """A folder with what lies in it is sent as it is read; anything else is wsgidav's."""
        there = self._find(environ)
        if environ.get("HTTP_DEPTH") != "1" or not isinstance(there, Folder):
            answer: Iterator[bytes] = super().do_PROPFIND(environ, start_response)
            return answer
        self._evaluate_if_headers(there, environ)
        mode, names = listing.asked(environ)
        start_response(util.get_http_status_string(HTTP_MULTI_STATUS), [("Content-Type", listing.CONTENT_TYPE)])
        return listing.streamed(chain([there], self._provider.members(there.path, environ)), mode, names)

    def do_PUT(self, environ: Environ, start_response: StartResponse) -> Answer:
        """The body as it streams in becomes the file's newest version; without a length it is taken to its end."""
        there = self._find(environ)
        if "HTTP_CONTENT_ENCODING" in environ:
            raise DAVError(HTTP_NOT_IMPLEMENTED)
        if "HTTP_CONTENT_RANGE" in environ:
            raise DAVError(HTTP_BAD_REQUEST)
        if isinstance(there, Folder) or environ["PATH_INFO"].endswith("/"):
            raise DAVError(HTTP_METHOD_NOT_ALLOWED)
        self._evaluate_if_headers(there, environ)
        done = self._put(environ)
        status = HTTP_CREATED if done.made else HTTP_NO_CONTENT
        return _said(environ, start_response, status, [("ETag", f'"{done.sha256}"')])

    def do_DELETE(self, environ: Environ, start_response: StartResponse) -> Answer:
        """Out of sight, a folder with all that lies in it; either comes back from the page of files."""
        there = self._find(environ)
        if there is None:
            raise DAVError(HTTP_NOT_FOUND)
        if environ["PATH_INFO"] == "/":
            raise DAVError(HTTP_METHOD_NOT_ALLOWED)
        if environ.get("HTTP_DEPTH", "infinity") not in ("infinity", "0") or (
            there.is_collection and environ.get("HTTP_DEPTH") == "0"
        ):
            raise DAVError(HTTP_BAD_REQUEST)
        self._evaluate_if_headers(there, environ)
        path, tokens = drive_path(there.path), self._drive.tokens
        with locked_is_423(), self._drive.installation.database.transaction() as session:
            if isinstance(there, Folder):
                folders.delete(session, self._drive.scope, path, tokens=tokens)
            else:
                drive.delete(session, self._drive.scope, path, Condition(tokens=tokens))
        return _said(environ, start_response, HTTP_NO_CONTENT)

    def _copy_or_move(self, environ: Environ, start_response: StartResponse, is_move: bool) -> Answer:
        source, target = self._find(environ), _destination(environ, self._provider.mount_path)
        if source is None:
            raise DAVError(HTTP_NOT_FOUND)
        deep = _depth(environ, source, is_move=is_move)
        there = self._provider.get_resource_inst(target, environ)
        self._evaluate_if_headers(source, environ)
        if not target or source.path == "/" or source.path.strip("/") == target:
            raise DAVError(HTTP_FORBIDDEN)
        if there is not None and environ.get("HTTP_OVERWRITE", "T") != "T":
            raise DAVError(HTTP_PRECONDITION_FAILED)
        self._require_folder_of(target, environ)
        asked: dict[str, Any] = {"overwrite": there is not None, "tokens": self._drive.tokens}
        with locked_is_423(), self._drive.installation.database.transaction() as session:
            if is_move:
                drive_moves.move(session, self._drive.scope, drive_path(source.path), target, **asked)
            else:
                drive_moves.copy(session, self._drive.scope, drive_path(source.path), target, deep=deep, **asked)
        return _said(environ, start_response, HTTP_CREATED if there is None else HTTP_NO_CONTENT)

    def _read_conditions(self, environ: Environ) -> None:
        """wsgidav compares the addresses of an `If` header as they stand: they are made the drive's own first."""
        util.parse_if_header_dict(environ)
        found = environ["wsgidav.conditions.if"] or {}
        own = {tag if tag == "*" else self._own_address(tag): lists for tag, lists in found.items()}
        environ["wsgidav.conditions.if"] = own
        self._drive.tokens = frozenset(environ["wsgidav.ifLockTokenList"])

    def _own_address(self, tag: str) -> str:
        return urlsplit(tag).path.removeprefix(self._provider.mount_path)

    def _find(self, environ: Environ) -> File | Folder | None:
        return self._provider.get_resource_inst(environ["PATH_INFO"], environ)

    def _require_folder_of(self, path: str, environ: Environ) -> None:
        above = self._provider.get_resource_inst(path.rpartition("/")[0], environ)
        if not isinstance(above, Folder):
            raise DAVError(HTTP_CONFLICT)

    def _put(self, environ: Environ) -> drive.Put:
        installation = self._drive.installation
        match = environ.get("HTTP_IF_MATCH")
        try:
            with locked_is_423():
                return drive.put(
                    installation.database,
                    installation.store,
                    self._drive.scope,
                    drive_path(environ["PATH_INFO"]),
                    environ["wsgi.input"],
                    size=_length(environ),
                    expected=_expected(environ),
                    largest=installation.settings.limits.file_bytes,
                    media_type=environ.get("CONTENT_TYPE", "").partition(";")[0].strip() or None,
                    condition=Condition(
                        match=frozenset(util.parse_if_match_header(match)) if match else None,
                        absent=environ.get("HTTP_IF_NONE_MATCH", "").strip() == ANY,
                        tokens=self._drive.tokens,
                        folder=True,
                    ),
                )
        except NotFound as problem:
            raise DAVError(HTTP_CONFLICT) from problem


def _length(environ: Environ) -> int | None:
    """Bytes of the body; None where it comes in chunks."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    given = environ.get("CONTENT_LENGTH") or "0"
    if not (given.isascii() and given.isdigit()) or len(given) > 18:
        raise DAVError(HTTP_BAD_REQUEST)
    return int(given)


def _expected(environ: Environ) -> int:
    """What a Mac says beforehand of a body that comes in chunks."""
    given = environ.get("HTTP_X_EXPECTED_ENTITY_LENGTH", "").strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _depth(environ: Environ, source: File | Folder, *, is_move: bool) -> bool:
    """Whether all that lies in the folder comes along."""
    depth = environ.get("HTTP_DEPTH", "infinity")
    if depth not in ("0", "infinity") or (is_move and source.is_collection and depth == "0"):
        raise DAVError(HTTP_BAD_REQUEST)
    if environ.get("HTTP_OVERWRITE", "T") not in ("T", "F"):
        raise DAVError(HTTP_BAD_REQUEST)
    return bool(depth == "infinity")


def _destination(environ: Environ, mount: str) -> str:
    """The path of the drive that the `Destination` header names; 502 for another server's."""
    given = environ.get("HTTP_DESTINATION")
    if not given:
        raise DAVError(HTTP_BAD_REQUEST)
    try:
        address = urlsplit(given)
    except ValueError as problem:
        raise DAVError(HTTP_BAD_REQUEST) from problem
    host = environ.get("HTTP_HOST", "")
    if address.scheme not in ("", "http", "https") or (address.netloc and address.netloc.lower() != host.lower()):
        raise DAVError(HTTP_BAD_GATEWAY)
    path = unquote(address.path)
    if not path.startswith(f"{mount}/"):
        raise DAVError(HTTP_BAD_GATEWAY)
    named = path.removeprefix(f"{mount}/").removesuffix("/")
    return checked_path(drive_path(named) if not named.startswith("/") else named, "to") if named else ""


def _said(
    environ: Environ, start_response: StartResponse, status: int, headers: list[tuple[str, str]] | None = None
) -> Answer:
    start_response(util.get_http_status_string(status), [("Content-Length", "0"), *(headers or [])])
    return [b""]
