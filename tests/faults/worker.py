"""Processes that do one scenario's work with a failure point armed; forked from one that has imported everything."""

import multiprocessing
import traceback
from pathlib import Path

from tests.faults.scenarios import SCENARIOS, Bench, open_bench
from vault.base.faults import How, Point, armed

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.worker"])
FAILED = 1
WORDS = "last-words"
_LONGEST_SECONDS = 60


def run(name: str, bench: Bench, point: Point | None = None, how: How = How.KILL) -> tuple[int, str]:
    """Exit status (negative: the signal) and last words of a process that did the work."""
    bench.database.close()
    where = (bench.database.url, str(bench.home), bench.scope.area)
    words = bench.home / WORDS
    words.write_text("", encoding="utf-8")
    process = _PROCESSES.Process(target=work, args=(name, *where, point, how))
    process.start()
    process.join(_LONGEST_SECONDS)
    assert process.exitcode is not None, f"{name} hangs at {point}"
    return process.exitcode, words.read_text(encoding="utf-8")


def work(name: str, url: str, home: str, facility_id: str, point: Point | None, how: How) -> None:
    """Do the work; a fault ends it as it would end the real caller."""
    try:
        bench = open_bench(url, Path(home), facility_id)
        if point is None:
            SCENARIOS[name].work(bench)
        else:
            with armed(point, how):
                SCENARIOS[name].work(bench)
    except BaseException:
        (Path(home) / WORDS).write_text(traceback.format_exc(), encoding="utf-8")
        raise SystemExit(FAILED) from None
