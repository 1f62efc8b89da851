"""The port behind which postings are kept, its engines, and the language layer in front of them."""

from collections.abc import Callable
from pathlib import Path

from search.engine.port import Engine
from search.engine.tantivy import TantivyEngine
from search.engine.whoosh import WhooshEngine
from vault.base.errors import Invalid

_ENGINES: dict[str, Callable[[Path], Engine]] = {"tantivy": TantivyEngine, "whoosh": WhooshEngine}


def open_engine(name: str, folder: Path) -> Engine:
    """The engine of that name over its index folder; nothing is read or made yet. Invalid for an unknown name."""
    if name not in _ENGINES:
        raise Invalid("unknown_engine", field="search.engine", known=sorted(_ENGINES))
    return _ENGINES[name](folder)
