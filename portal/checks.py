"""`kura check` and `/readyz`: is each part well? One line each, with the remedy where it is not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import redis
from sqlalchemy import text

from portal import migrations
from portal.installation import Installation
from routing.router import queries as router
from vault.base.errors import AppError, Damaged
from vault.store import keys, recovery

LOW_DISK_BYTES = 2 * 2**30


class Health(StrEnum):
    """`WARNING` is well enough to serve."""

    WELL = "well"
    WARNING = "warning"
    UNWELL = "unwell"


@dataclass(frozen=True)
class Finding:
    """How one part is, in a sentence."""

    part: str
    health: Health
    sentence: str


def run(installation: Installation) -> Iterator[Finding]:
    """Look at every part; a part that cannot be looked at is unwell, and the others are still looked at."""
    for part, look in PARTS.items():
        try:
            yield Finding(part, *look(installation))
        except AppError as problem:
            yield Finding(part, Health.UNWELL, str(problem))
        except Exception as problem:  # whatever is wrong with a part is that part's finding
            yield Finding(part, Health.UNWELL, f"{type(problem).__name__}: {problem}".splitlines()[0][:200])


def _configuration(installation: Installation) -> tuple[Health, str]:
    bind = installation.settings.server.bind
    return Health.WELL, f"settings read, serves at {bind}"


def _database(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        session.execute(text("SELECT 1"))
    if not migrations.is_current(installation.database):
        return Health.UNWELL, "the schema is not this version's: start `kura serve` once, it brings it up to date"
    return Health.WELL, f"{installation.database.engine.dialect.name}, schema up to date"


def _vault(installation: Installation) -> tuple[Health, str]:
    ring = keys.load(installation.settings.keys_folder)
    folder = installation.settings.vault_folder
    free = shutil.disk_usage(folder if folder.exists() else installation.settings.home).free
    if free < LOW_DISK_BYTES:
        return Health.UNWELL, f"only {free // 2**20} MiB of disk are left"
    return Health.WELL, f"{len(ring.keys)} provider key(s), {free // 2**30} GiB of disk are left"


def _index(installation: Installation) -> tuple[Health, str]:
    count = installation.engine.count()
    return Health.WELL, f"{installation.settings.search.engine}, {count} documents"


def _broker(installation: Installation) -> tuple[Health, str]:
    url = installation.settings.broker.url
    if not url:
        return Health.WELL, "in memory, inside `kura serve`"
    redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
    return Health.WELL, "Redis answers"


def _router(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        try:
            state = router.state(session, installation.settings)
        except Damaged:
            remedy = "`kura router train` learns it anew"
            return Health.WARNING, f"the learned model is damaged, rules and `about` texts route alone: {remedy}"
    if state["model"] is None:
        return Health.WELL, "rules and `about` texts, nothing learned yet"
    return Health.WELL, f"learned from {state['report']['examples']} examples"


def _recovery(installation: Installation) -> tuple[Health, str]:
    folder = installation.settings.keys_folder
    if recovery.is_proved(folder, keys.load(folder)):
        return Health.WELL, "a copy has been proved to open"
    return Health.WARNING, "no copy has been proved to open yet: `kura check --recovery FILE` proves one"


PARTS: dict[str, Callable[[Installation], tuple[Health, str]]] = {
    "configuration": _configuration,
    "database": _database,
    "vault": _vault,
    "index": _index,
    "broker": _broker,
    "router": _router,
    "recovery file": _recovery,
}
