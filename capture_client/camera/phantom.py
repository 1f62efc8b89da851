"""
A phantom: an endoscopy-like exam made by computing, as a video with frozen pictures or as JPEG stills.

`python -m capture_client.camera.phantom OUT.mp4 --stills N [--green-band] [--seed S]` writes a video in which the
freeze button is pressed N times. Used by the demo, by seeds and by tests; the same seed gives the same pictures.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from capture_client.camera import mucosa
from capture_client.errors import Unavailable

Frame = NDArray[np.uint8]
RATE = 25
MOVING, FROZEN = 18, 20  # frames between presses of the button, and while it is down
BEGAN = datetime(2026, 11, 23, 14, 0, tzinfo=timezone(timedelta(hours=9)))


@dataclass(frozen=True)
class Exam:
    """What caption and picture show; `green_band` is a fault of the scope's sensor, `size` width and height."""

    patient_id: str = "P-0001"
    kind: str = "colonoscopy"
    scope_model: str = "KV-290"
    scope_serial: str = "2210457"
    began: datetime = BEGAN
    green_band: bool = False
    seed: int = 0
    size: tuple[int, int] = (1280, 720)


def frames(exam: Exam, presses: int) -> Iterator[Frame]:
    """Moving frames with `presses` frozen stretches in between; ends moving."""
    number = 0
    for _ in range(presses):
        for _ in range(MOVING):
            yield picture(exam, number)
            number += 1
        still = picture(exam, number, frozen=True)
        for _ in range(FROZEN):
            yield still
        number += FROZEN
    for _ in range(MOVING):
        yield picture(exam, number)
        number += 1


def film(exam: Exam, path: Path, presses: int) -> None:
    """Write the video; the name's ending chooses the container. Raises Unavailable without an encoder."""
    code = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), code, RATE, exam.size)
    if not writer.isOpened():
        raise Unavailable("bad_frame_source", source=path)
    for frame in frames(exam, presses):
        writer.write(frame)
    writer.release()


def stills(exam: Exam, count: int, quality: int = 90) -> list[bytes]:
    """`count` different frozen pictures of one exam as JPEG, without a video in between."""
    made = []
    for number in range(count):
        encoded, jpeg = cv2.imencode(
            ".jpg", picture(exam, number * 37, frozen=True), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
        if not encoded:
            raise Unavailable("bad_frame_source", source="JPEG")
        made.append(jpeg.tobytes())
    return made


def picture(exam: Exam, number: int, *, frozen: bool = False) -> Frame:
    """Frame `number` as the processor shows it: the scope's view in its mask beside the caption; BGR."""
    width, height = exam.size
    view = mucosa.see(_wall(exam.seed), _pose(exam.seed, number / RATE), height * 14 // 15, height * 14 // 15)
    if exam.green_band:
        view = _banded(view, exam.seed)
    shown = np.full((height, width, 3), 6, np.uint8)
    edge = view.shape[0]
    top, left = (height - edge) // 2, width - edge - height // 20
    mask = _mask(edge)
    shown[top : top + edge, left : left + edge] = (view * mask + 6 * (1 - mask)).astype(np.uint8)
    # Sensor noise moves with every frame and stands still when the processor repeats one.
    noise = np.random.default_rng((exam.seed, number)).normal(0, 2.2, (height // 2, width // 2))
    grain = cv2.merge([cv2.resize(noise, (width, height)).astype(np.float32)] * 3)
    shown = cv2.add(shown, grain, dtype=cv2.CV_8U).astype(np.uint8)
    return _captioned(shown, exam, number, frozen, left)


@lru_cache(maxsize=4)
def _wall(seed: int) -> mucosa.Wall:
    return mucosa.grow(seed)


def _pose(seed: int, at: float) -> mucosa.Pose:
    """A hand that pulls the scope back, sways and breathes; `at` in seconds."""
    phase = 2.4 * (seed % 97)
    return mucosa.Pose(
        x=float(0.5 + 0.13 * np.sin(2.3 * at + phase) + 0.03 * np.sin(7.1 * at)),
        y=float(0.5 + 0.11 * np.cos(1.9 * at + 2 * phase) + 0.02 * np.sin(8.3 * at)),
        depth=0.24 * at + 0.01 * phase,
        turn=float(0.06 * np.sin(0.5 * at + phase)) + 0.13 * phase,
        light=float(1 + 0.05 * np.sin(1.3 * at)),
    )


@lru_cache(maxsize=4)
def _mask(edge: int) -> NDArray[np.float32]:
    """A circle cut off above and below, as scopes show it; soft at its rim; 1 inside."""
    drawn = np.zeros((edge, edge), np.uint8)
    cv2.circle(drawn, (edge // 2, edge // 2), edge * 53 // 100, 255, -1, cv2.LINE_AA)
    drawn[:, : edge // 60] = drawn[:, -(edge // 60) :] = 0
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.9)[..., None] / 255.0, np.float32)


def _banded(view: Frame, seed: int) -> Frame:
    """The view behind a green band, upright or slanting, as a broken sensor line gives it."""
    edge = view.shape[0]
    across, down = np.meshgrid(np.arange(edge, dtype=np.float32), np.arange(edge, dtype=np.float32))
    lean = (0.0, 0.35, -0.45)[seed % 3]
    centre = edge * (0.40 + 0.05 * (seed % 5)) + lean * (down - edge / 2)
    inside = np.clip((0.055 * edge - np.abs(across - centre)) / 4 + 0.5, 0, 1)[..., None]
    lines = (0.78 + 0.22 * ((across.astype(np.int32) // 3) % 2))[..., None]
    grey = view.mean(axis=2, keepdims=True)
    green = np.concatenate([0.28 * grey + 12, 0.75 * grey + 85 * lines, 0.22 * grey + 8], axis=2)
    return np.asarray(np.clip(view + (green - view) * 0.82 * inside, 0, 255), np.uint8)


def _captioned(shown: Frame, exam: Exam, number: int, frozen: bool, room: int) -> Frame:
    """Write what processors write at the left edge; `room` is how many pixels there are beside the view."""
    height = shown.shape[0]
    size = max(9, min(height // 32, room // 15))
    at = exam.began + timedelta(seconds=number / RATE)
    lines = [
        f"ID: {exam.patient_id}", "", f"{at:%Y/%m/%d}", f"{at:%H:%M:%S}", "", exam.kind[:16], exam.scope_model,
        f"SN {exam.scope_serial}", "", "Eh:A5  Cm:1", f"F: {number:05d}", "", "FREEZE" if frozen else "",
    ]  # fmt: skip
    canvas = Image.fromarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(canvas).multiline_text(
        (size, height // 12), "\n".join(lines), (214, 220, 214), font, spacing=size // 2
    )
    return cv2.cvtColor(np.asarray(canvas), cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)


def main(arguments: list[str] | None = None) -> None:
    """Write one phantom video."""
    parser = argparse.ArgumentParser(prog="python -m capture_client.camera.phantom", description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stills", type=int, default=4, help="how often the freeze button is pressed")
    parser.add_argument("--green-band", action="store_true", help="the sensor has a broken line")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--patient", default=Exam.patient_id)
    parser.add_argument("--kind", default=Exam.kind)
    parser.add_argument("--scope-model", default=Exam.scope_model)
    parser.add_argument("--scope-serial", default=Exam.scope_serial)
    parser.add_argument("--size", default="1280x720", help="WIDTHxHEIGHT")
    given = parser.parse_args(arguments)
    width, height = (int(part) for part in given.size.split("x"))
    exam = Exam(
        given.patient, given.kind, given.scope_model, given.scope_serial,
        green_band=given.green_band, seed=given.seed, size=(width, height),
    )  # fmt: skip
    film(exam, given.out, given.stills)


if __name__ == "__main__":
    main()
