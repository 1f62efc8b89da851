"""`POST /requests`: what the caller is answered is what is kept."""

import unicodedata

from tests.http.world import World


def test_the_answer_to_a_filing_is_what_a_look_at_it_shows(world: World) -> None:
    exam, _ = world.exam("aoba-nurse")
    for path in ("b.pdf", "a.pdf"):
        assert world.call("aoba-nurse", "PUT", f"/files/{path}", data=b"x").status_code == 201
    decomposed = unicodedata.normalize("NFD", "がぞうに みどりの おび")
    ring = {"type": "ring", "x": 0.5, "y": 0.25, "r": 0.1, "text": decomposed}
    images = [{"exam": exam, "name": f"{number}.jpg", "marks": [ring] if number else []} for number in (1, 0)]
    body = {"subject": f"  {decomposed} ", "body": decomposed, "exams": [exam], "images": images}
    filed = world.call("aoba-nurse", "POST", "/requests", {**body, "files": ["b.pdf", "a.pdf"], "urgency": "urgent"})
    assert filed.status_code == 201
    shown = world.call("aoba-nurse", "GET", f"/requests/{filed.get_json()['id']}").get_json()
    assert filed.get_json() == shown
    assert shown["subject"] == "がぞうに みどりの おび"
    assert (shown["exams"], shown["files"]) == ([exam], ["a.pdf", "b.pdf"])


def test_so_is_the_answer_to_a_filing_for_a_caller(world: World) -> None:
    called = {"subject": "It shows bands", "facility": "aoba", "channel": "phone", "caller": "Ms Sato"}
    filed = world.call("repair1", "POST", "/requests", called)
    assert filed.status_code == 201
    shown = world.call("aoba-nurse", "GET", f"/requests/{filed.get_json()['id']}").get_json()
    assert filed.get_json() == shown
    assert (shown["channel"], shown["caller"], shown["filed_by"]) == ("phone", "Ms Sato", "repair1")
