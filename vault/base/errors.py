"""
Everything that can go wrong, as one tree; no HTTP, no wording: the faces put a code and its values into words.

AppError                 code            http  exit
├── Malformed            bad_request      400    2
├── NotSignedIn          not_signed_in    401    5
├── NotFound             not_found        404    4
├── Denied               denied           403    5
├── Conflict             conflict         409    6
│   ├── IllegalMove      illegal_move     409    6
│   └── Busy             busy             423   75   (retry is right)
├── Gone                 gone             410    4
├── PreconditionFailed   precondition     412    6
├── TooLarge             too_large        413    7
├── WrongType            wrong_type       415    2
├── BadRange             bad_range        416    2
├── Invalid              invalid          422    2
├── TooMany              too_many         429   75
├── ChecksumDiffers      checksum         460    6
├── Unavailable          unavailable      503   75   (retry is right)
│   └── Damaged          damaged          503   74
└── OverCapacity         over_capacity    507    7
"""

from typing import ClassVar


class AppError(Exception):
    """Root of the tree. `code` is stable and documented; `values` never hold patient data."""

    code: ClassVar[str] = "error"
    http: ClassVar[int] = 500
    exit: ClassVar[int] = 1

    def __init__(self, reason: str = "", **values: object) -> None:
        """`reason` narrows the code for programs ("opted_out"); `values` are what the sentence needs."""
        super().__init__(reason or self.code, values)
        self.reason = reason or self.code
        self.values = values

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.reason}: {shown}" if shown else self.reason


class NotSignedIn(AppError):
    """No sign-in or token, or one that is wrong, revoked or expired."""

    code, http, exit = "not_signed_in", 401, 5


class NotFound(AppError):
    """No such row for this caller: that a stranger's row exists is not disclosed."""

    code, http, exit = "not_found", 404, 4


class Denied(AppError):
    """The caller's role may not do this, where that is no secret."""

    code, http, exit = "denied", 403, 5


class Conflict(AppError):
    """The row is in a state in which this cannot be done; `holder` names who has it, where someone has."""

    code, http, exit = "conflict", 409, 6


class Malformed(AppError):
    """A header that cannot be read, or that contradicts what was said before; `header` names it."""

    code, http, exit = "bad_request", 400, 2


class Busy(Conflict):
    """Somebody else is at work on this row for now."""

    code, http, exit = "busy", 423, 75


class WrongType(AppError):
    """A body of a media type that is not taken here; `wanted` is the right one."""

    code, http, exit = "wrong_type", 415, 2


class ChecksumDiffers(AppError):
    """The bytes are not those of the checksum that came with them."""

    code, http, exit = "checksum", 460, 6


class IllegalMove(Conflict):
    """A move that the lifecycle table does not know."""

    code = "illegal_move"


class Gone(AppError):
    """It was here and was deleted, which is no secret to this caller."""

    code, http, exit = "gone", 410, 4


class PreconditionFailed(AppError):
    """If-Match or If-None-Match did not hold."""

    code, http, exit = "precondition", 412, 6


class TooLarge(AppError):
    """One thing is larger than allowed; `limit` in bytes or characters."""

    code, http, exit = "too_large", 413, 7


class BadRange(AppError):
    """The range asked for lies outside; `size` in bytes."""

    code, http, exit = "bad_range", 416, 2


class Invalid(AppError):
    """Input that cannot be taken; `field` names it."""

    code, http, exit = "invalid", 422, 2

    def __init__(self, reason: str = "", *, field: str, **values: object) -> None:
        super().__init__(reason, field=field, **values)
        self.field = field


class TooMany(AppError):
    """Asked too often; `seconds` until it is right to try again."""

    code, http, exit = "too_many", 429, 75


class Unavailable(AppError):
    """A part is down for now; nothing was changed and a retry is right."""

    code, http, exit = "unavailable", 503, 75


class Damaged(Unavailable):
    """Stored bytes are not what was stored; they are never served."""

    code, exit = "damaged", 74


class OverCapacity(AppError):
    """The area or the target is full; `left` in bytes."""

    code, http, exit = "over_capacity", 507, 7

    def __init__(self, reason: str = "", *, left: int, **values: object) -> None:
        super().__init__(reason, left=left, **values)
        self.left = left
