"""Sample context of the facility's pages about its area: files, space, record, contracts, people."""

from tests.templates.samples.ground import Page

PAGES: tuple[Page, ...] = ()
