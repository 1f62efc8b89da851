"""The plan as last served, kept with its ETag, so that asking again costs nothing and a cut line is no standstill."""

import json

from capture_client.backup.plan import Plan
from capture_client.errors import NotFound
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link

ETAG, BODY = "plan.etag", "plan.body"


def fetch(link: Link, database: FilingDatabase) -> Plan:
    """The plan of this moment. Raises Unavailable when the portal cannot be asked: opt-outs must not be guessed."""
    known = database.fact(ETAG)
    try:
        response = link.call("GET", "/backup-plan", headers={"If-None-Match": known} if known else {})
    except NotFound:
        keep(database, {}, "")
        return Plan()
    if response.status_code != 304:
        keep(database, response.json(), response.headers.get("ETag", ""))
    return cached(database)


def cached(database: FilingDatabase) -> Plan:
    """The plan as last served; an empty one before the first time."""
    return Plan.of(json.loads(database.fact(BODY) or "{}"))


def keep(database: FilingDatabase, body: object, etag: str) -> None:
    """Remember a served plan; the ETag last, as it vouches for the body."""
    database.remember(BODY, json.dumps(body))
    database.remember(ETAG, etag)
