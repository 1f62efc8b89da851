"""
The colour-cast analysis: a band across an image, or a whole image, that is greener than tissue ever is.

Found are straight bands of any angle that go from rim to rim of the endoscope's view; screen, captions and highlights
have no say. Not seen: a band narrower than 2 % or wider than a quarter of the image; one that is bent or ends inside
the view; one of a colour without green (magenta, blue, grey); one that lies along the rim and is no greener than grey;
fine stripes all over; a band that adds less green than about 15 of 255. Bile that lies straight across the view may
pass for a band, and light that is greenish (dye, some narrow-band settings) for a cast of the whole image.
"""

from dataclasses import dataclass

import numpy as np

from search.analysis import bands
from search.analysis.view import Pixels, View

__all__ = ["Finding", "Pixels", "measure"]

BAND_SHARE = 0.02
"""A band takes at least this share of the image's height or width."""
WHOLE = 12.0
"""By so much green exceeds the mean of red and blue in an image that is green as a whole; tissue lies far below."""


@dataclass(frozen=True)
class Finding:
    """`band` is the share (0 to 1) of the height or width that the strongest band takes; `cast` is of 255."""

    band: float
    cast: float

    @property
    def suspected(self) -> bool:
        return self.band >= BAND_SHARE or self.cast >= WHOLE


def measure(pixels: Pixels) -> Finding:
    """Look at one image: height × width × 3, blue, green, red."""
    view = View.of(pixels)
    if not view.says.any():
        return Finding(band=0.0, cast=0.0)
    band = bands.strongest(view)
    share = band.share(*view.says.shape) if band else 0.0
    return Finding(band=round(share, 4), cast=round(float(np.median(view.excess[view.says])), 2))
