"""What the worker does for intake: room promised to uploads that nobody went on with is given back."""

from datetime import timedelta

from vault.base import clock, jobs
from vault.base.jobs import Context, Queue
from vault.tenancy import capacity

GIVE_BACK = "intake.give_back"
_OURS = ("exam:", "upload:")


@jobs.handler(GIVE_BACK, queue=Queue.SLOW, every=timedelta(hours=1))
def give_back(context: Context) -> dict[str, int]:
    """An exam that goes on later has its room promised again, if there is any; what had arrived stays."""
    with context.database.read() as session:
        subjects = [one for one in capacity.abandoned(session, clock.now()) if one.startswith(_OURS)]
    for subject in subjects:
        with context.transaction() as session:
            capacity.release(session, subject)
    return {"given_back": len(subjects)}
