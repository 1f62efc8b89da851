"""`verify` proves offline what the portal holds, and says what does not fit."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal


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


def test_a_gap_in_the_chain_is_shown_by_its_numbers(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    for number in range(4):
        run("import", folder_of(pictures[number : number + 1], tmp_path / f"i{number}", patient_id=f"P-{number}"))
    assert run("backup").status == 0
    files = {json.loads(file.read_text())["sequence"]: file for file in (home / "receipts").iterdir()}
    whole = run("verify", *files.values(), "--json").data["items"]
    assert [item["gap"] for item in whole] == [None] * 4
    cut = run("verify", files[1], files[4], "--json")
    assert (cut.status, [item["gap"] for item in cut.data["items"]]) == (0, [None, [2, 3]])
    assert "2–3" in run("verify", files[1], files[4]).out


def test_receipts_by_an_endorsed_new_key_are_taken_and_verify_beside_the_old(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    for turn in range(2):
        run("import", folder_of(pictures[turn : turn + 1], tmp_path / f"r{turn}", patient_id=f"P-{turn}"))
        assert run("backup").status == 0
        portal.rotate()
    found = run("verify", "--json")
    assert found.status == 0
    assert {item["key_id"] for item in found.data["items"]} == {"k1", "k2"}


def test_a_receipt_by_a_key_that_nobody_endorses_is_not_taken(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    portal.rotate(endorsed=False)
    run("import", folder_of(pictures[:1], tmp_path / "n", patient_id="P-1"))
    assert run("backup").status == 74
    assert list((home / "receipts").iterdir()) == []


def test_a_certificate_of_erasure_is_verified_by_its_signature(
    home: Path, portal: Portal, run: Command, tmp_path: Path
) -> None:
    content: dict[str, Any] = {"version": 1, "kind": "kura-erasure", "facility": "f001", "blobs": 3, "key_id": "k1"}
    signature = base64.b64encode(portal.private_key.sign(rfc8785.dumps(content))).decode()
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps({**content, "signature": signature}))
    assert run("verify", file, "--json").data["items"][0]["holds"]
    file.write_text(json.dumps({**content, "blobs": 2, "signature": signature}))
    assert run("verify", file).status == 74
