"""The provider's figures: charts with their tables, as CSV too, in a fixed number of statements."""

import csv
import io

import pytest

from tests.http.world import World

NAMES = ("ending", "filling", "nights", "months", "open")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_an_empty_installation_says_so_in_words(world: World, name: str, language: str) -> None:
    admin = world.browser("admin1")
    assert admin.get(f"/admin/figures?language={language}").status_code == 200
    page = admin.get(f"/admin/figures/{name}?language={language}")
    assert page.status_code == 200
    if name != "filling":
        assert '<svg class="plot"' not in page.text


def test_what_is_billed_and_paid_is_drawn_tabled_and_downloaded_alike(world: World) -> None:
    admin = world.browser("admin1")
    world.invoice()
    page = admin.get("/admin/figures/open?language=en").text
    assert "¥11,000" in page
    assert 'role="img" aria-label="1 invoice is open"' in page
    (row,) = rows_of(admin.get("/admin/figures/open.csv?language=en").get_data(as_text=True))
    assert (row["Facility"], row["Open amount"]) == ("青葉クリニック", "11000")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_facility_reads_its_own_figures(world: World, language: str) -> None:
    world.invoice()
    world.exam("aoba-capture1")
    own = world.browser("aoba-admin")
    for path in ("", "/own-nights", "/own-use", "/own-terms", "/own-months"):
        assert own.get(f"/figures{path}?language={language}").status_code == 200
    assert own.get("/figures/ending").status_code == 404
    ward = rows_of(own.get("/figures/own-terms.csv?language=en").get_data(as_text=True))
    assert [(one["Backup target"], one["First day"]) for one in ward] == [("ward", "2026-01-01")]


def test_a_table_is_searched_and_goes_on_page_by_page(world: World) -> None:
    admin = world.browser("admin1")
    assert "緑病院" in admin.get("/admin/figures/filling").text
    found = admin.get("/admin/figures/filling?q=aob&language=en").text
    assert "青葉クリニック" in found
    assert "緑病院" not in found
    assert "No facility matches" in admin.get("/admin/figures/filling?q=nowhere&language=en").text
    assert [row["Facility"] for row in rows_of(admin.get("/admin/figures/filling.csv?q=aob&language=en").text)] == [
        "青葉クリニック"
    ]
    assert admin.get("/admin/figures/filling?from=99999999999999").status_code == 200
    assert admin.get("/admin/figures/nothing").status_code == 404
    assert admin.get("/admin/figures/nothing.csv").status_code == 404


def test_what_an_area_held_is_told_at_the_end_of_each_month_up_to_what_it_holds_today(world: World) -> None:
    world.exam("aoba-capture1")
    held = world.call("aoba-nurse", "GET", "/area").get_json()["used"]
    rows = rows_of(world.browser("aoba-admin").get("/figures/own-use.csv?language=en").text)
    assert len(rows) == 12
    assert int(rows[-1]["Images of exams"]) == held
    assert int(rows[-2]["Images of exams"]) == 0


def test_another_facility_s_figures_are_its_own(world: World) -> None:
    world.invoice()
    stranger = world.browser("midori-admin")
    assert rows_of(stranger.get("/figures/own-terms.csv").text) == []
    assert {row["Billed"] for row in rows_of(stranger.get("/figures/own-months.csv?language=en").text)} == {"0"}
