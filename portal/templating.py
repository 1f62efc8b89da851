"""Jinja for the portal: where the templates lie, the filters bound to each reader, and what every page is given."""

from flask import Flask, g, url_for
from flask_babel import gettext, ngettext
from jinja2 import FileSystemLoader, StrictUndefined
from sqlalchemy import select

from portal import languages, transactions
from portal.forms import csrf
from portal.pages import standing
from templates import FOLDER
from templates.filters import bound
from vault.base import notices
from vault.base.scope import Scope
from vault.tenancy.models import Provider


def install(app: Flask) -> None:
    """Set up pages of `app`; a name that a template asks for and was not given is an error."""
    app.jinja_loader = FileSystemLoader(FOLDER)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(bound(languages.reader))
    app.context_processor(_given)
    csrf.init_app(app)


def _given() -> dict[str, object]:
    """What `base.html` says that every page is given; an error page is given it too, whatever failed."""
    scope: Scope | None = g.get("scope")
    with transactions.database().read() as session:
        provider = session.scalar(select(Provider))
        me = standing.me(session, scope) if scope else None
        counts = standing.counts(session, scope) if scope else {}
        seen = notices.latest(session)
    return {
        "lang": languages.current(),
        "me": me,
        "counts": counts,
        "provider": {
            "name": provider.name if provider else "",
            "phone": provider.phone if provider else "",
            "hours": provider.hours if provider else "",
        },
        "events_url": url_for("account.events", after=seen) if scope else "",
        "idle_seconds": standing.idle_seconds(),
        "typed": {},
        "errors": {},
    }
