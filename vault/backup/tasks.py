"""What the worker does for backup: nights are kept and judged, once a month a sample of each area is restored."""

from datetime import timedelta

from vault.backup import drills, judging, schedule
from vault.backup.nights import Limits
from vault.base import jobs
from vault.base.jobs import Context, Queue
from vault.base.scope import Scope
from vault.intake.tasks import Resources
from vault.store.tasks import hands_of

DRILL = "backup.drill"
NIGHTS = "backup.nights"


@jobs.handler(NIGHTS, queue=Queue.SLOW, every=timedelta(minutes=5))
def keep_nights(context: Context) -> dict[str, int]:
    """Make the nights that contracts ask for and judge those whose time has come, one area a transaction."""
    resources: Resources = context.resources
    policy = resources.settings.backup
    limits = Limits(timedelta(minutes=policy.late_minutes), timedelta(hours=policy.missed_hours))
    with context.database.read() as session:
        areas = sorted({*schedule.areas_to_make(session), *judging.areas_to_judge(session, limits)})
    for area in areas:
        with context.transaction() as session:
            schedule.make(session, Scope.system(area))
            judging.judge(session, Scope.system(area), limits)
    return {"areas": len(areas)}


@jobs.handler(DRILL, queue=Queue.SLOW, every=timedelta(hours=6))
def drill_due(context: Context) -> dict[str, int]:
    """Every area whose last drill is as long ago as the settings say."""
    resources: Resources = context.resources
    policy = resources.settings.vault
    with context.database.read() as session:
        areas = drills.due(session, timedelta(days=policy.drill_days))
    hands, failed = hands_of(context), 0
    for done, area in enumerate(areas):
        context.progress(done, len(areas))
        failed += bool(drills.drill(hands, resources.signing, Scope.system(area), policy).failed)
    return {"drills": len(areas), "failed": failed}
