"""Signing in as a browser meets it: link, password, authenticator, shared screen; what is used once works once."""

import re
from datetime import timedelta

import pyotp
import pytest

from tests.http.browsing import Browsing, one_time_link, totp_required
from tests.http.world import World
from tests.services.clock import HeldClock
from vault.base import clock as present

PASSWORD = "four words in a row"
FORM = "/requests/new?without=1"


def enrolled(world: World, login: str) -> tuple[Browsing, str, list[str]]:
    """A browser after that person's first sign-in: by link, with a password and an authenticator; secret and codes."""
    one, link = Browsing(world), one_time_link(world, login)
    assert one.send(link, link).headers["Location"] == "/set-password"
    one.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    page = one.get("/second-factor/set-up").get_data(as_text=True)
    secret = re.search(r'<code class="code">(\w+)</code>', page)
    assert secret is not None
    shown = one.send("/second-factor/set-up", "/second-factor/set-up", code=code_of(secret[1]))
    assert shown.status_code == 200, shown.get_data(as_text=True)
    codes = re.findall(r"\b\w{4}-\w{4}-\w{4}-\w{4}\b", shown.get_data(as_text=True))
    return one, secret[1], codes


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(present.now())


def by_password(world: World, login: str) -> Browsing:
    """Another browser, after login and password."""
    one = Browsing(world)
    assert one.send("/sign-in", "/sign-in", login=login, password=PASSWORD).status_code == 303
    return one


def test_a_first_sign_in_leads_from_the_link_over_password_and_authenticator_to_work(world: World) -> None:
    totp_required(world)
    one, _secret, codes = enrolled(world, "repair1")
    assert len(set(codes)) == 10
    assert one.get("/queue").status_code == 200


def test_until_the_second_factor_is_set_no_page_is_open_to_those_who_need_one(world: World) -> None:
    totp_required(world)
    one, link = Browsing(world), one_time_link(world, "admin1")
    one.send(link, link)
    assert one.get("/admin/").headers["Location"] == "/set-password?next=/admin/"
    one.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    assert one.get("/admin/").headers["Location"] == "/second-factor/set-up?next=/admin/"


def test_a_code_opens_one_sign_in_and_a_recovery_code_too(world: World, clock: HeldClock) -> None:
    totp_required(world)
    _first, secret, codes = enrolled(world, "repair1")
    clock.forward(timedelta(minutes=2))
    code = code_of(secret)
    for shown, status in ((code, 303), (code, 401), (codes[0], 303), (codes[0], 401)):
        one = by_password(world, "repair1")
        assert one.get("/queue").headers["Location"] == "/second-factor?next=/queue"
        answer = one.send("/second-factor", "/second-factor", code=shown, next="/queue")
        assert answer.status_code == status
        assert one.get("/queue").status_code == (200 if status == 303 else 303)


def test_a_link_signs_in_once(world: World) -> None:
    link = one_time_link(world, "aoba-nurse")
    first, second = Browsing(world), Browsing(world)
    first.send(link, link)
    assert second.get(link).status_code == 404
    token = re.search(r'name="csrf_token" value="([^"]+)"', second.get("/sign-in").get_data(as_text=True))
    assert token is not None
    assert second.client.post(link, data={"csrf_token": token[1]}).status_code == 404
    assert second.cookie() == ""


def test_what_a_browser_held_before_signing_in_or_after_signing_out_opens_nothing(world: World) -> None:
    """Nobody can be given a cookie beforehand, and one that was copied ends with its sign-in."""
    link = one_time_link(world, "aoba-nurse")
    one = Browsing(world)
    with one.client.session_transaction() as kept:
        kept["_user_id"] = "planted"
    one.send(link, link)
    seen = {"planted", one.cookie()}
    one.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    copied = one.cookie()
    assert copied not in seen
    assert opens(world, copied)
    assert not any(opens(world, old) for old in seen)
    one.send("/home", "/sign-out")
    assert not opens(world, copied)


def opens(world: World, cookie: str) -> bool:
    """Whether a browser with that value in its cookie sees a page."""
    other = Browsing(world)
    with other.client.session_transaction() as kept:
        kept["_user_id"] = cookie
    return other.get("/home").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "///evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "/%09/evil.example\r\nSet-Cookie: a=b",
        "http:evil.example",
    ],
)
def test_next_leads_nowhere_but_to_a_page_of_ours(world: World, elsewhere: str) -> None:
    first, link = Browsing(world), one_time_link(world, "aoba-nurse")
    first.send(link, link)
    first.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    one = Browsing(world)
    answer = one.send("/sign-in", "/sign-in", login="aoba-nurse", password=PASSWORD, next=elsewhere)
    target = answer.headers["Location"]
    assert "Set-Cookie: a" not in target
    # What a browser makes of it: tabs and line ends are dropped, a backslash is a slash.
    read = re.sub(r"[\t\r\n]", "", target).replace("\\", "/").strip()
    assert read.startswith("/")
    assert not read.startswith("//")


def test_a_shared_screen_locks_and_opens_by_pin_with_its_drafts_in_place(world: World, clock: HeldClock) -> None:
    one = Browsing(world)
    link = one_time_link(world, "aoba-nurse")
    one.send(link, link)
    one.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    assert one.send("/my-account", "/screen/share").status_code == 303
    form = one.get(FORM).get_data(as_text=True)
    key = re.search(r'data-draft-url="([^"]+)"', form)
    assert key is not None
    assert one.send(FORM, key[1], subject="緑色の帯", body="故障か?").status_code == 200
    clock.forward(timedelta(minutes=6))
    assert one.get("/home").headers["Location"] == "/screen/lock?next=/home"
    assert "P-" not in one.get("/screen/lock").get_data(as_text=True)
    wrong = one.send("/screen/lock", "/screen/reopen", person="aoba-nurse", pin="1111")
    assert wrong.status_code == 401
    before = one.cookie()
    opened = one.send("/screen/lock", "/screen/reopen", person="aoba-nurse", pin="2468", next="/home")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/home")
    assert one.cookie() != before
    assert 'value="緑色の帯"' in one.get(FORM).get_data(as_text=True)


def test_five_wrong_pins_end_a_shared_screen(world: World, clock: HeldClock) -> None:
    one = Browsing(world)
    link = one_time_link(world, "aoba-nurse")
    one.send(link, link)
    one.send("/set-password", "/set-password", password=PASSWORD, again=PASSWORD)
    one.send("/my-account", "/screen/share")
    clock.forward(timedelta(minutes=6))
    answers = [one.send("/screen/lock", "/screen/reopen", person="aoba-nurse", pin=f"000{n}") for n in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [303]
    assert answers[-1].headers["Location"].startswith("/sign-in")
    assert one.get("/home").headers["Location"] == "/sign-in?next=/home"
