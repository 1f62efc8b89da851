"""The routes of WebDAV: the caller is identified and let in as anywhere else, then the request is handed over."""

import io
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.test import run_wsgi_app
from wsgidav.dav_error import DAVError, get_http_status_string

from portal import transactions
from portal.dav import nesting
from portal.dav.drive import Drive
from portal.dav.provider import DriveProvider
from portal.dav.server import DriveServer
from portal.dav.sign_in import PREFIX
from portal.forms import csrf
from portal.guards import FACILITY, own_transactions, requires
from portal.scope import current

bp = Blueprint("dav", __name__, url_prefix=PREFIX)
csrf.exempt(bp)

METHODS = (
    "OPTIONS",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
)
MOST_XML = 2**20
BLOCK_BYTES = 2**18
_CONFIG: dict[str, Any] = {
    "hotfixes": {},
    "mutable_live_props": [],
    "block_size": BLOCK_BYTES,
    "add_header_MS_Author_Via": True,
}


@bp.route("/", methods=METHODS, defaults={"path": ""}, strict_slashes=False, provide_automatic_options=False)
@bp.route("/<path:path>", methods=METHODS, provide_automatic_options=False)
@requires(FACILITY)
@own_transactions
def handle(path: str) -> Response:
    """Whatever WebDAV asks of the caller's drive."""
    body = _body()
    if not nesting.is_bounded(body):
        raise BadRequest
    if "#" in request.environ.get("RAW_URI", ""):
        raise BadRequest  # servers cut a fragment off, and what is left is another thing's address
    mount = f"{request.root_path}{PREFIX}" if request.root_path != "/" else PREFIX
    drive = Drive(transactions.installation(), current())
    provider = DriveProvider(drive, mount)
    environ = {
        **request.environ,
        **({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))} if body else {}),
        "PATH_INFO": f"/{path}",
        "SCRIPT_NAME": mount,
        "wsgidav.provider": provider,
        "wsgidav.config": _CONFIG,
        "wsgidav.verbose": 0,
        "wsgidav.auth.user_name": current().login,
    }
    try:
        return Response(*run_wsgi_app(DriveServer(provider), environ))
    except DAVError as problem:
        return _refusal(problem)


def _body() -> bytes:
    """The XML of a request, read whole as it is bounded; what is put streams."""
    if request.method == "PUT":
        return b""
    request.max_content_length = MOST_XML
    return request.get_data()


def _refusal(problem: DAVError) -> Response:
    """What was refused, in XML where WebDAV has a name for why."""
    status = get_http_status_string(problem)
    if problem.err_condition is not None:
        return Response(problem.err_condition.as_string(), status, content_type="application/xml; charset=utf-8")
    return Response("" if problem.value == 304 else f"{status}\n", status, content_type="text/plain; charset=utf-8")
