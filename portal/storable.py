"""Text that no database keeps (a NUL, half a surrogate pair) is refused by its field, before a view runs."""

import re
from collections.abc import Iterator, Mapping

from flask import Flask, current_app, g, request

from portal.guards import OWN_TRANSACTIONS
from vault.base.database import is_storable
from vault.base.errors import Invalid

_SUSPECT = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""In a JSON text, what may stand for such a character; a whole pair looks so as well, so it is only a hint."""


def install(app: Flask) -> None:
    """Look at the address, the query and the JSON of each request of a caller who was let in."""

    @app.before_request
    def _check() -> None:
        if request.endpoint is None or "scope" not in g:
            return
        for name, value in (*(request.view_args or {}).items(), *request.args.items(multi=True)):
            _require(name, name)
            _require(value, name)
        if request.is_json and not _streams():
            _check_json()
        elif request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data") and _is_page():
            for name, value in request.form.items(multi=True):
                _require(value, name)


def _streams() -> bool:
    """Whether the view takes its body in by itself."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, OWN_TRANSACTIONS, False))


def _is_page() -> bool:
    """Whether the form has been read already, as a page's is to find its token."""
    return not request.path.startswith(("/api/", "/dav"))


def _check_json() -> None:
    if _SUSPECT.search(request.get_data(cache=True)):
        for field, text in _texts(request.get_json(silent=True), ""):
            _require(text, field or "body")


def _texts(value: object, field: str) -> Iterator[tuple[str, str]]:
    """Every text of a JSON value, names too, with the place it stands at, such as `images.0.name`."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield field, name
            yield from _texts(one, f"{field}.{name}".lstrip("."))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _texts(one, f"{field}.{place}".lstrip("."))


def _require(value: object, field: str) -> None:
    if isinstance(value, str) and not is_storable(value):
        raise Invalid("unstorable_text", field=field if is_storable(field) else "name")
