"""Bodies of the API: JSON is bounded, as it is read whole; what was compressed on the way is refused unread."""

from flask import Flask, request

from vault.base.errors import WrongType

MOST_JSON = 16 * 2**20
"""More than the longest list that any call takes."""


def install(app: Flask) -> None:
    """Look at the headers of each request to the API; a view that streams its body bounds it by itself."""

    @app.before_request
    def _check() -> None:
        if not request.path.startswith("/api/"):
            return
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise WrongType("body_encoded", wanted="identity")
        if request.is_json:
            request.max_content_length = MOST_JSON
