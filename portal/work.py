"""What the worker does: importing this registers every job handler and every subscriber of every floor."""

import importlib
import pkgutil

import routing
import search
import vault

SUBSCRIBING = frozenset({"subscribers"})
WORKING = frozenset({"tasks"})


def register() -> None:
    """Import each floor's `tasks` (job handlers) and let its `subscribers` hear the outbox; twice is once."""
    for package in (vault, routing, search):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            last = found.name.rpartition(".")[2]
            if last in WORKING:
                importlib.import_module(found.name)
            elif last in SUBSCRIBING:
                importlib.import_module(found.name).subscribe_all()
