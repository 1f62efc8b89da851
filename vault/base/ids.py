"""Opaque ids: 26 characters that sort by the time they were made, so that new rows stay together in an index."""

import secrets

from vault.base import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new() -> str:
    """A new id: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32."""
    value = (int(clock.now().timestamp() * 1000) << 80) | secrets.randbits(80)
    letters = []
    for _ in range(LENGTH):
        value, digit = divmod(value, 32)
        letters.append(_ALPHABET[digit])
    return "".join(reversed(letters))
