"""Bodies come as they are: one that was compressed on the way is refused: nobody could bound what comes out."""

from flask import Flask, request

from portal.errors import is_api
from vault.base.errors import WrongType


def install(app: Flask) -> None:
    """Look at the header of each request to the API; WebDAV has an answer of its own."""

    @app.before_request
    def _check() -> None:
        given = request.headers.get("Content-Encoding", "identity").strip().lower()
        if given not in ("", "identity") and is_api() and request.path.startswith("/api/"):
            raise WrongType("body_encoded", wanted="identity")
