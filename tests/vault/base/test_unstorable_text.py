"""Text or a number that one of the databases could not keep is refused by both, as the caller's mistake."""

from typing import Any

import pytest
from sqlalchemy import select

from vault.base.database import Database, JsonColumn, Unstorable
from vault.base.errors import Invalid
from vault.base.outbox import OutboxRow
from vault.base.scope import Scope
from vault.tenancy import facilities
from vault.tenancy.models import Facility, Space

BAD = pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"], ids=["nul", "high half", "low half"])


@BAD
def test_a_name_with_it_is_invalid_and_nothing_is_kept(database: Database, text: str) -> None:
    with pytest.raises(Invalid) as refused, database.transaction() as session:
        facilities.make(session, Scope.system(), code="aoba", name=text, capacity=1)
    assert refused.value.reason == "unstorable_text"
    with database.read() as session:
        assert facilities.by_code(session, "aoba") is None


@BAD
def test_a_column_of_plain_letters_refuses_it_and_so_does_a_comparison(database: Database, text: str) -> None:
    with database.read() as session:
        for column in (Facility.code, Facility.id, Facility.name):
            for asked in (column == text, column.in_(["x", text]), column.startswith(text, autoescape=True)):
                with pytest.raises(Unstorable, match="unstorable_text"):
                    session.scalars(select(Facility).where(asked)).all()


@pytest.mark.parametrize("value", ["a\0b", ["\0"], {"a": {"b": "\ud800"}}, {"\0": 1}, ["\\\0"]])
def test_json_with_it_is_refused_wherever_it_stands_in_it(database: Database, value: Any) -> None:
    with pytest.raises(Unstorable), database.transaction() as session:
        session.execute(OutboxRow.__table__.insert().values(payload=value))  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", {"😀": "\\ud800"}])
def test_what_only_looks_like_it_is_text_like_any(database: Database, value: Any) -> None:
    dialect = database.engine.dialect
    kept = JsonColumn().process_bind_param(value, dialect)
    assert JsonColumn().process_result_value(kept, dialect) == value


@pytest.mark.parametrize("number", [2**63, -(2**64), 10**30])
def test_a_number_beyond_any_column_is_refused_where_it_is_compared(database: Database, number: int) -> None:
    with database.read() as session, pytest.raises(Unstorable, match="number_too_great"):
        session.scalars(select(Space).where(Space.used == number)).all()
