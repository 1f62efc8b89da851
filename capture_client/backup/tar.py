"""The files of a tar as it streams in: pieces go on as they came, as joining them costs more than their digests."""

import re
import tarfile
from collections.abc import Iterator

_PATH = re.compile(rb"(?:^|\n)\d+ path=([^\n]+)\n")
_LONGEST_EXTENDED = 1 << 20


def members(pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[memoryview]]]:
    """
    Name and content of each regular file, the content to be read before the next is asked for; what is left unread is
    passed over, as is anything else. Raises tarfile.TarError where the stream is no tar, or ends before the tar does.
    """
    stream, name = _Stream(pieces), ""
    while any(header := stream.whole(tarfile.BLOCKSIZE)):
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        content = stream.take(info.size)
        if info.type == tarfile.XHDTYPE:
            name = _path(stream, info.size)
        else:
            if info.isreg():
                yield name or info.name, content
            name = ""
            for _ in content:
                pass
        stream.whole(-info.size % tarfile.BLOCKSIZE)


def _path(stream: "_Stream", size: int) -> str:
    """The name that an extended header gives to the file behind it; empty where it says none."""
    if size > _LONGEST_EXTENDED:
        raise tarfile.ReadError("an extended header of that size")
    found = _PATH.search(stream.whole(size))
    return found[1].decode("utf-8", "surrogateescape") if found else ""


class _Stream:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def take(self, size: int) -> Iterator[memoryview]:
        """The next `size` bytes, in parts as they came."""
        while size:
            self._rest = self._rest or memoryview(next(self._pieces, b""))
            if not self._rest:
                raise tarfile.ReadError("the stream ended before the tar did")
            part, self._rest = self._rest[:size], self._rest[size:]
            size -= len(part)
            yield part

    def whole(self, size: int) -> bytes:
        """The next `size` bytes in one."""
        return b"".join(self.take(size))
