"""What both sides agreed to is kept as a PDF: once, in the languages agreed in, with the text that its digest is of."""

import io
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from tests.services.clock import HeldClock
from tests.vault.billing.books import settings_in
from tests.vault.contracts.signing import ROOM, Table, seated, wish
from vault.base import jobs, printing
from vault.base.audit import AuditRow, broken_links
from vault.base.database import Database
from vault.base.errors import Damaged, NotFound
from vault.base.scope import Scope
from vault.contracts import documents, offers, papers, tasks
from vault.contracts.models import ContractAct, Paper
from vault.contracts.tasks import PRINT


@pytest.fixture
def table(database: Database, clock: HeldClock) -> Table:
    """Both sides on 1 April 2026."""
    return seated(database)


@pytest.fixture
def work(table: Table, tmp_path: Path) -> Any:
    """Let the worker do what is due; what the last job told."""
    resources = SimpleNamespace(settings=settings_in(tmp_path))

    def done() -> dict[str, Any]:
        jobs.run_due(table.database, resources)
        with table.database.read() as session:
            printed = select(jobs.Job.result).where(jobs.Job.kind == PRINT, jobs.Job.result.is_not(None))
            return dict(session.scalars(printed.order_by(jobs.Job.finished_at.desc()).limit(1)).one())

    return done


def signed(table: Table, ours: str = "ja", theirs: str = "ja") -> str:
    """A contract that the clinic agreed to in one language and the provider in another; its id."""
    row = table.do(offers.offer, table.clinic, wish())
    table.do(offers.sign, table.clinic, row.id, row.digest, address="192.0.2.7", language=ours)
    table.do(offers.sign, table.provider, row.id, row.digest, address="198.51.100.1", language=theirs)
    return row.id


def pdf(table: Table, scope: Scope, contract_id: str, language: str = "ja") -> bytes:
    content: bytes = table.do(papers.one, scope, contract_id, language).content
    return content


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_it_says_who_agreed_when_from_where_and_to_what(table: Table, work: Any) -> None:
    made = signed(table)
    assert work() == {"printed": 1, "waiting": 0}
    text, digest = text_of(pdf(table, table.clinic, made)), table.do(documents.document, table.clinic, made).digest
    said = [
        "バックアップ契約書",
        ROOM,
        "10,000円",
        "aoba-admin",
        "192.0.2.7",
        "aoba-provider",
        "198.51.100.1",
        "09:00:00",
    ]
    assert [word for word in said if word not in text] == []
    assert text.replace("\n", "").count(digest) == 2


def test_it_carries_the_text_whose_digest_both_sides_signed(table: Table, work: Any) -> None:
    """Whoever has the PDF alone can prove it: the SHA-256 of the file that it carries stands under both signatures."""
    made = signed(table)
    work()
    content = pdf(table, table.provider, made)
    ((name, (attached, *_)),) = PdfReader(io.BytesIO(content)).attachments.items()
    assert name == f"contract-{made}.txt"
    with table.database.read() as session:
        acts = session.scalars(select(ContractAct.text_digest).where(ContractAct.what == "signed")).all()
    assert set(acts) == {sha256(attached).hexdigest()}
    assert attached.decode().startswith("バックアップ契約書")
    assert "Contract of backup" in attached.decode()


def test_there_is_one_for_each_language_agreed_in(table: Table, work: Any) -> None:
    made = signed(table, "ja", "en")
    work()
    kept = table.do(papers.of, table.clinic, made)
    assert [one.language for one in kept] == ["en", "ja"]
    english, japanese = (text_of(pdf(table, table.clinic, made, language)) for language in ("en", "ja"))
    assert "Contract of backup" in english
    assert "バックアップ契約書" in japanese
    only = signed_again(table)
    work()
    assert table.do(papers.one, table.clinic, only, "ja").language == "en"


def signed_again(table: Table) -> str:
    row = table.do(offers.offer, table.clinic, wish(target="病棟"))
    for side in (table.clinic, table.provider):
        table.do(offers.sign, side, row.id, row.digest, language="en")
    return row.id


def test_it_is_made_once_and_its_digest_stands_in_the_audit_log(table: Table, work: Any, clock: HeldClock) -> None:
    made = signed(table)
    work()
    first = pdf(table, table.clinic, made)
    clock.forward(timedelta(hours=1))
    assert work() == {"printed": 0, "waiting": 0}
    again = papers.Printed("ja", "0" * 64, b"something else")
    table.do(papers.keep, table.provider, made, [again])
    assert pdf(table, table.provider, made) == first
    with table.database.read() as session:
        printed = select(AuditRow.items).where(AuditRow.what == "contract.printed")
        assert session.scalars(printed).all() == [[f"contract:{made}", f"paper:ja:{sha256(first).hexdigest()}"]]
        assert list(broken_links(session, table.clinic.area)) == []


def test_bytes_that_were_altered_are_never_shown(table: Table, work: Any) -> None:
    made = signed(table)
    work()
    altered = pdf(table, table.clinic, made) + b" "
    with table.database.transaction() as session:
        session.execute(update(Paper).values(content=altered))
    with pytest.raises(Damaged):
        pdf(table, table.clinic, made)


def test_where_nothing_can_be_printed_both_sides_agree_and_the_paper_follows(
    table: Table, work: Any, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(printing, "import_module", _no_pango)
        made = signed(table)
        assert work() == {"printed": 0, "waiting": 1, "why": "no_pango"}
        assert [one.id for one in table.contracts()] == [made]
        with pytest.raises(NotFound):
            pdf(table, table.clinic, made)
    clock.forward(timedelta(hours=1))
    assert work() == {"printed": 1, "waiting": 0}
    assert ROOM in text_of(pdf(table, table.clinic, made))


def _no_pango(name: str) -> Any:
    raise OSError(f"cannot load library for {name}")


def test_many_are_printed_some_at_a_time_without_waiting_for_the_next_hour(
    table: Table, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "AT_A_TIME", 1)
    both = [signed(table), signed_again(table)]
    work()
    assert [len(table.do(papers.of, table.clinic, one)) for one in both] == [1, 1]


def test_signatures_from_before_the_language_was_kept_are_printed_in_japanese(table: Table, work: Any) -> None:
    made = signed(table, "en", "en")
    with table.database.transaction() as session:
        session.execute(update(ContractAct).values(language=None))
    work()
    assert [one.language for one in table.do(papers.of, table.clinic, made)] == ["ja"]


def test_what_is_not_agreed_or_came_by_a_file_is_not_printed_and_a_stranger_finds_nothing(
    table: Table, work: Any
) -> None:
    offered = table.do(offers.offer, table.clinic, wish(target="病棟"))
    table.do(offers.sign, table.clinic, offered.id, offered.digest)
    made = signed(table)
    assert work() == {"printed": 1, "waiting": 0}
    assert table.do(papers.of, table.clinic, offered.id) == []
    stranger = seated(table.database, code="midori")
    assert stranger.do(papers.of, stranger.clinic, made) == []
    with pytest.raises(NotFound):
        stranger.do(papers.one, stranger.clinic, made, "ja")
