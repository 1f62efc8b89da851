"""A copy that fell due: real images, read back by pycdlib and by readers that share nothing with it."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.vault.media.copying import SMALL, Bench, files, noise
from vault.intake.signing import verify


def digests(content: dict[str, bytes]) -> set[str]:
    return {hashlib.sha256(one).hexdigest() for one in content.values()}


def test_the_area_lies_on_one_disc_with_its_pages_receipts_and_checksums(bench: Bench) -> None:
    bench.agree()
    images = [noise(30_000, 1), noise(10, 2), b""]
    receipt = bench.hold("P-<1>", *images)
    copy = bench.copy()
    (image,) = bench.images(copy)
    found = files(image)
    assert [found[f"exams/e000001/i{number:05d}.jpg"] for number in (1, 2, 3)] == images
    assert json.loads(found["receipts.jsonl"]) == receipt
    verify(receipt, {one["key_id"]: one["public_key"] for one in json.loads(found["keys.json"])["items"]})
    assert b"P-&lt;1&gt;" in found["index.html"]
    assert 'href="exams/e000001/index.html"' in found["index.html"].decode()
    page = found["exams/e000001/index.html"].decode()
    assert 'src="i00001.jpg"' in page
    assert "<script" not in page + found["index.html"].decode()
    assert '<span lang="ja">' in page
    assert '<span lang="en">Patient ID</span>' in page
    lines = found["sha256.txt"].decode().splitlines()
    sums = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    assert sums.keys() == found.keys() - {"sha256.txt", "disc.json"}
    assert all(hashlib.sha256(found[path]).hexdigest() == digest for path, digest in sums.items())
    said = json.loads(found["disc.json"])
    verify(said, bench.signing.public_keys)
    assert said["sums"] == hashlib.sha256(found["sha256.txt"]).hexdigest()
    assert (said["disc"], said["discs"], said["encrypted"]) == (1, 1, None)
    assert copy.discs[0].size == image.stat().st_size <= SMALL
    assert copy.discs[0].sha256 == hashlib.sha256(image.read_bytes()).hexdigest()


@pytest.mark.xorriso
def test_a_reader_of_iso_9660_finds_the_same_files_by_their_iso_names(bench: Bench, tmp_path: Path) -> None:
    image, out = _two_patients(bench), tmp_path / "out"
    subprocess.run(
        ["xorriso", "-osirrox", "on", "-indev", f"stdio:{image}", "-extract", "/", out], check=True, capture_output=True
    )
    assert {path.lower(): content for path, content in _extracted(out).items()} == files(image)


@pytest.mark.sevenzip
def test_a_reader_of_udf_finds_the_same_files_and_sha256sum_reads_the_list(bench: Bench, tmp_path: Path) -> None:
    image, out = _two_patients(bench), tmp_path / "out"
    subprocess.run(["7z", "x", "-y", "-tudf", f"-o{out}", image], check=True, capture_output=True)
    assert _extracted(out) == files(image)
    done = subprocess.run(["sha256sum", "-c", "sha256.txt"], cwd=out, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (out / "exams/e000001/i00001.jpg").write_bytes(b"other")
    done = subprocess.run(["sha256sum", "-c", "sha256.txt"], cwd=out, capture_output=True, text=True)
    assert "exams/e000001/i00001.jpg: FAILED" in done.stdout


def _two_patients(bench: Bench) -> Path:
    bench.agree()
    bench.hold("P-1", noise(70_000, 1), noise(2048, 2))
    bench.hold("P-2", noise(5, 3), b"")
    bench.put("案内/手順.pdf", noise(5000, 4))
    (image,) = bench.images(bench.copy())
    return image


def _extracted(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
