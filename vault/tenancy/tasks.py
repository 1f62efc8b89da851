"""What a worker tidies up: rows that only ever served a moment, once they are long over; what an index is worth."""

from datetime import timedelta

from vault.base import idempotency, jobs, outbox
from vault.tenancy import links, sessions


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
