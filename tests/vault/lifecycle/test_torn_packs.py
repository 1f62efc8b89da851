"""A pack in which nothing is whole lies a month, and goes only where it is sure that its writing was cut."""

import io
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base.audit import AuditRow
from vault.base.scope import Scope
from vault.exams import queries
from vault.intake.signing import SigningKeys
from vault.store.collecting import collect
from vault.store.garbage import Hands
from vault.tenancy import holds
from vault.tenancy.holds import HoldKind

MONTH = timedelta(days=31)
SMALL = b"small" * 1000
People = Callable[[Scope], Scope]


@pytest.fixture
def exam(vault: Vault, aoba: Scope, signing: SigningKeys) -> str:
    """What stays, whatever happens to the torn pack."""
    return str(hold(vault, aoba, signing, {"small": SMALL})["exam"])


@pytest.fixture
def torn(vault: Vault, aoba: Scope, exam: str) -> Path:
    """A pack whose writing was cut within its first record."""
    with vault.database.read() as session:
        area = vault.store.area(session, aoba)
    before = set(vault.packs(aoba))
    with vault.store.deposit(area) as deposit:
        deposit.add(io.BytesIO(secrets.token_bytes(5000)), size=5000)
        deposit.finish()
    (made,) = set(vault.packs(aoba)) - before
    made.write_bytes(made.read_bytes()[:1000])
    return made


def test_it_goes_after_a_month_and_what_stays_is_whole(
    vault: Vault, aoba: Scope, hands: Hands, clock: HeldClock, exam: str, torn: Path
) -> None:
    clock.forward(timedelta(days=29))
    found = collect(hands)
    assert (found.unreadable, found.torn, torn.exists()) == (1, 0, True)
    clock.forward(MONTH)
    found = collect(hands)
    assert (found.unreadable, found.torn, torn.exists()) == (1, 1, False)
    assert collect(hands).unreadable == 0
    with vault.database.read() as session:
        told = session.scalars(select(AuditRow.items).where(AuditRow.what == "pack.torn_deleted")).all()
        ((_, blob),) = queries.open_images(session, aoba, vault.store, exam)
    assert told == [[f"pack:{torn.stem}"]]
    assert blob.read() == SMALL
    assert vault.space(aoba) == (len(SMALL), 0)


def test_it_stays_under_a_hold_and_where_a_second_copy_may_be_whole(
    vault: Vault, aoba: Scope, administrator: People, hands: Hands, clock: HeldClock, torn: Path
) -> None:
    clock.forward(MONTH)
    assert collect(replace(hands, copies=True)).torn == 0
    with vault.database.transaction() as session:
        holds.place(session, administrator(aoba), HoldKind.AREA, "court order")
    assert collect(hands).torn == 0
    assert torn.exists()


@pytest.mark.parametrize("place", [0, 30, 60, 80], ids=["magic", "area", "pack", "tag"])
def test_a_pack_whose_header_does_not_open_is_not_torn(
    aoba: Scope, hands: Hands, clock: HeldClock, torn: Path, place: int
) -> None:
    content = bytearray(torn.read_bytes())
    content[place] ^= 1
    torn.write_bytes(content)
    clock.forward(MONTH)
    found = collect(hands)
    assert (found.unreadable, found.torn, torn.exists()) == (1, 0, True)
