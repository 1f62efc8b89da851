"""create_app(): one Flask application out of an installation: blueprints, guards, error answers, languages, headers."""

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import (
    api,
    bodies,
    errors,
    idempotency,
    languages,
    logs,
    metrics,
    pace,
    pages,
    scope,
    security,
    storable,
    templating,
    transactions,
)
from portal.dav import views
from portal.installation import Installation
from portal.json import Provider

PAGE_BODY_BYTES = 64 * 2**20


def create_app(installation: Installation) -> APIFlask:
    """The portal over `installation`, ready to serve; nothing runs in the background until the worker is started."""
    app = APIFlask(
        "portal", title="Kura", version="1", json_errors=False, docs_path=None, spec_path="/api/v1/openapi.json"
    )
    settings = installation.settings
    app.config.update(
        SECRET_KEY=installation.secret_key,
        SESSION_COOKIE_NAME="kura",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.server.url.startswith("https://"),
        MAX_CONTENT_LENGTH=PAGE_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=4 * 2**20,
        WTF_CSRF_TIME_LIMIT=None,
        OPENAPI_VERSION="3.1.0",
    )
    app.extensions["kura"] = installation
    app.json = Provider(app)
    pace.install(app, settings.server)
    if settings.server.trusted_proxies:
        hops = settings.server.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    logs.configure()
    transactions.install(app)
    security.install(app)
    errors.install(app)
    languages.install(app, settings.home / "cache" / "catalogues")
    scope.install(app)
    bodies.install(app)
    storable.install(app)
    idempotency.install(app)
    templating.install(app)
    metrics.install(app)
    api.install(app)
    pages.install(app)
    app.register_blueprint(views.bp)
    return app
