"""From 80, 90 and 95 % on every first page of the facility says how full its area is, and below it does not."""

import pytest
from sqlalchemy import update

from tests.http.world import World
from vault.tenancy.models import Space


@pytest.mark.parametrize(
    ("percent", "said"), [(79, None), (80, "80%"), (89, "80%"), (90, "90%"), (95, "95%"), (100, "いっぱい")]
)
def test_the_first_page_says_so(world: World, percent: int, said: str | None) -> None:
    with world.installation.database.transaction() as session:
        whole = update(Space).where(Space.target_id == "")
        session.execute(whole.values(capacity=1000, used=10 * percent - 5, reserved=5))
    for address in ("/home", "/files/", "/area"):
        page = world.browser("aoba-admin").get(address).text
        if said:
            assert said in page.split("<main")[1]
        else:
            assert "note care" not in page
            assert "note bad" not in page
