"""What a browser keeps: no script reads it, no other site sends it, and where there is TLS it goes over TLS alone."""

import pytest

from portal.app import create_app
from tests.http.world import World


@pytest.mark.parametrize(("url", "secure"), [("https://kura.example", True), ("", False)])
def test_the_cookies_of_a_sign_in_carry_their_flags(world: World, url: str, secure: bool) -> None:
    settings = world.installation.settings
    server = settings.server.model_copy(update={"url": url})
    world.installation.settings = settings.model_copy(update={"server": server})
    app = create_app(world.installation)
    app.config["WTF_CSRF_ENABLED"] = False
    answers = [
        app.test_client().post("/demo/become", data={"login": "aoba-nurse"}),
        app.test_client().get("/sign-in"),
        app.test_client().post("/language", data={"language": "en"}),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is secure, cookie
