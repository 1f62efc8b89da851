"""OUT: the file that maps logins to API tokens; merged, private, and never half written."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from sqlalchemy.orm import Session

from portal.apply import checks
from portal.apply.file import File
from portal.apply.report import ApplyReport
from vault.base.errors import Invalid, Unavailable
from vault.base.scope import Scope
from vault.tenancy import logins, tokens

LABEL = "kura apply"


class Out:
    """OUT around the transaction: its next content is durable before the commit and takes its name after."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._draft: Path | None = None
        self.held = {} if path is None else _read(path)

    def __enter__(self) -> Self:
        return self

    def prepare(self, fresh: Mapping[str, str]) -> None:
        """Write what OUT will hold, readable by its owner alone."""
        if self._path is None or (not fresh and self._path.exists()):
            return
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        content = json.dumps({**self.held, **fresh}, indent=2, ensure_ascii=False) + "\n"
        try:
            with open(draft, "x", encoding="utf-8", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise Unavailable("tokens_file", file=self._path.name, problem=type(problem).__name__) from None
        self._draft = draft

    def publish(self) -> None:
        """Give it its name: the tokens count now."""
        if self._draft is not None and self._path is not None:
            self._draft.replace(self._path)
            self._draft = None

    def __exit__(self, *problem: object) -> None:
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> dict[str, str]:
    """What OUT holds, empty where there is none; Invalid where it is something else, so that it is not overwritten."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise Invalid("tokens_file", field=path.name, problem=type(problem).__name__) from None
    if not isinstance(held, dict) or not all(isinstance(token, str) for token in held.values()):
        raise Invalid("tokens_file", field=path.name, problem="it does not map logins to tokens")
    return held


def give(session: Session, file: File, held: Mapping[str, str], report: ApplyReport) -> None:
    """A token for each login of FILE that has no live one."""
    for login in checks.places(file):
        holder = logins.person_by(session, login) or logins.device_by(session, login)
        if holder is None:
            raise LookupError(f"{login} was not made")
        if not tokens.live(session, holder):
            report.tokens[login] = tokens.create(session, Scope.system(), holder, label=LABEL)
            report.changed("token", login)
        elif login not in held:
            report.keep("token", login, "live, and shown before: revoke it to get a new one")
