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
