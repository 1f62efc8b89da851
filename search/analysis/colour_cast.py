"""The colour-cast analysis: bands across an image, or a whole image, that are greener than tissue ever is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

BAND_STEP = 25.0
"""By so much (of 255) a band's line is greener than the middle line of its image."""
BAND_SHARE = 0.02
"""A band takes at least this share of the image's height or width."""
WHOLE = 12.0
"""By so much green exceeds the mean of red and blue in an image that is green as a whole; tissue lies far below."""


@dataclass(frozen=True)
class Finding:
    """`band` is the share (0 to 1) of the height or width that the widest band takes; `cast` is of 255."""

    band: float
    cast: float

    @property
    def suspected(self) -> bool:
        return self.band >= BAND_SHARE or self.cast >= WHOLE


def measure(pixels: Pixels) -> Finding:
    """Look at one image: height × width × 3, blue, green, red."""
    blue, green, red = (pixels[:, :, channel].astype(np.float32) for channel in range(3))
    excess = green - (red + blue) / 2
    band = max(_widest(excess.mean(axis=1)), _widest(excess.mean(axis=0)))
    return Finding(band=round(band, 4), cast=round(float(np.median(excess)), 2))


def _widest(lines: NDArray[np.float32]) -> float:
    """The share of the longest run of neighbouring lines that stand out from the middle one."""
    stands_out = lines > np.median(lines) + BAND_STEP
    edges = np.flatnonzero(np.diff(np.concatenate(([False], stands_out, [False])).astype(np.int8)))
    return float((edges[1::2] - edges[::2]).max(initial=0)) / len(lines)
