"""Jinja2 files and catalogues (ja, en), located by package so that an installed Kura finds them."""

from pathlib import Path

FOLDER = Path(__file__).parent
"""The root of the templates: a Jinja loader looks from here."""

LANGUAGES = ("ja", "en")
"""Languages of the screens; English is the source of the catalogues."""
