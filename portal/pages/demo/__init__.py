"""The demo's door: become one of its people with a click, and try the router. Loopback and demo home only."""

import json
from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from portal import demo_door, transactions
from portal.demo.words import STEPS
from portal.errors import field_errors
from portal.guards import own_transactions, public
from portal.pages import trial
from portal.pages.account import cookie
from vault.base import audit
from vault.base.errors import Invalid, NotFound
from vault.tenancy import logins, sessions
from vault.tenancy.models import Facility
from vault.tenancy.scopes import scope_of_person

bp = APIBlueprint("demo", __name__, url_prefix="/demo", enable_openapi=False)
STORY_FILE = "demo-story.json"


@bp.before_request
def _only_here() -> None:
    if not demo_door.is_open():
        raise NotFound("demo")


@bp.get("/")
@public
@own_transactions
def door() -> ResponseReturnValue:
    """People to become, and how the main job went."""
    return _page(None)


@bp.post("/router")
@public
@own_transactions
def router_try() -> ResponseReturnValue:
    """Where a sentence would go."""
    try:
        return _page(trial.asked())
    except Invalid as problem:
        return _page(None, field_errors(problem)), 422


@bp.post("/become")
@public
@own_transactions
def become() -> ResponseReturnValue:
    """Sign in as that person, without a password: that is why this page is the demo's alone."""
    story, login = _story(), request.form.get("login", "")
    if login not in {person["login"] for person in story["people"]}:
        raise NotFound("person")
    with transactions.database().transaction() as session:
        person = logins.person_by(session, login)
        if person is None:
            raise NotFound("person")
        audit.record(session, scope_of_person(session, person), "signed-in", why="demo")
        found = sessions.start(session, person, transactions.installation().settings.people)
    cookie.take(found)
    return redirect(cookie.destination(), 303)


def _page(text: str | None, errors: dict[str, str] | None = None) -> str:
    story = _story()
    with transactions.database().read() as session:
        places = dict(session.execute(select(Facility.id, Facility.name)).all())
        people = []
        for one in story["people"]:
            person = logins.person_by(session, one["login"])
            if person is not None:
                place = places.get(person.facility_id or "", "")
                people.append({**one, "name": person.name, "role": person.role, "place": place})
        steps = [{"who": "", **one, "words": STEPS[one["name"]] % one["values"]} for one in story["steps"]]
        return render_template(
            "demo/demo.html",
            people=people,
            story=[{**one, "seer": _name(people, one["who"])} for one in steps],
            counted=story["counted"],
            trial=trial.decide(session, text) if text else None,
            examples=trial.EXAMPLES,
            errors=errors or {},
        )


def _name(people: list[dict[str, Any]], login: str) -> str:
    return next((str(one["name"]) for one in people if one["login"] == login), "")


def _story() -> dict[str, Any]:
    path = transactions.installation().settings.home / STORY_FILE
    empty: dict[str, Any] = {"people": [], "steps": [], "counted": None}
    return {**empty, **json.loads(path.read_text(encoding="utf-8"))} if path.exists() else empty
