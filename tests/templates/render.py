"""Renders a sample page as the portal would, without the portal: strict, translated, with stand-ins for its globals."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from templates import FOLDER, catalogues, filters
from tests.templates.samples.ground import NOW, PROVIDER, Page


def url_for(endpoint: str, **values: Any) -> str:
    """A stand-in address that names the endpoint; static files keep their own."""
    if endpoint == "static":
        return f"/static/{values['filename']}"
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"/{endpoint.replace('.', '/')}" + (f"?{query}" if query else "")


def no_messages(with_categories: bool = False) -> Iterable[tuple[str, str]]:
    """Nothing was flashed."""
    return []


@cache
def environment(lang: str) -> Environment:
    """The templates under StrictUndefined in one language."""
    env = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(catalogues.load(lang), newstyle=True)  # type: ignore[attr-defined]
    env.filters.update(filters.bound(lambda: filters.Reader(lang, ZoneInfo("Asia/Tokyo"), NOW)))
    env.globals.update(url_for=url_for, csrf_token=lambda: "token", get_flashed_messages=no_messages)
    return env


def html(page: Page, lang: str) -> str:
    """The page as HTML."""
    frame = {
        "lang": lang,
        "me": page.me,
        "counts": {"facility.inbox": 2, "department.queue": 5, "facility.requests": 1},
        "provider": PROVIDER,
        "events_url": "",
        "idle_seconds": 0,
        "typed": {},
        "errors": {},
    }
    return environment(lang).get_template(page.template).render({**frame, **page.context})
