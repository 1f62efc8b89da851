"""`init`, `status`, settings, and what every command promises about errors."""

import json
import stat
from pathlib import Path

import pytest

from capture_client import texts
from capture_client.backup import receipt
from capture_client.settings import Home, Settings, as_toml
from tests.capture_client.conftest import Command
from tests.capture_client.portal_double.state import Portal


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


def pinned(home: Path) -> dict[str, str]:
    return {
        item["key_id"]: item["public_key"] for item in json.loads((home / "receipt-keys.json").read_text())["items"]
    }


def test_a_key_that_the_pinned_one_endorses_is_taken_in_over_two_rotations(
    home: Path, portal: Portal, run: Command
) -> None:
    for _ in range(2):
        portal.rotate()
    assert run("init", "--update-keys").status == 0
    assert pinned(home) == {item["key_id"]: item["public_key"] for item in portal.public_keys()}


def test_a_key_that_nobody_endorses_is_pinned_only_by_its_fingerprint(home: Path, portal: Portal, run: Command) -> None:
    portal.rotate(endorsed=False)
    refused = run("init", "--update-keys")
    assert (refused.status, list(pinned(home))) == (74, ["k1"])
    fingerprint = receipt.fingerprint(portal.public_keys()[-1])
    assert fingerprint in refused.err
    assert run("init", "--update-keys", "--trust", "0" * 32).status == 74
    assert run("init", "--update-keys", "--trust", fingerprint).status == 0
    assert set(pinned(home)) == {"k1", "k2"}


@pytest.mark.parametrize("spoilt", ["endorsement", "endorsed_by", "public_key"])
def test_a_spoilt_endorsement_and_a_changed_key_are_refused(
    home: Path, portal: Portal, run: Command, spoilt: str
) -> None:
    portal.rotate()
    before, (old, new) = pinned(home), portal.public_keys()
    other = {"endorsement": "A" * 86 + "==", "endorsed_by": "k9", "public_key": old["public_key"]}[spoilt]
    forged = {**old, "public_key": "A" * 43 + "="}
    Portal.public_keys, kept = lambda self: [forged, {**new, spoilt: other}], Portal.public_keys  # type: ignore[method-assign]
    try:
        assert run("init", "--update-keys").status == 74
    finally:
        Portal.public_keys = kept  # type: ignore[method-assign]
    assert pinned(home) == before


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
