"""Pictures for the colour-cast analysis: tissue, and tissue with a green band."""

import numpy as np

from search.analysis.colour_cast import Pixels


def tissue(seed: int = 0, height: int = 240, width: int = 320) -> Pixels:
    """Something like mucosa: reddish, mottled, darker towards the edges."""
    noise = np.random.default_rng(seed).normal(0, 8, (height, width, 1))
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 - 0.5 * (down**2 + across**2)[:, :, None]
    pixels: Pixels = np.clip(np.array([90, 100, 190]) * light + noise, 0, 255).astype(np.uint8)
    return pixels


def banded(pixels: Pixels, rows: slice) -> Pixels:
    """The same with a green band over `rows`."""
    made = pixels.astype(np.int16)
    made[rows, :, 1] += 70
    return np.clip(made, 0, 255).astype(np.uint8)
