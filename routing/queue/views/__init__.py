"""
What both sides read of requests: dictionaries with the names of the API, times as aware datetimes.

`area` is the facility's side, `desk` the department's. Each takes a fixed number of statements.
"""

from routing.queue.views.area import answer, answer_file, answers, filed, request, requests, unread
from routing.queue.views.desk import assignment, assignment_file, queue, row, standing, waiting_in

__all__ = [
    "answer",
    "answer_file",
    "answers",
    "assignment",
    "assignment_file",
    "filed",
    "queue",
    "request",
    "requests",
    "row",
    "standing",
    "unread",
    "waiting_in",
]
