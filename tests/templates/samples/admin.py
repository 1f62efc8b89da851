"""Sample context."""

from tests.templates.samples.ground import Page

PAGES: tuple[Page, ...] = ()
