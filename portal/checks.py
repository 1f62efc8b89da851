"""`kura check` and `/readyz`: is each part well? One line each, with the remedy where it is not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import redis
from flask_babel import gettext as _
from sqlalchemy import text

from portal import migrations
from portal.installation import Installation
from portal.wording import sentence
from routing.router import queries as router
from vault.base import clock, printing
from vault.base.errors import AppError, Damaged, Unavailable
from vault.store import copying, finds, keys, leases, places, recovery, scrub
from vault.tenancy import mailing

LOW_DISK_BYTES = 2 * 2**30
LONGEST_LAG = timedelta(hours=1)
OLDEST_BACKUP = timedelta(days=8)


class Health(StrEnum):
    """`WARNING` is well enough to serve."""

    WELL = "well"
    WARNING = "warning"
    UNWELL = "unwell"


@dataclass(frozen=True)
class Finding:
    """How one part is, in a sentence: English for a terminal, a page's own language on a page."""

    part: str
    health: Health
    sentence: str


def run(installation: Installation) -> Iterator[Finding]:
    """Look at every part; a part that cannot be looked at is unwell, and the others are still looked at."""
    for part, look in PARTS.items():
        try:
            yield Finding(part, *look(installation))
        except AppError as problem:
            yield Finding(part, Health.UNWELL, sentence(problem.code, problem.reason, problem.values))
        except Exception as problem:  # whatever is wrong with a part is that part's finding
            yield Finding(part, Health.UNWELL, f"{type(problem).__name__}: {problem}".splitlines()[0][:200])


def _configuration(installation: Installation) -> tuple[Health, str]:
    bind = installation.settings.server.bind
    return Health.WELL, _("settings read; server.bind is %(bind)s", bind=bind)


def _database(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        session.execute(text("SELECT 1"))
    if not migrations.is_current(installation.database):
        return Health.UNWELL, _("the schema is not this version's: start `kura serve` once, it brings it up to date")
    return Health.WELL, _("%(name)s, schema up to date", name=installation.database.engine.dialect.name)


def _vault(installation: Installation) -> tuple[Health, str]:
    ring = keys.load(installation.settings.keys_folder)
    folder = installation.settings.vault_folder
    free = shutil.disk_usage(folder if folder.exists() else installation.settings.home).free
    if free < LOW_DISK_BYTES:
        return Health.UNWELL, _("only %(mebibytes)s MiB of disk are left", mebibytes=free // 2**20)
    left = free // 2**30
    return Health.WELL, _("%(keys)s provider key(s), %(left)s GiB of disk are left", keys=len(ring.keys), left=left)


def _index(installation: Installation) -> tuple[Health, str]:
    count = installation.engine.count()
    return Health.WELL, _("%(engine)s, %(count)s documents", engine=installation.settings.search.engine, count=count)


def _broker(installation: Installation) -> tuple[Health, str]:
    url = installation.settings.broker.url
    if not url:
        return Health.WELL, _("in memory, inside `kura serve`")
    redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
    return Health.WELL, _("Redis answers")


def _router(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        try:
            state = router.state(session, installation.settings)
        except Damaged:
            return Health.WARNING, _(
                "the learned model is damaged, rules and `about` texts route alone: `kura router train` learns it anew"
            )
    if state["model"] is None:
        return Health.WELL, _("rules and `about` texts, nothing learned yet")
    return Health.WELL, _("learned from %(count)s examples", count=state["report"]["examples"])


def _recovery(installation: Installation) -> tuple[Health, str]:
    folder = installation.settings.keys_folder
    if recovery.is_proved(folder, keys.load(folder)):
        return Health.WELL, _("a copy has been proved to open")
    return Health.WARNING, _("no copy has been proved to open yet: `kura check --recovery FILE` proves one")


def _second_copy(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        count, oldest = copying.lag(session)
        known = places.has_second(session)
    if not installation.settings.vault.second:
        if known:
            return Health.WARNING, _("the second copy is no longer in the settings: erasures wait until it is again")
        return Health.WELL, _("none is set (vault.second)")
    if not count or oldest is None:
        return Health.WELL, _("every pack is copied")
    late = clock.now() - oldest > LONGEST_LAG
    words = _("%(count)s packs wait for their copy, the oldest since %(at)s", count=count, at=oldest.isoformat()[:16])
    return (Health.WARNING if late else Health.WELL), words


def _scrub(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        blobs, waiting = finds.count_open(session)
        rounds = scrub.last_rounds(session)
    if blobs or waiting:
        return Health.WARNING, _(
            "%(blobs)s blobs are damaged, %(finds)s finds are not healed: `kura scrub --status` names them",
            blobs=blobs,
            finds=waiting,
        )
    finished = [one.finished_at for one in rounds if one.finished_at]
    if not finished:
        return Health.WELL, _("nothing damaged is known, no round has ended yet")
    return Health.WELL, _(
        "nothing damaged is known, the oldest last round ended %(at)s", at=min(finished).isoformat()[:16]
    )


def _printing(installation: Installation) -> tuple[Health, str]:
    try:
        font = printing.font(installation.settings.billing.font)
        printing.printer()
    except Unavailable as problem:
        return Health.WARNING, sentence(problem.code, problem.reason, problem.values)
    return Health.WELL, _("PDFs are made, with the font %(font)s", font=font.name)


def _mail(installation: Installation) -> tuple[Health, str]:
    if not installation.settings.mail.server:
        return Health.WELL, _("none is set (mail.server): notices stand on their page alone")
    with installation.database.read() as session:
        waiting, given_up = mailing.stuck(session)
    if waiting or given_up:
        return Health.WARNING, _(
            "%(waiting)s letters are tried again, %(given_up)s were given up: "
            "`kura check --mail ADDRESS` tries one out",
            waiting=waiting,
            given_up=given_up,
        )
    return Health.WELL, _("letters go to %(server)s", server=installation.settings.mail.server)


def _backup(installation: Installation) -> tuple[Health, str]:
    with installation.database.read() as session:
        last = leases.last_whole(session)
    if last is None:
        return Health.WARNING, _("none has been made yet: `kura backup DEST --keys FILE` makes one")
    words = _("the last one was whole %(at)s", at=last.isoformat()[:16])
    return (Health.WARNING if clock.now() - last > OLDEST_BACKUP else Health.WELL), words


PARTS: dict[str, Callable[[Installation], tuple[Health, str]]] = {
    "configuration": _configuration,
    "database": _database,
    "vault": _vault,
    "second copy": _second_copy,
    "scrub": _scrub,
    "index": _index,
    "broker": _broker,
    "router": _router,
    "printing": _printing,
    "mail": _mail,
    "recovery file": _recovery,
    "backup": _backup,
}
