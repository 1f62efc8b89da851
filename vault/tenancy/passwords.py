"""Passwords and PINs: argon2id, and an answer that takes as long for an unknown login as for a known one."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vault.base.errors import Invalid

SHORTEST, LONGEST = 8, 1024
# OWASP's second profile: 19 MiB a verification, so that a rush of sign-ins does not exhaust a small server.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash(secrets.token_urlsafe(32))


def hashed(secret: str) -> str:
    """The argon2id hash to keep. Slow by design (tens of milliseconds): call it outside a write transaction."""
    if not 0 < len(secret) <= LONGEST:
        raise Invalid("password_length", field="password", longest=LONGEST)
    return _hasher.hash(secret)


def matches(kept: str | None, secret: str) -> bool:
    """Whether `secret` is the one kept; with nothing kept it takes as long and is False. Slow by design."""
    try:
        right = _hasher.verify(kept or _NOBODY, secret[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def hashed_choice(password: str) -> str:
    """The hash of a password that a person chose; Invalid for one that is too short or too long. Slow by design."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password_length", field="password", shortest=SHORTEST, longest=LONGEST)
    return hashed(password)


def hashed_pin(pin: str) -> str:
    """The hash of a PIN; Invalid unless it is 4 to 8 digits. Slow by design."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise Invalid("pin_form", field="pin")
    return hashed(pin)
