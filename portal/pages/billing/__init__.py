"""Pages of who keeps the books: months to close, and what is open."""

from portal.pages.billing import months, open_amounts
from portal.pages.billing.base import bp

__all__ = ["bp", "months", "open_amounts"]
