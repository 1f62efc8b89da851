"""A copy opened: every file of its discs in a folder, decrypted, parts joined, each compared with its digest."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from capture_client import durable
from capture_client.errors import CaptureError, Damaged
from capture_client.media.checking import joined, open_name
from capture_client.media.sets import CONTENTS, Labelled

Advance = Callable[[int], None]


def open_to(discs: list[Labelled], folder: Path, advance: Advance) -> tuple[int, list[str]]:
    """
    Write each disc to a folder of its own below `folder`; → (files written, those that are not whole).

    A file that comes in parts is also put together, beside its first part, once all of them are there.
    """
    written, broken = 0, []
    parts: dict[tuple[str, str], list[tuple[Labelled, dict[str, Any]]]] = {}
    for one in discs:
        known = {str(line["path"]): line for line in one.lines(CONTENTS)}
        for path in one.sums():
            plain = open_name(one, path)
            line = known.get(plain, {})
            if line.get("parts", 1) > 1:
                key = str(line.get("exam", "")), str(line.get("name") or line.get("file"))
                parts.setdefault(key, []).append((one, line))
            whole = line.get("sha256") if line.get("parts") == 1 else None
            written += 1
            if not _put(place_of(folder, one, plain), one.content(plain), whole, advance):
                broken.append(f"{one.number}: {plain}")
    for (_, name), pieces in parts.items():
        if len(pieces) == pieces[0][1]["parts"]:
            first = min(pieces, key=lambda piece: int(piece[1]["part"]))
            target = _without_part(place_of(folder, first[0], str(first[1]["path"])))
            if not _put(target, joined(pieces), first[1]["sha256"], lambda _: None):
                broken.append(name)
    return written, broken


def place_of(folder: Path, one: Labelled, path: str) -> Path:
    """Where a file of a disc is written to."""
    return folder / f"disc-{one.number:03d}" / path


def _put(place: Path, chunks: Iterator[bytes], sha256: str | None, advance: Advance) -> bool:
    """Whether the file stands there whole; what is not whole is not there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    waiting = place.with_name(place.name + durable.PART)
    try:
        digest, _ = durable.put_down(waiting, _counted(chunks, advance))
        if sha256 not in (None, digest):
            raise Damaged(file=place)
    except CaptureError:
        waiting.unlink(missing_ok=True)
        return False
    waiting.replace(place)
    return True


def _counted(chunks: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        advance(len(chunk))


def _without_part(path: Path) -> Path:
    """`i00001_mp4.001` is `i00001.mp4` once it is put together."""
    stem, _, ending = path.stem.rpartition("_")
    return path.with_name(f"{stem}.{ending}")
