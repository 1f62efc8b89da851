"""A learned model on disk is data, whole or refused."""

from pathlib import Path

import pytest

from routing.router import modelfile
from routing.router.learned import Learned
from routing.router.text import normalise
from routing.router.train import train
from tests.routing.router.desks import month
from vault.base.errors import Damaged

TEXT = normalise("緑色の帯 and the invoice")


@pytest.fixture(scope="module")
def learned() -> Learned:
    return train(month())


def test_what_was_saved_says_exactly_what_was_learned(learned: Learned, tmp_path: Path) -> None:
    modelfile.save(tmp_path, "m1", learned)
    assert modelfile.load(tmp_path, "m1").probabilities(TEXT) == learned.probabilities(TEXT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m1.json", "m1.npz"]


@pytest.mark.parametrize("ending", ["npz", "json"])
@pytest.mark.parametrize("place", [0, 0.3, 0.6, 0.99])
def test_a_flipped_byte_is_noticed(learned: Learned, tmp_path: Path, ending: str, place: float) -> None:
    modelfile.save(tmp_path, "m1", learned)
    path = tmp_path / f"m1.{ending}"
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(Damaged):
        modelfile.load(tmp_path, "m1")


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_a_cut_or_missing_file_is_noticed(learned: Learned, tmp_path: Path, ending: str) -> None:
    modelfile.save(tmp_path, "m1", learned)
    path = tmp_path / f"m1.{ending}"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Damaged):
        modelfile.load(tmp_path, "m1")
    path.unlink()
    with pytest.raises(Damaged):
        modelfile.load(tmp_path, "m1")


def test_a_model_of_a_later_version_is_refused(learned: Learned, tmp_path: Path) -> None:
    modelfile.save(tmp_path, "m1", learned)
    path = tmp_path / "m1.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 1', '"version": 2', 1), encoding="utf-8")
    with pytest.raises(Damaged):
        modelfile.load(tmp_path, "m1")


def test_a_removed_model_is_gone_and_may_be_removed_again(learned: Learned, tmp_path: Path) -> None:
    modelfile.save(tmp_path, "m1", learned)
    modelfile.discard(tmp_path, "m1")
    modelfile.discard(tmp_path, "m1")
    assert not list(tmp_path.iterdir())
