"""Room is exact whoever asks at once: never more than the area has, and nothing promised is left over at the end."""

import hashlib
import io
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.intake.exams import announce, commit, send, sha256, tar_of
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import AppError, Busy, Conflict, NotFound, OverCapacity
from vault.base.scope import Scope
from vault.exams import drive, drive_queries
from vault.intake import tasks as intake_tasks
from vault.intake.signing import SigningKeys
from vault.intake.uploads import adding, giving_up, service
from vault.intake.uploads import tasks as upload_tasks
from vault.intake.uploads.adding import Chunk
from vault.intake.uploads.models import Purpose, Upload
from vault.intake.uploads.service import Wanted
from vault.store.models import BlobRow
from vault.tenancy import capacity
from vault.tenancy.models import Reservation, Space


@dataclass
class Context:
    """What a job is given; `resources` is what it needs of the installation: the store."""

    database: Any
    resources: Any = None

    @property
    def transaction(self) -> Any:
        return self.database.transaction


class Caller:
    """One of several at once; each content is its own, so that nothing is held already."""

    def __init__(self, vault: Vault, scope: Scope, signing: SigningKeys, name: str) -> None:
        self.vault, self.scope, self.signing, self.name = vault, scope, signing, name
        self.count = 0

    def content(self, size: int) -> bytes:
        self.count += 1
        return hashlib.shake_128(f"{self.name}-{self.count}".encode()).digest(size)

    def put(self, size: int, whole: bool = True) -> None:
        """A PUT; one that breaks off keeps nothing."""
        content = self.content(size)
        stream = io.BytesIO(content if whole else content[: size // 2])
        drive.put(
            self.vault.database,
            self.vault.store,
            self.scope,
            f"{self.name}-{self.count}",
            stream,
            size=size,
            largest=CAPACITY,
        )

    def upload(self, size: int, whole: bool = True) -> None:
        """By tus: announced, then sent, or given up or left lying in the middle."""
        content = self.content(size)
        details = {"path": f"{self.name}-{self.count}", "type": None, "sha256": None}
        with self.vault.database.transaction() as session:
            wanted = Wanted(Purpose.FILE, size, details)
            made = service.announce(session, self.vault.store, self.scope, wanted, largest=CAPACITY)
        sent = content if whole else content[: size // 2]
        self.add(made.id, 0, sent)
        if not whole and self.count % 2:
            giving_up.give_up(self.vault.database, self.vault.store, self.scope, made.id)

    def add(self, upload_id: str, offset: int, content: bytes) -> Upload:
        chunk = Chunk(offset, io.BytesIO(content), len(content))
        return adding.add(self.vault.database, self.vault.store, self.scope, upload_id, chunk, largest=CAPACITY)

    def exam(self, size: int, whole: bool = True) -> None:
        """Announced, then sent and committed, or left lying with half of its images."""
        first, second = self.content(size // 2), self.content(size - size // 2)
        key = f"{self.name}-{self.count}"
        made = announce(self.vault, self.scope, {"a": first, "b": second}, key=key)
        send(self.vault, self.scope, made.id, tar_of(first, second) if whole else tar_of(first))
        if whole:
            commit(self.vault, self.scope, self.signing, made.id)


WAYS: dict[str, Callable[..., None]] = {"PUT": Caller.put, "tus": Caller.upload, "exam": Caller.exam}


@contextmanager
def watched(vault: Vault, scope: Scope) -> Iterator[list[int]]:
    """Meanwhile, look again and again; what was used and promised together at most stands in the list at the end."""
    most, done = [0], threading.Event()

    def look() -> None:
        while not done.is_set():
            most[0] = max(most[0], sum(vault.space(scope)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(WAYS, 2)))
def test_of_two_that_fit_alone_but_not_together_one_is_refused_before_its_bytes(
    vault: Vault, aoba: Scope, signing: SigningKeys, one: str, other: str
) -> None:
    half = CAPACITY // 2 + 1
    start = threading.Barrier(2)

    def go(way: str, number: int) -> bool:
        caller = Caller(vault, aoba, signing, f"caller{number}")
        start.wait()
        try:
            WAYS[way](caller, half)
        except OverCapacity:
            return False
        return True

    with watched(vault, aoba) as most, ThreadPoolExecutor(2) as pool:
        went = list(pool.map(go, (one, other), range(2)))
    assert sorted(went) == [False, True]
    assert most[0] <= CAPACITY
    assert vault.space(aoba) == (half, 0)


def test_first_uses_of_an_area_at_once_do_not_wait_for_each_other(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    start = threading.Barrier(9)

    def first_use(number: int) -> None:
        caller = Caller(vault, aoba, signing, f"caller{number}")
        start.wait()
        list(WAYS.values())[number % len(WAYS)](caller, 100)

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(first_use, range(9)))
    assert vault.space(aoba) == (900, 0)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_many_do_at_once_room_is_what_the_rows_say_and_comes_back(
    vault: Vault, aoba: Scope, signing: SigningKeys, clock: HeldClock, seed: int
) -> None:
    failed: list[BaseException] = []

    def many(number: int) -> None:
        chance = random.Random(f"{seed}-{number}")
        caller = Caller(vault, aoba, signing, f"caller{number}")
        for _ in range(6):
            way, size = chance.choice(list(WAYS.values())), chance.randrange(2, CAPACITY // 4)
            try:
                way(caller, size, whole=chance.random() < 0.6)
            except (OverCapacity, AppError) as refused:
                if not isinstance(refused, OverCapacity) and refused.reason != "upload_interrupted":
                    failed.append(refused)
            except BaseException as problem:
                failed.append(problem)

    with watched(vault, aoba) as most, ThreadPoolExecutor(5) as pool:
        list(pool.map(many, range(5)))
    assert failed == []
    assert most[0] <= CAPACITY
    room_is_what_rows_say(vault, aoba)
    clock.forward(timedelta(days=8))
    upload_tasks.expire(Context(vault.database, vault))  # type: ignore[arg-type]
    intake_tasks.give_back(Context(vault.database))  # type: ignore[arg-type]
    room_is_what_rows_say(vault, aoba)
    assert vault.space(aoba)[1] == 0


def room_is_what_rows_say(vault: Vault, scope: Scope) -> None:
    with vault.database.read() as session:
        held = select(BlobRow.size).where(BlobRow.facility_id == scope.area, BlobRow.counted_in.is_not(None))
        promised = select(Reservation.size).where(Reservation.facility_id == scope.area)
        space = session.get_one(Space, (scope.area, capacity.AREA))
        assert space.used == sum(session.scalars(held))
        assert space.reserved == sum(session.scalars(promised))


def test_parallel_requests_to_one_upload_make_one_file(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    content = hashlib.shake_128(b"parallel").digest(20_000)
    details = {"path": "one.bin", "type": None, "sha256": sha256(content)}
    with vault.database.transaction() as session:
        wanted = Wanted(Purpose.FILE, len(content), details)
        upload_id = service.announce(session, vault.store, aoba, wanted, largest=CAPACITY).id
    failed: list[BaseException] = []
    refused: list[str] = []

    def send_on(number: int) -> None:
        caller, chance = Caller(vault, aoba, signing, str(number)), random.Random(number)
        while True:
            with vault.database.read() as session:
                offset = service.find(session, aoba, upload_id).offset
            if offset == len(content):
                return
            try:
                caller.add(upload_id, offset, content[offset : offset + chance.randrange(1, 4000)])
            except (Busy, Conflict) as problem:
                refused.append(problem.reason)
            except BaseException as problem:
                failed.append(problem)
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_on, range(4)))
    assert failed == []
    assert set(refused) <= {"upload_busy", "wrong_offset"}
    with vault.database.read() as session:
        found = drive_queries.open_file(session, aoba, vault.store, drive_queries.file_at(session, aoba, "one.bin"))
    assert found.read() == content
    assert vault.space(aoba) == (len(content), 0)


def test_an_upload_that_is_given_up_while_it_is_sent_leaves_no_promise(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    content = hashlib.shake_128(b"given up").digest(200_000)
    details = {"path": "one.bin", "type": None, "sha256": None}
    for _ in range(10):
        with vault.database.transaction() as session:
            wanted = Wanted(Purpose.FILE, len(content), details)
            upload_id = service.announce(session, vault.store, aoba, wanted, largest=CAPACITY).id
        start = threading.Barrier(2)

        def sending(upload_id: str = upload_id, start: threading.Barrier = start) -> None:
            start.wait()
            with suppress(NotFound, Busy):
                Caller(vault, aoba, signing, "sender").add(upload_id, 0, content[:150_000])

        sender = threading.Thread(target=sending)
        sender.start()
        start.wait()
        with suppress(NotFound):
            giving_up.give_up(vault.database, vault.store, aoba, upload_id)
        sender.join()
        room_is_what_rows_say(vault, aoba)
        assert vault.space(aoba) == (0, 0)
