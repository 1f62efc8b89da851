"""Provider keys wrap, rotate, and come back from the recovery file; nothing opens without them."""

from pathlib import Path

import pytest

from vault.base.errors import Conflict, Invalid, Unavailable
from vault.base.wrapping import Wrapped
from vault.store import keys, recovery
from vault.store.keys import KeyRing

PASSPHRASE = "蔵の鍵 three words"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recovery._COST, "n", 2**10)


def test_a_key_is_wrapped_for_one_purpose_only(tmp_path: Path) -> None:
    ring = keys.make(tmp_path)
    wrapped = ring.wrap(b"k" * 32, "area/a")
    assert keys.load(tmp_path).unwrap(wrapped, "area/a") == b"k" * 32
    with pytest.raises(Unavailable):
        ring.unwrap(wrapped, "area/b")
    altered = Wrapped(wrapped.key_id, wrapped.sealed[:-1] + bytes([wrapped.sealed[-1] ^ 1]))
    with pytest.raises(Unavailable):
        ring.unwrap(altered, "area/a")


def test_the_first_key_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    keys.make(tmp_path)
    with pytest.raises(Conflict):
        keys.make(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_newer_key_wraps_and_the_older_still_opens(tmp_path: Path) -> None:
    old = keys.make(tmp_path).wrap(b"k" * 32, "area/a")
    newer = keys.add(tmp_path)
    ring = keys.load(tmp_path)
    assert ring.wrap(b"k" * 32, "area/a").key_id == newer
    assert ring.unwrap(old, "area/a") == b"k" * 32


def test_without_the_provider_key_nothing_opens(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        keys.load(tmp_path)
    wrapped = KeyRing({"one": b"1" * 32}).wrap(b"k" * 32, "area/a")
    with pytest.raises(Unavailable):
        KeyRing({"two": b"1" * 32}).unwrap(wrapped, "area/a")


def test_an_unreadable_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "provider-x.key").write_text("{}")
    with pytest.raises(Unavailable, match=r"provider-x\.key"):
        keys.load(tmp_path)


def test_the_recovery_file_gives_every_key_back(tmp_path: Path) -> None:
    keys.make(tmp_path / "keys")
    keys.add(tmp_path / "keys")
    ring = keys.load(tmp_path / "keys")
    recovery.write(tmp_path / "recovery.json", ring, PASSPHRASE)
    assert ring.keys[ring.current].hex() not in (tmp_path / "recovery.json").read_text()
    keys.restore(tmp_path / "other", recovery.open_file(tmp_path / "recovery.json", f" {PASSPHRASE}\n"))
    assert keys.load(tmp_path / "other").keys == ring.keys


def test_a_wrong_passphrase_or_an_altered_file_does_not_open(tmp_path: Path) -> None:
    path = tmp_path / "recovery.json"
    recovery.write(path, keys.make(tmp_path / "keys"), PASSPHRASE)
    with pytest.raises(Invalid) as wrong:
        recovery.open_file(path, "another")
    assert wrong.value.field == "passphrase"
    path.write_text(path.read_text().replace('"made_at": "2', '"made_at": "3'))
    with pytest.raises(Invalid):
        recovery.open_file(path, PASSPHRASE)
    path.write_text("not json")
    with pytest.raises(Invalid) as unreadable:
        recovery.open_file(path, PASSPHRASE)
    assert unreadable.value.field == "file"


def test_the_warning_ends_when_a_copy_is_proved_and_begins_again_with_a_new_key(tmp_path: Path) -> None:
    folder, path = tmp_path / "keys", tmp_path / "recovery.json"
    ring = keys.make(folder)
    code = recovery.new_code()
    recovery.write(path, ring, code)
    assert not recovery.is_proved(folder, ring)
    recovery.prove(folder, path, code, ring)
    assert recovery.is_proved(folder, ring)
    keys.add(folder)
    newer = keys.load(folder)
    assert not recovery.is_proved(folder, newer)
    with pytest.raises(Invalid) as missing:
        recovery.prove(folder, path, code, newer)
    assert missing.value.values["key_id"] == newer.current


def test_a_recovery_file_is_never_written_over_and_needs_a_passphrase(tmp_path: Path) -> None:
    ring = keys.make(tmp_path / "keys")
    with pytest.raises(Invalid):
        recovery.write(tmp_path / "r.json", ring, "  ")
    recovery.write(tmp_path / "r.json", ring, PASSPHRASE)
    with pytest.raises(Conflict):
        recovery.write(tmp_path / "r.json", ring, PASSPHRASE)
