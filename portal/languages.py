"""Japanese or English: by the person's choice, else the browser's; and the zone in which times are shown."""

from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from flask_babel import Babel, get_locale

from templates.catalogues import compiled_folder
from templates.filters import Reader
from vault.base import clock

LANGUAGES = ("ja", "en")
COOKIE = "language"


def chosen() -> str:
    """The language of this answer: `?language=`, the person's, the cookie's, the browser's, else Japanese."""
    scope = g.get("scope")
    for wish in (request.args.get("language"), request.cookies.get(COOKIE), scope.language if scope else None):
        if wish in LANGUAGES:
            return str(wish)
    return request.accept_languages.best_match(LANGUAGES) or "ja"


def zone() -> str:
    """The zone of this answer's times: the facility's, else the provider's."""
    scope = g.get("scope")
    return scope.zone if scope else "Asia/Tokyo"


def current() -> str:
    """`ja` or `en`, as `<html lang>` says it."""
    return str(get_locale() or "ja")


def reader() -> Reader:
    """Whom this answer is written for."""
    return Reader(current(), ZoneInfo(zone()), clock.now())


def install(app: Flask, folder: Path) -> None:
    """Give `app` both catalogues, compiled into `folder`."""
    Babel(
        app,
        default_locale="en",
        default_translation_directories=str(compiled_folder(folder)),
        locale_selector=chosen,
        timezone_selector=zone,
    )
