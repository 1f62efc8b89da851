"""A missing index is told by `kura check` and `/readyz` while filing goes on; a rebuild finds what came meanwhile."""

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from portal.demo.callers import Refused
from tests.processes.live import SUBJECT, Live, until

pytestmark = pytest.mark.timeout(300)


def gone(index: Path) -> None:
    """The whole folder away, as on a disk that was not mounted."""
    shutil.rmtree(index)


def emptied(index: Path) -> None:
    """Only the engine's own files away."""
    for generation in index.glob("g-*"):
        shutil.rmtree(generation)


@pytest.mark.parametrize("spoil", [gone, emptied])
def test_a_missing_index_is_told_while_filing_goes_on(live: Live, spoil: Callable[[Path], None]) -> None:
    live.server.start()
    assert httpx.get(f"{live.server.url}/readyz", timeout=60).json() == {"state": "well", "unwell": []}
    spoil(live.home / "index")
    ready = httpx.get(f"{live.server.url}/readyz", timeout=60)
    assert (ready.status_code, ready.json()["unwell"]) == (503, ["index"])
    with pytest.raises(RuntimeError):
        live.kura.run("check")
    (told,) = [line for line in live.kura.run("check", check=False).splitlines() if "index" in line]
    assert told.startswith("✗ index: ")
    assert "kura index --rebuild" in told

    request_id = live.file(exams=[live.exam()])
    live.kura.json("sweep")
    technician = live.caller("repair1")
    until(lambda: request_id in [one["request"]["id"] for one in technician.get("/queue")["items"]])
    with pytest.raises(Refused, match="503"):
        found(live)

    live.kura.run("index", "--rebuild")
    assert httpx.get(f"{live.server.url}/readyz", timeout=60).status_code == httpx.codes.OK
    assert request_id in found(live)


def found(live: Live) -> list[str]:
    """The ids of the requests that an analyst finds by the words of `live.file`."""
    answer = live.caller("analyst1").get("/search", headers={"Kura-Purpose": "test"}, q=f'"{SUBJECT}"', kind="request")
    return [one["id"] for one in answer["items"]]
