"""The sweep runs by itself, as often as the settings say."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from routing.sweep import tasks
from vault.base import jobs


@pytest.fixture(autouse=True)
def _minute_again() -> Iterator[None]:
    yield
    tasks.sweep_every(tasks.EVERY)


def test_every_minute_unless_told_otherwise() -> None:
    assert jobs.kinds()[tasks.JOB].every == timedelta(seconds=60)
    tasks.sweep_every(timedelta(seconds=5))
    assert jobs.kinds()[tasks.JOB].every == timedelta(seconds=5)
    assert jobs.kinds()[tasks.JOB].run is tasks.run
