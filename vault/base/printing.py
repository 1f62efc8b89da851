"""Documents as PDF: a template in the reader's language, set by WeasyPrint with a Japanese font that is embedded."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from templates import FOLDER, catalogues
from templates.filters import Reader, bound
from vault.base.errors import Unavailable

FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc")
"""Where Debian and others put the font."""


def font(named: str = "") -> Path:
    """The font file that is embedded; Unavailable (`no_font`) where neither the settings' nor a known one is there."""
    for path in (Path(named),) if named else map(Path, FONTS):
        if path.is_file():
            return path
    raise Unavailable("no_font", part="pdf")


def printer() -> Any:
    """WeasyPrint; Unavailable (`no_pango`) where the libraries that it needs are missing."""
    try:
        with redirect_stdout(StringIO()):  # what it prints there would stand among a command's data
            return import_module("weasyprint")
    except OSError as problem:
        raise Unavailable("no_pango", part="pdf") from problem


def pdf(
    template: str, reader: Reader, font_file: str, *, attached: Mapping[str, bytes] | None = None, **values: Any
) -> bytes:
    """The document as PDF, carrying these files by their names; Unavailable where font or libraries are missing."""
    source, weasyprint = font(font_file), printer()
    html = page(template, reader, lang=reader.lang, font=source.as_uri(), **values)
    carried = [weasyprint.Attachment(string=content, name=name) for name, content in (attached or {}).items()]
    made: bytes = weasyprint.HTML(string=html).write_pdf(attachments=carried)
    return made


def page(template: str, reader: Reader, **values: Any) -> str:
    """The document as HTML."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogues.load(reader.lang), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(bound(lambda: reader))
    return environment.get_template(template).render(values)
