"""A browser of the tests, and people's windows in it, whose consoles have to stay clean."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes.live import Live

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]
PATIENCE_MS = 45_000


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A portal that is being served."""
    made = Live(tmp_path)
    try:
        made.server.start()
        yield made
    finally:
        made.server.kill()


@pytest.fixture
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium, without a head."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def window(live: Live, browser: Browser) -> Iterator[Callable[..., Page]]:
    """
    Opens a window of its own for a login; at the end no window's console holds a complaint. Where the test cuts its
    connection (`cut`), what the browser itself says of that is none.
    """
    complaints: list[str] = []

    def open_for(login: str, *, cut: bool = False) -> Page:
        def told(message: Any) -> None:
            if message.type in ("error", "warning") and not (cut and "net::ERR_" in message.text):
                complaints.append(message.text)

        context = browser.new_context(base_url=live.server.url, locale="ja-JP")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", told)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.goto("/demo/")
        page.locator("form.become", has=page.locator(f'input[name="login"][value="{login}"]')).get_by_role(
            "button"
        ).click()
        page.wait_for_url(lambda url: "/demo" not in url)
        return page

    yield open_for
    assert complaints == []
