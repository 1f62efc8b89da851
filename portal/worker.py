"""The worker: Celery carries wake-ups, the job table holds the work, the scheduler finds what a lost wake-up left."""

import fcntl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

import structlog
from celery import Celery
from celery.worker import WorkController
from kombu import Queue as KombuQueue

from portal import work
from portal.installation import Installation
from portal.knocking import Knocker, Listener
from routing.sweep.tasks import sweep_every
from vault.base import jobs, outbox
from vault.base.jobs import Queue

log = structlog.get_logger()

TICK_SECONDS = 1.0
REST_SECONDS = 0.25
INDEX_REST_SECONDS = 1.0
"""An index run costs the same for one change as for a hundred."""
WAKE = "kura.wake"


class Waker:
    """
    Sends wake-ups from a thread of its own, so that an absent broker never delays whoever did the work.

    The first is sent at once; what is asked of the same queue within the next moment is sent as one, since a worker
    that looks at the job table does all that is due.
    """

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._asked: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._send_all, name="waker", daemon=True)
        self._thread.start()

    def __call__(self, queue: str) -> None:
        """Ask that the workers of `queue` look at the job table; returns soon, before anything is sent."""
        self._asked.put(queue)

    def close(self) -> None:
        """Send what was asked and end the thread."""
        self._asked.put(None)
        self._thread.join(timeout=5)

    def _send_all(self) -> None:
        rest_until: dict[str, float] = {}
        waiting: set[str] = set()
        while (queue := self._next(min((rest_until[one] for one in waiting), default=None))) is not None:
            waiting |= {queue} - {""}
            for due in [one for one in waiting if rest_until.get(one, 0.0) <= monotonic()]:
                self._send(due)
                waiting.discard(due)
                rest_until[due] = monotonic() + (INDEX_REST_SECONDS if due == Queue.INDEX else REST_SECONDS)
        for queue in waiting:
            self._send(queue)

    def _next(self, until: float | None) -> str | None:
        """The next queue that is asked for; empty when `until` has come first, None at the end."""
        try:
            return self._asked.get(timeout=None if until is None else max(0.0, until - monotonic()))
        except Empty:
            return ""

    def _send(self, queue: str) -> None:
        try:
            self._celery.send_task(WAKE, args=[queue], queue=queue, retry=False, ignore_result=True)
        except Exception as problem:  # a wake-up may be lost: the scheduler's next tick finds the work
            log.warning("wake-up lost", queue=queue, problem=repr(problem))


def make_celery(installation: Installation) -> Celery:
    """The Celery app over this installation's broker, with the one task that a wake-up runs."""
    url = installation.settings.broker.url or "memory://"
    celery = Celery("kura", broker=url, set_as_current=False)
    celery.set_default()  # the threads of its pool look tasks up in the default app
    celery.conf.update(
        task_queues=[KombuQueue(queue.value) for queue in Queue],
        task_create_missing_queues=False,
        task_ignore_result=True,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "polling_interval": 0.05,
            **({"socket_timeout": 5, "socket_connect_timeout": 2} if url.startswith("redis") else {}),
        },
        accept_content=["json"],
    )

    @celery.task(name=WAKE, shared=False)
    def wake(queue: str) -> None:
        run_queue(installation, queue)

    return celery


def run_queue(installation: Installation, queue: str) -> None:
    """Do everything that is due in one queue; news are relayed first, as they make jobs."""
    if queue == Queue.EVENTS.value:
        outbox.relay(installation.database)
    jobs.run_due(installation.database, installation, frozenset({queue}))


def tick(installation: Installation, wake: Callable[[str], None]) -> None:
    """One look of the scheduler: periodic jobs exist, and every queue with something due is woken."""
    with installation.database.transaction() as session:
        jobs.ensure_periodic(session)
    with installation.database.read() as session:
        queues = {queue for _, queue in jobs.due(session)}
        if outbox.waiting(session):
            queues.add(Queue.EVENTS.value)
    for queue in sorted(queues):
        wake(queue)


def run_scheduler(installation: Installation, wake: Callable[[str], None], stop: threading.Event) -> None:
    """Tick until `stop`; a database that is away for a while costs ticks, never work."""
    while not stop.is_set():
        try:
            tick(installation, wake)
        except Exception as problem:  # the next tick tries again
            log.warning("scheduler tick failed", problem=repr(problem))
        stop.wait(TICK_SECONDS)


def start_embedded(installation: Installation) -> None:
    """
    Start worker and scheduler inside this process, once it holds HOME's lock.

    The lock sees to it that exactly one process of a home works, also while a server is being replaced.
    """
    work.register()
    sweep_every(timedelta(seconds=installation.settings.sweep.every_seconds))
    celery = make_celery(installation)
    waker = Waker(celery)
    home = installation.settings.home
    # Without a broker a queue is in one process's memory: the others knock at that one.
    knocker = Knocker(home)
    installation.database.on_wake = waker if installation.settings.broker.url else knocker
    installation.on_close += [waker.close, knocker.close]
    stop = threading.Event()
    installation.on_close.append(stop.set)

    def run() -> None:
        with _locked(home / "worker.lock"):
            installation.on_close.append(Listener(home, waker).close)
            worker = _controller(celery, installation)
            installation.on_close.append(worker.stop)
            threading.Thread(target=worker.start, name="worker", daemon=True).start()
            run_scheduler(installation, waker, stop)

    threading.Thread(target=run, name="scheduler", daemon=True).start()


def connect_waker(installation: Installation) -> None:
    """For a process that only serves: its changes wake the workers that run elsewhere."""
    waker = Waker(make_celery(installation))
    installation.database.on_wake = waker
    installation.on_close.append(waker.close)


def run_worker(installation: Installation) -> None:
    """`kura worker`: work until ended, as a process of its own."""
    work.register()
    sweep_every(timedelta(seconds=installation.settings.sweep.every_seconds))
    celery = make_celery(installation)
    installation.database.on_wake = Waker(celery)
    worker = celery.Worker(
        pool="threads", concurrency=installation.settings.worker.threads, loglevel="WARNING", quiet=True
    )
    worker.start()


def _controller(celery: Celery, installation: Installation) -> Any:
    return WorkController(
        app=celery,
        pool="threads",
        concurrency=installation.settings.worker.threads,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


class _locked:
    """Hold an exclusive lock on the file at `path`; waits for whoever has it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *exception: object) -> None:
        self._file.close()
