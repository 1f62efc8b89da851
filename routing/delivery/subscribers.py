"""News that deliveries are made of."""

from routing.delivery import inbox, stream
from routing.queue.events import AnswerReady, AssignmentChanged
from routing.requests.events import RequestChanged, RequestFiled
from vault.base import outbox


def subscribe_all() -> None:
    """Listen to requests, assignments and answers."""
    outbox.subscribe(AnswerReady, inbox.put)
    outbox.subscribe(AnswerReady, stream.tell_answer)
    outbox.subscribe_together(RequestFiled, stream.tell_requests)
    outbox.subscribe_together(RequestChanged, stream.tell_requests)
    outbox.subscribe_together(AssignmentChanged, stream.tell_departments)
