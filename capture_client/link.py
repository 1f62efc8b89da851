"""
The one way to the portal: HTTP with the device's token, through a proxy and a private CA where there are, with
retries that back off. Problem details become this package's errors; 5xx and cut lines are tried again.
"""

import json
import os
import random
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpcore
import httpx

from capture_client.errors import (
    CaptureError,
    Conflict,
    Damaged,
    Denied,
    Invalid,
    NotFound,
    NotSignedIn,
    OverCapacity,
    Silent,
    TooLarge,
    Unavailable,
)
from capture_client.settings import Server
from capture_client.texts import language

BASE = "/api/v1"
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 20.0  # seconds
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
REFUSALS: Final[dict[int, type[CaptureError]]] = {
    401: NotSignedIn, 403: Denied, 404: NotFound, 407: Denied, 409: Conflict, 410: NotFound,
    412: Conflict, 413: TooLarge, 422: Invalid, 507: OverCapacity,
}  # fmt: skip
# What the portal says of a body that a relay in between cut short: our input was right, so sending again is, too.
CUT_ON_THE_WAY: Final = frozenset({"bundle_interrupted"})
# Images are read from the line, not pages: in its 64 KiB at a time each exam would come in hundreds of pieces.
httpcore.HTTP11Connection.READ_NUM_BYTES = 256 * 1024
Json = Any


class Link:
    """A connection to one portal. `pause` sleeps; tests hand in one that does not."""

    def __init__(self, server: Server, *, where: str = "", pause: Callable[[float], None] = time.sleep) -> None:
        self.server = server
        self._where = where  # the settings file, for the sentence about a wrong token
        self._pause = pause
        self._client = httpx.Client(
            base_url=server.url.rstrip("/"),
            headers={
                "Authorization": f"Bearer {server.token}",
                "User-Agent": "kura-capture",
                "Accept-Language": language(),
            },
            verify=_trust(server.ca),
            proxy=server.proxy or None,  # without one, HTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded
            timeout=server.timeout_seconds,
        )

    def get(self, path: str, **query: str) -> Json:
        """GET, decoded."""
        return _json(self.call("GET", path, params=query))

    def post(self, path: str, body: object = None) -> Json:
        """POST; the retries of this one call share an Idempotency-Key, so it happens once. No body for None."""
        sent = {} if body is None else {"json": body}
        return _json(self.call("POST", path, **sent, headers={"Idempotency-Key": str(uuid.uuid4())}))

    def patch(self, path: str, body: object) -> Json:
        """PATCH, decoded."""
        return _json(self.call("PATCH", path, json=body))

    def items(self, path: str, **query: str) -> Iterator[Json]:
        """Every item of a list, page by page."""
        page = self.get(path, **query)
        while True:
            yield from page["items"]
            following = page.get("next")
            if not following:
                return
            page = _json(self.call("GET", following))

    def call(self, verb: str, path: str, **request: Any) -> httpx.Response:
        """One call with retries. Raises the tree of errors; 304 is an answer."""
        for attempt in range(self.server.attempts):
            response = self._once(verb, path, last=attempt == self.server.attempts - 1, **request)
            if response is not None:
                return response
            self.pause(attempt)
        raise Unavailable(server=self.server.url, detail="retries")

    def send(self, path: str, stream: Callable[[], Iterator[bytes]], size: int, type_: str) -> Json:
        """POST a body of `size` bytes made anew for the one try; the caller resumes, as less may then be missing."""
        headers = {"Content-Length": str(size), "Content-Type": type_}
        with self._translated():
            response = self._client.post(url_of(path), content=stream(), headers=headers)
        return _json(self.checked(response))

    def put(self, path: str, stream: Callable[[], Iterator[bytes]], size: int, type_: str) -> None:
        """PUT a file; the same bytes again do no harm, so it is tried again."""
        headers = {"Content-Length": str(size), "Content-Type": type_}
        for attempt in range(self.server.attempts):
            if self._once("PUT", path, last=attempt == self.server.attempts - 1, content=stream(), headers=headers):
                return
            self.pause(attempt)

    @contextmanager
    def streamed(self, path: str, *, silence: float | None = None, **headers: str) -> Iterator[httpx.Response]:
        """GET whose body is read as it comes; raises Silent after `silence` seconds without a byte."""
        timeout = httpx.Timeout(self.server.timeout_seconds, read=silence or self.server.timeout_seconds)
        with self._translated(), self._client.stream("GET", url_of(path), headers=headers, timeout=timeout) as response:
            if response.is_error:
                response.read()
            yield self.checked(response)

    def pause(self, attempt: int) -> None:
        """Wait before another try: doubling, jittered so that forty devices do not come back as one."""
        self._pause(random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311

    def checked(self, response: httpx.Response) -> httpx.Response:
        """The response, unless it is a refusal, which is raised."""
        if response.is_error:
            raise self._refusal(response)
        return response

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _once(self, verb: str, path: str, *, last: bool, **request: Any) -> httpx.Response | None:
        """One try; None means that another is right."""
        try:
            with self._translated():
                response = self._client.request(verb, url_of(path), **request)
        except Unavailable:
            if last:
                raise
            return None
        if response.status_code in AGAIN and not last:
            self._heed(response)
            return None
        return self.checked(response)

    def _heed(self, response: httpx.Response) -> None:
        asked = response.headers.get("Retry-After", "")
        if asked.isdecimal():
            self._pause(min(float(asked), LONGEST_PAUSE))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.ProxyError as error:
            if "407" in str(error):
                raise Denied("proxy_refused") from error
            raise Unavailable(server=self.server.url, detail=f"proxy: {error}") from error
        except httpx.ReadTimeout as error:
            raise Silent(server=self.server.url, detail=_short(error)) from error
        except (httpx.TransportError, httpx.StreamError, ssl.SSLError) as error:
            raise Unavailable(server=self.server.url, detail=_short(error)) from error

    def _refusal(self, response: httpx.Response) -> CaptureError:
        problem = _problem(response)
        reason = str(problem.get("code") or "")
        detail = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
        kind = REFUSALS.get(response.status_code, Unavailable if response.status_code >= 500 else Invalid)
        values = {key: value for key, value in problem.items() if key in {"missing", "left", "field", "errors"}}
        if response.status_code == 407:
            return Denied("proxy_refused")
        if reason in CUT_ON_THE_WAY:
            return Unavailable(server=self.server.url, detail=detail)
        return kind(**values, detail=detail, server=self.server.url, file=self._where, refused=reason)


def url_of(path: str) -> str:
    """A path under the API's base; addresses that the portal gave are taken as they are."""
    return path if path.startswith(("http://", "https://", f"{BASE}/")) else BASE + path


def _trust(ca: str) -> ssl.SSLContext:
    """The system's authorities, and the hospital's own where it has one. Raises Invalid for an unusable file."""
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(cafile=os.fspath(ca))
        except (OSError, ssl.SSLError) as error:
            raise Invalid("bad_setting", file=ca, problem=error) from error
    return context


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(response: httpx.Response) -> Json:
    if response.status_code == 204 or not response.content:
        return {}
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        # A login page of a proxy comes with status 200 too; it must not be taken for the portal's word.
        raise Damaged("wrong_answer", detail=response.headers.get("Content-Type", "?")) from error


def _short(error: Exception) -> str:
    return str(error) or type(error).__name__
