"""Pages of who keeps the books: months to close, and what is open."""

from portal.pages.billing import ledger, months, open_amounts
from portal.pages.billing.base import bp

__all__ = ["bp", "ledger", "months", "open_amounts"]
