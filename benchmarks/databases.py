"""What a round of the benchmarks works on: a copy of what was filled, in a folder and, where asked, a PostgreSQL."""

import shutil
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict


class PostgreSQL:
    """A server at `url`, whose user may create databases."""

    def __init__(self, url: str) -> None:
        self._parts = conninfo_to_dict(url)
        self._admin = psycopg.connect(url, autocommit=True)

    def create(self, name: str, of: str = "template0") -> None:
        """A new database `name`, a copy of `of`; one of that name is dropped before."""
        self.drop(name)
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')

    def drop(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self._admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of that database."""
        found = self._parts
        user = f"{found.get('user', '')}:{found['password']}" if found.get("password") else found.get("user", "")
        return f"postgresql+psycopg://{user}@{found.get('host', '')}:{found.get('port', 5432)}/{name}"

    def parts(self, name: str) -> dict[str, object]:
        """The same in Django's names."""
        found = self._parts
        return {
            "NAME": name,
            "USER": found.get("user", ""),
            "PASSWORD": found.get("password", ""),
            "HOST": found.get("host", ""),
            "PORT": found.get("port", 5432),
        }


def copied(folder: Path, server: PostgreSQL | None, name: str) -> Path:
    """FOLDER/round, and the database `<name>_round`, anew from FOLDER/stock and `<name>_stock`."""
    place = folder / "round"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "stock", place)
    if server:
        server.create(f"{name}_round", of=f"{name}_stock")
    return place
