"""A progress bar on standard error, for whoever watches a command at a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Told = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

StageTold = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


@contextmanager
def shown(label: str) -> Iterator[Told]:
    """A bar while the block runs; nothing where standard error is no terminal."""
    with stages() as told:
        yield lambda done, total: told(label, done, total)


@contextmanager
def stages() -> Iterator[StageTold]:
    """A bar for work in several stages, named as each begins."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield told
