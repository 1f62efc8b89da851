"""Settings: `HOME/kura.toml`, each overridable by an environment variable `KURA_<SECTION>_<KEY>`."""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vault.base.errors import Invalid

SETTINGS_FILE = "kura.toml"


class Section(BaseModel):
    """A table of the file; a name it does not know is an error, so that a typing slip is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    bind: str = "127.0.0.1:8080"
    processes: int = Field(1, ge=1, le=64)
    threads: int = Field(256, ge=4, le=4096)
    silence_seconds: int = Field(60, ge=1, le=3600)
    """A connection on which nothing moves for so long, while the server waits for its client, is ended."""
    least_bytes_per_second: int = Field(2048, ge=0, le=2**20)
    """A body that comes slower, over `silence_seconds` of waiting for it, is ended; 0: none is. Bytes a second."""
    url: str = ""
    trusted_proxies: int = Field(0, ge=0, le=4)


class DatabaseSection(Section):
    url: str = ""
    """SQLAlchemy URL; empty means SQLite in HOME."""


class Worker(Section):
    embedded: bool = True
    threads: int = Field(2, ge=1, le=64)


class Broker(Section):
    url: str = ""
    """`redis://…`; empty means in memory, inside `kura serve`."""


class Search(Section):
    engine: Literal["tantivy", "whoosh"] = "tantivy"


class People(Section):
    totp_required: bool = True
    session_hours: int = Field(12, ge=1, le=720)
    idle_lock_seconds: int = Field(300, ge=5, le=86400)
    sign_in_link_hours: int = Field(72, ge=1, le=720)


class Mail(Section):
    """Where letters are handed over; without `server` there are none."""

    server: str = Field("", pattern=r"^$|^[^\s/]+:[0-9]{1,5}$")
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    user: str = ""
    password: str = Field("", repr=False)
    authority: str = ""

    @model_validator(mode="after")
    def _has_a_sender(self) -> Self:
        if self.server and "@" not in self.sender:
            raise ValueError("mail.server needs mail.sender, the address that letters come from")
        return self


class Sweep(Section):
    every_seconds: int = Field(60, ge=1, le=3600)


class Limits(Section):
    text_bytes: int = Field(200_000, ge=1000)
    file_bytes: int = Field(50 * 2**30, ge=1)
    bundle_bytes: int = Field(8 * 2**30, ge=1)


class Retention(Section):
    """How long what was deleted can be brought back, and what law keeps from being deleted at all."""

    exam_years: int = Field(5, ge=0, le=100)
    file_years: int = Field(0, ge=0, le=100)
    grace_days: int = Field(30, ge=0, le=3650)
    fetch_days: int = Field(60, ge=0, le=3650)
    erasure_days: int = Field(90, ge=0, le=3650)
    condemned_hours: int = Field(24, ge=1, le=720)


class Backup(Section):
    """When a nightly run that has not come is late, and when it is given up."""

    late_minutes: int = Field(180, ge=5, le=1440)
    missed_hours: int = Field(12, ge=1, le=168)


class Media(Section):
    """Copies on discs: of which kind and size, how many a term where a contract does not say, how long they stay."""

    medium: Literal["cd", "dvd", "bd"] = "dvd"
    disc_bytes: int = Field(0, ge=0, le=2**40)
    copies: int = Field(1, ge=0, le=24)
    keep_days: int = Field(90, ge=1, le=3650)


class Vault(Section):
    """Where packs lie and how they are looked after; keys of S3 come by the environment alone."""

    backend: str = ""
    second: str = ""
    scrub_rate: int = Field(8 * 2**20, ge=4096)
    scrub_days: int = Field(30, ge=1, le=3650)
    drill_days: int = Field(30, ge=1, le=3650)
    drill_images: int = Field(20, ge=1, le=10_000)
    drill_files: int = Field(10, ge=0, le=10_000)
    backend_access_key: str = Field("", repr=False)
    backend_secret_key: str = Field("", repr=False)
    second_access_key: str = Field("", repr=False)
    second_secret_key: str = Field("", repr=False)


NEVER_IN_THE_FILE = {
    "mail": frozenset({"password"}),
    "vault": frozenset({"backend_access_key", "backend_secret_key", "second_access_key", "second_secret_key"}),
}


class Provider(Section):
    zone: str = "Asia/Tokyo"


class Billing(Section):
    """What stands on invoices besides the fees, and when they are due."""

    name: str = ""
    address: str = ""
    registration: str = Field("", pattern=r"^$|^T[0-9]{13}$")
    bank_account: str = ""
    due_days: int = Field(30, ge=0, le=365)
    tax_rates: str = ""
    font: str = ""
    bank_columns: str = ""

    @model_validator(mode="after")
    def _rates_can_be_read(self) -> Self:
        if any(not 0 <= rate <= 100 for rate in self.further_rates().values()):
            raise ValueError("billing.tax_rates holds percentages from 0 to 100")
        return self

    def further_rates(self) -> dict[date, int]:
        """Percent by the day from which it holds: `2031-04-01=12, 2034-04-01=13`."""
        pairs = [pair.partition("=") for pair in self.tax_rates.split(",") if pair.strip()]
        return {date.fromisoformat(day.strip()): int(rate) for day, _, rate in pairs}


class Demo(Section):
    enabled: bool = False


class Clock(Section):
    shift_seconds: int = 0
    """Moves the clock of the processes that read this file; for tests."""


class Settings(Section):
    """Everything that can be set; `home` is where it was read from."""

    home: Path
    server: Server = Server()
    database: DatabaseSection = DatabaseSection()
    worker: Worker = Worker()
    broker: Broker = Broker()
    search: Search = Search()
    people: People = People()
    mail: Mail = Mail()
    sweep: Sweep = Sweep()
    limits: Limits = Limits()
    retention: Retention = Retention()
    backup: Backup = Backup()
    media: Media = Media()
    vault: Vault = Vault()
    provider: Provider = Provider()
    billing: Billing = Billing()
    demo: Demo = Demo()
    clock: Clock = Clock()

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.home / 'kura.sqlite'}"

    @property
    def keys_folder(self) -> Path:
        return self.home / "keys"

    @property
    def vault_folder(self) -> Path:
        return self.home / "vault"

    @property
    def media_folder(self) -> Path:
        return self.home / "media"

    @property
    def index_folder(self) -> Path:
        return self.home / "index"


def sections() -> dict[str, type[Section]]:
    """Each section's name and type."""
    found = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found[name] = field.annotation
    return found


def read(home: Path, environment: dict[str, str] | None = None) -> Settings:
    """Read HOME's file and the environment over it; Invalid names the setting that is wrong or unknown."""
    path = home / SETTINGS_FILE
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except tomllib.TOMLDecodeError as problem:
        raise Invalid("settings", field=SETTINGS_FILE, problem=str(problem)) from problem
    _refuse_secrets(values)
    for section, keys in _overrides(os.environ if environment is None else environment).items():
        values[section] = {**_table(values, section), **keys}
    try:
        return Settings.model_validate({**values, "home": home.absolute()})
    except ValidationError as problem:
        first = problem.errors()[0]
        raise Invalid("settings", field=".".join(str(part) for part in first["loc"]), problem=first["msg"]) from problem


def _refuse_secrets(values: dict[str, Any]) -> None:
    """The file is copied and shown around; what must stay secret is not in it."""
    for section, names in NEVER_IN_THE_FILE.items():
        for name in sorted(names & _table(values, section).keys()):
            variable = f"KURA_{section.upper()}_{name.upper()}"
            raise Invalid("settings", field=f"{section}.{name}", problem=f"give it as {variable}, never in the file")


def _table(values: dict[str, Any], section: str) -> dict[str, Any]:
    table = values.get(section, {})
    if not isinstance(table, dict):
        raise Invalid("settings", field=section, problem="a table is needed here")
    return table


def _overrides(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """`KURA_SERVER_BIND=…` → {"server": {"bind": …}}; names of no section are left alone (KURA_HOME)."""
    found: dict[str, dict[str, str]] = {}
    for name, value in environment.items():
        for section in sections():
            prefix = f"KURA_{section.upper()}_"
            if name.startswith(prefix):
                found.setdefault(section, {})[name.removeprefix(prefix).lower()] = value
    return found
