"""Whatever people do in whatever order: no assignment has two answers, and a request's state is what its parts make."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue import answers, claims, facility, hold, service, states
from routing.queue.models import Answer, Assignment
from routing.queue.states import LIVE, SENT, AnswerState, AssignmentState
from routing.requests import service as requests
from routing.requests.models import Request
from routing.requests.states import RequestState
from routing.sweep.service import sweep
from tests.routing.world import Fixed, World, build
from tests.services.clock import START
from vault.base import clock
from vault.base.database import Database
from vault.base.errors import AppError
from vault.base.scope import Scope
from vault.tenancy.models import Grant

CODES = ("repair", "clinical", "accounts")
numbers = some.integers(0, 7)
people = some.sampled_from(["repair", "repair_colleague", "clinical", "accounts"])


class Desk(RuleBasedStateMachine):
    """One request at a time may be in several hands; every act is allowed to be refused, never to half-happen."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.at = START
        shutil.copyfile(self.template, self.folder / "kura.sqlite")

    @initialize()
    def open(self) -> None:
        with clock.frozen(self.at):
            self.world: World = build(Database(f"sqlite:///{self.folder / 'kura.sqlite'}"), self.folder)

    def teardown(self) -> None:
        self.world.database.close()
        shutil.rmtree(self.folder)

    def act(self, do: Callable[[Session], Any]) -> None:
        """One transaction; a refusal is an answer like any other."""
        self.at += timedelta(seconds=1)
        try:
            with clock.frozen(self.at), self.world.transaction() as session:
                do(session)
        except AppError:
            return

    def some_assignment(self, number: int) -> str:
        ids = self.column(Assignment.id)
        return ids[number % len(ids)] if ids else "none"

    def some_request(self, number: int) -> str:
        ids = self.column(Request.id)
        return ids[number % len(ids)] if ids else "none"

    def column(self, column: Any) -> list[str]:
        with self.world.database.read() as session:
            return list(session.scalars(select(column).order_by(column)))

    def person(self, name: str) -> Scope:
        found: Scope = getattr(self.world, name)
        return found

    @rule()
    def file(self) -> None:
        if len(self.column(Request.id)) < 2:
            self.act(lambda s: requests.file(s, self.world.aoba, subject="帯", body="緑"))

    @rule(codes=some.sets(some.sampled_from(CODES), max_size=2))
    def sweep(self, codes: set[str]) -> None:
        with clock.frozen(self.at):
            sweep(self.world.database, lambda _session: Fixed(*sorted(codes)))

    @rule(number=numbers, person=people)
    def claim(self, number: int, person: str) -> None:
        self.act(lambda s: claims.claim(s, self.person(person), self.some_assignment(number)))

    @rule(number=numbers, person=people)
    def release(self, number: int, person: str) -> None:
        self.act(lambda s: claims.release(s, self.person(person), self.some_assignment(number)))

    @rule(number=numbers, person=people)
    def ask(self, number: int, person: str) -> None:
        self.act(lambda s: service.ask(s, self.person(person), self.some_assignment(number), "型番は?"))

    @rule(number=numbers, person=people, seconds=some.sampled_from([0, 0, 30]))
    def answer(self, number: int, person: str, seconds: int) -> None:
        scope, id_ = self.person(person), self.some_assignment(number)
        self.act(lambda s: answers.answer(s, scope, id_, body="交換", hold_seconds=seconds))

    @rule(number=numbers, person=people)
    def take_back(self, number: int, person: str) -> None:
        self.act(lambda s: hold.take_back(s, self.person(person), self.some_assignment(number)))

    @rule(number=numbers, person=people, to=some.sampled_from(CODES))
    def transfer(self, number: int, person: str, to: str) -> None:
        scope, id_ = self.person(person), self.some_assignment(number)
        self.act(lambda s: service.transfer(s, scope, id_, to=[to], reason="違う"))

    @rule(number=numbers, person=people)
    def correct(self, number: int, person: str) -> None:
        answer_ids = self.column(Answer.id) or ["none"]
        answer_id, id_ = answer_ids[number % len(answer_ids)], self.some_assignment(number)
        scope = self.person(person)
        self.act(lambda s: answers.correct(s, scope, id_, answer_id=answer_id, body="やはり", reason="誤り"))

    @rule(number=numbers)
    def reply(self, number: int) -> None:
        self.act(lambda s: facility.reply(s, self.world.aoba, self.some_request(number), body="はい"))

    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        self.act(lambda s: facility.withdraw(s, self.world.aoba, self.some_request(number)))

    @rule(number=numbers)
    def close(self, number: int) -> None:
        self.act(lambda s: requests.close(s, self.world.aoba, self.some_request(number)))

    @rule(number=numbers)
    def reopen(self, number: int) -> None:
        self.act(lambda s: facility.reopen(s, self.world.aoba, self.some_request(number)))

    @rule(number=numbers, named=some.booleans())
    def pick_up(self, number: int, named: bool) -> None:
        answer_ids = self.column(Answer.id) or ["none"]
        answer_id = answer_ids[number % len(answer_ids)]
        person = "aoba-nurse" if named else None
        self.act(lambda s: facility.pickup(s, self.world.terminal, answer_id, person=person))

    @rule(minutes=some.sampled_from([1, 31]))
    def wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        with clock.frozen(self.at):
            self.world.relay()

    @invariant()
    def no_assignment_has_two_answers(self) -> None:
        with self.world.database.read() as session:
            live = Counter(session.scalars(select(Answer.assignment_id).where(Answer.state.in_(LIVE))))
            sent = set(session.scalars(select(Answer.assignment_id).where(Answer.state.in_(SENT))))
            done = session.scalars(select(Assignment.id).where(Assignment.state == AssignmentState.ANSWERED))
            assert not [id_ for id_, count in live.items() if count > 1]
            assert sent == set(done)

    @invariant()
    def a_request_is_what_its_parts_make_it(self) -> None:
        with self.world.database.read() as session:
            for request in session.scalars(select(Request)):
                parts = [
                    one.state for one in session.scalars(select(Assignment).where(Assignment.request_id == request.id))
                ]
                self._check(session, request, parts)

    @invariant()
    def what_is_open_can_be_read_and_what_was_handed_over_cannot(self) -> None:
        with self.world.database.read() as session:
            for one in session.scalars(select(Assignment)):
                assert one.is_open == (one.state in states.OPEN)
                assert (one.holder_id is None) == (one.state == AssignmentState.WAITING) or not one.is_open
            live = set(session.execute(select(Grant.department_id, Grant.request_id).where(Grant.revoked_at.is_(None))))
            busy = select(Assignment.department_id, Assignment.request_id)
            assert set(session.execute(busy.where(Assignment.is_open))) <= live
            kept = busy.where(Assignment.state != AssignmentState.TRANSFERRED)
            assert live <= set(session.execute(kept))

    def _check(self, session: Session, request: Request, parts: list[str]) -> None:
        if request.state in (RequestState.FILED, RequestState.SWEPT):
            assert not parts
        elif request.state == RequestState.WITHDRAWN:
            assert not any(part in states.OPEN for part in parts)
        elif request.state in (RequestState.PICKED_UP, RequestState.CLOSED):
            assert states.request_state(parts, reopened=False) == RequestState.ANSWERED
            if request.state == RequestState.PICKED_UP:
                found = session.scalars(
                    select(Answer.state).where(Answer.request_id == request.id, Answer.state.in_(SENT))
                )
                assert set(found) == {AnswerState.RECEIVED}
        else:
            assert states.request_state(parts, reopened=request.reopened_at is not None) == request.state


def test_no_order_of_acts_breaks_a_request(sqlite_template: Path) -> None:
    Desk.template = sqlite_template
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
