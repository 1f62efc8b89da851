"""The catalogues: sentences gathered from pages and code, kept as .po, compiled when Kura starts."""

import atexit
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import Translations

from templates import FOLDER, LANGUAGES

SOURCES = FOLDER.parent
CODE = ("portal", "routing", "search", "vault", "capture_client")
"""Packages whose Python may hold sentences in _()."""


def po_file(lang: str) -> Path:
    """Where the catalogue of a language is written."""
    return FOLDER / "translations" / lang / "LC_MESSAGES" / "messages.po"


def read(lang: str) -> Catalog:
    """The catalogue of a language; English stands for itself where its entries are empty."""
    with po_file(lang).open("rb") as file:
        return read_po(file, locale=lang)


def compiled(lang: str) -> bytes:
    """The catalogue as gettext's binary form."""
    out = io.BytesIO()
    write_mo(out, read(lang))
    return out.getvalue()


def load(lang: str) -> Translations:
    """The catalogue ready for use, without any file written."""
    return Translations(io.BytesIO(compiled(lang)))


def compiled_folder(into: Path | None = None) -> Path:
    """Write <into>/<lang>/LC_MESSAGES/messages.mo where it differs, and return `into` (for Flask-Babel).

    Without `into` a private folder is made that goes when the process ends.
    """
    if into is None:
        into = Path(tempfile.mkdtemp(prefix="kura-catalogues-"))
        atexit.register(shutil.rmtree, into, ignore_errors=True)
    for lang in LANGUAGES:
        target = into / lang / "LC_MESSAGES" / "messages.mo"
        fresh = compiled(lang)
        if target.exists() and target.read_bytes() == fresh:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting = target.with_suffix(f".{os.getpid()}")
        waiting.write_bytes(fresh)
        waiting.replace(target)
    return into


def extracted() -> Catalog:
    """Every sentence of the pages and the code, with where it stands."""
    found = Catalog(fuzzy=False)
    jinja = {"**.html": {"silent": "false", "trimmed": "true"}, "**.txt": {"silent": "false", "trimmed": "true"}}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None}
    places: list[tuple[str, list[tuple[str, str]], dict[str, dict[str, str]]]] = [
        ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")], jinja)
    ]
    places += [(name, [("**.py", "python")], {}) for name in CODE]
    for name, methods, options in places:
        for path, _line, message, _comments, _context in extract_from_dir(
            SOURCES / name, methods, options, keywords=keywords
        ):
            found.add(message, locations=[(f"{name}/{path}", 0)])
    return found


def update() -> None:
    """Bring each .po to what pages and code say now: new sentences come in empty, gone ones leave."""
    template = extracted()
    for lang in LANGUAGES:
        catalogue = read(lang) if po_file(lang).exists() else Catalog(locale=lang)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        _entitle(catalogue, lang)
        po_file(lang).parent.mkdir(parents=True, exist_ok=True)
        with po_file(lang).open("wb") as file:
            write_po(file, catalogue, width=0, no_location=True, sort_output=True, omit_header=False)


def _entitle(catalogue: Catalog, lang: str) -> None:
    """Say whose catalogue it is, in place of gettext's blanks."""
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "Kura", "1"
    catalogue.header_comment = f"# The screens and messages of Kura: {lang}."
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = "Kura"


def untranslated(lang: str) -> list[str]:
    """Sentences of pages and code that the catalogue has no words for, or only doubtful ones."""
    catalogue = read(lang)
    missing: list[str] = []
    for message in extracted():
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else str(message.id[0])
        held = catalogue.get(key)
        words = held.string if held else ""
        filled = all(words) if isinstance(words, (tuple, list)) else bool(words)
        if held is None or held.fuzzy or not filled:
            missing.append(key)
    return missing


if __name__ == "__main__":
    update()
    sys.stdout.write("".join(f"ja: {key}\n" for key in untranslated("ja")))
