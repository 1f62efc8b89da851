"""The migrated schema that every test's database is a copy of."""

import importlib
import pkgutil

import routing
import search
import vault
from vault.base.database import Base, Database


def build(url: str) -> None:
    """Bring the empty database at `url` to the present schema."""
    import_models()
    database = Database(url)
    try:
        Base.metadata.create_all(database.engine)
    finally:
        database.close()


def import_models() -> None:
    """Import every module that defines tables."""
    for package in (vault, routing, search):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith(".models") or module.name.startswith("vault.base."):
                importlib.import_module(module.name)
