"""A whole exam as a tar, streamed: its images under their own names, every byte verified on the way."""

import tarfile
from collections.abc import Iterator, Sequence

from vault.exams.models import ExamImage
from vault.store.records import Blob

_BLOCK = 512
_END = bytes(2 * _BLOCK)


def size_of(images: Sequence[tuple[ExamImage, Blob]], mtime: int) -> int:
    """Bytes that `stream` will give."""
    bodies = sum(-(-blob.size // _BLOCK) * _BLOCK for _, blob in images)
    return bodies + sum(len(_header(image, mtime)) for image, _ in images) + len(_END)


def stream(images: Sequence[tuple[ExamImage, Blob]], mtime: int) -> Iterator[bytes]:
    """The tar (pax, UTF-8; all times `mtime`, seconds since 1970); Damaged ends it where an image is."""
    for image, blob in images:
        yield _header(image, mtime)
        yield from blob.read_range(0, blob.size)
        yield bytes(-blob.size % _BLOCK)
    yield _END


def _header(image: ExamImage, mtime: int) -> bytes:
    info = tarfile.TarInfo(image.name)
    info.size, info.mtime, info.mode = image.size, mtime, 0o644
    return info.tobuf(tarfile.PAX_FORMAT)
