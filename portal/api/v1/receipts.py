"""`GET /receipt-keys`: the public keys by which receipts are verified."""

from flask.typing import ResponseReturnValue

from portal import transactions
from portal.api.v1.base import bp
from portal.guards import EVERYONE, requires
from vault.intake import receipts


@bp.get("/receipt-keys")
@requires(EVERYONE)
def receipt_keys() -> ResponseReturnValue:
    """Every key that ever signed; a retired one still verifies."""
    return {"items": receipts.receipt_keys(transactions.session(), transactions.installation().signing)}
