"""The part of a picture that the endoscope sees, and how green each of its points is beside its own tissue."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

EDGE: Final = 192
"""Points on the longer side: a band of 2 % is four wide, and a picture of any size takes the same few milliseconds."""
BLACK: Final = 22
"""A point whose brightest colour is below this (of 255) is screen, or too dark to have a colour."""
BLOWN: Final = 235
"""A point whose darkest colour is above this is a highlight, white whatever lies under it."""
THIN: Final = 5
"""What is bright on fewer points across than this is a letter, not the view."""
STEEPEST: Final = 0.8
"""Green lost for each step of red over blue, at most; blood, the reddest there is, loses so much."""


@dataclass(frozen=True)
class View:
    """
    One picture, made small; where `says` is false a point has no colour that counts.

    `excess` is green over the mean of red and blue, of 255. `greener` is how far a point lies on the green side of the
    line from grey to the picture's middle tissue: light, wetness, shine and grey metal move a colour along that line.
    """

    excess: Plane
    greener: Plane
    says: Mask

    @classmethod
    def of(cls, pixels: Pixels) -> Self:
        """From height × width × 3: blue, green, red."""
        small = _small(pixels)
        brightest, darkest = small.max(axis=2), small.min(axis=2)
        says = _seen(brightest) & (brightest >= BLACK) & (darkest <= BLOWN)
        blue, green, red = cv2.split(cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32))
        excess = np.asarray(green - (red + blue) / 2, np.float32)
        return cls(excess, _greener(excess, np.asarray(red - blue, np.float32), says), says)


def _small(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = EDGE / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _seen(brightest: Pixels) -> Mask:
    """The largest bright part without what is thin, and all it surrounds: a dark lumen is part of the view."""
    bright = cv2.morphologyEx((brightest >= BLACK).astype(np.uint8), cv2.MORPH_OPEN, np.ones((THIN, THIN), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    seen = np.zeros(bright.shape, np.uint8)
    if outlines:
        cv2.fillConvexPoly(seen, cv2.convexHull(max(outlines, key=cv2.contourArea)), 1)
    return seen.astype(np.bool_)


def _greener(excess: Plane, red_over_blue: Plane, says: Mask) -> Plane:
    if not says.any():
        return np.zeros_like(excess)
    green, red = float(np.median(excess[says])), float(np.median(red_over_blue[says]))
    steep = min(max(-green / red, 0.0), STEEPEST) if red > 1 else 0.0
    beside = excess + steep * red_over_blue
    return np.asarray(beside - np.median(beside[says]), np.float32)
