"""OUT of `kura apply`: logins to tokens, merged, private, and never given twice."""

import json
import stat
from pathlib import Path

import pytest

from tests.portal.apply.conftest import Apply
from tests.portal.apply.files import LOGINS, many, values
from tests.vault.tenancy.tenants import known
from vault.base.database import Database
from vault.base.errors import AppError, Invalid, Unavailable
from vault.base.scope import Scope
from vault.tenancy import tokens


def read(out: Path) -> dict[str, str]:
    held: dict[str, str] = json.loads(out.read_text(encoding="utf-8"))
    return held


def test_each_login_gets_a_token_that_works(database: Database, bring: Apply, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    bring(values(), out)
    held = read(out)
    assert sorted(held) == sorted(LOGINS)
    with database.read() as session:
        assert {login: tokens.scope_for_token(session, token).login for login, token in held.items()} == {
            login: login for login in LOGINS
        }
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if "out" in each.name] == ["out.json"]


def test_a_login_with_a_live_token_gets_no_new_one_and_what_out_holds_stays(bring: Apply, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text('{"somebody": "kura_else"}', encoding="utf-8")
    bring(values(), out)
    before = read(out)
    assert before["somebody"] == "kura_else"
    bring(values(), out)
    assert read(out) == before
    said = many(2)
    bring(said, out)
    assert read(out).items() > before.items()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_revoked_token_is_replaced_and_a_lost_one_is_named(database: Database, bring: Apply, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    bring(values(), out)
    before = read(out)
    with database.transaction() as session:
        tokens.revoke(session, Scope.system(), known(session, "boss"))
    assert bring(values(), out).changes == ["token boss: new"]
    assert {login for login, token in read(out).items() if token != before[login]} == {"boss"}
    out.unlink()
    report = bring(values(), out)
    assert report.changes == []
    assert len([line for line in report.kept if line.startswith("token")]) == 4
    assert read(out) == {}


def test_without_out_there_are_no_tokens(bring: Apply) -> None:
    assert bring(values()).tokens == {}


@pytest.mark.parametrize("content", ["not json", "[]", '{"a": 1}'])
def test_an_out_that_is_something_else_is_not_overwritten(bring: Apply, tmp_path: Path, content: str) -> None:
    out = tmp_path / "out.json"
    out.write_text(content, encoding="utf-8")
    with pytest.raises(Invalid):
        bring(values(), out)
    assert out.read_text(encoding="utf-8") == content


def test_where_out_cannot_be_written_nothing_is_applied(bring: Apply, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        bring(values(), tmp_path / "no such folder" / "out.json")
    assert "token boss: new" in bring(values(), tmp_path / "out.json").changes


def test_a_file_that_is_refused_leaves_out_alone(bring: Apply, tmp_path: Path) -> None:
    said = values()
    said["facilities"][0]["contracts"].append({**said["facilities"][0]["contracts"][0], "start": "2026-05-01"})
    with pytest.raises(AppError):
        bring(said, tmp_path / "out.json")
    assert not [each for each in tmp_path.iterdir() if "out" in each.name]
