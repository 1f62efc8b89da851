"""
A folder that others write exams into, looked at again and again: each folder in it is an exam, taken once nothing in
it has changed for a while. Whose it is is said as for `import`; failing that, the folder's name is the patient ID.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from capture_client import clock
from capture_client.errors import CaptureError, Invalid
from capture_client.filing.database import FilingDatabase
from capture_client.filing.exams import Exam
from capture_client.readers import folder as reader
from capture_client.readers.folder import Given
from capture_client.settings import Home


class Watch:
    """One watched folder. What it took is remembered by the local store, not here: a restart takes nothing twice."""

    def __init__(self, home: Home, database: FilingDatabase, folder: Path) -> None:
        self._home, self._database, self._folder = home, database, folder
        self._done: dict[Path, tuple[int, int]] = {}

    def look(self, on_fault: Callable[[CaptureError], None]) -> Iterator[Exam]:
        """Take what has settled → the exams filed; `on_fault` hears, once a state, of folders that cannot be taken."""
        for place, files in reader.batches([self._folder]):
            state = _state(files)
            if self._done.get(place) == state or not self._settled(files):
                continue
            self._done[place] = state
            try:
                exam = reader.take(self._home, self._database, place, files, self._given(place, files))
            except CaptureError as fault:
                on_fault(fault)
                continue
            if exam:
                yield exam

    def _given(self, place: Path, files: list[Path]) -> Given:
        try:
            reader.described(place, files, Given())
        except Invalid as problem:
            if problem.reason == "need_patient" and place != self._folder:
                return Given(patient_id=place.name)
            raise
        return Given()

    def _settled(self, files: list[Path]) -> bool:
        latest = max(file.stat().st_mtime for file in files)
        return clock.now().timestamp() - latest >= self._home.settings.watch.settle_seconds


def _state(files: list[Path]) -> tuple[int, int]:
    return len(files), sum(file.stat().st_mtime_ns for file in files)
