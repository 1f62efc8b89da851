"""`kura check --mail`: whoever sets a mail server sees a letter arrive, or why it does not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal.cli import app
from tests.http.world import build
from tests.services import mailbox
from vault.base.errors import AppError, Invalid, Unavailable


@pytest.fixture
def home(tmp_path: Path) -> Path:
    build(tmp_path).installation.close()
    return tmp_path / "home"


def check(home: Path, server: str = "", security: str = "none", to: str = "") -> str:
    """What is said; raises what the command raises."""
    environment = {"KURA_MAIL_SERVER": server, "KURA_MAIL_SECURITY": security, "KURA_MAIL_SENDER": "kura@example.com"}
    words = ["--home", str(home), "check", *(["--mail", to] if to else [])]
    done = CliRunner().invoke(app, words, env=environment)
    if isinstance(done.exception, AppError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_the_letter_arrives(home: Path) -> None:
    with mailbox.serving() as box:
        assert f"mail: letters go to {box.server}" in check(home, box.server, to="me@example.com")
        assert [one["To"] for one in box.letters] == ["me@example.com"]


def test_why_it_does_not_is_said(home: Path) -> None:
    with mailbox.serving() as box:
        with pytest.raises(Unavailable, match="mail_server"):
            check(home, box.server, "starttls", "me@example.com")
        box.answer = "550 no such user"
        with pytest.raises(Invalid, match="mail_refused"):
            check(home, box.server, to="me@example.com")
        assert box.letters == []
    with pytest.raises(Invalid, match="mail_not_set"):
        check(home, to="me@example.com")
    assert "notices stand on their page alone" in check(home)
