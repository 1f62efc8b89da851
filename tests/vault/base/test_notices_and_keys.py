"""Notices are numbered as they become visible; a POST sent twice is done once; cursors survive the way."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import at_once, undone
from vault.base import idempotency, notices, paging
from vault.base.database import Database
from vault.base.errors import Invalid
from vault.base.idempotency import KeptAnswer


def test_a_reader_that_goes_on_after_the_last_number_misses_nothing(database: Database) -> None:
    """The later notice waits for the earlier one's transaction, however slow that is."""
    first_added, seen = Event(), []

    def add(number: int) -> None:
        if number == 0:
            with database.transaction() as session:
                notices.add(session, "role:admin", "test", "slow")
                first_added.set()
                with database.read() as other:
                    seen.extend(notices.since(other, 0, limit=10))
        else:
            assert first_added.wait(10)
            with database.transaction() as session:
                notices.add(session, "role:admin", "test", "quick")

    assert at_once(2, add) == [None, None]
    assert seen == []
    with database.read() as session:
        assert [notice.subject_id for notice in notices.after(session, ["role:admin"], 0)] == ["slow", "quick"]
        assert notices.latest(session) == 2


def test_notices_are_heard_by_their_audience_in_order_and_after_a_number(database: Database) -> None:
    with database.transaction() as session:
        made = [notices.add(session, f"facility:{number % 2}", "test", str(number)) for number in range(6)]
    with database.read() as session:
        heard = notices.after(session, ["facility:1"], made[1].number)
        assert [notice.subject_id for notice in heard] == ["3", "5"]
        assert [notice.subject_id for notice in notices.since(session, made[3].number, limit=1)] == ["4"]
        assert notices.after(session, [], 0) == []


def ask(database: Database, key: str = "k", request: str = "r", who: str = "person:1") -> bytes | None:
    """Do the work unless the key's answer is kept; None is `done now`."""
    with database.transaction() as session:
        kept = idempotency.begin(session, who, key, request)
        if kept is not None:
            return kept.body
        notices.add(session, "role:admin", "test", "done")
        idempotency.keep(session, who, key, status=201, content_type="application/json", body=b"{}")
        return None


def test_the_same_key_is_done_once_also_at_once(database: Database) -> None:
    told = at_once(4, lambda _: ask(database))
    assert sorted(map(repr, told)) == ["None", "b'{}'", "b'{}'", "b'{}'"]
    with database.read() as session:
        assert len(notices.since(session, 0, limit=10)) == 1


def test_a_key_is_its_caller_s_and_its_request_s(database: Database) -> None:
    assert ask(database) is None
    assert ask(database, who="person:2") is None
    with pytest.raises(Invalid, match="key_reused"):
        ask(database, request="another")
    for key in ("", "k" * 201):
        with pytest.raises(Invalid, match="bad_key"):
            ask(database, key=key)


def test_an_undone_request_keeps_no_answer_and_old_ones_are_forgotten(database: Database, clock: HeldClock) -> None:
    with undone(database) as session:
        idempotency.begin(session, "person:1", "k", "r")
    assert ask(database) is None
    clock.forward(timedelta(days=8))
    with database.transaction() as session:
        idempotency.forget_old(session)
        assert session.scalars(select(KeptAnswer)).all() == []


def test_a_cursor_comes_back_as_it_was_and_a_made_up_one_is_refused() -> None:
    place = (datetime(2026, 4, 1, 1, 2, 3, 456789, tzinfo=UTC), "id")
    assert paging.decode(paging.encode(place)) == place
    for wrong in ("", "x", "é", "bnVsbA", "WzEsMl0", paging.encode((datetime(2026, 1, 1), "id"))):  # noqa: DTZ001
        with pytest.raises(Invalid):
            paging.decode(wrong)


def test_a_page_says_whether_more_follows() -> None:
    rows = [(datetime(2026, 1, day, tzinfo=UTC), str(day)) for day in range(1, 5)]
    shown, cursor = paging.cut(rows, 3, lambda row: row)
    assert (shown, paging.decode(cursor or "")) == (rows[:3], rows[2])
    assert paging.cut(rows, 4, lambda row: row) == (rows, None)
    for limit in (0, 201):
        with pytest.raises(Invalid):
            paging.checked(limit)
