"""`POST /announcements` and `POST /bundles`: several exams in two calls; what is wrong is named."""

import json
from typing import Any

import pytest

from tests.http.kept import kept
from tests.http.test_bad_input import manifest
from tests.http.world import World, tar_of
from vault.intake.manifest import MOST_EXAMS

CONTENTS = [[b"one" * 300, b"two" * 200], [b"three" * 100]]


def post(world: World, path: str, body: bytes, login: str = "aoba-nurse") -> Any:
    return world.call(login, "POST", path, data=body, headers={"Content-Type": "application/x-tar"})


def test_several_exams_are_held_after_two_calls(world: World) -> None:
    exams = [manifest(one, key=f"k{place}") for place, one in enumerate(CONTENTS)]
    announced = world.call("aoba-nurse", "POST", "/announcements", {"exams": exams}).get_json()["items"]
    assert [len(one["missing"]) for one in announced] == [2, 1]
    ids = ",".join(one["id"] for one in announced)
    tar = tar_of([content for one in CONTENTS for content in one])
    uncommitted = post(world, f"/bundles?exams={ids}", tar).get_json()["items"]
    assert uncommitted == [{"id": one["id"], "missing": []} for one in announced]
    items = post(world, f"/bundles?exams={ids}&commit=true", tar).get_json()["items"]
    for one, exam in zip(items, announced, strict=True):
        assert (one["id"], one["state"]) == (exam["id"], "held")
        again = world.call("aoba-nurse", "POST", f"/exams/{exam['id']}/commit").get_json()
        assert again["receipt"] == one["receipt"]
    assert [one["receipt"]["sequence"] for one in items] == [1, 2]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        (lambda exams: exams.clear(), 422, "exams"),
        (lambda exams: exams[1].update(colour="red"), 422, "exams.1.colour"),
        (lambda exams: exams[1]["images"][0].update(name="CON"), 422, "exams.1.images.0.name"),
        (lambda exams: exams[0]["images"][1].update(size=-1), 422, "exams.0.images.1.size"),
        (lambda exams: exams.extend([exams[0]] * MOST_EXAMS), 413, None),
    ],
)
def test_what_is_wrong_with_one_refuses_all_by_name(
    shared_world: World, change: Any, status: int, field: str | None
) -> None:
    exams = json.loads(json.dumps([manifest(one, key=f"bad{place}") for place, one in enumerate(CONTENTS)]))
    change(exams)
    before = kept(shared_world)
    refused = shared_world.call("aoba-nurse", "POST", "/announcements", {"exams": exams})
    assert refused.status_code == status
    assert refused.get_json().get("field") == field
    assert kept(shared_world) == before


def test_a_bundle_for_nobody_a_stranger_or_too_many_is_refused(shared_world: World) -> None:
    exam = shared_world.call("aoba-nurse", "POST", "/exams", manifest(CONTENTS[0], key="mine")).get_json()["id"]
    theirs = shared_world.call("midori-nurse", "POST", "/exams", manifest(CONTENTS[1])).get_json()["id"]
    before, tar = kept(shared_world), tar_of(CONTENTS[0])
    for query, status in (
        ("", 422),
        ("?exams=", 422),
        (f"?exams={exam},", 404),
        (f"?exams={exam},{theirs}", 404),
        (f"?exams={','.join([exam] * (MOST_EXAMS + 1))}", 413),
    ):
        assert post(shared_world, f"/bundles{query}", tar).status_code == status, query
    assert kept(shared_world) == before
    assert post(shared_world, f"/bundles?exams={exam},{exam}", tar).get_json()["items"] == [{"id": exam, "missing": []}]
