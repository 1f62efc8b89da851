"""Who may call a view: every view says so with `@requires` or `@public`, and one place enforces it."""

from collections.abc import Callable
from typing import Any, TypeVar

from vault.base.scope import FACILITY_ROLES, Role

View = TypeVar("View", bound=Callable[..., Any])

ROLES = "_kura_roles"
OWN_TRANSACTIONS = "_kura_own_transactions"
WRITES = "_kura_writes"
SIGNED_IN_TOO = "_kura_signed_in_too"

EVERYONE = frozenset(Role) - {Role.SYSTEM}
FACILITY = FACILITY_ROLES
FACILITY_PEOPLE = frozenset({Role.STAFF, Role.FACILITY_ADMIN})
DESK = frozenset({Role.DEPARTMENT, Role.ADMIN})
ANALYSTS = frozenset({Role.ANALYST, Role.ADMIN})
"""The provider's administrator may search as an analyst does: with a purpose, and seen."""


def requires(*roles: Role | frozenset[Role]) -> Callable[[View], View]:
    """Only callers of these roles, signed in or with a token."""
    allowed = frozenset(role for item in roles for role in (item if isinstance(item, frozenset) else {item}))

    def mark(view: View) -> View:
        setattr(view, ROLES, allowed)
        return view

    return mark


def public(view: View) -> View:
    """Anyone, signed in or not."""
    setattr(view, ROLES, None)
    return view


def own_transactions(view: View) -> View:
    """The view opens its own short transactions: it streams, or must not hold the database while it works."""
    setattr(view, OWN_TRANSACTIONS, True)
    return view


def writes(view: View) -> View:
    """A GET that records something (who looked), so its session is a transaction."""
    setattr(view, WRITES, True)
    return view


def signed_in_too(view: View) -> View:
    """A view of the API that pages call as well: a sign-in's cookie will do, beside a header that no form can send."""
    setattr(view, SIGNED_IN_TOO, True)
    return view


def is_guarded(view: Callable[..., Any]) -> bool:
    """Whether the view says who may call it."""
    return hasattr(view, ROLES)


def allowed_roles(view: Callable[..., Any]) -> frozenset[Role] | None:
    """The roles that may call the view; None for a public one."""
    roles: frozenset[Role] | None = getattr(view, ROLES)
    return roles
