"""Pages of the provider's administrator: what needs someone, facilities, people, the router, health, the record."""

from portal.pages.admin import backups, facilities, health, keeping, overview, people, record, router
from portal.pages.admin.base import bp

__all__ = ["backups", "bp", "facilities", "health", "keeping", "overview", "people", "record", "router"]
