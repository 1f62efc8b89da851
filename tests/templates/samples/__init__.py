"""Sample context for every page: the example that the portal's views follow."""

from tests.templates.samples import (
    account,
    admin,
    analyst,
    billing,
    contracts,
    department,
    facility,
    figures,
    media,
    others,
)
from tests.templates.samples.ground import Page

PAGES: tuple[Page, ...] = (
    *facility.PAGES,
    *department.PAGES,
    *account.PAGES,
    *analyst.PAGES,
    *contracts.PAGES,
    *admin.PAGES,
    *billing.PAGES,
    *media.PAGES,
    *figures.PAGES,
    *others.PAGES,
)
"""Every page in its main states; one template may stand here several times."""
