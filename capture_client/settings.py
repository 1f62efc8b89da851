"""Settings of one capture home: `capture.toml`, each value overridable by KURA_CAPTURE_<SECTION>_<KEY>."""

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from capture_client import durable
from capture_client.errors import Conflict, Invalid, NotFound

FILE = "capture.toml"
PREFIX = "KURA_CAPTURE_"
Fill = Annotated[str, StringConstraints(pattern=r"^(per-exam|nightly@([01]\d|2[0-3]):[0-5]\d)$")]


class Section(BaseModel):
    """Refuses names it does not know: a misspelt setting would otherwise be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    """Where the portal is and how to get there. `proxy` may hold a name and password; `ca` is a PEM file."""

    url: str
    token: str
    proxy: str = ""
    ca: str = ""
    timeout_seconds: float = Field(30.0, gt=0)
    attempts: int = Field(8, ge=1, description="tries of one call before it counts as failed")


class Storage(Section):
    """The facility's mass storage; an empty folder means HOME/mass-storage."""

    folder: str = ""
    fill: Fill = "per-exam"


class Backup(Section):
    """`bundle_bytes`: a tar is closed when it has reached this size; `connections`: exams on their way at once."""

    bundle_bytes: int = Field(64 << 20, ge=1)
    connections: int = Field(2, ge=1, le=16)
    rounds: int = Field(6, ge=1, description="times that what the portal still misses is sent again")


class Inbox(Section):
    """`silence_seconds` without a byte or heartbeat mean that a proxy holds the event stream back."""

    silence_seconds: float = Field(40.0, gt=0)
    poll_seconds: float = Field(30.0, gt=0)


class Watch(Section):
    """`folder`: what `run` watches, if anything; `settle_seconds` without change before a folder is taken."""

    folder: str = ""
    settle_seconds: float = Field(5.0, ge=0)


class Settings(Section):
    """All sections."""

    server: Server
    storage: Storage = Storage()
    backup: Backup = Backup()
    inbox: Inbox = Inbox()
    watch: Watch = Watch()


class Home:
    """The folder of one capture client: settings, pinned keys, filing, receipts, locks."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.settings_file = folder / FILE
        self.database = folder / "filing.sqlite"
        self.filing = folder / "filing"
        self.receipts = folder / "receipts"
        self.receipt_keys = folder / "receipt-keys.json"
        self.locks = folder / "locks"
        self.mass_storage = Path(settings.storage.folder or folder / "mass-storage")

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """Read the settings of a home. Raises NotFound before `init`, Invalid for settings it cannot use."""
        folder = place(folder)
        file = folder / FILE
        if not file.exists():
            raise NotFound("home_missing", home=folder)
        try:
            stored = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Invalid("bad_setting", file=file, problem=error) from error
        return cls(folder, checked(stored, file))

    @classmethod
    def make(cls, folder: Path | None, settings: Settings) -> Self:
        """Write a new home. Raises Conflict when there is one."""
        folder = place(folder)
        refuse_existing(folder)
        home = cls(folder, settings)
        for made in (home.filing, home.receipts, home.locks):
            durable.make_folder(made)
        durable.write(home.settings_file, as_toml(settings).encode(), mode=0o600)  # it holds the token
        return home


def place(folder: Path | None) -> Path:
    """`--home`, else KURA_CAPTURE_HOME, else the system's place for application data."""
    named = folder or os.environ.get(f"{PREFIX}HOME")
    return Path(named).absolute() if named else platformdirs.user_data_path("kura-capture", appauthor=False)


def refuse_existing(folder: Path) -> None:
    """Raises Conflict when `folder` is a capture home already."""
    if (folder / FILE).exists():
        raise Conflict("home_exists", home=folder)


def checked(stored: dict[str, object], file: Path) -> Settings:
    """Settings from what the file says, with the environment on top; raises Invalid naming the setting."""
    for name, section in Settings.model_fields.items():
        values = stored.setdefault(name, {})
        if (
            isinstance(values, dict)
            and isinstance(section.annotation, type)
            and issubclass(section.annotation, Section)
        ):
            for key in section.annotation.model_fields:
                if (given := os.environ.get(f"{PREFIX}{name}_{key}".upper())) is not None:
                    values[key] = given
    try:
        return Settings.model_validate(stored)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid("bad_setting", file=file, problem=f"{where}: {first['msg']}") from error


def as_toml(settings: Settings) -> str:
    """The settings as TOML; JSON's strings and numbers are TOML's too."""
    lines: list[str] = []
    for name, section in settings.model_dump().items():
        lines += [
            f"[{name}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in section.items()),
            "",
        ]
    return "\n".join(lines)
