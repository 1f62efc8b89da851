"""`verify` proves offline what the portal holds, and says what does not fit."""

import json
from pathlib import Path

import pytest

from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double import Portal


@pytest.fixture
def receipts(home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path) -> list[Path]:
    """Two backed-up exams; the portal is of no use afterwards."""
    for number in range(2):
        run(
            "import", folder_of(pictures[number * 3 : number * 3 + 3], tmp_path / str(number), patient_id=f"P-{number}")
        )
    assert run("backup").status == 0
    portal.faults = [503] * 999
    portal.called.clear()
    return sorted((home / "receipts").iterdir())


def test_receipts_hold_without_the_portal(receipts: list[Path], portal: Portal, run: Command) -> None:
    done = run("verify", *receipts, "--json")
    assert done.status == 0
    assert [item["holds"] for item in done.data["items"]] == [True, True]
    assert all(item["files"] for item in done.data["items"])
    assert portal.called == []


def test_all_of_the_homes_receipts_when_none_is_named(receipts: list[Path], run: Command) -> None:
    assert len(run("verify", "--json").data["items"]) == 2


def test_a_flipped_byte_in_a_file_shows(receipts: list[Path], home: Path, run: Command) -> None:
    [file] = (home / "filing" / receipts[0].stem).glob("IMG1.jpg")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    failed = run("verify", receipts[0], "--json")
    assert failed.status == 74
    assert failed.data["items"][0]["faults"] == ["file IMG1.jpg"]
    assert len(failed.err.splitlines()) == 1


def test_files_may_be_anywhere(receipts: list[Path], run: Command, pictures: list[bytes], tmp_path: Path) -> None:
    right = [run("verify", one, "--files", tmp_path / str(n)).status for one in receipts for n in range(2)]
    assert sorted(right) == [0, 0, 74, 74]


def test_a_changed_receipt_does_not_hold(receipts: list[Path], run: Command) -> None:
    said = json.loads(receipts[0].read_text())
    receipts[0].write_text(json.dumps({**said, "patient_id": "P-7"}))
    failed = run("verify", *receipts, "--json")
    assert failed.status == 74
    assert any("signature" in item["faults"] for item in failed.data["items"])


def test_with_given_keys_no_home_is_needed(
    receipts: list[Path], home: Path, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURA_CAPTURE_HOME", str(tmp_path / "elsewhere"))
    assert run("verify", receipts[0], "--keys", home / "receipt-keys.json").status == 0


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"sequence": 1, "images": [{"name": "../x", "sha256": "", "size": 0}]}']
)
def test_what_is_no_receipt_is_refused(content: str, home: Path, run: Command, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(content)
    failed = run("verify", tmp_path / "r.json")
    assert failed.status == 2
    assert len(failed.err.splitlines()) == 1


def test_a_receipt_that_is_not_there_is_not_found(home: Path, run: Command) -> None:
    assert run("verify", "gone.json").status == 4
