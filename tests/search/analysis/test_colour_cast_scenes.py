"""On mucosa as a processor shows it a green band is found however it lies, and what only looks like one is none."""

from dataclasses import replace
from itertools import product

import pytest

from search.analysis.colour_cast import measure
from tests.search.analysis.scenes import COLOURS, LAYOUTS, TROUBLES, Band, Scene, drawn, scenes

SEED = 7
"""Of scenes on which nothing was tuned; the shares are of benchmarks/colour_cast.py, where more are drawn."""
COUNT = 24

PLAIN = Scene(seed=84, layout="circle")
CLEAR = Band(lean=0, width=0.08, strength=40)


@pytest.mark.parametrize("from_axis", [0, 90], ids=["upright", "level"])
@pytest.mark.parametrize("lean", [-30, -22, -13, -6, 0, 3, 11, 17, 28, 45])
def test_a_band_is_found_at_any_angle_with_the_width_it_has(lean: float, from_axis: float) -> None:
    finding = measure(drawn(replace(PLAIN, layout="full", band=replace(CLEAR, lean=from_axis + lean))))
    assert finding.suspected
    assert 0.06 < finding.band < 0.2


@pytest.mark.parametrize(("layout", "colour"), list(product(LAYOUTS, COLOURS)))
def test_a_band_is_found_in_every_layout_and_shade_of_green(layout: str, colour: str) -> None:
    assert measure(drawn(replace(PLAIN, layout=layout, band=replace(CLEAR, lean=14, colour=colour)))).suspected


@pytest.mark.parametrize(("layout", "trouble"), list(product(LAYOUTS, ("", *TROUBLES))))
def test_what_is_no_band_is_none(layout: str, trouble: str) -> None:
    """Above all the edge of a full view beside the black column of its captions."""
    assert not measure(drawn(replace(PLAIN, layout=layout, troubles=frozenset({trouble} - {""})))).suspected


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_band_is_found_behind_what_makes_it_hard_to_see(trouble: str) -> None:
    assert measure(drawn(replace(PLAIN, troubles=frozenset({trouble}), band=replace(CLEAR, lean=-20)))).suspected


@pytest.mark.parametrize(("strength", "share"), [(25, 0.8), (40, 0.9), (70, 0.9)])
def test_most_bands_are_found_among_everything_at_once(strength: float, share: float) -> None:
    found = [measure(drawn(scene)).suspected for scene in scenes(SEED, COUNT, strength)]
    assert sum(found) >= share * COUNT


def test_hardly_a_clean_picture_is_suspected() -> None:
    assert sum(measure(drawn(scene)).suspected for scene in scenes(SEED, COUNT, None)) <= 1
