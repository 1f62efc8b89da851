"""A video file or a capture device, as frames; and the frozen ones among them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from capture_client import clock
from capture_client.camera import freeze
from capture_client.errors import Unavailable

Frame = NDArray[np.uint8]
LOOKED_AT = (160, 120)  # differences are judged on a small grey picture: robust to noise, and quick
USUAL_RATE = 25.0


@dataclass(frozen=True)
class Shot:
    """A frozen frame (height × width × 3, BGR) and when it was seen."""

    frame: Frame
    at: datetime


@dataclass(frozen=True)
class Source:
    """`live`: a device, whose frames are as old as the clock; else a file whose frames count from `began`."""

    capture: cv2.VideoCapture
    live: bool
    began: datetime

    def frames(self) -> Iterator[tuple[Frame, datetime]]:
        """Every frame with its time, until the file ends or the device is gone."""
        rate = self.capture.get(cv2.CAP_PROP_FPS) or USUAL_RATE
        number = 0
        while True:
            there, frame = self.capture.read()
            if not there:
                return
            yield (
                frame.astype(np.uint8, copy=False),
                clock.now() if self.live else self.began + timedelta(seconds=number / rate),
            )
            number += 1


@contextmanager
def opened(name: str, began: datetime) -> Iterator[Source]:
    """Open a file by path or a device by number or path. Raises Unavailable when no picture can be had."""
    live = not Path(name).is_file()
    capture = cv2.VideoCapture(int(name)) if name.isdecimal() and live else cv2.VideoCapture(name)
    try:
        if not capture.isOpened():
            raise Unavailable("bad_frame_source", source=name)
        yield Source(capture, live, began)
    finally:
        capture.release()


def frozen(source: Source, rule: freeze.Rule) -> Iterator[Shot]:
    """The stills of a source: one for each press of the freeze button."""
    seen, before = freeze.Seen(), None
    for frame, at in source.frames():
        small = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), LOOKED_AT, interpolation=cv2.INTER_AREA)
        if before is not None:
            difference = float(np.mean(cv2.absdiff(small, before)))
            seen, still = freeze.look(seen, difference, float(np.std(small)), rule)
            if still:
                yield Shot(frame, at)
        before = small
