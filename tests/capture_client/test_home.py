"""`init`, `status`, settings, and what every command promises about errors."""

import json
import stat
from pathlib import Path

import pytest

from capture_client import texts
from capture_client.settings import Home, Settings, as_toml
from tests.capture_client.conftest import Command
from tests.capture_client.portal_double import Portal


def test_init_pins_the_keys_and_keeps_the_token_to_itself(home: Path, portal: Portal) -> None:
    assert json.loads((home / "receipt-keys.json").read_text())["items"] == portal.public_keys()
    assert stat.S_IMODE((home / "capture.toml").stat().st_mode) == 0o600


def test_a_second_init_refuses_and_changes_nothing(home: Path, portal: Portal, run: Command) -> None:
    before = (home / "capture.toml").read_bytes()
    failed = run("init", "--server", portal.url, "--token", "other")
    assert failed.status == 6
    assert (home / "capture.toml").read_bytes() == before
    assert portal.called == []


def test_a_wrong_token_makes_no_home(portal: Portal, run: Command, tmp_path: Path) -> None:
    assert run("init", "--home", tmp_path / "h", "--server", portal.url, "--token", "wrong").status == 5
    assert not (tmp_path / "h" / "capture.toml").exists()


def test_new_receipt_keys_are_pinned_only_by_hand_and_never_replace_one(
    home: Path, portal: Portal, run: Command
) -> None:
    old = portal.public_keys()[0]
    forged = {**old, "public_key": "A" * 43 + "="}
    Portal.public_keys, kept = lambda self: [forged, {**old, "key_id": "k2"}], Portal.public_keys  # type: ignore[method-assign]
    try:
        assert run("init", "--update-keys").status == 0
    finally:
        Portal.public_keys = kept  # type: ignore[method-assign]
    pinned = {
        item["key_id"]: item["public_key"] for item in json.loads((home / "receipt-keys.json").read_text())["items"]
    }
    assert pinned == {"k1": old["public_key"], "k2": old["public_key"]}


def test_status_tells_how_things_stand_also_without_the_portal(home: Path, portal: Portal, run: Command) -> None:
    found = run("status", "--json").data
    assert found["reachable"] is True
    assert found["plan"]["timing"] == "on-demand"
    assert found["exams"] == {"open": 0, "filed": 0, "stored": 0, "backed-up": 0}
    portal.faults = [503]
    away = run("status", "--json")
    assert (away.status, away.data["reachable"]) == (0, False)
    assert "on-demand" in run("status").out


@pytest.mark.parametrize("command", ["list", "status", "backup", "inbox"])
def test_before_init_a_command_says_what_to_do(command: str, run: Command, tmp_path: Path) -> None:
    failed = run(command, "--home", tmp_path)
    assert failed.status == 4
    assert "kura-capture init" in failed.err
    assert failed.out == ""


@pytest.mark.parametrize("arguments", [["bogus"], ["list", "--bogus"], ["request", "--subject", "s"], ["restore"]])
def test_a_wrong_command_line_is_one_line(arguments: list[str], home: Path, run: Command) -> None:
    failed = run(*arguments)
    assert failed.status == 2
    assert len(failed.err.splitlines()) == 1


def test_a_misspelt_setting_is_named(home: Path, run: Command) -> None:
    with (home / "capture.toml").open("a") as file:
        file.write("\n[inboxes]\npoll = 3\n")
    failed = run("list")
    assert failed.status == 2
    assert "inboxes" in failed.err


def test_settings_survive_being_written(tmp_path: Path) -> None:
    settings = Settings.model_validate({"server": {"url": "https://x", "token": 'a"\\b患'}})
    home = Home.make(tmp_path / "home", settings)
    assert Home.open(home.folder).settings == settings
    assert as_toml(settings).count("[") == 5


def test_every_sentence_is_in_both_languages_with_the_same_values() -> None:
    fields = _fields
    assert texts.ENGLISH.keys() == texts.JAPANESE.keys()
    assert [k for k in texts.ENGLISH if fields(texts.ENGLISH[k]) != fields(texts.JAPANESE[k])] == []


def _fields(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_japanese_by_the_environment(home: Path, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_CAPTURE_LANG", "ja")
    assert run("inbox").err == "届いている回答はありません。\n"
