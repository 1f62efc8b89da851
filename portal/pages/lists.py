"""Pages of a list: the addresses of the newer and the older one."""

from typing import Any

from flask import request, url_for

from vault.base.paging import Page


def pager(page: Page[Any]) -> dict[str, str]:
    """Older rows by cursor; newer ones from the top, as a cursor leads only forward."""
    kept = {name: value for name, value in request.args.items() if name != "after"} | (request.view_args or {})
    endpoint = request.endpoint or ""
    return {
        "newer_url": url_for(endpoint, **kept) if "after" in request.args else "",
        "older_url": url_for(endpoint, **kept, after=page.next) if page.next else "",
    }
