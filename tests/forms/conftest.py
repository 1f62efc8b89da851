"""One station of a facility before a real portal, with one clock for both."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from capture_client import clock as device_clock
from capture_client.link import Link
from tests.forms.served import Served
from tests.forms.station import Station
from tests.http.world import build
from tests.services.clock import HeldClock
from vault.base import clock as server_clock


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Station]:
    """A device that is set up, of a facility without a contract."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KURA_CAPTURE_LANG", "en")
    monkeypatch.setenv("KURA_CAPTURE_HOME", str(tmp_path / "station" / "home"))
    monkeypatch.setattr(device_clock, "now", server_clock.now)
    monkeypatch.setattr(Link, "pause", lambda self, attempt: None)
    with ExitStack() as stack:
        clock = HeldClock(stack)
        world = build(tmp_path)
        served = Served(world)
        try:
            made = Station(served, tmp_path / "station", clock, capfd)
            made.set_up()
            yield made
        finally:
            served.cut()
            world.installation.close()
