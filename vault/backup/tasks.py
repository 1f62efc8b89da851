"""What the worker does for backup: once a month a sample of each area is restored and compared."""

from datetime import timedelta

from vault.backup import drills
from vault.base import jobs
from vault.base.jobs import Context, Queue
from vault.base.scope import Scope
from vault.intake.tasks import Resources
from vault.store.tasks import hands_of

DRILL = "backup.drill"


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
