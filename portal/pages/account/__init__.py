"""Signing in and out, second factor, shared screen, one's own settings, drafts and the page's event stream."""

from apiflask import APIBlueprint

bp = APIBlueprint("account", __name__, enable_openapi=False)

from portal.pages.account import drafts, mine, screen, second_factor, sign_in  # noqa: E402, F401
