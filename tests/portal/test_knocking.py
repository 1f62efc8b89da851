"""Any process of a home wakes the one that works; who knocks where nobody listens is not held up."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

import pytest

from portal.knocking import Knocker, Listener
from vault.base.jobs import Queue


@pytest.fixture
def heard() -> "SimpleQueue[str]":
    return SimpleQueue()


@pytest.fixture
def knock(tmp_path: Path) -> Iterator[Knocker]:
    with closing(Knocker(tmp_path)) as made:
        yield made


def test_a_knock_wakes_the_process_that_works(tmp_path: Path, heard: "SimpleQueue[str]", knock: Knocker) -> None:
    with closing(Listener(tmp_path, heard.put)):
        knock(Queue.SWEEP.value)
        assert heard.get(timeout=10) == "sweep"


def test_a_process_that_takes_over_is_knocked_at_from_then_on(
    tmp_path: Path, heard: "SimpleQueue[str]", knock: Knocker
) -> None:
    before: SimpleQueue[str] = SimpleQueue()
    with closing(Listener(tmp_path, before.put)), closing(Listener(tmp_path, heard.put)):
        knock(Queue.MAIL.value)
        assert heard.get(timeout=10) == "mail"
    assert before.empty()


def test_what_is_no_queue_wakes_nobody(tmp_path: Path, heard: "SimpleQueue[str]", knock: Knocker) -> None:
    with closing(Listener(tmp_path, heard.put)):
        knock("nonsense")
        knock(Queue.INDEX.value)
        assert heard.get(timeout=10) == "index"


def test_nobody_there_holds_nobody_up(tmp_path: Path, heard: "SimpleQueue[str]", knock: Knocker) -> None:
    knock(Queue.SWEEP.value)
    too_long = tmp_path / ("deep" * 50)
    with closing(Knocker(too_long)) as nowhere, closing(Listener(too_long, heard.put)):
        nowhere(Queue.SWEEP.value)
    assert heard.empty()
