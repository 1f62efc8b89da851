"""The database: typed base, column types, and transactions that SQLite and PostgreSQL both keep."""

import json
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from sqlalchemy import (
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
    insert,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from vault.base import ids
from vault.base.errors import Invalid
from vault.base.faults import Point, point

BUSY_SECONDS = 30
_WAKE = "wake"
_SURROGATE = re.compile("[\\ud800-\\udfff]")
_NUL_IN_JSON = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_GREATEST = 2**63 - 1


class Unstorable(Invalid, DontWrapMixin):
    """What no database keeps as it is: text with a NUL or half a surrogate pair, a time before the year 1."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        try:
            value = value.astimezone(UTC)
        except OverflowError as problem:
            raise Unstorable("not_a_time", field="time") from problem
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class NfcText(TypeDecorator[str]):
    """Text as the user typed it, in Unicode's composed form (NFC); Unstorable with a NUL or half a surrogate pair."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(self.length) if self.length else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not is_storable(value):
            raise Unstorable("unstorable_text", field="text")
        return unicodedata.normalize("NFC", value)


class JsonColumn(TypeDecorator[Any]):
    """JSON as text: the same on both databases, readable by eye, key order kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if _NUL_IN_JSON.search(text):
            raise Unstorable("unstorable_text", field="text")
        return text

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def is_storable(text: str) -> bool:
    """Whether both databases keep the text: one with a NUL or half a surrogate pair they do not."""
    return "\0" not in text and (text.isascii() or not _SURROGATE.search(text))


Id = Annotated[str, mapped_column(String(ids.LENGTH), primary_key=True, default=ids.new)]
"""The primary key of every table that is not keyed by nature."""


class Base(DeclarativeBase):
    """Root of all tables; names of constraints are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: NfcText()}


def insert_if_absent(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert the row unless a unique constraint already has one like it; True when this call made it."""
    table = cast(Table, model.__table__)
    # Not by the number of rows: psycopg tells none for an INSERT.
    statement = _insert_absent(session, table).returning(*table.primary_key)
    return session.execute(statement, values).first() is not None


def insert_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Insert rows that nobody needs as objects, at a fraction of a flush. All name the same columns; defaults hold.

    Their values are parameters of one statement, which is compiled once however many they are.
    """
    if rows:
        session.execute(insert(cast(Table, model.__table__)), rows)


def insert_all_absent(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """As `insert_all`, of the rows that no unique constraint has one like of."""
    session.execute(_insert_absent(session, cast(Table, model.__table__)), rows)


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], *, named: str) -> set[str]:
    """As `insert_all_absent`; returns the values of the column `named` in the rows that this call made."""
    table = cast(Table, model.__table__)
    return set(session.scalars(_insert_absent(session, table).returning(table.c[named]), rows)) if rows else set()


def _insert_absent(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def count_changed(session: Session, statement: Executable) -> int:
    """Run an INSERT, UPDATE or DELETE and tell how many rows it touched: claims are won by this number."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def wake_after_commit(session: Session, queue: str) -> None:
    """Ask that workers of `queue` be woken once this transaction is durable; the message may be lost."""
    session.info.setdefault(_WAKE, set()).add(queue)


class Database:
    """One engine and the two ways to use it: `read()` sees a snapshot, `transaction()` changes state."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = (
            _sqlite(url)
            if url.startswith("sqlite")
            else create_engine(url, pool_size=20, max_overflow=40, pool_pre_ping=True)
        )
        event.listen(self.engine, "before_cursor_execute", _refuse_unstorable)
        self.on_wake: Callable[[str], None] = lambda queue: None
        self._writers = _WriterQueue() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that reads; whatever it changes is rolled back, and what it loaded stays readable afterwards."""
        with Session(self.engine) as session:
            session.connection(execution_options={"kura_write": False})
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any error, then workers are woken."""
        with self._writers, Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"kura_write": True})
            yield session
            point(Point.TRANSACTION_COMMITTING)
            session.commit()
            point(Point.TRANSACTION_COMMITTED)
        for queue in sorted(session.info.pop(_WAKE, ())):
            self.on_wake(queue)

    def learn_sizes(self) -> None:
        """
        Have SQLite look how much lies behind each index, at most a thousand rows of each: it takes an area for as small
        as an exam until then. Connections that are open go on as they are; PostgreSQL does this by itself.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self._writers, self.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit=1000")
            connection.exec_driver_sql("ANALYZE")
        self.engine.dispose()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _refuse_unstorable(
    _connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, _executemany: bool
) -> None:
    """Whatever its column, and where it is only compared too: both databases refuse the same as the caller's."""
    # Several rows come as a list of rows, or all in one; a value is never a tuple or a mapping itself.
    nested = isinstance(parameters, list | tuple) and parameters and isinstance(parameters[0], list | tuple | dict)
    for row in parameters if nested else (parameters,):
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str) and not is_storable(value):
                raise Unstorable("unstorable_text", field="text")
            if isinstance(value, int) and not -_GREATEST <= value <= _GREATEST:
                raise Unstorable("number_too_great", field="number")


class _WriterQueue:
    """SQLite's busy handler is not fair: writers of one process queue here; one that waits for itself is told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    def __enter__(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a transaction inside a transaction of the same thread")
        self._lock.acquire()
        self._owner = threading.get_ident()

    def __exit__(self, *exception: object) -> None:
        self._owner = None
        self._lock.release()


def _sqlite(url: str) -> Engine:
    """SQLite as `dependencies.md` measured it: WAL, FULL, and BEGIN IMMEDIATE for whoever will write."""
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=20,
        max_overflow=400,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("kura_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
