"""How a night stands by what the devices have done of it: pure rules."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vault.backup.models import DueState, RunState


@dataclass(frozen=True)
class Limits:
    """So long after its hour a run is `late`, and so long after it it has been `missed`."""

    late: timedelta
    missed: timedelta


@dataclass(frozen=True)
class Work:
    """One run of a device for a night: `part` (from 1) of `parts`."""

    state: RunState
    part: int
    parts: int


class Progress(StrEnum):
    """How far one device is with a night."""

    NOTHING = "nothing"
    AT_IT = "at it"
    FAILED = "failed"
    DONE = "done"


def progress(works: Sequence[Work]) -> Progress:
    """Of one device's runs for a night, in their order: what counts is its latest attempt, which a part 1 begins."""
    if not works:
        return Progress.NOTHING
    began = max((place for place, work in enumerate(works) if work.part == 1), default=0)
    attempt = works[began:]
    states = {work.state for work in attempt}
    if RunState.OPEN in states:
        return Progress.AT_IT
    if RunState.FAILED in states:
        return Progress.FAILED
    return Progress.DONE if attempt[-1].part >= attempt[-1].parts else Progress.AT_IT


@dataclass(frozen=True)
class Night:
    """
    When it was due, when the following one is (None: none will be), whether it was found `late` before, and whether a
    device that is at it has been heard lately.
    """

    due_at: datetime
    next_due: datetime | None
    late: bool
    heard: bool


@dataclass(frozen=True)
class Verdict:
    """How a night stands; `over` where nothing more is waited for."""

    state: DueState
    over: bool = False


def standing(devices: Collection[Progress], *, late: bool) -> DueState:
    """
    By what the devices that owe the night have done, whatever the time; `devices` is empty where none ever made a run.

    A night is finished when every one of them is done.
    """
    found = set(devices)
    if found == {Progress.DONE}:
        return DueState.FINISHED
    if Progress.AT_IT in found:
        return DueState.RUNNING
    if late:
        return DueState.LATE
    return DueState.FAILED if Progress.FAILED in found else DueState.WAITING


def judged(night: Night, devices: Collection[Progress], now: datetime, limits: Limits) -> Verdict:
    """By the time as well: who is at it, and heard, has until the next night's hour; else the limits count."""
    state = standing(devices, late=night.late or now >= night.due_at + limits.late)
    if state is DueState.FINISHED:
        return Verdict(state, over=True)
    silent = state is not DueState.RUNNING or not night.heard
    if (silent and now >= night.due_at + limits.missed) or (night.next_due is not None and now >= night.next_due):
        tried = devices and not set(devices) & {Progress.NOTHING, Progress.AT_IT}
        return Verdict(DueState.FAILED if tried else DueState.MISSED, over=True)
    if state is DueState.RUNNING and silent and now >= night.due_at + limits.late:
        return Verdict(DueState.LATE)
    return Verdict(state)
