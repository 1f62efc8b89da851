"""A browser that fills in forms as they are: with the token that the page carries, from a real sign-in on."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.http.world import World
from vault.base.scope import Scope
from vault.tenancy import links, logins


class Browsing:
    """One browser whose forms are checked, with nobody signed in."""

    def __init__(self, world: World) -> None:
        world.app.config["WTF_CSRF_ENABLED"] = True
        self.client: FlaskClient = world.app.test_client()

    def get(self, path: str) -> TestResponse:
        """The page, or where it leads."""
        return self.client.get(path)

    def send(self, page: str, act: str, **fields: Any) -> TestResponse:
        """Fill in the form of `page` that leads to `act`."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).get_data(as_text=True))
        assert token is not None, f"{page} has no form"
        return self.client.post(act, data={"csrf_token": token[1], **fields})

    def cookie(self) -> str:
        """What the sign-in goes by."""
        with self.client.session_transaction() as kept:
            return str(kept.get("_user_id", ""))


def one_time_link(world: World, login: str) -> str:
    """The path of a new link for that person."""
    with world.installation.database.transaction() as session:
        person = logins.person_by(session, login)
        assert person is not None
        return f"/sign-in/link/{links.create(session, Scope.system(), person, world.installation.settings.people)}"


def totp_required(world: World) -> None:
    """As every home has it, but for the demo's."""
    settings = world.installation.settings
    people = settings.people.model_copy(update={"totp_required": True})
    world.installation.settings = settings.model_copy(update={"people": people})
