"""Every sentence of pages and code has its Japanese, and values in it are the same in both languages."""

import re
from pathlib import Path

import pytest
from babel.support import Translations

from templates import LANGUAGES, catalogues

PLACE = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def japanese() -> Translations:
    return catalogues.load("ja")


def test_every_sentence_is_translated() -> None:
    assert catalogues.untranslated("ja") == [], "run python -m templates.catalogues, then fill in the empty ones"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_doubtful_or_left_over(lang: str) -> None:
    wanted = {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogues.extracted()}
    held = {message.id[0] if isinstance(message.id, tuple) else message.id for message in catalogues.read(lang)}
    assert held <= wanted, "run python -m templates.catalogues"
    assert not [message.id for message in catalogues.read(lang) if message.id and message.fuzzy]


def test_translations_name_the_same_values() -> None:
    for message in catalogues.read("ja"):
        if not message.id:
            continue
        source = str(message.id[-1] if isinstance(message.id, tuple) else message.id)
        said = str(message.string[-1] if isinstance(message.string, (tuple, list)) else message.string)
        assert set(PLACE.findall(source)) == set(PLACE.findall(said)), source


def test_a_plural_of_a_page_counts_and_names_nothing_else() -> None:
    """Flask-Babel fills in the count before the page's own values come, and fails over any other name."""
    for message in catalogues.extracted():
        on_a_page = any(file.endswith(".html") for file, _ in message.locations)
        if isinstance(message.id, tuple) and on_a_page:
            assert set(PLACE.findall(" ".join(message.id))) <= {"num"}, message.id


def test_japanese_speaks_and_plurals_have_one_form(japanese: Translations) -> None:
    assert japanese.ugettext("Requests") == "依頼"
    assert japanese.ungettext("%(num)d image", "%(num)d images", 1) == japanese.ungettext(
        "%(num)d image", "%(num)d images", 7
    )


def test_compiled_files_are_written_once(tmp_path: Path) -> None:
    folder = catalogues.compiled_folder(tmp_path)
    files = sorted(folder.rglob("messages.mo"))
    assert [file.parent.parent.name for file in files] == ["en", "ja"]
    before = [file.stat().st_mtime_ns for file in files]
    catalogues.compiled_folder(tmp_path)
    assert [file.stat().st_mtime_ns for file in files] == before
