"""The discs of one copy, put together: what each says of itself, and the files under the names they have when open."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capture_client.backup import receipt
from capture_client.errors import CaptureError, Damaged, Invalid, NotFound
from capture_client.media import sealed
from capture_client.media.discs import ABOUT, Disc, is_safe

SUMS, CONTENTS, RECEIPTS, KEYS = "sha256.txt", "contents.jsonl", "receipts.jsonl", "keys.json"
README = "readme.txt"
CLEAR = frozenset({SUMS, ABOUT, README})
KIND, SEALED = "kura-media-disc", ".enc"
CHUNK = 2**20


@dataclass(frozen=True)
class Labelled:
    """A disc with what it says of itself, and the key of its set where it is encrypted and that is known."""

    disc: Disc
    said: Mapping[str, Any]
    key: bytes | None = None

    @property
    def number(self) -> int:
        return int(self.said["disc"])

    @property
    def is_readable(self) -> bool:
        """Whether its files can be opened."""
        return self.said.get("encrypted") is None or self.key is not None

    def sums(self) -> dict[str, str]:
        """Digest of each file by its path on the disc; Damaged where the list is not the one that `disc.json` names."""
        content = b"".join(self.raw(SUMS))
        if hashlib.sha256(content).hexdigest() != self.said.get("sums"):
            raise Damaged(file=SUMS)
        lines = (line.partition("  ") for line in content.decode().splitlines())
        return {path: digest for digest, _, path in lines if is_safe(path)}

    def raw(self, path: str) -> Iterator[bytes]:
        """The bytes of a file as they lie on the disc; NotFound, Damaged."""
        with self.disc.open(path) as file:
            try:
                while part := file.read(CHUNK):
                    yield part
            except OSError as problem:
                raise Damaged(file=path) from problem

    def content(self, path: str) -> Iterator[bytes]:
        """The bytes of a file by the path that it has when it is open."""
        if self.said.get("encrypted") is None or path in CLEAR:
            yield from self.raw(path)
            return
        if self.key is None:
            raise Invalid("passphrase_needed")
        with self.disc.open(sealed_path(path)) as file:
            yield from sealed.opened(file, path, self.key)

    def lines(self, path: str) -> Iterator[dict[str, Any]]:
        """Each line of a list, as JSON; Damaged where it is none."""
        try:
            yield from map(json.loads, b"".join(self.content(path)).splitlines())
        except ValueError as problem:
            raise Damaged(file=path) from problem

    def keys(self) -> receipt.Keys:
        """The public keys that lie on the first disc."""
        said = json.loads(b"".join(self.content(KEYS)))
        return receipt.keys_in(said)


def labelled(disc: Disc, passphrase: str) -> Labelled:
    """The disc with its label; Damaged (`bad_disc`) where it has none that can be read."""
    try:
        with disc.open(ABOUT) as file:
            said = json.loads(file.read(65_536))
        if said["kind"] != KIND or not isinstance(said["set"], str) or not 1 <= int(said["disc"]) <= int(said["discs"]):
            raise ValueError(KIND)
    except (NotFound, ValueError, KeyError, TypeError) as problem:
        raise Damaged("bad_disc", file=disc.name) from problem
    encrypted = said.get("encrypted")
    key = sealed.key_of(passphrase, encrypted) if encrypted and passphrase else None
    return Labelled(disc, said, key)


def check_passphrase(one: Labelled) -> None:
    """Invalid (`wrong_passphrase`) where the disc's list of contents is whole and does not open."""
    if one.key is None:
        return
    try:
        for _ in one.content(CONTENTS):
            pass
    except Damaged as problem:
        if _is_whole(one, sealed_path(CONTENTS)):
            raise Invalid("wrong_passphrase") from problem
    except NotFound:
        return


def by_set(discs: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    """The discs of each copy in their order."""
    found: dict[str, list[Labelled]] = {}
    for one in sorted(discs, key=lambda one: one.number):
        found.setdefault(str(one.said["set"]), []).append(one)
    return found


def sealed_path(path: str) -> str:
    """The name of a file once it is encrypted: `index.html` is `index_html.enc`."""
    return path if path in CLEAR else path.replace(".", "_") + SEALED


def open_path(path: str) -> str:
    """The name of a file when it is open; that of a part ends in its number."""
    if not path.endswith(SEALED):
        return path
    folder, slash, name = path.removesuffix(SEALED).rpartition("/")
    stem, *endings = name.rsplit("_", 2)
    if len(endings) == 2 and len(endings[1]) == 3 and endings[1].isdigit():
        return f"{folder}{slash}{stem}_{endings[0]}.{endings[1]}"
    return f"{folder}{slash}{'.'.join(name.rsplit('_', 1))}"


def _is_whole(one: Labelled, path: str) -> bool:
    try:
        running = hashlib.sha256()
        for part in one.raw(path):
            running.update(part)
        return one.sums().get(path) == running.hexdigest()
    except CaptureError:
        return False
