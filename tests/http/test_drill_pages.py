"""The facility sees its restore drills and fetches the proof; nobody else does."""

import json

from tests.http.world import World
from vault.intake.signing import verify


def test_the_page_lists_the_drills_and_hands_out_the_proof(world: World) -> None:
    world.exam("aoba-capture1")
    world.drill()
    page = world.browser("aoba-nurse").get("/drills")
    assert page.status_code == 200
    (address,) = {part.split('"')[0] for part in page.text.split('href="')[1:] if "/proof.json" in part.split('"')[0]}
    proof = world.browser("aoba-nurse").get(address)
    content = json.loads(proof.data)
    assert len(content["images"]) == 2
    verify(content, world.installation.signing.public_keys)
    assert world.browser("midori-nurse").get(address).status_code == 404
    assert "proof.json" not in world.browser("midori-nurse").get("/drills").text
