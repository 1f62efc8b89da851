"""Every table of every floor, gathered for the migrations."""

import importlib
import pkgutil

import routing
import search
import vault
from vault.base.database import Base

TABLE_MODULES = frozenset({"models", "audit", "jobs", "outbox", "notices", "idempotency"})

for _package in (vault, routing, search):
    for _found in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        if _found.name.rpartition(".")[2] in TABLE_MODULES:
            importlib.import_module(_found.name)

METADATA = Base.metadata
