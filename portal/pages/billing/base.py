"""The blueprint of these pages, and who may see them."""

from apiflask import APIBlueprint

from vault.base.scope import Role

bp = APIBlueprint("billing", __name__, url_prefix="/billing", enable_openapi=False)
CLERKS = frozenset({Role.BILLING, Role.ADMIN})
