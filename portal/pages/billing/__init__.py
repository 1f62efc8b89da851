"""Pages of who keeps the books: months to close, and what is open."""

from portal.pages.billing import bank, deposits, ledger, months, open_amounts, papers
from portal.pages.billing.base import bp

__all__ = ["bank", "bp", "deposits", "ledger", "months", "open_amounts", "papers"]
