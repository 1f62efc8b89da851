"""An event stream as an answer: where it resumes, and headers that keep proxies from holding it back."""

from collections.abc import Iterator

from flask import Response, request

from portal import stream
from vault.base.errors import Invalid

_MOST_DIGITS = 18


def last_event_id() -> int | None:
    """The number after which to resume: what the stream said last, else what the page had seen (`after`)."""
    given = (request.headers.get("Last-Event-ID") or request.args.get("after", "")).strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit()) or len(given) > _MOST_DIGITS:
        raise Invalid(field="Last-Event-ID")
    return int(given)


def streamed(chunks: Iterator[bytes]) -> Response:
    """An endless answer that no proxy should keep back."""
    answer = Response(chunks, content_type=stream.CONTENT_TYPE)
    answer.headers["X-Accel-Buffering"] = "no"
    answer.headers["Cache-Control"] = "no-store, no-transform"
    return answer
