"""What a scope in a bowel would see, computed: folds, vessels, a dark lumen, wet highlights; the same for a seed."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
TEXTURE: Final = 1024  # pixels of the wall's texture, which repeats: across it once around, along it in depth
PALE: Final = np.array([0.52, 0.62, 0.98], np.float32)  # BGR of well lit mucosa
DEEP: Final = np.array([0.16, 0.20, 0.66], np.float32)  # BGR where light has gone through tissue
VESSEL: Final = np.array([0.20, 0.16, 0.52], np.float32)
FOLDS: Final = 5


@dataclass(frozen=True)
class Wall:
    """The unrolled wall of one patient's bowel, TEXTURE × TEXTURE, tileable: colour (BGR 0–1), height, wetness."""

    colour: Picture
    height: Picture
    wet: Picture


def grow(seed: int) -> Wall:
    """Make a wall; equal seeds give equal walls."""
    rng = np.random.default_rng(seed)
    blotches, grain, waves = cloud(rng, 2.6), cloud(rng, 1.3), cloud(rng, 2.9)
    vessels = _vessels(rng)
    along = np.arange(TEXTURE, dtype=np.float32)[:, None] / TEXTURE
    folds = 0.5 + 0.5 * np.cos(2 * np.pi * (FOLDS * along + 0.45 * waves))
    height = (1.5 * folds**3 + 0.22 * blotches + 0.03 * grain).astype(np.float32)
    tone = np.clip(0.62 + 0.18 * blotches + 0.05 * grain + 0.12 * (folds - 0.5), 0, 1)[..., None]
    colour = DEEP + (PALE - DEEP) * tone
    colour = colour + (VESSEL - colour) * (0.62 * vessels)[..., None]
    return Wall(colour.astype(np.float32), height, cloud(rng, 1.7))


def cloud(rng: np.random.Generator, roughness: float) -> Picture:
    """Tileable noise of mean 0 and deviation 1; a higher `roughness` is a smoother cloud (amplitude 1/f^roughness)."""
    frequency = np.hypot(np.fft.fftfreq(TEXTURE)[:, None], np.fft.rfftfreq(TEXTURE)[None, :])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((TEXTURE, TEXTURE))) / (frequency + 2 / TEXTURE) ** roughness
    field = np.fft.irfft2(spectrum, s=(TEXTURE, TEXTURE))
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def _vessels(rng: np.random.Generator) -> Picture:
    """Branching vessels, 0–1, drawn over the edges so that they tile."""
    drawn = np.zeros((3 * TEXTURE, 3 * TEXTURE), np.uint8)
    for _ in range(26):
        _branch(rng, drawn, rng.uniform(TEXTURE, 2 * TEXTURE, 2), rng.uniform(0, 2 * np.pi), rng.uniform(3.0, 5.5))
    tiles = drawn.reshape(3, TEXTURE, 3, TEXTURE).max(axis=(0, 2))
    return np.asarray(cv2.GaussianBlur(tiles, (0, 0), 1.4) / 255.0, np.float32)


def _branch(
    rng: np.random.Generator, drawn: NDArray[np.uint8], start: NDArray[np.float64], heading: float, width: float
) -> None:
    path, at = [start], start
    for _ in range(int(14 + 10 * width)):
        heading += rng.normal(0, 0.22)
        at = at + 7 * np.array([np.cos(heading), np.sin(heading)])
        path.append(at)
        if width > 1.4 and rng.random() < 0.09:
            _branch(
                rng, drawn, at, heading + rng.choice([-1, 1]) * rng.uniform(0.4, 0.9), width * rng.uniform(0.5, 0.7)
            )
        width *= 0.985
    shade = int(np.clip(70 + 36 * width, 0, 235))
    cv2.polylines(drawn, [np.round(path).astype(np.int32)], False, shade, max(1, round(width)), cv2.LINE_AA)


@dataclass(frozen=True)
class Pose:
    """Where the scope looks: the lumen's centre in the picture (0–1 each way), its depth and turn, and the light."""

    x: float
    y: float
    depth: float
    turn: float
    light: float = 1.0


def see(wall: Wall, pose: Pose, width: int, height: int) -> NDArray[np.uint8]:
    """The view down the bowel from `pose`: height × width × 3, BGR."""
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    right, under = (across - pose.x * width) / height, (down - pose.y * height) / height
    angle = np.arctan2(under, right)
    bulge = 1 + 0.16 * np.cos(3 * angle + 2.1 * pose.turn) + 0.09 * np.cos(2 * angle - pose.depth)
    radius = (np.hypot(right, under) / bulge + 0.012).astype(np.float32)
    u = np.asarray(((angle / (2 * np.pi) + pose.turn) % 1) * TEXTURE, np.float32)
    v = np.asarray(((0.15 / (radius + 0.03) + pose.depth) % 1) * TEXTURE, np.float32)
    colour, relief, wet = (_lookup(part, u, v) for part in (wall.colour, wall.height, wall.wet))
    slope = _slope(relief, radius)
    vignette = 1 - 0.5 * (((across - width / 2) / width) ** 2 + ((down - height / 2) / height) ** 2)
    near = (np.clip(1.75 * radius - 0.02, 0, 1.12) * vignette).astype(np.float32)
    lit = pose.light * near * np.clip(0.80 + 0.30 * slope, 0.12, 1.35)
    seen = colour * lit[..., None]
    return _developed(seen, _shine(slope, wet, near))


def _lookup(part: Picture, u: Picture, v: Picture) -> Picture:
    return np.asarray(cv2.remap(part, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32)


def _slope(relief: Picture, radius: Picture) -> Picture:
    """How much the wall turns towards the light, from the change of relief away from the lumen; about −1 to 1."""
    smooth = cv2.GaussianBlur(relief, (0, 0), 2.2)
    outward_x, outward_y = cv2.Sobel(radius, cv2.CV_32F, 1, 0), cv2.Sobel(radius, cv2.CV_32F, 0, 1)
    length = np.hypot(outward_x, outward_y) + 1e-6
    change = cv2.Sobel(smooth, cv2.CV_32F, 1, 0) * outward_x + cv2.Sobel(smooth, cv2.CV_32F, 0, 1) * outward_y
    return np.asarray(np.tanh(-1.6 * change / length), np.float32)


def _shine(slope: Picture, wet: Picture, near: Picture) -> Picture:
    """Wet highlights, 0–1: on slopes that face the light, broken up by how wet the wall is."""
    facing = np.clip(slope - 0.30, 0, 1) * np.clip(near - 0.35, 0, 1)
    spots = np.clip(facing * 3.0 + 0.42 * wet - 1.05, 0, 1)
    sharp = np.clip(spots * 4, 0, 1).astype(np.float32)
    return np.asarray(np.maximum(sharp, 0.5 * cv2.GaussianBlur(sharp, (0, 0), 3.0)), np.float32)


def _developed(seen: Picture, shine: Picture) -> NDArray[np.uint8]:
    white = np.array([0.97, 1.0, 1.0], np.float32)
    mixed = seen + (white - seen) * shine[..., None]
    glow = cv2.GaussianBlur(mixed, (0, 0), 1.0)
    return np.asarray(255 * np.power(np.clip(glow, 0, 1), 0.85), np.uint8)
