"""
Pages as pictures: renders every sample, serves them on loopback under the portal's real Content-Security-Policy,
and photographs them with Chromium.

`python -m tests.templates.preview OUT [--only PREFIX] [--lang ja|en] [--width 390] [--scheme dark]`
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from capture_client.camera import phantom
from tests.templates import render
from tests.templates.samples import PAGES
from tests.templates.site import serving


def write_site(root: Path) -> None:
    """Every page in both languages, and six plain and six banded stills to show in them."""
    for lang in ("ja", "en"):
        (root / lang).mkdir(parents=True, exist_ok=True)
        for page in PAGES:
            (root / lang / f"{page.name}.html").write_text(render.html(page, lang))
    sample = root / "sample"
    if not sample.exists():
        sample.mkdir()
        for name, banded in (("plain", False), ("band", True)):
            exam = phantom.Exam(green_band=banded, size=(640, 360))
            for number, still in enumerate(phantom.stills(exam, 6)):
                (sample / f"{name}-{number}.jpg").write_bytes(still)


def shoot(browser: Browser, base: str, out: Path, lang: str, width: int, scheme: str, prefix: str) -> list[str]:
    """One picture a page; returns what the browser complained of."""
    complaints: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    tab = context.new_page()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{tab.url}: {message.text}")

    tab.on("console", hear)
    for page in PAGES:
        if page.name.startswith(prefix):
            tab.goto(f"{base}/{lang}/{page.name}.html")
            tab.wait_for_load_state("networkidle")
            wide = tab.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                complaints.append(f"{page.name} is {wide} wide at {width}")
            tab.screenshot(path=out / f"{page.name}-{lang}-{width}-{scheme}.png", full_page=True)
    context.close()
    return complaints


def main() -> None:
    """Render, serve, photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="how the names of the pages begin")
    parser.add_argument("--lang", nargs="+", default=["ja", "en"])
    parser.add_argument("--width", nargs="+", type=int, default=[1280, 390])
    parser.add_argument("--scheme", nargs="+", default=["light", "dark"])
    args = parser.parse_args()
    site = args.out / "site"
    write_site(site)
    with serving(site) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for lang in args.lang:
            for width in args.width:
                for scheme in args.scheme:
                    for complaint in shoot(browser, served.base, args.out, lang, width, scheme, args.only):
                        sys.stderr.write(f"{complaint}\n")
        browser.close()


if __name__ == "__main__":
    main()
