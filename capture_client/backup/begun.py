"""Exams that the portal knows before they are whole, because they went still by still: what it calls each of them."""

from capture_client.filing.database import FilingDatabase

PREFIX = "begun."
"""As which facts they are remembered; `catalogue.backed_up` forgets them."""


def remember(database: FilingDatabase, key: str, portal_id: str) -> None:
    """The portal has begun to receive that exam."""
    if id_of(database, key) != portal_id:
        database.remember(PREFIX + key, portal_id)


def id_of(database: FilingDatabase, key: str) -> str:
    """What the portal calls the exam that it has begun to receive; empty for any other."""
    return database.fact(PREFIX + key) or ""
