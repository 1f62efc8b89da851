"""The colour-cast analysis tells a green band or cast from tissue, however the light falls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis.colour_cast import measure
from tests.search.analysis.pictures import banded, tissue


@given(st.integers(0, 2**32 - 1))
def test_tissue_is_not_suspected(seed: int) -> None:
    assert not measure(tissue(seed)).suspected


@given(st.integers(0, 200), st.integers(8, 40), st.booleans())
def test_a_green_band_is_found_with_its_width(start: int, rows: int, upright: bool) -> None:
    pixels = banded(tissue(), slice(start, start + rows))
    finding = measure(pixels.transpose(1, 0, 2) if upright else pixels)
    assert finding.suspected
    assert finding.band == pytest.approx(min(rows, 240 - start) / 240, abs=0.01)


def test_an_image_that_is_green_as_a_whole_is_found() -> None:
    pixels = tissue()[:, :, [0, 2, 1]]
    finding = measure(np.ascontiguousarray(pixels))
    assert finding.suspected
    assert finding.cast > 12


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_grey_image_is_not_suspected(level: int) -> None:
    assert not measure(np.full((10, 10, 3), level, np.uint8)).suspected


def test_one_pixel_is_an_image_too() -> None:
    assert not measure(np.zeros((1, 1, 3), np.uint8)).suspected
