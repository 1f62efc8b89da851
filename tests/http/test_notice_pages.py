"""Notices stand on a page for those whom they concern, with a figure beside its entry until they are read."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.http.world import World
from vault.backup.drills import FAILED
from vault.base import notices, outbox
from vault.exams.subscribers import DAMAGED
from vault.tenancy import capacity, subscribers
from vault.tenancy.models import Facility

FIGURE = re.compile(r'data-count="account.notices"(?! hidden)[^>]*>(\d+)')


def figure(client: FlaskClient) -> int:
    return max((int(found) for found in FIGURE.findall(client.get("/notices").text)), default=0)


def area_of(world: World) -> str:
    with world.installation.database.read() as session:
        return session.scalars(select(Facility.id).where(Facility.code == "aoba")).one()


def read_all(client: FlaskClient) -> None:
    page = client.get("/notices").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    upto = re.search(r'name="upto" value="(\d+)"', page)
    assert token
    assert upto
    done = client.post("/notices/read", data={"csrf_token": token[1], "upto": upto[1]}, follow_redirects=True)
    assert done.status_code == 200


@pytest.fixture
def area(world: World) -> str:
    """aoba, of which a drill failed and an image is damaged."""
    area = area_of(world)
    with world.installation.database.transaction() as session:
        for audience in (f"facility:{area}", "role:admin"):
            counts = {"failed": 1, "images": 2, "files": 0}
            notices.add(session, audience, FAILED, area, facility_id=area, values=counts)
            values = {"facility": "aoba", "digest": "0" * 64, "exams": []}
            notices.add(session, audience, DAMAGED, area, facility_id=area, values=values)
    return area


def test_a_facility_sees_its_own_and_the_provider_everyones(world: World, area: str) -> None:
    for login in ("aoba-nurse", "aoba-admin"):
        page = world.browser(login).get("/notices").text
        assert "/drills" in page
        assert 'href="/files/"' in page
    assert world.browser("admin1").get("/notices").text.count("/admin/health") >= 2
    for login in ("midori-nurse", "midori-admin"):
        assert figure(world.browser(login)) == 0
        assert "badge care" not in world.browser(login).get("/notices").text


def test_the_figure_goes_when_they_are_read_and_for_the_reader_alone(world: World, area: str) -> None:
    assert figure(world.browser("aoba-nurse")) == 2
    read_all(world.browser("aoba-nurse"))
    assert figure(world.browser("aoba-nurse")) == 0
    assert figure(world.browser("aoba-admin")) == 2
    with world.installation.database.transaction() as session:
        notices.add(session, f"facility:{area}", FAILED, area, values={"failed": 1, "images": 1, "files": 0})
    assert figure(world.browser("aoba-nurse")) == 1


def test_a_full_area_is_told_to_administrators_alone(world: World) -> None:
    subscribers.subscribe_all()
    area = area_of(world)
    with world.installation.database.transaction() as session:
        capacity.set_capacity(session, area, 1000)
        capacity.reserve(session, area, "exam:1", 960)
    outbox.relay(world.installation.database)
    assert figure(world.browser("aoba-nurse")) == 0
    assert "95" in world.browser("aoba-admin").get("/notices").text
    assert "/admin/facilities/aoba" in world.browser("admin1").get("/notices").text


def test_numbers_that_make_no_sense_mark_nothing_that_is_yet_to_come(world: World, area: str) -> None:
    client = world.browser("aoba-nurse")
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/notices").text)
    assert token
    for upto in ("-1", "x", str(10**30)):
        assert client.post("/notices/read", data={"csrf_token": token[1], "upto": upto}).status_code == 303
    with world.installation.database.transaction() as session:
        notices.add(session, f"facility:{area}", FAILED, area, values={"failed": 1, "images": 1, "files": 0})
    assert figure(client) == 1
    assert client.get(f"/notices?before={10**30}").status_code in (200, 422)


def keep_address(client: FlaskClient, address: str) -> tuple[int, str]:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/my-account").text)
    assert token
    answer = client.post("/my-account/email", data={"csrf_token": token[1], "email": address}, follow_redirects=True)
    return answer.status_code, answer.text


def test_an_address_for_notices_is_kept_changed_and_taken_out(world: World) -> None:
    client = world.browser("aoba-nurse")
    status, page = keep_address(client, " yumi@example.com ")
    assert (status, 'value="yumi@example.com"' in page) == (200, True)
    status, page = keep_address(client, "yumi at example")
    assert (status, "name@example.com" in page, 'value="yumi at example"' in page) == (422, True, True)
    assert "yumi@example.com" in client.get("/my-account").text
    _, page = keep_address(client, "")
    assert "yumi@example.com" not in page


def test_only_those_who_have_notices_are_asked_for_an_address(world: World) -> None:
    for login, asked in (("aoba-admin", True), ("admin1", True), ("repair1", False)):
        assert ('name="email"' in world.browser(login).get("/my-account").text) is asked
