"""From a source to a filed exam: each press of the freeze button is a still, durable before the next frame."""

from collections.abc import Callable

from capture_client.camera import freeze, source
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Details, Exam, Image
from capture_client.filing.store import LiveExam
from capture_client.settings import Home


def record(
    home: Home,
    database: FilingDatabase,
    name: str,
    details: Details,
    rule: freeze.Rule,
    on_still: Callable[[str, Image], None],
) -> Exam | None:
    """
    Record until the source ends or the person stops it (Ctrl-C) → the filed exam, None without a still. `on_still`
    hears the exam's key and each still once it is durable.
    """
    with source.opened(name, details.performed_at) as opened:
        live = LiveExam(home, database, details)
        try:
            for shot in source.frozen(opened, rule):
                on_still(live.key, live.file(shot.frame, shot.at))
        except KeyboardInterrupt:
            pass  # how a recording from a device ends
        return live.close()
