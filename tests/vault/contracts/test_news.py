"""What is told of a contract reaches both sides by notice and by letter, in their language, without patient data."""

from pathlib import Path

import pytest
from sqlalchemy import select

from portal.work import register
from tests.services.clock import HeldClock
from tests.vault.contracts.signing import ROOM, Table, seated, wish
from tests.vault.tenancy.tenants import known
from vault.base.database import Database
from vault.base.jobs import Job
from vault.base.notices import Notice
from vault.base.scope import Scope
from vault.base.settings import Server, Settings
from vault.contracts import acts
from vault.contracts.acts import Party
from vault.tenancy import mailing, people

NEWS = {
    "to-sign": ("署名を待っています", "waits for your signature"),
    "agreed": ("成立しました", "is agreed"),
    "withdrawn": ("取り下げられました", "was withdrawn"),
    "ends": ("次はどうしますか", "what is to follow?"),
    "ended": ("終了の手続き", "was ended"),
    "suspended": ("休止されました", "was suspended"),
    "resumed": ("再開しました", "goes on"),
    "wound-down": ("読み取り専用になりました", "the area is read-only"),
    "erasure": ("消去が指示されました", "erasure of the area was ordered"),
}


@pytest.fixture
def table(database: Database, clock: HeldClock) -> Table:
    """Both sides, each with an address; the jobs that send letters are known."""
    register()
    made = seated(database)
    with database.transaction() as session:
        for login, language in (("aoba-admin", "ja"), ("aoba-provider", "en")):
            person = known(session, login)
            people.set_language(session, Scope.system(), person, language)
            people.set_email(session, Scope.system(), person, f"{login}@example.com")
    return made


@pytest.mark.parametrize("what", NEWS)
@pytest.mark.parametrize("dated", [True, False])
def test_every_news_has_its_words_in_both_languages(table: Table, tmp_path: Path, what: str, *, dated: bool) -> None:
    settings = Settings(home=tmp_path, server=Server(url="https://kura.example.com/"))
    on = wish().values["start"] if dated else None
    with table.database.transaction() as session:
        for side, login, said in zip(
            (Party.FACILITY, Party.PROVIDER), ("aoba-admin", "aoba-provider"), NEWS[what], strict=True
        ):
            acts.tell(session, table.clinic, side, "c" * 26, what, target=ROOM, on=on)
            number = session.scalars(select(Notice.number).order_by(Notice.number.desc()).limit(1)).one()
            letter = mailing.letter(session, settings, number, known(session, login))
            assert said in letter.subject
            assert "https://kura.example.com/notices" in letter.text
            assert "None" not in letter.text


def test_an_offer_that_is_signed_writes_to_the_other_side(table: Table) -> None:
    table.agree()
    with table.database.read() as session:
        ordered = session.scalars(select(Job).where(Job.kind == mailing.SEND)).all()
        assert len(ordered) == 2


def test_the_act_words_of_the_access_log_know_every_act() -> None:
    words = Path("templates/components/acts.html").read_text(encoding="utf-8")
    done = (
        "offered",
        "signed",
        "withdrawn",
        "replaced",
        "ended",
        "suspended",
        "resumed",
        "reminded",
        "wound-down",
        "reopened",
    )
    assert not [one for one in done if f"'contract.{one}'" not in words]
