"""Rotation of the receipt key: a new one signs, endorsed by the one before, whose private half is forgotten."""

from pathlib import Path

from vault.base.database import Database
from vault.base.faults import Point, point
from vault.intake import receipts, signing
from vault.intake.signing import SigningKeys


def rotate(database: Database, folder: Path) -> str:
    """
    Make the next receipt key and return its id; one whose making was cut short is finished instead.

    Running servers sign by it from their next receipt on. Old keys stay known, as rows and as files.
    """
    keys = SigningKeys.load(folder)
    with database.transaction() as session:
        receipts.publish_keys(session, keys)
    if sum(one.private is not None for one in keys.known.values()) == 1:
        signing.add(folder)
        point(Point.RECEIPT_KEY_ADDED)
        keys = SigningKeys.load(folder)
        with database.transaction() as session:
            receipts.publish_keys(session, keys)
    for one in keys.known.values():
        if one.private is not None and one.key_id != keys.current:
            signing.forget_private(folder, one.key_id)
            point(Point.RECEIPT_KEY_RETIRED)
    return keys.current
