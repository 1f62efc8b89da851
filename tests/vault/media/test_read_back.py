"""`kura-capture media`: a copy is read back, whatever was done to it is named, and it opens without the portal."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from capture_client.cli import outcome
from tests.vault.care.keeping import flip
from tests.vault.media.copying import Bench, files, noise
from vault.intake.signing import SigningKeys
from vault.media import service
from vault.media.queries import Copy

BIG = 3_500_000
"""Larger than one of the tests' discs."""


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KURA_CAPTURE_HOME", str(tmp_path / "no-home"))
    monkeypatch.setenv("KURA_CAPTURE_LANG", "en")


@pytest.fixture
def several(bench: Bench) -> Copy:
    """Four patients on several discs: one exam is larger than a disc, and of one of its clips so are the bytes."""
    bench.agree()
    bench.hold("P-1", noise(900_000, 1), noise(900_000, 2))
    bench.hold("P-2", noise(BIG, 3), noise(70_000, 4))
    bench.hold("P-3", noise(50_000, 5))
    bench.hold("P-4", noise(900_000, 6), noise(900_000, 7))
    bench.put("手順/洗浄.pdf", noise(20_000, 8))
    return bench.copy()


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    """Exit status, the one report, the sentences."""
    capsys.readouterr()
    status = outcome(["media", "verify", "--json", *map(str, arguments)])
    found = capsys.readouterr()
    return status, json.loads(found.out)["items"][0] if found.out else {}, found.err


def test_a_whole_copy_holds(bench: Bench, several: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    assert several.row.discs > 2
    status, report, _ = said(capsys, bench.media / several.row.id)
    assert (status, report["holds"], report["proved"], report["exams"]) == (0, True, True, 4)
    assert report["given"] == list(range(1, several.row.discs + 1))


def test_pinned_keys_of_somebody_else_prove_nothing(
    bench: Bench, several: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = SigningKeys.make(tmp_path / "other")
    items = [{"key_id": key_id, "public_key": key} for key_id, key in other.public_keys.items()]
    (tmp_path / "keys.json").write_text(json.dumps({"items": items}))
    status, report, _ = said(capsys, bench.media / several.row.id, "--keys", tmp_path / "keys.json")
    assert status == 74
    assert {(fault["file"], fault["fault"]) for fault in report["faults"]} == {
        ("disc.json", "signature"),
        ("receipts.jsonl", "signature"),
    }


def test_a_disc_that_is_missing_is_named(bench: Bench, several: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    images = bench.images(several)
    status, report, _ = said(capsys, *images[:1], *images[2:])
    assert status == 74
    assert {"disc": 2, "file": "", "fault": "disc missing", "name": ""} in report["faults"]


def test_a_flipped_byte_is_named_by_disc_file_and_the_name_people_know(
    bench: Bench, several: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    image = bench.images(several)[0]
    content = noise(900_000, 2)
    flip(image, image.read_bytes().index(content[:64]) + 1000)
    status, report, sentences = said(capsys, bench.media / several.row.id)
    assert status == 74
    (fault,) = report["faults"]
    assert fault == {"disc": 1, "file": "exams/e000001/i00002.jpg", "fault": "damaged", "name": "1.jpg"}
    assert "1 things on these discs are damaged or missing" in sentences


def test_discs_copied_to_folders_are_checked_as_images_are(
    bench: Bench, several: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, image in enumerate(bench.images(several), 1):
        for path, content in files(image).items():
            # As some systems show a disc: every name in capitals.
            place = tmp_path / "drives" / str(number) / path.upper()
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    assert said(capsys, tmp_path / "drives")[0] == 0
    (tmp_path / "drives/1/EXAMS/E000001/I00001.JPG").unlink()
    status, report, _ = said(capsys, tmp_path / "drives")
    assert status == 74
    assert [(fault["file"], fault["fault"]) for fault in report["faults"]] == [("exams/e000001/i00001.jpg", "missing")]


def test_the_receipts_of_the_first_disc_are_verified_offline(bench: Bench, several: Copy, tmp_path: Path) -> None:
    found = files(bench.images(several)[0])
    for name in ("receipts.jsonl", "keys.json", "disc.json"):
        (tmp_path / name).write_bytes(found[name])
    keys = ["--keys", str(tmp_path / "keys.json")]
    assert outcome(["verify", str(tmp_path / "receipts.jsonl"), str(tmp_path / "disc.json"), *keys]) == 0
    forged = found["receipts.jsonl"].replace(b'"P-1"', b'"P-9"')
    (tmp_path / "receipts.jsonl").write_bytes(forged)
    assert outcome(["verify", str(tmp_path / "receipts.jsonl"), *keys]) == 74


def test_what_came_in_parts_is_put_together(
    bench: Bench, several: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["media", "open", str(bench.media / several.row.id), "--to", str(tmp_path / "out")]) == 0
    joined = [file for file in (tmp_path / "out").rglob("i00001.jpg") if file.stat().st_size == BIG]
    assert [file.read_bytes() for file in joined] == [noise(BIG, 3)]
    (paper,) = (tmp_path / "out").rglob("f*.pdf")
    assert paper.read_bytes() == noise(20_000, 8)


class TestEncrypted:
    """Nothing of a patient is legible, and nothing opens without the passphrase, which is shown once."""

    @pytest.fixture
    def copy(self, bench: Bench) -> Copy:
        bench.agree(encrypted_discs=True)
        bench.hold("SECRET-PATIENT", noise(1_500_000, 1), noise(10, 2))
        bench.hold("SECRET-OTHER", noise(BIG, 3))
        return bench.copy()

    @pytest.fixture
    def passphrase(self, bench: Bench, copy: Copy, tmp_path: Path) -> Path:
        with bench.vault.database.transaction() as session:
            shown = service.show_passphrase(session, bench.head, bench.vault.store, copy.row.id)
        file = tmp_path / "passphrase.txt"
        # As a person copies it from paper.
        file.write_text(shown.lower().replace("-", " ").replace("0", "o"))
        return file

    def test_nothing_is_legible(self, bench: Bench, copy: Copy) -> None:
        for image in bench.images(copy):
            content = image.read_bytes()
            assert b"SECRET" not in content
            assert noise(1_500_000, 1)[:64] not in content
            clear = {path for path in files(image) if not path.endswith(".enc")}
            assert clear == {"sha256.txt", "disc.json", "readme.txt"}

    def test_the_checksums_hold_without_the_passphrase_and_say_that_this_is_all(
        self, bench: Bench, copy: Copy, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, report, sentences = said(capsys, bench.media / copy.row.id)
        assert (status, report["holds"], report["proved"]) == (0, True, False)
        assert "Checksums alone were compared" in sentences

    def test_with_it_the_receipts_prove_the_copy(
        self, bench: Bench, copy: Copy, passphrase: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        status, report, _ = said(capsys, bench.media / copy.row.id, "--passphrase-file", passphrase)
        assert (status, report["holds"], report["proved"], report["exams"]) == (0, True, True, 2)

    def test_it_opens_to_what_was_copied(self, bench: Bench, copy: Copy, passphrase: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        arguments = ["media", "open", str(bench.media / copy.row.id), "--to", str(out)]
        assert outcome([*arguments, "--passphrase-file", str(passphrase)]) == 0
        found = [file.read_bytes() for file in out.rglob("i0000*.jpg")]
        assert sorted(map(len, found)) == [10, 1_500_000, BIG]
        assert noise(BIG, 3) in found
        assert "SECRET-PATIENT" in "".join(file.read_text() for file in out.rglob("index.html"))

    def test_another_passphrase_opens_nothing(
        self, bench: Bench, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "wrong").write_text("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA")
        arguments = ["media", "open", str(bench.media / copy.row.id), "--to", str(tmp_path / "out")]
        assert outcome([*arguments, "--passphrase-file", str(tmp_path / "wrong")]) == 2
        assert "not the passphrase" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["nothing", "garbage", "cut"])
def test_what_is_no_disc_is_said_to_be_none(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    place = tmp_path / "image.iso"
    if what == "garbage":
        place.write_bytes(noise(600_000))
    elif what == "cut":
        bench.agree()
        bench.hold("P-1", noise(10))
        shutil.copy(bench.images(bench.copy())[0], place)
        place.write_bytes(place.read_bytes()[:500_000])
    status = outcome(["media", "verify", str(place if what != "nothing" else tmp_path / "empty")])
    assert status in (4, 74)
    assert capsys.readouterr().err.strip()
