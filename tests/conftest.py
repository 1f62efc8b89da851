"""What every test has: a closed network, the services' fixtures, a clock in hand, a loud word about skips."""

from collections.abc import Iterator
from contextlib import ExitStack

import hypothesis
import pytest
import structlog
from _pytest.terminal import TerminalReporter

from tests.services import memory, needed, summary
from tests.services.clock import HeldClock
from tests.services.loopback import close_the_door

# How long an example takes to draw says something of the machine, nothing of the product.
hypothesis.settings.register_profile("kura", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("kura")

pytest_plugins = ["tests.services.fixtures"]


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        close_the_door(patch)
        yield


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that ran inside a test has pointed the logs at an output that ends with the test."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> Iterator[HeldClock]:
    """The present stands at `tests.services.clock.START` until the test moves it."""
    with ExitStack() as stack:
        yield HeldClock(stack)


def pytest_configure() -> None:
    memory.use_for_temporary_files()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, program in needed.BY_MARKER.items():
        if item.get_closest_marker(marker):
            program.need()


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    summary.tell(terminalreporter)


def pytest_sessionfinish(session: pytest.Session) -> None:
    summary.fail_if_skipped(session, session.config.pluginmanager.get_plugin("terminalreporter"))
