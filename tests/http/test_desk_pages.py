"""What the desk and its administrator see on pages: what was answered is found again, and no link leads nowhere."""

import re

import pytest

from tests.http.world import World

ENGLISH = {"Accept-Language": "en"}


def page(world: World, login: str, path: str) -> str:
    answer = world.browser(login).get(path, headers=ENGLISH)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_what_a_department_answered_is_found_again_latest_first(world: World) -> None:
    for subject in ("緑色の帯 一", "緑色の帯 二"):
        assignment = world.assignment(world.request(subject=subject))
        assert subject not in page(world, "repair1", "/queue?view=answered")
        world.call("repair1", "POST", f"/assignments/{assignment}/claim")
        world.call("repair1", "POST", f"/assignments/{assignment}/answer", {"body": "代替機をお使いください。"})
        assert subject not in page(world, "repair1", "/queue")
    found = re.findall(r"緑色の帯 [一二]", page(world, "repair1", "/queue?view=answered"))
    assert list(dict.fromkeys(found)) == ["緑色の帯 二", "緑色の帯 一"]
    assert "緑色の帯 一" not in page(world, "clinical1", "/queue?view=answered")


def test_every_link_of_the_administrator_s_first_page_leads_somewhere(world: World) -> None:
    world.request()
    links = set(re.findall(r'<a [^>]*href="(/[^"#]*)"', page(world, "admin1", "/admin/")))
    assert len(links) > 5
    for link in links:
        answer = world.browser("admin1").get(link.replace("&amp;", "&"), follow_redirects=True)
        assert answer.status_code == 200, link


@pytest.mark.parametrize("path", ["/admin/", "/admin/health"])
def test_a_recovery_file_that_was_never_proved_is_no_green_light(world: World, path: str) -> None:
    """The pages say what `kura check` says."""
    shown = page(world, "admin1", path)
    assert "no copy has been proved to open yet" in shown
    assert "To be done" in shown
    assert "Nothing needs you" not in shown
