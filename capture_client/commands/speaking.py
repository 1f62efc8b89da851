"""Data on standard output, sentences for people on standard error, progress only where someone watches."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from capture_client.errors import CaptureError
from capture_client.texts import sentence

Bar = tuple[Callable[[int], None], Callable[[int], None]]


def say(code: str, **values: object) -> None:
    """One sentence for the person."""
    print(sentence(code, values), file=sys.stderr, flush=True)


def complain(error: CaptureError) -> None:
    """What went wrong, in one line."""
    say(error.reason, **error.values)


def data(value: object) -> None:
    """One JSON value, on a line of its own, for programs."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows for people who asked for data: still on standard output."""
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(file=sys.stdout, soft_wrap=True, markup=False, highlight=False, width=_width()).print(shown)


@contextmanager
def progress(label: str) -> Iterator[Bar]:
    """(begin with this many bytes, this many more went) for a bar on standard error; nothing when nobody watches."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda total: bar.update(task, total=total), lambda count: bar.advance(task, count)


def _width() -> int | None:
    """Rows are cut for screens, never for pipes."""
    return None if sys.stdout.isatty() else 400
