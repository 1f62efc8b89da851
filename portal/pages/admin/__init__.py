"""Pages of the provider's administrator: what needs someone, facilities, contracts, people, the router, the record."""

from portal.pages.admin import (
    backups,
    contracts,
    departments,
    facilities,
    figures,
    health,
    keeping,
    media,
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
    "departments",
    "facilities",
    "figures",
    "health",
    "keeping",
    "media",
    "overview",
    "people",
    "plans",
    "record",
    "router",
]
