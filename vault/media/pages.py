"""Pages of a disc, in both languages at once: they are read far from here, by whoever holds the disc."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from templates import FOLDER, catalogues

LANGUAGES = ("ja", "en")


def streamed(template: str, **values: Any) -> Iterator[bytes]:
    """A page, piece by piece."""
    for part in _environment().get_template(f"discs/{template}").generate(values):
        yield part.encode()


def page(template: str, **values: Any) -> bytes:
    """A whole page."""
    return b"".join(streamed(template, **values))


def readme(**values: Any) -> bytes:
    """The text beside the pages: Japanese, then English; lines end as Windows' do."""
    parts = []
    for lang in LANGUAGES:
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701 - nothing in a plain text has to be escaped
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(catalogues.load(lang), newstyle=True)  # type: ignore[attr-defined]
        parts.append(environment.get_template("discs/readme.txt").render(values).strip())
    return ("\n\n----\n\n".join(parts) + "\n").replace("\n", "\r\n").encode()


def written(at: datetime, zone: str) -> str:
    """A moment as both languages read it, at the facility."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    known = {lang: catalogues.load(lang) for lang in LANGUAGES}

    def both(message: str, **values: Any) -> Markup:
        said = {lang: escape(found.gettext(message)) % values for lang, found in known.items()}
        return Markup(" ").join(Markup('<span lang="{}">{}</span>').format(lang, text) for lang, text in said.items())

    environment.globals["_"] = both
    return environment
