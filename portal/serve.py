"""`kura serve`: gunicorn with threads around the portal, worker and scheduler inside unless settings say otherwise."""

import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from portal import migrations, work, worker
from portal.app import create_app
from portal.installation import Installation, open_home
from vault.base.settings import Settings

GRACE_SECONDS = 20


class Server(BaseApplication):  # type: ignore[misc]
    """One gunicorn for one home; each process opens the installation for itself, after the fork."""

    def __init__(self, settings: Settings, bind: str) -> None:
        self._settings = settings
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings out of ours."""
        chosen: dict[str, Any] = {
            "bind": self._bind,
            "workers": self._settings.server.processes,
            "threads": self._settings.server.threads,
            "worker_class": "gthread",
            "timeout": 0,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 75,
            "when_ready": self._ready,
            "proc_name": "kura",
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def _ready(self, arbiter: Arbiter) -> None:
        self._bound_silence(arbiter)
        at = ", ".join(str(listener) for listener in arbiter.LISTENERS)
        sys.stderr.write(f"Kura serves at {at}; Ctrl-C ends it.\n")

    def _bound_silence(self, arbiter: Arbiter) -> None:
        """
        A connection on which nothing moves for so long is ended, so that callers who fall silent in a body, or read no
        further, hold no thread; Linux hands the bound on to every connection that is accepted.
        """
        bound = struct.pack("ll", self._settings.server.silence_seconds, 0)
        for listener in arbiter.LISTENERS:
            for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                listener.sock.setsockopt(socket.SOL_SOCKET, way, bound)

    def load(self) -> Callable[..., Any]:
        """The WSGI app of one process."""
        installation = open_home(self._settings.home)
        app = create_app(installation)
        start_background(installation)
        return app


def start_background(installation: Installation) -> None:
    """Worker and scheduler in this process, or only the means to wake those that run elsewhere."""
    if installation.settings.worker.embedded:
        worker.start_embedded(installation)
    else:
        work.register()
        worker.connect_waker(installation)


def serve(installation: Installation, bind: str | None) -> None:
    """Bring the database up to date, then serve until ended."""
    migrations.upgrade(installation.database)
    installation.database.learn_sizes()
    installation.close()
    Server(installation.settings, bind or installation.settings.server.bind).run()
