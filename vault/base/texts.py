"""Texts that leave the portal, such as letters: Jinja files and catalogues in the reader's language."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from templates import FOLDER, catalogues
from templates.filters import Reader, bound


def written(template: str, reader: Reader, **values: Any) -> str:
    """The plain text of a template for one reader; a name that it asks for and was not given is an error."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - nothing in a plain text has to be escaped
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogues.load(reader.lang), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(bound(lambda: reader))
    environment.globals["lang"] = reader.lang
    return environment.get_template(template).render(values)
