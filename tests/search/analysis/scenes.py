"""
Labelled pictures for the colour-cast analysis: mucosa as a processor shows it, with or without a green band.

Walls and views are the phantom's; layouts, bands and what makes them hard to see or easy to mistake are made here. The
same scene is the same picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from capture_client.camera import mucosa
from search.analysis.colour_cast import Pixels

View = NDArray[np.float32]
SIZE: Final = (640, 512)
SMALL: Final = (320, 256)
"""The vault's small rendering, which is what the analysis is given."""
LAYOUTS: Final = ("full", "circle", "cut-corners", "beside-captions")
COLOURS: Final = {
    "green": (0.0, 1.0, 0.0),
    "yellow-green": (0.0, 1.2, 0.4),
    "blue-green": (0.4, 1.2, 0.0),
    "red-lost": (-0.4, 0.4, -0.8),
}
"""What a band of strength 1 adds to blue, green, red: each raises green over the mean of the others by 1."""
TROUBLES: Final = ("vignette", "shine", "blood", "bile", "shaft", "tint", "noise", "narrow-band light", "inset")
FROZEN_SHARE: Final = 0.5


@dataclass(frozen=True)
class Band:
    """A straight band: `lean` is its angle from upright in degrees, `width` and `place` are shares of the view."""

    lean: float
    width: float
    strength: float
    colour: str = "green"
    place: float = 0.5


@dataclass(frozen=True)
class Scene:
    """One labelled picture."""

    seed: int
    layout: str
    troubles: frozenset[str] = frozenset()
    band: Band | None = None


def scenes(seed: int, count: int, strength: float | None) -> Iterator[Scene]:
    """`count` scenes of everything; bands of this strength, or none, at any angle."""
    rng = np.random.default_rng((seed, int(strength or 0)))
    for number in range(count):
        troubles = frozenset(rng.choice(TROUBLES, rng.integers(0, 4), replace=False).tolist())
        band = None if strength is None else _band(rng, strength)
        yield Scene(seed * 100_000 + number, str(rng.choice(LAYOUTS)), troubles, band)


def _band(rng: np.random.Generator, strength: float) -> Band:
    """A third upright, a third level, a third leaning from either by up to 30 degrees."""
    upright, slant = 90.0 * rng.integers(0, 2), (0.0, 0.0, 1.0)[rng.integers(0, 3)] * rng.uniform(-30, 30)
    colour = str(rng.choice(list(COLOURS)))
    return Band(upright + slant, rng.uniform(0.03, 0.18), strength, colour, rng.uniform(0.25, 0.75))


def drawn(scene: Scene) -> Pixels:
    """The picture, as small as the vault's rendering, through JPEG as every still has been."""
    rng = np.random.default_rng(scene.seed)
    view = _lit(rng, scene)
    if scene.band:
        view = _banded(view, scene.band)
    if "noise" in scene.troubles:
        view = view + rng.normal(0, 9, view.shape).astype(np.float32)
    shown = _laid_out(rng, np.clip(view, 0, 255), scene)
    jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 95))])[1]
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return cv2.resize(decoded, SMALL, interpolation=cv2.INTER_AREA).astype(np.uint8)


@lru_cache(maxsize=16)
def _wall(seed: int) -> mucosa.Wall:
    return mucosa.grow(seed)


def _lit(rng: np.random.Generator, scene: Scene) -> View:
    """The wall as the scope sees it, with what lies on it and before it."""
    width, height = _view_size(scene.layout)
    x, y, depth, turn = rng.uniform((0.2, 0.2, 0, 0), (0.8, 0.8, 9, 1))
    pose = mucosa.Pose(x, y, depth, turn, rng.uniform(0.7, 1.1))
    view = mucosa.see(_wall(scene.seed // 12), pose, width, height).astype(np.float32)
    for trouble, lay in _ON_THE_VIEW.items():
        if trouble in scene.troubles:
            view = lay(rng, view)
    return view


def _view_size(layout: str) -> tuple[int, int]:
    width, height = SIZE
    return {"full": (width, height), "beside-captions": (width * 4 // 5, height)}.get(layout, (height, height))


def _vignette(rng: np.random.Generator, view: View) -> View:
    down, across = np.mgrid[-1 : 1 : view.shape[0] * 1j, -1 : 1 : view.shape[1] * 1j]
    return np.asarray(view * (1 - rng.uniform(0.3, 0.5) * (down**2 + across**2))[..., None], np.float32)


def _shine(rng: np.random.Generator, view: View) -> View:
    made = view.copy()
    for _ in range(rng.integers(10, 40)):
        at = tuple(int(v) for v in rng.uniform((0, 0), view.shape[1::-1]))
        axes = tuple(int(v) for v in rng.integers(2, 14, 2))
        cv2.ellipse(made, at, axes, rng.uniform(0, 180), 0, 360, (250, 255, 253), -1, cv2.LINE_AA)
    return made


def _blots(rng: np.random.Generator, view: View, share: float) -> View:
    """Soft-edged, irregular patches over about this share of the view; 0 to 1."""
    coarse = rng.normal(0, 1, (5, 6)).astype(np.float32)
    smooth = cv2.resize(coarse, view.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip((smooth - np.quantile(smooth, 1 - share)) * 5, 0, 1)[..., None], np.float32)


def _covered(rng: np.random.Generator, view: View, colour: tuple[float, float, float]) -> View:
    """Pools of a liquid that lets some of the wall through."""
    light = view.mean(axis=2, keepdims=True) / 110
    pools = _blots(rng, view, rng.uniform(0.1, 0.5)) * rng.uniform(0.5, 0.9)
    return np.asarray(view + (np.asarray(colour, np.float32) * light - view) * pools, np.float32)


def _blood(rng: np.random.Generator, view: View) -> View:
    return _covered(rng, view, (22, 24, 128))


def _bile(rng: np.random.Generator, view: View) -> View:
    return _covered(rng, view, (40, 150, 165))


def _shaft(rng: np.random.Generator, view: View) -> View:
    """The grey shaft of an instrument, from the rim to somewhere in the view."""
    height, width = view.shape[:2]
    made, start = view.copy(), (int(rng.uniform(0, width)), height)
    end = tuple(int(v) for v in rng.uniform((0.2 * width, 0.1 * height), (0.8 * width, 0.6 * height)))
    thick = int(rng.uniform(0.05, 0.12) * height)
    cv2.line(made, start, end, (138, 142, 140), thick, cv2.LINE_AA)
    cv2.line(made, start, end, (205, 210, 208), thick // 3, cv2.LINE_AA)
    return made


def _tint(rng: np.random.Generator, view: View) -> View:
    """A white balance that is a little off."""
    return np.asarray(view * rng.uniform(0.9, 1.1, 3), np.float32)


def _narrow_band_light(rng: np.random.Generator, view: View) -> View:
    """Blue light on blue and green, green light on red: brown walls, vessels towards cyan."""
    blue, green, _ = cv2.split(view)
    return np.asarray(np.stack([0.95 * blue, blue, rng.uniform(0.95, 1.2) * green], axis=2), np.float32)


_ON_THE_VIEW: Final = {
    "blood": _blood,
    "bile": _bile,
    "shaft": _shaft,
    "shine": _shine,
    "narrow-band light": _narrow_band_light,
    "tint": _tint,
    "vignette": _vignette,
}


def _banded(view: View, band: Band) -> View:
    """The view with the band added to it, its edges a few pixels soft."""
    height, width = view.shape[:2]
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    lean = np.radians(band.lean)
    off = (across - width / 2) * np.cos(lean) + (down - height / 2) * np.sin(lean)
    extent = abs(width * np.cos(lean)) + abs(height * np.sin(lean))
    inside = np.clip((band.width * extent / 2 - np.abs(off - (band.place - 0.5) * extent)) / 3 + 0.5, 0, 1)
    added = band.strength * np.array(COLOURS[band.colour])
    return np.asarray(view + added * inside[..., None], np.float32)


def _laid_out(rng: np.random.Generator, view: View, scene: Scene) -> Pixels:
    """The view in its mask on the processor's black screen, beside the captions."""
    width, height = SIZE
    shown = np.full((height, width, 3), 6, np.float32)
    left = width - view.shape[1]
    shown[:, left:] = view * _mask(scene.layout, view.shape[0], view.shape[1])
    shown[:, left:] += 6 * (1 - _mask(scene.layout, view.shape[0], view.shape[1]))
    screen = shown.astype(np.uint8)
    if left and "inset" in scene.troubles:
        edge = left - 12
        screen[-edge - 6 : -6, 6 : 6 + edge] = cv2.resize(view, (edge, edge), interpolation=cv2.INTER_AREA)
    lines = ["ID P-0001", "2026/11/23", "14:05:11", "KV-290", "Eh:A5 Cm:1"]
    lines += ["FREEZE"] * int(rng.random() < FROZEN_SHARE)
    for number, line in enumerate(lines):
        cv2.putText(screen, line, (6, 40 + 24 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (214, 220, 214), 1, cv2.LINE_AA)
    return screen


@lru_cache(maxsize=8)
def _mask(layout: str, height: int, width: int) -> View:
    drawn = np.full((height, width), 255, np.uint8)
    if layout == "circle":
        drawn[:] = 0
        cv2.circle(drawn, (width // 2, height // 2), height * 53 // 100, 255, -1, cv2.LINE_AA)
    if layout == "cut-corners":
        cut = height // 6
        for corner in ((0, 0), (width, 0), (0, height), (width, height)):
            ends = [corner, (abs(corner[0] - cut), corner[1]), (corner[0], abs(corner[1] - cut))]
            cv2.fillPoly(drawn, [np.array(ends, np.int32)], 0)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.9)[..., None] / 255.0, np.float32)
