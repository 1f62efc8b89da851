"""What a worker does for tenants: letters go out, rows that only ever served a moment go, indexes are weighed."""

from datetime import timedelta
from typing import Protocol

from vault.base import idempotency, jobs, mail, outbox
from vault.base.settings import Settings
from vault.tenancy import links, mailing, sessions


class Resources(Protocol):
    """What these jobs need of the installation."""

    @property
    def settings(self) -> Settings: ...


@jobs.handler("database.learn-sizes", queue=jobs.Queue.SLOW, every=timedelta(hours=1))
def learn_sizes(context: jobs.Context) -> None:
    """What an index is worth changes as areas grow."""
    context.database.learn_sizes()


@jobs.handler("tenancy.forget", queue=jobs.Queue.SLOW, every=timedelta(days=1))
def forget(context: jobs.Context) -> None:
    """Drop old kept answers, events, jobs, sign-ins and links, each in a transaction of its own."""
    for forget_old in (
        idempotency.forget_old,
        outbox.forget_old,
        jobs.forget_old,
        sessions.forget_old,
        links.forget_old,
    ):
        with context.transaction() as session:
            forget_old(session)


@jobs.handler(mailing.SEND, queue=jobs.Queue.MAIL)
def send(context: jobs.Context) -> dict[str, bool]:
    """
    One letter about one notice; at least once, as a worker that dies after the handing over sends it again.

    What the other side refuses for good is noted with the person; any other trouble is tried again later.
    """
    resources: Resources = context.resources
    with context.database.read() as session:
        person = mailing.wanted_by(session, context.args["person"])
        if person is None or not resources.settings.mail.server:
            return {"sent": False}
        letter = mailing.letter(session, resources.settings, context.args["notice"], person)
    problem = None
    try:
        mail.send(resources.settings.mail, letter)
    except mail.Refused as refused:
        problem = str(refused)
    with context.transaction() as session:
        mailing.note(session, context.args["person"], letter.to, problem)
    return {"sent": problem is None}
