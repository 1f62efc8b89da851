"""The outbox: news travels with the change that causes it and reaches each subscriber once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once, undone
from vault.base import notices, outbox
from vault.base.database import Database
from vault.base.notices import Notice
from vault.base.outbox import Event


@dataclass(frozen=True)
class Noted(Event):
    name: ClassVar[str] = "test.noted"
    number: int


def tell(session: Session, event: Noted) -> None:
    notices.add(session, "role:admin", "test", str(event.number))


@pytest.fixture
def subscribe(monkeypatch: pytest.MonkeyPatch) -> "Subscribe":
    monkeypatch.setattr(outbox, "_subscribers", {})
    return lambda act: outbox.subscribe(Noted, act)


def publish(database: Database, *numbers: int) -> None:
    with database.transaction() as session:
        for number in numbers:
            outbox.publish(session, Noted(None, number))


def told(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Notice.subject_id).order_by(Notice.number)))


Subscribe = Callable[[Callable[[Session, Noted], None]], None]


def test_events_reach_their_subscriber_once_and_in_order(database: Database, subscribe: Subscribe) -> None:
    subscribe(tell)
    subscribe(tell)
    publish(database, *range(250))
    assert outbox.relay(database) == 250
    assert outbox.relay(database) == 0
    assert told(database) == [str(number) for number in range(250)]


def test_an_event_wakes_the_relay_and_that_of_an_undone_change_does_not_exist(
    database: Database, subscribe: Subscribe
) -> None:
    woken: list[str] = []
    database.on_wake = woken.append
    with undone(database) as session:
        outbox.publish(session, Noted(None, 1))
    assert (woken, outbox.relay(database)) == ([], 0)
    publish(database, 1)
    assert woken == ["events"]
    with database.read() as session:
        assert outbox.waiting(session)


def test_relays_at_once_hand_each_event_over_once(database: Database, subscribe: Subscribe) -> None:
    subscribe(tell)
    publish(database, *range(40))
    assert sum(map(int, map(str, at_once(4, lambda _: outbox.relay(database))))) == 40
    assert sorted(map(int, told(database))) == list(range(40))


def test_an_event_whose_subscriber_fails_is_undone_alone_and_tried_again(
    database: Database, subscribe: Subscribe, clock: HeldClock
) -> None:
    broken = [True]

    def act(session: Session, event: Noted) -> None:
        tell(session, event)
        if event.number == 2 and broken:
            raise OSError

    subscribe(act)
    publish(database, 1, 2, 3)
    assert outbox.relay(database) == 2
    assert told(database) == ["1", "3"]
    broken.clear()
    assert outbox.relay(database) == 0
    clock.forward(timedelta(seconds=3))
    with database.read() as session:
        assert outbox.waiting(session)
    assert outbox.relay(database) == 1
    assert told(database) == ["1", "3", "2"]
    with database.read() as session:
        assert not outbox.waiting(session)
