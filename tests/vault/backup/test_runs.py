"""A backup run is finished when everything it listed is held, and not before."""

from typing import Any

import pytest

from tests.vault.intake.exams import announce, commit, send, sha256, tar_of
from tests.vault.store.areas import Vault
from vault.backup import queries, service
from vault.backup.models import BackupRun, RunState
from vault.base.errors import Denied, IllegalMove, Invalid, NotFound
from vault.base.scope import Scope
from vault.intake.signing import SigningKeys
from vault.tenancy import devices
from vault.tenancy.scopes import of_device

ONE, TWO = b"first image", b"second image"


def listed(*contents: bytes) -> list[dict[str, Any]]:
    digests = [sha256(content) for content in contents]
    return [{"patient_id": "P-1", "performed_at": "2026-04-01T09:00:00+09:00", "digests": digests}]


def open_run(vault: Vault, scope: Scope, *contents: bytes) -> str:
    with vault.database.transaction() as session:
        return service.open_run(
            session, scope, plan_version="v1", trigger="per-exam", exams=listed(*contents) if contents else []
        ).id


def close_run(vault: Vault, scope: Scope, run_id: str, state: str = "finished", error: str | None = None) -> BackupRun:
    with vault.database.transaction() as session:
        return service.close_run(session, scope, run_id, state=state, error=error)


def hold(vault: Vault, scope: Scope, signing: SigningKeys, *contents: bytes, end: bool = True) -> None:
    images = {f"{number}.jpg": content for number, content in enumerate(contents)}
    exam_id = announce(vault, scope, images).id
    send(vault, scope, exam_id, tar_of(*contents))
    if end:
        commit(vault, scope, signing, exam_id)


def test_a_run_whose_images_are_all_held_is_finished(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    run_id = open_run(vault, aoba, ONE, TWO)
    hold(vault, aoba, signing, ONE, TWO)
    run = close_run(vault, aoba, run_id)
    assert (run.state, run.missing, run.error) == (RunState.FINISHED, [], None)


def test_a_run_that_misses_an_image_has_failed_until_it_is_there(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    run_id = open_run(vault, aoba, ONE, TWO)
    hold(vault, aoba, signing, ONE)
    run = close_run(vault, aoba, run_id)
    assert (run.state, run.missing, run.error) == (RunState.FAILED, [sha256(TWO)], "missing")
    hold(vault, aoba, signing, TWO)
    assert close_run(vault, aoba, run_id).state == RunState.FINISHED
    assert close_run(vault, aoba, run_id).state == RunState.FINISHED
    with pytest.raises(IllegalMove):
        close_run(vault, aoba, run_id, "failed")


def test_an_exam_without_its_receipt_is_not_held(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    run_id = open_run(vault, aoba, ONE)
    hold(vault, aoba, signing, ONE, end=False)
    assert close_run(vault, aoba, run_id).missing == [sha256(ONE)]


def test_what_another_area_holds_does_not_count(vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys) -> None:
    run_id = open_run(vault, aoba, ONE)
    hold(vault, midori, signing, ONE)
    assert close_run(vault, aoba, run_id).missing == [sha256(ONE)]


def test_a_run_that_failed_at_the_device_says_why(vault: Vault, aoba: Scope) -> None:
    run = close_run(vault, aoba, open_run(vault, aoba), "failed", "mass storage not mounted")
    assert (run.state, run.missing, run.error) == (RunState.FAILED, [], "mass storage not mounted")


def test_an_empty_run_is_finished(vault: Vault, aoba: Scope) -> None:
    assert close_run(vault, aoba, open_run(vault, aoba)).state == RunState.FINISHED


def test_a_run_is_its_device_s_alone(vault: Vault, aoba: Scope, midori: Scope) -> None:
    run_id = open_run(vault, aoba, ONE)
    with vault.database.transaction() as session:
        other = of_device(devices.add(session, Scope.system(aoba.area), login="aoba-capture2"), None)
    for stranger in (midori, other):
        with pytest.raises(NotFound):
            close_run(vault, stranger, run_id)
    with pytest.raises(Denied):
        open_run(vault, Scope.system(aoba.area))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"trigger": "Wann immer"}, "trigger"),
        ({"plan_version": "v" * 65}, "plan_version"),
        ({"part": 3, "parts": 2}, "part"),
        ({"part": 0, "parts": 2}, "part"),
        ({"exams": [{"patient_id": "P", "performed_at": "", "digests": ["ab"]}]}, "exams.0.digests"),
    ],
)
def test_what_a_run_cannot_say_is_named(vault: Vault, aoba: Scope, wrong: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"plan_version": None, "trigger": "nightly", "exams": [], **wrong}
    with vault.database.read() as session, pytest.raises(Invalid) as told:
        service.open_run(session, aoba, **values)
    assert told.value.field == field


def test_the_latest_runs_come_first_and_of_the_own_area(vault: Vault, aoba: Scope, midori: Scope) -> None:
    runs = [open_run(vault, aoba) for _ in range(3)]
    open_run(vault, midori)
    with vault.database.read() as session:
        assert [run.id for run in queries.recent(session, aoba, limit=2)] == runs[:0:-1]
        last = queries.last_of(session, aoba, aoba.device_id or "")
        assert last is not None
        assert last.id == runs[-1]
