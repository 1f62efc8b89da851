"""
The straight band that stands out most in a view, at whatever angle it lies.

Along parallel lines of each angle the greenness is summed, which makes of the view one profile: a band is a run of
lines that is greener than its neighbours on both sides. What looks like one is then cut across into pieces, and nearly
all must stand out by themselves, so that a pool or a fold that fills part of the lines is none.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from search.analysis.view import Mask, Plane, View

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

TURNS: Final = tuple(range(0, 180, 5))
FINER: Final = (2.5, 1.25)
"""In degrees: the angles that are asked, and by how much the best of them are then turned."""
TRIED: Final = 6
"""So many of the best angles are looked at along the band."""
WIDTHS: Final = (3, 5, 8, 13, 21, 34, 50)
SIDE: Final = 10
SOFT: Final = 1
"""In points of the view: how wide a band may be, its neighbours on either side, and the edge between them."""
STEP: Final = 8.0
"""By so much (of 255) a band is greener than either neighbour."""
LIMIT: Final = 30.0
"""In a sum more than this counts as this, so that a small thing of a strong colour does not pass for a weak band."""
LINE: Final = 0.35
"""A line is asked only if it has points that count for this share of the view's diagonal."""
LINES: Final = 3
"""With fewer such lines there is no neighbour."""
PIECES: Final = 16
CROSSES: Final = 0.87
EVEN: Final = 0.4
"""Of so many pieces this share must stand out by this share of STEP, and of the middle piece's own step."""
KNOWN: Final = 0.5
"""This share of the pieces must have points that count, in the band and beside it."""
FEW: Final = 4
"""A piece with fewer points than this says nothing."""
OWN_GREEN: Final = 8.0
"""A band at the view's rim has one neighbour only, so it must also have so much more green than red and blue."""
SMALLEST: Final = 400
"""A view of fewer points is not asked."""


@dataclass(frozen=True)
class Band:
    """From offset `start` to `stop` on the axis `turn` degrees from level; it is greener by `step` (of 255)."""

    turn: float
    start: float
    stop: float
    step: float

    def share(self, height: int, width: int) -> float:
        """Of the picture's width, or of its height if it lies nearer to level."""
        across, down = abs(np.cos(np.radians(self.turn))), abs(np.sin(np.radians(self.turn)))
        thick = self.stop - self.start
        return float(thick / across / width if across >= down else thick / down / height)


@dataclass(frozen=True)
class _Profile:
    """Line by line at one angle: the sum of greenness and the number of points; line 0 lies at offset `first`."""

    first: int
    sums: Numbers
    counts: Numbers


@dataclass(frozen=True)
class _Points:
    """The points that count, one after the other; `line` is how many make a line long enough."""

    across: Plane
    down: Plane
    greener: Plane
    excess: Plane
    line: float

    @classmethod
    def of(cls, view: View) -> Self:
        down, across = np.nonzero(view.says)
        line = LINE * float(np.hypot(np.ptp(down), np.ptp(across)))
        places = across.astype(np.float32), down.astype(np.float32)
        return cls(*places, view.greener[view.says], view.excess[view.says], line)

    def offsets(self, turn: float) -> Plane:
        lean = np.radians(turn)
        return np.asarray(self.across * np.float32(np.cos(lean)) + self.down * np.float32(np.sin(lean)), np.float32)

    def profile(self, turn: float, limit: float) -> _Profile:
        offsets = self.offsets(turn)
        first = int(np.floor(offsets.min()))
        lines = (offsets - first).astype(np.int64)
        counts = np.bincount(lines).astype(np.float64)
        sums = np.bincount(lines, np.clip(self.greener, -limit, limit))
        return _Profile(first, np.where(counts < self.line, 0, sums), np.where(counts < self.line, 0, counts))


def strongest(view: View) -> Band | None:
    """The band with the highest step, of those that cross the view."""
    if view.says.sum() < SMALLEST:
        return None
    points = _Points.of(view)
    for band in sorted((_best(points, turn) for turn in TURNS), key=lambda one: -one.step)[:TRIED]:
        if band.step < STEP / 2:
            break
        turned = _turned(points, band)
        fitted = _fitted(points.profile(turned.turn, np.inf), turned)
        if fitted.step >= STEP and _crosses(points, fitted):
            return fitted
    return None


def _turned(points: _Points, band: Band) -> Band:
    """The same, at the angle near by that fits best."""
    for by in FINER:
        band = max(band, _best(points, band.turn - by), _best(points, band.turn + by), key=lambda one: one.step)
    return band


def _best(points: _Points, turn: float) -> Band:
    """The run of lines of this angle that stands out most from its neighbours; a `step` of −inf where none can."""
    profile, around = points.profile(turn, LIMIT), SIDE + SOFT
    sums, counts = (
        np.concatenate((np.zeros(around + 1), part, np.zeros(around))).cumsum()
        for part in (profile.sums, profile.counts)
    )
    best = Band(turn, 0, 0, -np.inf)
    for width in WIDTHS:
        start = np.arange(around, len(sums) - around - width)
        if not len(start):
            break
        stop = start + width
        inside = _mean(sums, counts, start, stop, 0.9 * width * points.line)
        least = LINES * points.line
        left = _mean(sums, counts, start - around, start - SOFT, least)
        right = _mean(sums, counts, stop + SOFT, stop + around, least)
        step = np.nan_to_num(inside - np.fmax(left, right), nan=-np.inf)
        at = int(step.argmax())
        if step[at] > best.step:
            begins = float(profile.first + start[at] - around)
            best = Band(turn, begins, begins + width, float(step[at]))
    return best


def _mean(sums: Numbers, counts: Numbers, start: Places, stop: Places, least: float) -> Numbers:
    """Of the points between lines, from running sums; NaN where there are fewer than `least`."""
    count = counts[stop] - counts[start]
    return np.where(count >= least, (sums[stop] - sums[start]) / np.maximum(count, 1), np.nan)


def _crosses(points: _Points, band: Band) -> bool:
    """Whether it stands out from rim to rim."""
    offsets, along = points.offsets(band.turn), points.offsets(band.turn + 90)
    within = (offsets >= band.start) & (offsets < band.stop)
    begin, end = along[within].min(), along[within].max()
    pieces = np.floor((along - begin) / (end - begin + 1) * PIECES).astype(np.int64)

    def means(low: float, high: float) -> Numbers:
        return _by_piece(points.greener, pieces, (offsets >= low) & (offsets < high))

    inside = means(band.start, band.stop)
    left = means(band.start - SOFT - SIDE, band.start - SOFT)
    right = means(band.stop + SOFT, band.stop + SOFT + SIDE)
    if max(np.isnan(left).mean(), np.isnan(right).mean()) > KNOWN and points.excess[within].mean() < OWN_GREEN:
        return False
    steps = inside - np.fmax(left, right)
    steps = steps[~np.isnan(steps)]
    if len(steps) < KNOWN * PIECES:
        return False
    return bool((steps >= EVEN * max(STEP, float(np.median(steps)))).mean() >= CROSSES)


def _by_piece(values: Plane, pieces: Places, chosen: Mask) -> Numbers:
    """The mean of each piece; NaN where it has too few points."""
    chosen = chosen & (pieces >= 0) & (pieces < PIECES)
    counts = np.bincount(pieces[chosen], minlength=PIECES)
    sums = np.bincount(pieces[chosen], values[chosen], minlength=PIECES)
    return np.where(counts >= FEW, sums / np.maximum(counts, 1), np.nan)


def _fitted(profile: _Profile, band: Band) -> Band:
    """The same from edge to edge: where the profile is half-way down to the higher neighbour."""
    asked = profile.counts > 0
    means = np.where(asked, profile.sums / np.maximum(profile.counts, 1), -np.inf)
    start, stop = int(band.start) - profile.first, int(band.stop) - profile.first
    high = float(means[start:stop].max())
    sides = (slice(max(start - SIDE - SOFT, 0), max(start - SOFT, 0)), slice(stop + SOFT, stop + SOFT + SIDE))
    floor = max(float(np.median(means[side][asked[side]])) for side in sides if asked[side].sum() >= LINES)
    middle, low = start + int(means[start:stop].argmax()), np.flatnonzero(means < (floor + high) / 2)
    before, after = low[low < middle], low[low > middle]
    # A line at an edge is partly band: as much as it is greener than the neighbour.
    lines = np.clip((means - floor) / max(high - floor, 1e-6), 0, 1)
    begins = before[-1] + 1 - lines[before[-1]] if len(before) else 0
    ends = after[0] + lines[after[0]] if len(after) else len(means)
    return Band(band.turn, profile.first + float(begins), profile.first + float(ends), band.step)
