"""What the filing database says about exams: finding them, and moving them on."""

import sqlite3
from collections.abc import Iterable, Sequence

from capture_client import clock
from capture_client.errors import NotFound
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Details, Exam, Image, State


def exams(database: FilingDatabase, *states: State) -> list[Exam]:
    """Exams in any of `states` (all when none is named), oldest first."""
    chosen = states or tuple(State)
    marks = ",".join("?" * len(chosen))
    rows = database.rows(f"select * from exams where state in ({marks}) order by performed_at, key", *chosen)  # noqa: S608
    return [_exam(database, row) for row in rows]


def find(database: FilingDatabase, name: str) -> Exam:
    """The exam of that key, or that the portal calls so. Raises NotFound."""
    rows = database.rows("select * from exams where key = ? or (portal_id = ? and portal_id <> '')", name, name)
    if not rows:
        raise NotFound("no_exam", exam=name)
    return _exam(database, rows[0])


def known(database: FilingDatabase, key: str) -> bool:
    """Whether an exam of that key is filed or being filed."""
    return bool(database.rows("select 1 from exams where key = ?", key))


def filed_digests(database: FilingDatabase, patient_id: str) -> set[str]:
    """Digests of every image filed for a patient."""
    statement = "select sha256 from images join exams on exam = key where patient_id = ?"
    return {row["sha256"] for row in database.rows(statement, patient_id)}


def counts(database: FilingDatabase) -> dict[str, int]:
    """How many exams are in each state."""
    found = {row["state"]: row["n"] for row in database.rows("select state, count(*) n from exams group by state")}
    return {state.value: found.get(state, 0) for state in State}


def add(database: FilingDatabase, key: str, details: Details, state: State, images: Sequence[Image] = ()) -> None:
    """A new exam, with the images that are durable already."""
    with database.transaction() as connection:
        connection.execute(
            "insert into exams (key, patient_id, performed_at, kind, note, scope_model, scope_serial, person, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(key, details.patient_id, clock.stamp(details.performed_at), details.kind, details.note),
                *(details.scope_model, details.scope_serial, details.person, state),
            ),
        )
        _insert(connection, key, images)


def add_images(database: FilingDatabase, key: str, images: Iterable[Image]) -> None:
    """More images of an exam; those it has already stay as they are."""
    with database.transaction() as connection:
        _insert(connection, key, images)


def move(database: FilingDatabase, key: str, state: State) -> None:
    """Set an exam's state."""
    with database.transaction() as connection:
        connection.execute("update exams set state = ? where key = ?", (state, key))


def backed_up(database: FilingDatabase, held: Iterable[tuple[str, str, str]]) -> None:
    """The portal holds exams: the key of each, what the portal calls it, and the file of the receipt that proves it."""
    with database.transaction() as connection:
        for key, portal_id, receipt in held:
            said = (portal_id, State.BACKED_UP, key)
            connection.execute("update exams set portal_id = ?, refusal = '', state = ? where key = ?", said)
            connection.execute("insert or replace into facts values ('receipt.last', ?)", (receipt,))
            connection.execute("delete from facts where name = 'begun.' || ?", (key,))


def refuse(database: FilingDatabase, key: str, why: str, plan_version: str) -> None:
    """Remember that the portal would not have the exam; another plan version may."""
    with database.transaction() as connection:
        connection.execute("update exams set refusal = ?, refused_under = ? where key = ?", (why, plan_version, key))


def forget(database: FilingDatabase, key: str) -> None:
    """Take out an exam that never got an image."""
    with database.transaction() as connection:
        connection.execute("delete from exams where key = ? and key not in (select exam from images)", (key,))


def _insert(connection: sqlite3.Connection, key: str, images: Iterable[Image]) -> None:
    connection.executemany(
        "insert or ignore into images values (?, ?, ?, ?, ?)",
        [(key, i.name, i.sha256, i.size, clock.stamp(i.captured_at) if i.captured_at else None) for i in images],
    )


def _exam(database: FilingDatabase, row: sqlite3.Row) -> Exam:
    details = Details(
        row["patient_id"], clock.parse(row["performed_at"]), row["kind"], row["note"],
        row["scope_model"], row["scope_serial"], row["person"],
    )  # fmt: skip
    found = database.rows("select * from images where exam = ? order by name", row["key"])
    images = tuple(
        Image(i["name"], i["sha256"], i["size"], clock.parse(i["captured_at"]) if i["captured_at"] else None)
        for i in found
    )
    return Exam(
        row["key"], details, State(row["state"]), images, row["portal_id"], row["refusal"], row["refused_under"]
    )
