"""What bad input gets: a status, a sentence, a named field; and nothing is changed by it."""

import hashlib

import pytest

from tests.http.world import World, jpeg, tar_of


def manifest(contents: list[bytes], **more: object) -> dict[str, object]:
    """The announcement of an exam with these images."""
    images = [
        {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
        for number, one in enumerate(contents)
    ]
    return {"patient_id": "P-1", "performed_at": "2026-11-20T09:00:00Z", "kind": "EGD", "images": images, **more}


def test_a_wrong_token_is_401_and_says_how_to_sign_in(shared_world: World) -> None:
    answer = shared_world.app.test_client().get("/api/v1/me", headers={"Authorization": "Bearer kura_wrong"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["detail"]


@pytest.mark.parametrize("path", ["/exams/{}", "/requests/{}", "/exams/{}/images/0.jpg", "/answers/{}/files/a"])
def test_an_id_that_is_nobodys_is_404(shared_world: World, path: str) -> None:
    answer = shared_world.call("aoba-nurse", "GET", path.format("0" * 26))
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_over_capacity_is_507_with_what_is_left_and_nothing_half_kept(world: World) -> None:
    small = jpeg(1)
    huge = {"name": "big.jpg", "sha256": "0" * 64, "size": 65 * 2**20}
    body = manifest([small])
    body["images"] = [*body["images"], huge]  # type: ignore[misc]
    answer = world.call("aoba-nurse", "POST", "/exams", body)
    assert answer.status_code == 507
    assert answer.get_json()["left"] == 64 * 2**20
    assert world.call("aoba-nurse", "GET", "/exams").get_json()["items"] == []
    assert world.call("aoba-nurse", "GET", "/area").get_json()["used"] == 0


def test_a_tar_member_whose_bytes_do_not_match_its_name_is_422_and_not_stored(world: World) -> None:
    right, wrong = jpeg(1), bytearray(jpeg(2))
    announced = world.call("aoba-nurse", "POST", "/exams", manifest([right])).get_json()
    wrong[:] = right
    wrong[-1] ^= 1
    tar = tar_of([bytes(wrong)]).replace(
        hashlib.sha256(wrong).hexdigest().encode(), hashlib.sha256(right).hexdigest().encode()
    )
    answer = world.call("aoba-nurse", "POST", f"/exams/{announced['id']}/bundle", data=tar)
    assert answer.status_code in (400, 422)
    commit = world.call("aoba-nurse", "POST", f"/exams/{announced['id']}/commit")
    assert commit.status_code == 409
    assert commit.get_json()["missing"] == [hashlib.sha256(right).hexdigest()]


def test_unknown_fields_are_422_naming_them(shared_world: World) -> None:
    filed = shared_world.call("aoba-nurse", "POST", "/requests", {"subject": "x", "body": "y", "colour": 1})
    assert (filed.status_code, filed.get_json()["field"]) == (422, "colour")
    announced = shared_world.call("aoba-nurse", "POST", "/exams", manifest([], colour=1))
    assert (announced.status_code, announced.get_json()["field"]) == (422, "colour")


@pytest.mark.parametrize("body", [[], "x", 7])
def test_a_body_that_is_no_object_is_422_naming_the_body(shared_world: World, body: object) -> None:
    answer = shared_world.call("aoba-nurse", "POST", "/requests", body)
    assert (answer.status_code, answer.get_json()["field"]) == (422, "body")


def test_a_text_of_1_mb_is_413(shared_world: World) -> None:
    answer = shared_world.call("aoba-nurse", "POST", "/requests", {"subject": "x", "body": "y" * 2**20})
    assert answer.status_code == 413


def test_a_broken_image_is_kept_as_data_and_flagged(world: World) -> None:
    broken = jpeg(3)[:200]
    announced = world.call("aoba-nurse", "POST", "/exams", manifest([broken])).get_json()
    world.call("aoba-nurse", "POST", f"/exams/{announced['id']}/bundle", data=tar_of([broken]))
    assert world.call("aoba-nurse", "POST", f"/exams/{announced['id']}/commit").status_code == 200
    assert world.call("aoba-nurse", "GET", f"/exams/{announced['id']}/images/0.jpg").get_data() == broken


def test_a_search_without_purpose_is_422_naming_it(shared_world: World) -> None:
    answer = shared_world.call("analyst1", "GET", "/search?q=x")
    assert (answer.status_code, answer.get_json()["field"]) == (422, "purpose")


def test_the_same_idempotency_key_gives_the_same_answer_and_another_body_422(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"subject": "x", "body": "y"}
    first = world.call("aoba-nurse", "POST", "/requests", body, headers=dict(headers))
    again = world.call("aoba-nurse", "POST", "/requests", body, headers=dict(headers))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["id"] == again.get_json()["id"]
    other = world.call("aoba-nurse", "POST", "/requests", {**body, "body": "z"}, headers=dict(headers))
    assert other.status_code == 422
    assert len(world.call("aoba-nurse", "GET", "/requests").get_json()["items"]) == 1


def test_pages_carry_a_strict_policy_and_no_form_goes_without_its_token(shared_world: World) -> None:
    shared_world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        page = shared_world.browser("aoba-nurse").get("/home")
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert shared_world.browser("aoba-nurse").post("/requests/new", data={"subject": "x"}).status_code == 400
    finally:
        shared_world.app.config["WTF_CSRF_ENABLED"] = False
