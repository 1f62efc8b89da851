"""A damaged pack is whole again from whichever copy holds it; what no copy holds is damaged by its name, alone."""

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.vault.care.conftest import Vault
from tests.vault.care.keeping import CONTENTS, PLACES, flip, keep, read
from vault.base import jobs, outbox
from vault.base.audit import AuditRow
from vault.base.errors import Damaged
from vault.base.scope import Scope
from vault.store import copying, finds, healing, queries, scrub
from vault.store.garbage import Hands
from vault.store.models import BlobRow, Find
from vault.store.scrub import Budget


def everything(vault: Vault, scope: Scope, digests: list[str]) -> list[bytes]:
    return [read(vault, scope, digest) for digest in digests]


def open_damage(vault: Vault) -> tuple[int, int]:
    with vault.database.read() as session:
        return finds.count_open(session)


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("copy", ["first", "second"])
def test_a_flipped_bit_in_either_copy_is_healed_from_the_other(
    vault: Vault, hands: Hands, aoba: Scope, where: str, copy: str
) -> None:
    digests = keep(vault, aoba)
    assert copying.copy_all(hands).packs == 1
    (pack,), (second,) = vault.packs(aoba), vault.copies(aoba)
    sound = pack.read_bytes()
    flip(pack if copy == "first" else second, PLACES[where])
    done = scrub.once(hands, Budget())
    assert (done.damaged, done.healed) == (1, 1)
    assert pack.read_bytes() == second.read_bytes() == sound
    assert everything(vault, aoba, digests) == CONTENTS
    assert open_damage(vault) == (0, 0)
    with vault.database.read() as session:
        (find,) = session.scalars(select(Find))
        assert (find.place, find.how) == (copy, "second" if copy == "first" else "first")
        assert "pack.healed" in session.scalars(select(AuditRow.what)).all()
    assert scrub.once(hands, Budget()).damaged == 0


@pytest.mark.parametrize("where", ["body", "record header", "frame tag"])
def test_a_record_damaged_in_both_copies_is_lost_by_its_name_and_nothing_else_is(
    vault: Vault, hands: Hands, aoba: Scope, where: str
) -> None:
    digests = keep(vault, aoba)
    copying.copy_all(hands)
    for path in (*vault.packs(aoba), *vault.copies(aoba)):
        flip(path, PLACES[where])
    flip(vault.packs(aoba)[0], PLACES["tail"])
    flip(vault.copies(aoba)[0], PLACES["header tag"])
    scrub.once(hands, Budget())
    with pytest.raises(Damaged):
        read(vault, aoba, digests[0])
    assert everything(vault, aoba, digests[1:]) == CONTENTS[1:]
    with vault.database.read() as session:
        assert {(one.part, one.digest) for one in finds.open_finds(session)} == {("record", digests[0])}
        assert session.scalars(select(BlobRow.digest).where(BlobRow.damaged_at.is_not(None))).all() == [digests[0]]


@pytest.mark.parametrize("where", ["header tag", "index", "tail"])
def test_what_follows_from_the_records_is_written_anew_without_a_second_copy(
    vault: Vault, hands: Hands, aoba: Scope, where: str
) -> None:
    digests = keep(vault, aoba)
    (pack,) = vault.packs(aoba)
    sound = pack.read_bytes()
    flip(pack, PLACES[where])
    done = scrub.once(hands, Budget())
    assert (done.damaged, done.healed) == (1, 1)
    assert pack.read_bytes() == sound
    assert everything(vault, aoba, digests) == CONTENTS


@pytest.mark.parametrize("left", [0, 50, 90, 100_000, -30, -10])
def test_a_cut_pack_is_whole_again(vault: Vault, hands: Hands, aoba: Scope, left: int) -> None:
    digests = keep(vault, aoba)
    copying.copy_all(hands)
    (pack,) = vault.packs(aoba)
    sound = pack.read_bytes()
    pack.write_bytes(sound[:left])
    scrub.once(hands, Budget())
    assert pack.read_bytes() == sound
    assert everything(vault, aoba, digests) == CONTENTS
    assert open_damage(vault) == (0, 0)


def test_two_copies_cut_at_different_places_give_what_either_has(vault: Vault, hands: Hands, aoba: Scope) -> None:
    digests = keep(vault, aoba)
    copying.copy_all(hands)
    (pack,), (second,) = vault.packs(aoba), vault.copies(aoba)
    sound = pack.read_bytes()
    pack.write_bytes(sound[:1000])
    second.write_bytes(sound[:310_000])
    scrub.once(hands, Budget())
    assert everything(vault, aoba, digests[:3]) == CONTENTS[:3]
    with pytest.raises(Damaged):
        read(vault, aoba, digests[3])


@pytest.mark.parametrize("copy", ["first", "second"])
def test_a_missing_pack_comes_back(vault: Vault, hands: Hands, aoba: Scope, copy: str) -> None:
    digests = keep(vault, aoba)
    copying.copy_all(hands)
    (path,) = vault.packs(aoba) if copy == "first" else vault.copies(aoba)
    sound = path.read_bytes()
    path.unlink()
    scrub.once(hands, Budget())
    assert path.read_bytes() == sound
    assert everything(vault, aoba, digests) == CONTENTS
    assert open_damage(vault) == (0, 0)


def test_a_pack_missing_without_a_second_copy_is_reported_blob_by_blob(vault: Vault, hands: Hands, aoba: Scope) -> None:
    digests = keep(vault, aoba)
    vault.packs(aoba)[0].unlink()
    scrub.once(hands, Budget())
    assert open_damage(vault) == (len(CONTENTS), 1)
    with vault.database.read() as session:
        assert queries.held(session, aoba, digests) == {}


def test_a_reader_who_meets_damage_is_refused_and_the_blob_is_healed_by_a_job(
    vault: Vault, hands: Hands, aoba: Scope
) -> None:
    digests = keep(vault, aoba)
    copying.copy_all(hands)
    flip(vault.packs(aoba)[0], PLACES["body"])
    with pytest.raises(Damaged):
        read(vault, aoba, digests[0])
    outbox.relay(vault.database)
    with vault.database.read() as session:
        due = [id_ for id_, _ in jobs.due(session)]
    assert due
    healing.heal_open(hands)
    assert everything(vault, aoba, digests) == CONTENTS


def test_a_damaged_record_that_no_row_names_is_nobodys(vault: Vault, hands: Hands, aoba: Scope) -> None:
    digests = keep(vault, aoba)
    with vault.database.transaction() as session:
        row = session.scalars(select(BlobRow).where(BlobRow.digest == digests[0])).one()
        session.delete(row)
    flip(vault.packs(aoba)[0], PLACES["body"])
    assert scrub.once(hands, Budget()).damaged == 0


def test_healing_leaves_nothing_aside(vault: Vault, hands: Hands, aoba: Scope, tmp_path: Path) -> None:
    keep(vault, aoba)
    copying.copy_all(hands)
    (pack,) = vault.packs(aoba)
    (pack.parent / f"{pack.name}.0000.new").write_bytes(b"of a process that was killed")
    flip(pack, PLACES["body"])
    scrub.once(hands, Budget())
    assert list(tmp_path.rglob("*.new")) == []
