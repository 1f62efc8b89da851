"""SHA-256 of uploads on their way: kept in memory where this process took every byte, read back where it did not."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from vault.store.records import Blob

MOST = 512


class Running:
    """The running digest of uploads by id, each with how many bytes it has taken; the oldest is forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, upload_id: str, offset: int) -> Any:
        """A digest of the first `offset` bytes, to go on with; None where this process has not seen them."""
        if not offset:
            return hashlib.sha256()
        with self._lock:
            taken, digest = self._kept.get(upload_id, (-1, None))
        return digest.copy() if taken == offset else None

    def keep(self, upload_id: str, offset: int, digest: Any) -> None:
        """`digest` has taken `offset` bytes that are durable."""
        with self._lock:
            self._kept[upload_id] = offset, digest.copy()
            self._kept.move_to_end(upload_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """The upload has ended."""
        with self._lock:
            self._kept.pop(upload_id, None)


def of_blobs(blobs: Iterable[Blob]) -> str:
    """SHA-256 (hex) of blobs put together, read back and verified; Damaged."""
    digest = hashlib.sha256()
    for blob in blobs:
        for piece in blob.read_range(0, blob.size):
            digest.update(piece)
    return digest.hexdigest()


running = Running()
"""Of this process."""
