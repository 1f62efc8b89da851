"""Jinja2 files and catalogues (ja, en), located by package so that an installed Kura finds them."""
