"""Pages of the provider's administrator: what needs someone, facilities, contracts, people, the router, the record."""

from portal.pages.admin import (
    backups,
    contracts,
    facilities,
    figures,
    health,
    keeping,
    overview,
    people,
    plans,
    record,
    router,
)
from portal.pages.admin.base import bp

__all__ = [
    "backups",
    "bp",
    "contracts",
    "facilities",
    "figures",
    "health",
    "keeping",
    "overview",
    "people",
    "plans",
    "record",
    "router",
]
