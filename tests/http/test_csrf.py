"""No form of a page is taken without the token that the page carried, whoever is signed in."""

import pytest

from tests.http.browsing import Browsing
from tests.http.matrix import MATRIX, PROGRAMS
from tests.http.world import LOGINS, World

FORMS = sorted(
    route
    for route in MATRIX
    if not route.startswith(("GET ", "HEAD ")) and not route.split(" ", 1)[1].startswith(PROGRAMS)
)


@pytest.mark.parametrize("route", FORMS)
def test_a_form_of_another_site_is_refused(shared_world: World, route: str) -> None:
    verb, rule = route.split(" ", 1)
    allowed = MATRIX[route]
    role = sorted(allowed & set(LOGINS) - {"device"})[0] if allowed else "staff"
    Browsing(shared_world)  # from here on forms are checked
    address = rule.replace("<", "").replace(">", "")
    english = {"Accept-Language": "en"}
    answer = shared_world.browser(LOGINS[role]).open(address, method=verb, data={"login": "x"}, headers=english)
    assert answer.status_code == 400, f"{route} as {role}: {answer.status_code}"
    assert "too old to be sent safely" in answer.get_data(as_text=True)
