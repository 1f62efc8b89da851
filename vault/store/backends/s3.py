"""Objects in S3-compatible storage: a pack is spooled to a private local file and uploaded when it is sealed."""

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from vault.base.errors import Unavailable
from vault.store.backends import Buffer, Missing

SINGLE_BYTES = 16 * 2**20
"""Up to this much is one conditional request; more goes in parts of this size, so that memory stays flat."""
AHEAD_BYTES = 2**20
_FEW_BYTES = 4096
_MAKER = "kura-maker"
"""Metadata of each object: a random word of who made it."""
_CLAIMS = "claims"
_CONNECT = timedelta(seconds=5)
_TRIES = 3


@dataclass(frozen=True)
class Bucket:
    """Where objects lie and how they are reached; `prefix` is a folder in the bucket, `timeout` that of one request."""

    bucket: str
    endpoint: str
    region: str
    prefix: str
    access_key: str
    secret_key: str
    timeout: timedelta

    def __repr__(self) -> str:
        """Without the keys, so that no log ever holds them."""
        return f"Bucket({self.bucket!r}, {self.endpoint!r}, {self.prefix!r})"


class S3Backend:
    """
    Every request carries the SHA-256 of its body in its signature, so that the server refuses altered bytes.

    A server that does not answer is Unavailable within `timeout`, never a missing object.
    """

    def __init__(self, bucket: Bucket, spool: Path) -> None:
        """`spool` is a local folder for packs that are being written; nothing stays there."""
        self._spool = spool
        self._store = S3Store(
            bucket.bucket,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint or None,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=not bucket.endpoint,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": _CONNECT,
                "timeout": bucket.timeout,
            },
            retry_config={
                "max_retries": _TRIES,
                "retry_timeout": bucket.timeout,
                "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2)},
            },
        )

    def create(self, name: str) -> "S3Sink":
        """Begin a new object; whether the name is free is asked now, and decided when it is sealed."""
        if self._is_there(name):
            raise FileExistsError(name)
        return S3Sink(self._store, _checked(name), self._spool)

    def recreate(self, name: str) -> "S3Sink":
        """Begin an object for which the server exchanges the one of that name when its upload is complete."""
        return S3Sink(self._store, _checked(name), self._spool, over=True)

    def open(self, name: str) -> "S3Reading":
        """Open an object; raises Missing."""
        return S3Reading(self._store, name, self.size(name))

    def size(self, name: str) -> int:
        """Bytes of an object; raises Missing."""
        with _told(name):
            return int(obstore.head(self._store, _checked(name))["size"])

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with `prefix`, sorted."""
        with _told(prefix):
            found = [str(one["path"]) for some in obstore.list(self._store, prefix) for one in some]
        yield from sorted(found)

    def keep(self, name: str, content: bytes) -> bool:
        """One conditional request; of several makers the server lets one through."""
        return _made(self._store, _checked(name), content, secrets.token_hex(16))

    def replace(self, name: str, content: bytes) -> None:
        """One request: the server exchanges the object at once."""
        with _told(name):
            obstore.put(self._store, _checked(name), content, use_multipart=False)

    def delete(self, name: str) -> None:
        """Remove an object."""
        _remove(self._store, _checked(name))

    def _is_there(self, name: str) -> bool:
        try:
            self.size(name)
        except Missing:
            return False
        return True


class S3Sink:
    """A nameless local file until it is sealed; a process that dies leaves nothing. `over` takes a name's place."""

    def __init__(self, store: S3Store, name: str, spool: Path, *, over: bool = False) -> None:
        self._store, self._name, self._over = store, name, over
        self._token = secrets.token_hex(16)
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=spool)  # noqa: SIM115 - closed by `seal` or `discard`

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Append all buffers."""
        for buffer in buffers:
            self._file.write(buffer)

    def rewind(self, to: int) -> None:
        """Cut the file."""
        self._file.truncate(to)
        self._file.seek(to)

    def seal(self) -> None:
        """
        Upload; returns when the server has confirmed the object with its size and the digest of its bytes.

        FileExistsError where another's object has the name.
        """
        size = self._file.tell()
        self._file.seek(0)
        if self._over:
            self._put_over()
        elif size > SINGLE_BYTES:
            self._upload_in_parts(size)
        elif not _made(self._store, self._name, self._file.read(), self._token):
            raise FileExistsError(self._name)
        if _held(self._store, self._name) != (self._token, size):
            raise Unavailable("upload_unconfirmed", object=self._name)
        self._file.close()

    def _put_over(self) -> None:
        """The server exchanges the object when the last byte has come."""
        told = {_MAKER: self._token}
        with _told(self._name):
            obstore.put(self._store, self._name, self._file, chunk_size=SINGLE_BYTES, attributes=told)

    def _upload_in_parts(self, size: int) -> None:
        """
        No server lets an upload in parts be conditional: who has made the claim of that name may upload, nobody else.

        The claim is given back when the object is there, or its upload has failed; one that a stop leaves behind is a
        few bytes, and no other pack ever has its name.
        """
        claim = f"{_CLAIMS}/{self._name}"
        if not _made(self._store, claim, b"", self._token):
            raise FileExistsError(self._name)
        try:
            if _held(self._store, self._name) is not None:
                raise FileExistsError(self._name)
            with _told(self._name):
                told = {_MAKER: self._token}
                obstore.put(
                    self._store, self._name, self._file, use_multipart=True, chunk_size=SINGLE_BYTES, attributes=told
                )
        except (Unavailable, Missing):
            # The answer to the last request may have been lost: then all of it is there.
            if _held(self._store, self._name) != (self._token, size):
                raise
        finally:
            _remove(self._store, claim)

    def discard(self) -> None:
        """Forget the local file; the server has not seen it."""
        self._file.close()


class S3Reading:
    """An object open for reading; small reads that follow each other are served from one request."""

    def __init__(self, store: S3Store, name: str, size: int) -> None:
        self._store, self._name, self._size = store, name, size
        self._start, self._window = 0, b""

    def read(self, offset: int, length: int) -> bytes:
        """A range; raises Missing where the object ends before it."""
        if offset + length > self._size:
            raise Missing(f"{offset + length - self._size} bytes at the end")
        at = offset - self._start
        if not 0 <= at <= at + length <= len(self._window):
            if self._window and length <= _FEW_BYTES:
                return self._range(offset, length)
            self._window = self._range(offset, min(max(length, AHEAD_BYTES), self._size - offset))
            self._start, at = offset, 0
        return self._window[at : at + length]

    def _range(self, offset: int, length: int) -> bytes:
        if not length:
            return b""
        with _told(self._name):
            return bytes(obstore.get_range(self._store, self._name, start=offset, length=length))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._window = b""


def _made(store: S3Store, name: str, content: bytes, token: str) -> bool:
    """
    Make an object unless one of that name is there; whether it is this call's.

    A request whose answer was lost is sent again by the client and finds its own object: the token tells.
    """
    try:
        with _told(name):
            obstore.put(store, name, content, mode="create", use_multipart=False, attributes={_MAKER: token})
    except FileExistsError:
        found = _held(store, name)
        return found is not None and found[0] == token
    return True


def _held(store: S3Store, name: str) -> tuple[str, int] | None:
    """The token under which an object was made and its bytes; None where none is."""
    try:
        with _told(name):
            found = obstore.get(store, name, options={"head": True})
            return found.attributes.get(_MAKER, ""), int(found.meta["size"])
    except Missing:
        return None


def _remove(store: S3Store, name: str) -> None:
    try:
        with _told(name):
            obstore.delete(store, name)
    except Missing:
        return


@contextmanager
def _told(name: str) -> Iterator[None]:
    """The client's exceptions as the port's; their texts stay out, as they may hold addresses and keys."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as problem:
        raise Missing(name) from problem
    except AlreadyExistsError as problem:
        raise FileExistsError(name) from problem
    except BaseError as problem:
        raise Unavailable("store_unreachable", problem=type(problem).__name__) from None


def _checked(name: str) -> str:
    if any(part in {"", ".", ".."} for part in name.split("/")):
        raise ValueError(f"not an object's name: {name}")
    return name
