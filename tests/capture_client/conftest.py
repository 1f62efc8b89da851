"""A portal, a capture home that knows it, and pictures to file."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from capture_client.camera import phantom
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home
from tests.capture_client.commands import Ran, ran
from tests.capture_client.portal_double.line import serving
from tests.capture_client.portal_double.state import TOKEN, Portal

PERFORMED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SMALL = (320, 180)


Command = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """English, no pause between tries, no proxies or homes from outside."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KURA_CAPTURE_LANG", "en")
    monkeypatch.delenv("KURA_CAPTURE_HOME", raising=False)
    monkeypatch.setattr(Link, "pause", lambda self, attempt: None)


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A double that serves."""
    with serving(Portal()) as running:
        yield running


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Command:
    """Run `kura-capture` with these arguments in this process."""

    return partial(ran, capfd)


@pytest.fixture
def home(tmp_path: Path, portal: Portal, run: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home made by `init`, named by the environment."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KURA_CAPTURE_HOME", str(folder))
    made = run("init", "--server", portal.url, "--token", TOKEN)
    assert made.status == 0, made.err
    portal.called.clear()
    return folder


@pytest.fixture
def opened(home: Path) -> Iterator[tuple[Home, FilingDatabase, Link]]:
    """The same home, for tests below the commands."""
    place = Home.open(home)
    database = FilingDatabase(place.database)
    link = Link(place.settings.server)
    yield place, database, link
    link.close()
    database.close()


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three presses of the freeze button."""
    file = tmp_path_factory.mktemp("video") / "exam.mp4"
    phantom.film(phantom.Exam(seed=7, size=(480, 270)), file, 3)
    return file


@pytest.fixture(scope="session")
def pictures() -> list[bytes]:
    """Six different stills."""
    return phantom.stills(phantom.Exam(seed=1, size=SMALL), 6)


@pytest.fixture
def exam(home: Path, run: Command, pictures: list[bytes], tmp_path: Path) -> dict[str, Any]:
    """One filed exam of six images."""
    filed = run("import", folder_of(pictures, tmp_path / "in"), "--json")
    assert filed.status == 0, filed.err
    [item] = filed.data["items"]
    return dict(item)


def folder_of(pictures: list[bytes], folder: Path, **sidecar: object) -> Path:
    """A folder as other devices write them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, jpeg in enumerate(pictures):
        (folder / f"IMG{number}.jpg").write_bytes(jpeg)
    said = {"patient_id": "P-1", "performed_at": "2026-11-23T14:00:00+09:00", "kind": "EGD", **sidecar}
    (folder / "exam.json").write_text(json.dumps(said), "utf-8")
    return folder
