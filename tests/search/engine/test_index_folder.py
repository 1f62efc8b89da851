"""What every engine promises of its folder: one writer, readers that follow, damage told, a way back."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from search.engine import folder as index_folder
from search.engine.port import Engine, Query
from search.engine.tantivy import TantivyEngine
from search.engine.tree import Word
from search.engine.whoosh import WhooshEngine
from vault.base.errors import Unavailable

Opening = Callable[[Path], Engine]


def test_a_missing_index_says_so_and_names_the_remedy(opening: Opening, folder: Path, document) -> None:
    engine = opening(folder)
    for ask in (lambda: engine.search(Query()), engine.count, lambda: engine.write([document("1")])):
        with pytest.raises(Unavailable) as told:
            ask()
        assert told.value.reason == "index_missing"
        assert told.value.values["remedy"] == "kura index --rebuild"
    assert not engine.health().well


def test_create_makes_an_empty_index_and_leaves_one_that_exists(engine: Engine, document) -> None:
    assert engine.health().well
    assert engine.count() == 0
    engine.write([document("1")])
    engine.create()
    assert engine.count() == 1


def test_a_rebuild_needs_no_index_to_begin_with(opening: Opening, folder: Path, document) -> None:
    engine = opening(folder)
    engine.rebuild([document("1", "帯")])
    assert engine.search(Query(Word("帯"))).total == 1


def outcome(engine: Engine) -> str:
    """How a question ends: answered, or with which reason it is refused."""
    try:
        engine.search(Query(Word("帯")))
    except Unavailable as told:
        return told.reason
    return "answered"


def every_file(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and ".lock" not in path.name]


# Whoosh leaves a broken file to the collector, which warns of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_half_of_a_file_is_told_as_damage_and_a_rebuild_mends_it(
    opening: Opening, engine: Engine, folder: Path, document
) -> None:
    engine.write([document("1", "帯が出る"), document("2", "線")])
    engine.close()
    outcomes: list[str] = []
    for path in every_file(folder):
        spare = folder.parent / "spare"
        shutil.copytree(folder, spare)
        half = spare / path.relative_to(folder)
        half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
        other = opening(spare)
        outcomes.append(outcome(other))
        other.rebuild([document("1", "帯")])
        assert other.search(Query(Word("帯"))).total == 1
        other.close()
        shutil.rmtree(spare)
    gc.collect()
    assert set(outcomes) <= {"answered", "index_damaged"}
    assert "index_damaged" in outcomes


def test_an_index_of_the_other_engine_or_an_older_schema_is_refused(engine: Engine, folder: Path) -> None:
    other = WhooshEngine if isinstance(engine, TantivyEngine) else TantivyEngine
    with pytest.raises(Unavailable, match="index_of_another_version"):
        other(folder).count()
    version = folder / "VERSION"
    version.write_text(version.read_text().replace('"schema": 1', '"schema": 0'))
    with pytest.raises(Unavailable, match="index_of_another_version"):
        engine.count()


def elsewhere(engine: Engine, folder: Path, then: str) -> "subprocess.Popen[bytes]":
    """Another process with the same index and a document `row`, which does `then`."""
    name = type(engine).__name__
    program = f"""
        import os, signal
        from dataclasses import replace
        from datetime import UTC, datetime
        from pathlib import Path
        from {type(engine).__module__} import {name}
        from search.engine.port import Document, Kind
        engine = {name}(Path({str(folder)!r}))
        row = Document(Kind.REQUEST, "2", "i", "f001", "", "帯", datetime(2026, 11, 1, tzinfo=UTC))
        def cut_short():
            for number in range(500):
                yield replace(row, id=str(number))
            os.kill(os.getpid(), signal.SIGKILL)
        def endlessly():
            for number in range(10_000):
                engine.write([replace(row, id=str(number))])
                print(number, flush=True)
        {then}
    """
    environment = {**os.environ, "PYTHONPATH": "."}
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], env=environment, stdout=subprocess.PIPE)


def test_another_process_writes_and_this_one_sees_it(engine: Engine, folder: Path, document) -> None:
    engine.write([document("1", "帯")])
    assert engine.search(Query(Word("帯"))).total == 1
    with elsewhere(engine, folder, "engine.write([row])") as other:
        assert other.wait() == 0
    assert engine.search(Query(Word("帯"))).total == 2


@pytest.mark.parametrize("act", ["write", "rebuild"])
def test_a_writer_killed_in_the_middle_leaves_an_index_that_answers_and_takes_more(
    engine: Engine, folder: Path, document, act: str
) -> None:
    engine.write([document("before", "帯")])
    with elsewhere(engine, folder, f"engine.{act}(cut_short())") as other:
        assert other.wait() == -signal.SIGKILL
    assert engine.search(Query(Word("帯"))).total == 1
    engine.write([document("after", "帯")])
    assert engine.search(Query(Word("帯"))).total == 2
    assert engine.rebuild([document("new", "帯")]) == 1
    assert len(list(folder.glob("g-*"))) == 1


def test_what_was_written_before_a_kill_at_any_moment_stays(engine: Engine, folder: Path, document) -> None:
    for wait in (0.0, 0.004, 0.011):
        with elsewhere(engine, folder, "endlessly()") as other:
            assert other.stdout is not None
            written = [int(other.stdout.readline()) for _ in range(4)]
            time.sleep(wait)
            other.kill()
            written += [int(line) for line in other.stdout.read().split()]
        held = {hit.key.id for hit in engine.search(Query(Word("帯"), limit=200)).items}
        assert {str(number) for number in written} <= held
    engine.write([document("after", "帯")])


def test_a_rebuild_elsewhere_is_followed(opening: Opening, engine: Engine, folder: Path, document) -> None:
    assert engine.search(Query(Word("帯"))).total == 0
    opening(folder).rebuild([document("1", "帯")])
    assert engine.search(Query(Word("帯"))).total == 1


def test_a_second_writer_waits_and_then_gives_up(
    engine: Engine, folder: Path, document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_folder, "WAIT_SECONDS", 0.1)
    with index_folder.IndexFolder(folder, "any", 1).writing(), pytest.raises(Unavailable, match="index_busy"):
        engine.write([document("1")])
    engine.write([document("1")])
    assert engine.count() == 1


def test_many_threads_write_and_read_at_once(engine: Engine, document) -> None:
    def work(number: int) -> None:
        for step in range(3):
            engine.write([document(f"{number}-{step}", "帯")])
            engine.search(Query(Word("帯")))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.search(Query(Word("帯"))).total == 12
