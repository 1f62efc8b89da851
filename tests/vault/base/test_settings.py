"""Settings: the file, the environment over it, and no silent slip."""

from pathlib import Path

import pytest

from vault.base import settings
from vault.base.errors import Invalid


def write(home: Path, content: str) -> Path:
    (home / settings.SETTINGS_FILE).write_text(content, encoding="utf-8")
    return home


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    read = settings.read(tmp_path, {})
    assert read.people.totp_required
    assert read.database_url == f"sqlite:///{tmp_path / 'kura.sqlite'}"
    assert (read.worker.embedded, read.search.engine) == (True, "tantivy")


def test_the_environment_goes_over_the_file_key_by_key(tmp_path: Path) -> None:
    home = write(tmp_path, '[server]\nbind = "127.0.0.1:1"\nthreads = 8\n[people]\nsession_hours = 2\n')
    read = settings.read(home, {"KURA_SERVER_BIND": "127.0.0.1:2", "KURA_PEOPLE_TOTP_REQUIRED": "false"})
    assert (read.server.bind, read.server.threads) == ("127.0.0.1:2", 8)
    assert (read.people.totp_required, read.people.session_hours) == (False, 2)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("[server]\nbnid = 'x'\n", "server.bnid"),
        ("[sever]\nbind = 'x'\n", "sever"),
        ("[server]\nthreads = 'many'\n", "server.threads"),
        ("[people]\nsession_hours = 0\n", "people.session_hours"),
        ("server = 3\n", "server"),
        ("[server\n", "kura.toml"),
    ],
)
def test_what_the_file_cannot_mean_is_named(tmp_path: Path, content: str, field: str) -> None:
    with pytest.raises(Invalid) as told:
        settings.read(write(tmp_path, content), {})
    assert told.value.field == field


def test_an_unknown_setting_of_the_environment_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as told:
        settings.read(tmp_path, {"KURA_SERVER_BNID": "x"})
    assert told.value.field == "server.bnid"


def test_a_table_is_needed_where_the_environment_adds_to_it(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as told:
        settings.read(write(tmp_path, "server = 3\n"), {"KURA_SERVER_BIND": "x"})
    assert told.value.field == "server"


def test_variables_of_no_section_are_left_alone(tmp_path: Path) -> None:
    assert settings.read(tmp_path, {"KURA_HOME": "x", "KURA_CAPTURE_HOME": "y", "PATH": "z"}).server.bind
