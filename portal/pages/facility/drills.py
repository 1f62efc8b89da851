"""Restore drills of the area: what was restored to prove that it can be, with the signed proof of each."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages.facility.base import bp
from portal.scope import current
from vault.backup import drills as backup


@bp.get("/drills")
@requires(FACILITY_PEOPLE)
def drills() -> ResponseReturnValue:
    """The newest first."""
    return render_template(
        "facility/drills.html",
        days=transactions.installation().settings.vault.drill_days,
        drills=[
            {
                "made_at": one.made_at,
                "images": one.images,
                "files": one.files,
                "bytes": one.bytes,
                "seconds": one.seconds,
                "receipts": len(one.receipts),
                "failed": len(one.failed),
                "proof": url_for("facility.drill_proof", drill_id=one.id) if one.document else "",
            }
            for one in backup.of_area(transactions.session(), current())
        ],
    )


@bp.get("/drills/<drill_id>/proof.json")
@requires(FACILITY_PEOPLE)
def drill_proof(drill_id: str) -> ResponseReturnValue:
    """The signed proof, as `kura-capture verify` reads it: every name with its digest."""
    content = backup.proof(transactions.session(), current(), drill_id)
    name = f'attachment; filename="restore-drill-{drill_id}.json"'
    return content, 200, {"Content-Type": "application/json", "Content-Disposition": name}
