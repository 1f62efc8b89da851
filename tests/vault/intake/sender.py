"""A process that receives a bundle from its standard input, says so, and then waits to be killed; see test_faults."""

import sys
import time
from pathlib import Path

from vault.base.database import Database
from vault.base.scope import Scope
from vault.intake import bundles
from vault.store.store import open_store
from vault.store.streams import Body


def main(url: str, home: str, facility_id: str, exam_id: str) -> None:
    """Acknowledge on standard output only what the call has returned."""
    database = Database(url)
    store = open_store(Path(home) / "vault", Path(home) / "keys", database)
    missing = bundles.receive(database, store, Scope.system(facility_id), exam_id, Body(sys.stdin.buffer)).missing
    print("acknowledged", *missing, flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
