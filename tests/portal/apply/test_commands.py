"""`kura apply`, `kura user` and `kura token`, as somebody types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portal.cli import app
from portal.installation import make_home, open_home
from tests.portal.apply.files import FILE
from vault.base.errors import AppError, Conflict, Invalid, NotFound
from vault.base.scope import Role
from vault.tenancy import links, tokens

Kura = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home").close()
    (tmp_path / "file.toml").write_text(FILE, encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def kura(home: Path) -> Kura:
    """Runs `kura --home HOME …` in this process; `main` turns its AppError into a line and an exit status."""

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["--home", str(home), *map(str, words)])

    return run


def error(result: Result) -> AppError:
    assert isinstance(result.exception, AppError), result.output
    return result.exception


def test_apply_tells_each_change_and_the_second_time_none(kura: Kura, tmp_path: Path) -> None:
    first = kura("apply", tmp_path / "file.toml", "--tokens", tmp_path / "out.json")
    assert first.exit_code == 0, first.output
    lines = first.stdout.splitlines()
    assert "+ facility f001: new" in lines
    assert len([line for line in lines if "/sign-in/link/" in line]) == 2
    again = kura("apply", tmp_path / "file.toml", "--tokens", tmp_path / "out.json")
    assert (again.exit_code, again.stdout) == (0, "0 changes\n")
    held = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert not any(token in first.stdout for token in held.values())


def test_apply_reports_as_json(kura: Kura, tmp_path: Path) -> None:
    kura("apply", tmp_path / "file.toml")
    (tmp_path / "file.toml").write_text("[provider]\nname = 'X'\n", encoding="utf-8")
    report = json.loads(kura("apply", tmp_path / "file.toml", "--json").stdout)
    assert "provider X: name, phone" in report["changes"]
    assert "facility f001: not in the file" in report["kept"]


def test_apply_refuses_other_terms_by_name(kura: Kura, tmp_path: Path) -> None:
    kura("apply", tmp_path / "file.toml")
    (tmp_path / "file.toml").write_text(FILE.replace("unit_price = 1000", "unit_price = 9"), encoding="utf-8")
    told = error(kura("apply", tmp_path / "file.toml"))
    assert isinstance(told, Conflict)
    assert (told.reason, told.values["facility"]) == ("agreed_terms", "f001")


def test_a_person_added_by_hand_gets_a_link(kura: Kura, home: Path, tmp_path: Path) -> None:
    kura("apply", tmp_path / "file.toml")
    added = kura("user", "add", "repair2", "--role", "department", "--department", "repair", "--name", "修理二郎")
    secret = added.stdout.strip().rsplit("/", 1)[1]
    installation = open_home(home)
    with installation.database.read() as session:
        person = links.peek(session, secret)
        assert (person.login, person.name, person.role) == ("repair2", "修理二郎", Role.DEPARTMENT)
    installation.close()
    assert isinstance(error(kura("user", "add", "repair2", "--role", "admin")), Conflict)
    assert isinstance(error(kura("user", "add", "x", "--role", "king")), Invalid)
    assert isinstance(error(kura("user", "add", "x", "--role", "staff", "--facility", "none")), NotFound)


def test_a_token_made_by_hand_works_until_it_is_revoked(kura: Kura, home: Path, tmp_path: Path) -> None:
    kura("apply", tmp_path / "file.toml")
    plain = kura("token", "create", "f001-capture1", "--label", "room 1").stdout.strip()
    installation = open_home(home)
    with installation.database.read() as session:
        assert tokens.scope_for_token(session, plain).role is Role.DEVICE
    assert kura("token", "revoke", "f001-capture1").stdout == "1 revoked\n"
    with installation.database.read() as session, pytest.raises(AppError):
        tokens.scope_for_token(session, plain)
    installation.close()
    assert isinstance(error(kura("token", "create", "nobody")), NotFound)
