"""Short ways to bring a request to where a test of the queue begins."""

from typing import Any

from routing.queue import answers, views
from routing.requests import service
from routing.sweep.service import sweep
from tests.routing.world import Fixed, World
from vault.base.scope import Scope


def delivered(world: World, *codes: str, **values: Any) -> str:
    """The id of a request of aoba's that lies with the departments of these codes."""
    with world.transaction() as session:
        filed = service.file(session, world.aoba, **{"subject": "帯が出る", "body": "緑色です", **values}).request
    sweep(world.database, lambda _session: Fixed(*(codes or ("repair",))))
    return filed.id


def assignment(world: World, scope: Scope) -> str:
    """The id of the newest open assignment in the scope's queue."""
    with world.database.read() as session:
        rows: list[dict[str, Any]] = views.queue(session, scope).items
    return str(max(row["id"] for row in rows))


def answered(world: World, *scopes: Scope) -> str:
    """The id of a request that all these departments' people have answered."""
    codes = {world.repair: "repair", world.clinical: "clinical", world.accounts: "accounts"}
    request_id = delivered(world, *(codes[scope] for scope in scopes))
    for scope in scopes:
        with world.transaction() as session:
            answers.answer(session, scope, assignment(world, scope), body="交換します")
    return request_id


def request(world: World, request_id: str) -> dict[str, Any]:
    """The request as aoba sees it."""
    with world.database.read() as session:
        return views.request(session, world.aoba, request_id)
