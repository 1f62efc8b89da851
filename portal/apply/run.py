"""One run of `kura apply`: its transaction, what was prepared before it, and the report it fills."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.apply.hashes import Hashes
from portal.apply.report import ApplyReport
from vault.base.settings import People


@dataclass(frozen=True)
class Run:
    """What every step of the run needs; `policy` says how long sign-in links last."""

    session: Session
    hashes: Hashes
    policy: People
    report: ApplyReport
