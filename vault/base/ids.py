"""Opaque ids: 26 characters that sort by the time they were made, so that new rows stay together in an index."""

import base64
import secrets
import threading
from datetime import UTC, datetime

from vault.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_lock = threading.Lock()
_last = 0


def new() -> str:
    """
    A new id: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32.

    Within a millisecond the ids of one process still sort in the order they were made: the next lies a random step
    above the last.
    """
    global _last
    milliseconds = int(clock.now().timestamp() * 1000)
    with _lock:
        value = (milliseconds << 80) | secrets.randbits(80)
        if milliseconds == _last >> 80:
            value = _last + 1 + secrets.randbits(64)
        _last = value
    return _written(value)


def new_after(other: str) -> str:
    """A new id that sorts behind `other`, also where the clock has gone back since that was made."""
    made = new()
    return made if made > other else _written(_value(other) + 1 + secrets.randbits(64))


def moment_of(id_: str) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp((_value(id_) >> 80) / 1000, UTC)


def first_of(moment: datetime) -> str:
    """The id below which every id sorts that was made before `moment`."""
    return _written(int(moment.timestamp() * 1000) << 80)


def _value(id_: str) -> int:
    value = 0
    for letter in id_:
        value = value * 32 + _ALPHABET.index(letter)
    return value


def _written(value: int) -> str:
    # Base 32 is written of whole 40 bits: 130 of the 160 are ours, from the left.
    return base64.b32encode((value << 30).to_bytes(20, "big"))[:LENGTH].translate(_CROCKFORD).decode()
