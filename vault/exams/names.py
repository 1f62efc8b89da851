"""Names that every system a facility restores to can bear; pure."""

import unicodedata

from vault.base.errors import Invalid

LONGEST_NAME = 255
LONGEST_PATH = 1024
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
    "clock$",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
}
_FORBIDDEN = frozenset('<>:"|?*\\/')
_UNSEEN = frozenset(
    chr(code)
    for first, last in (
        (0x061C, 0x061C),
        (0x180E, 0x180E),
        (0x200B, 0x200B),
        (0x200E, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB),
        (0xFFFE, 0xFFFF),
    )
    for code in range(first, last + 1)
)
"""What turns the direction of writing, or is not seen: two names would look the same, or one like another kind."""
_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})


def checked_name(name: str, field: str) -> str:
    """
    `name` in NFC; Invalid naming `field` where Windows, macOS or Linux could not keep it as it is.

    Refused: empty, `.`, `..`, longer than 255 bytes, control and separator characters, marks of direction and others
    that are not seen, the reserved names of Windows (also with an ending), a dot or blank at the end, unpaired
    surrogates.
    """
    name = unicodedata.normalize("NFC", name)
    reason = _wrong_with(name)
    if reason is not None:
        raise Invalid(reason, field=field)
    return name


def checked_path(path: str, field: str = "path") -> str:
    """A path of the drive in NFC, its parts checked as names; Invalid also for empty parts and over 1,024 bytes."""
    return checked_length("/".join(checked_name(part, field) for part in path.split("/")), field)


def checked_length(path: str, field: str) -> str:
    """The path, its names taken as they are; Invalid over 1,024 bytes."""
    if len(path.encode()) > LONGEST_PATH:
        raise Invalid("name_too_long", field=field)
    return path


def as_kept(path: str) -> str:
    """
    How the drive writes the path of something that is there already: names that were taken before they were refused
    can still be read, moved away, deleted and brought back.
    """
    return unicodedata.normalize("NFC", path)


def folded(name: str) -> str:
    """What two names share that differ only as Windows and macOS do not tell apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _wrong_with(name: str) -> str | None:
    if name in {"", ".", ".."}:
        return "path_traversal" if name else "name_empty"
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return "name_characters"
    if length > LONGEST_NAME:
        return "name_too_long"
    if any(_is_refused(letter) for letter in name):
        return "name_characters"
    if name.split(".")[0].strip().casefold() in _DEVICES or name[-1] in ". ":
        return "name_reserved"
    return None


def _is_refused(letter: str) -> bool:
    return letter in _FORBIDDEN or letter in _UNSEEN or unicodedata.category(letter) in _CATEGORIES
