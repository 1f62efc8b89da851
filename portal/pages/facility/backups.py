"""How the area's backups stand: each target in words, its nights, and the devices that carry them out."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.guards import FACILITY_PEOPLE, requires
from portal.pages.facility.base import bp
from portal.pages.nights import strip
from portal.scope import current
from vault.backup import overview
from vault.backup.overview import Standing, Station


@bp.get("/backups")
@requires(FACILITY_PEOPLE)
def backups() -> ResponseReturnValue:
    """Every target that a contract holds for."""
    found = overview.of_area(transactions.session(), current())
    return render_template("facility/backups.html", targets=[_target(one) for one in found])


def _target(one: Standing) -> dict[str, Any]:
    terms, last = one.contract.terms, one.last
    return {
        "name": terms.target,
        "timing": terms.timing.occasion.value,
        "at": f"{terms.timing.at:%H:%M}" if terms.timing.at else "",
        "unit": terms.unit.value,
        "whole_at": one.whole_at,
        "next_at": one.next_at,
        "rests": one.contract.suspended_at is not None,
        "last": None if last is None else strip([last])[0],
        "open": one.open,
        "nights": strip(one.nights),
        "stations": [_station(station) for station in one.stations],
    }


def _station(one: Station) -> dict[str, Any]:
    return {
        "name": one.login,
        "seen_at": one.seen_at,
        "run_at": one.run_at,
        "state": None if one.state is None else one.state.value,
        "missing": one.missing,
        "error": one.error,
    }
