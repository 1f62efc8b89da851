"""
A still as JPEG with its management data inside: standard EXIF for any viewer, and a comment for us.

The comment (COM segment) is UTF-8 JSON that begins with {"kura":1. It is put in between the encoder's own
segments, so the picture is encoded once.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from capture_client import clock
from capture_client.errors import Invalid

QUALITY = 92
SOI, APP1, COM, SOS = b"\xff\xd8", 0xE1, 0xFE, 0xDA
MARK = b'{"kura":1,'
EXIF_DESCRIPTION, EXIF_MODEL, EXIF_SOFTWARE, EXIF_TIME = 0x010E, 0x0110, 0x0131, 0x0132
EXIF_IFD, EXIF_TAKEN, EXIF_OFFSET, EXIF_SERIAL = 0x8769, 0x9003, 0x9011, 0xA431


@dataclass(frozen=True)
class Management:
    """Whose picture it is, of which exam, when and with what; the time is aware."""

    exam: str
    patient_id: str
    kind: str
    performed_at: datetime
    captured_at: datetime
    name: str
    scope_model: str = ""
    scope_serial: str = ""
    person: str = ""


def encode(frame: NDArray[np.uint8], data: Management) -> bytes:
    """A frame (height × width × 3, BGR) as a JPEG that says whose it is."""
    encoded, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not encoded:
        raise Invalid("wrong_answer", detail="JPEG")
    return embed(jpeg.tobytes(), data)


def embed(jpeg: bytes, data: Management) -> bytes:
    """The same picture with management data put in behind the start mark."""
    comment = MARK + json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":")).encode()[1:]
    return SOI + _segment(APP1, _exif(data)) + _segment(COM, comment) + jpeg[len(SOI) :]


def read(jpeg: bytes) -> Management | None:
    """The management data in a JPEG, or None when it holds none of ours."""
    for marker, content in _segments(jpeg):
        if marker == COM and content.startswith(MARK):
            try:
                found = json.loads(content)
                found.pop("kura")
                performed, captured = (clock.parse(found.pop(key)) for key in ("performed_at", "captured_at"))
                return Management(**found, performed_at=performed, captured_at=captured)
            except (ValueError, TypeError, KeyError, Invalid):
                return None
    return None


def _plain(data: Management) -> dict[str, str]:
    return asdict(data) | {"performed_at": clock.stamp(data.performed_at), "captured_at": clock.stamp(data.captured_at)}


def _exif(data: Management) -> bytes:
    exif = Image.Exif()
    taken = data.captured_at.strftime("%Y:%m:%d %H:%M:%S")
    exif[EXIF_DESCRIPTION], exif[EXIF_SOFTWARE], exif[EXIF_TIME] = data.kind, "kura-capture", taken
    exif[EXIF_MODEL] = data.scope_model
    exif.get_ifd(EXIF_IFD).update({EXIF_TAKEN: taken, EXIF_OFFSET: "+00:00", EXIF_SERIAL: data.scope_serial})
    return exif.tobytes()


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment before the picture data; stops at anything that is not one."""
    at = len(SOI)
    while jpeg.startswith(SOI) and at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != SOS:
        length: int = struct.unpack_from(">H", jpeg, at + 2)[0]
        yield jpeg[at + 1], jpeg[at + 4 : at + 2 + length]
        at += 2 + length
