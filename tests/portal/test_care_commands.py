"""`kura scrub` and `kura drill`, as somebody types them after a disk has gone bad."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portal.cli import app
from tests.http.world import build
from tests.vault.care.keeping import flip
from vault.base.errors import Damaged, Invalid
from vault.base.settings import read


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Holds one exam of one image."""
    world = build(tmp_path)
    world.exam("aoba-capture1", count=1)
    world.installation.close()
    return tmp_path / "home"


def kura(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *words])


def test_a_sound_vault_is_scrubbed_and_drilled_and_all_is_well(home: Path) -> None:
    scrubbed = kura(home, "scrub", "--json")
    assert scrubbed.exit_code == 0, scrubbed.output
    found = json.loads(scrubbed.stdout)
    assert (found["blobs"], found["damaged"], found["open"], found["names"]) == (1, 0, 0, [])
    drilled = kura(home, "drill", "--json")
    assert drilled.exit_code == 0, drilled.output
    assert json.loads(drilled.stdout)["images"] == 1


def test_rot_is_told_by_exam_and_image_and_by_the_exit_status(home: Path) -> None:
    (pack,) = (home / "vault").rglob("*.pack")
    flip(pack, 150)
    scrubbed = kura(home, "scrub")
    assert scrubbed.exit_code == Damaged.exit
    assert "image 0.jpg" in scrubbed.stdout
    status = kura(home, "scrub", "--status", "--json")
    assert status.exit_code == Damaged.exit
    (named,) = json.loads(status.stdout)["names"]
    assert named["facility"] == "aoba"
    assert kura(home, "drill").exit_code == Damaged.exit
    assert "kura scrub --status" in kura(home, "check").stdout


def test_keys_of_a_server_are_refused_in_the_file(home: Path) -> None:
    with (home / "kura.toml").open("a", encoding="utf-8") as file:
        file.write('second_secret_key = "x"\n')
    with pytest.raises(Invalid) as refused:
        read(home, {})
    assert "KURA_VAULT_SECOND_SECRET_KEY" in str(refused.value.values["problem"])
