"""
What can go wrong at the facility, as one tree; the command line puts code and values into one line.

CaptureError             code            exit
├── Invalid              invalid           2
├── NotFound             not_found         4
├── NotSignedIn          not_signed_in     5
├── Denied               denied            5
├── Conflict             conflict          6
├── TooLarge             too_large         7
├── OverCapacity         over_capacity     7
├── Damaged              damaged          74
└── Unavailable          unavailable      75   (retry is right)
    └── Silent           unavailable      75
"""

from typing import ClassVar


class CaptureError(Exception):
    """Root of the tree. `reason` picks the sentence; `values` fill it and never hold patient data."""

    code: ClassVar[str] = "error"
    exit: ClassVar[int] = 1

    def __init__(self, reason: str = "", **values: object) -> None:
        super().__init__(reason or self.code, values)
        self.reason = reason or self.code
        self.values = values


class Invalid(CaptureError):
    """Input that cannot be taken."""

    code, exit = "invalid", 2


class NotFound(CaptureError):
    """Nothing of that name, here or at the portal."""

    code, exit = "not_found", 4


class NotSignedIn(CaptureError):
    """The portal or the proxy does not know the token or password."""

    code, exit = "not_signed_in", 5


class Denied(CaptureError):
    """Known, but not allowed."""

    code, exit = "denied", 5


class Conflict(CaptureError):
    """Not in a state in which this can be done; `values["missing"]` may list digests."""

    code, exit = "conflict", 6


class TooLarge(CaptureError):
    """One thing is larger than the portal takes."""

    code, exit = "too_large", 7


class OverCapacity(CaptureError):
    """The area or the target is full; `values["left"]` in bytes."""

    code, exit = "over_capacity", 7


class Damaged(CaptureError):
    """Bytes are not what they were: a digest or a signature does not fit."""

    code, exit = "damaged", 74


class Unavailable(CaptureError):
    """The portal, the network or a disk is away for now; nothing is lost and a retry is right."""

    code, exit = "unavailable", 75


class Silent(Unavailable):
    """Connected, but nothing came in the time it should have."""
