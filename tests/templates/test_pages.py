"""Every template renders strictly, in both languages, light, without inline script or style."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from templates import FOLDER, LANGUAGES
from tests.templates import render
from tests.templates.samples import PAGES
from tests.templates.samples.ground import Page

STATIC = FOLDER.parent / "portal" / "static"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
PAGE_BYTES = 60 * 1024
DESK = (
    "department/queue.html",
    "analyst/search.html",
    "analyst/analysis.html",
    "admin/router.html",
    "contracts/new.html",
    "demo/demo.html",
)
"""Pages at a desk that load htmx, whose 52 kB would not fit."""
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(HTMLParser):
    """What is wrong with a page's HTML, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.controls: list[str] = []
        self.loads: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1",):
            self.headings.append(tag)
        self.faults += [f"{tag} has {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in given:
            self.faults.append("inline script")
        if tag == "img" and "alt" not in given:
            self.faults.append("img without alt")
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in ("input", "textarea", "select") and given.get("type") not in ("hidden", "radio", "checkbox"):
            self.controls.append(given.get("id", given.get("name", "?")))
        for name in ("src", "href"):
            if tag in ("script", "link") and given.get(name, "").startswith("/static/"):
                self.loads.append(given[name].removeprefix("/static/"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self.open:
            return
        if self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes <{self.open[-1]}>")
        self.open.pop()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_whole_and_strict(page: Page, lang: str) -> None:
    html = render.html(page, lang)
    reader = Reader()
    reader.feed(html)
    assert not reader.faults
    assert reader.open == []
    assert reader.headings == ["h1"], "one question a page"
    assert len(set(reader.ids)) == len(reader.ids), "an id stands twice"
    unlabelled = set(reader.controls) - reader.labels - {"login"}
    assert not unlabelled, unlabelled
    assert f'<html lang="{lang}"' in html
    for match in re.findall(r"<title>(.*?)</title>", html, re.DOTALL):
        assert "\n" not in match


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_stays_light(page: Page) -> None:
    html = render.html(page, "ja")
    reader = Reader()
    reader.feed(html)
    sizes = [STATIC.joinpath(name).stat().st_size for name in reader.loads if "vendor/" not in name]
    imported = ["keys.js", "live.js", "swap.js"]
    imported += ["idle.js"] if 'data-lock-url="/' in html else []
    imported += ["marks.js"] if "data-markable" in html else []
    sizes += [STATIC.joinpath("js", name).stat().st_size for name in imported]
    assert len(html.encode()) + sum(sizes) <= PAGE_BYTES
    assert page.template in DESK or not [name for name in reader.loads if "vendor/" in name]


def test_every_page_has_a_sample() -> None:
    shown = {page.template for page in PAGES}
    parts = {
        "base.html",
        "account/narrow.html",
        "facility/pickup.html",
        "facility/rate.html",
        "analyst/words.html",
        "department/acting.html",
        "demo/words.html",
    }
    pages = {name for name in TEMPLATES if not name.startswith(("components/", "discs/", "email/", "print/"))}
    assert pages == shown | parts


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_imports_only_what_it_uses(name: str) -> None:
    tree = render.environment("en").parse((FOLDER / name).read_text())
    imported = {
        (given if isinstance(given, str) else given[1])
        for statement in tree.find_all(nodes.FromImport)
        for given in statement.names
    }
    used = {found.name for found in tree.find_all(nodes.Name) if found.ctx == "load"}
    assert imported <= used, f"unused: {imported - used}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_says_first_what_it_is(name: str) -> None:
    assert (FOLDER / name).read_text().startswith("{#-")


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith("components/")])
def test_page_names_no_address(name: str) -> None:
    text = re.sub(r"{#.*?#}", "", (FOLDER / name).read_text(), flags=re.DOTALL)
    assert not re.findall(r'(?:href|src|action)="/', text)


def test_vendored_files_are_those_of_the_list() -> None:
    for line in (STATIC / "vendor" / "VERSIONS").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, *_rest, digest = line.split()
        assert digest in ("-", hashlib.sha256(Path(STATIC / "vendor" / name).read_bytes()).hexdigest())
