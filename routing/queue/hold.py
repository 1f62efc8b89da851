"""The seconds in which an answer given on the page can be taken back, before the facility sees it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.queue import access, lifecycle
from routing.queue.events import AnswerReady
from routing.queue.models import Answer, AnswerFile, Assignment
from routing.queue.states import LIVE, OPEN, AnswerState, AssignmentState
from routing.requests import drafts
from routing.requests.models import Request
from vault.base import clock, jobs
from vault.base.errors import Conflict, NotFound
from vault.base.jobs import Queue
from vault.base.outbox import publish
from vault.base.scope import Scope, get_for

SECONDS = 30
JOB = "answers.release"


def begin(session: Session, answer: Answer) -> None:
    """See to it that the held answer becomes ready at its time, also when nobody looks."""
    args = {"facility": answer.facility_id, "answer": answer.id}
    jobs.add(session, JOB, args, due_at=answer.ready_at, key=f"answer:{answer.id}", facility_id=answer.facility_id)


def make_ready(session: Session, scope: Scope, answer: Answer, assignment: Assignment, request: Request) -> None:
    """The answer is the facility's from now on: the assignment is answered, and the request when it was the last."""
    answer.state = AnswerState.READY.value
    lifecycle.move(session, assignment, AssignmentState.ANSWERED)
    lifecycle.note(session, scope, request, "assignment.answered", assignment, answer=answer.id)
    publish(session, AnswerReady(answer.facility_id, answer.id, answer.request_id, answer.department_id))
    lifecycle.settle(session, request)


def take_back(session: Session, scope: Scope, assignment_id: str) -> str:
    """
    Take the held answer back and return its text, which is kept as the author's draft `answer:ASSIGNMENT`.

    Raises Conflict("sent") once the facility has it, NotFound where there is none.
    """
    assignment, request = access.for_change(session, scope, assignment_id)
    answer = of_assignment(session, assignment)
    if answer is None or answer.person_id != scope.person_id:
        raise NotFound("answer")
    if answer.state != AnswerState.HELD or answer.ready_at <= clock.now():
        raise Conflict("sent", holder=answer.by)
    _withdraw(session, answer)
    key = f"answer:{assignment.id}"
    drafts.discard(session, scope, key)
    drafts.save(session, scope, key, {"body": answer.body}, version=0)
    lifecycle.touch(session, assignment)
    lifecycle.settle(session, request)
    return answer.body


def of_assignment(session: Session, assignment: Assignment) -> Answer | None:
    """The assignment's answer that counts, held or at the facility."""
    statement = select(Answer).where(
        Answer.facility_id == assignment.facility_id,
        Answer.assignment_id == assignment.id,
        Answer.state.in_(LIVE),
    )
    return session.scalar(statement)


def drop(session: Session, assignment: Assignment) -> None:
    """The request was withdrawn: an answer still held is not sent."""
    answer = of_assignment(session, assignment)
    if answer is not None and answer.state == AnswerState.HELD:
        _withdraw(session, answer)


@jobs.handler(JOB, queue=Queue.EVENTS)
def release(context: jobs.Context) -> None:
    """Make a held answer ready; one that was taken back stays so."""
    scope = Scope.system(context.args["facility"])
    with context.transaction() as session:
        answer = get_for(session, scope, Answer, context.args["answer"])
        request = get_for(session, scope, Request, answer.request_id, lock=True)
        session.refresh(answer, with_for_update=True)
        assignment = get_for(session, scope, Assignment, answer.assignment_id, lock=True)
        if answer.state == AnswerState.HELD and assignment.state in OPEN:
            make_ready(session, scope, answer, assignment, request)


def _withdraw(session: Session, answer: Answer) -> None:
    answer.state = AnswerState.TAKEN_BACK.value
    statement = select(AnswerFile).where(
        AnswerFile.facility_id == answer.facility_id, AnswerFile.answer_id == answer.id
    )
    for file in session.scalars(statement):
        file.answer_id = None
    session.flush()
