"""Learning from labelled texts: classifiers, calibration on texts they have not seen, and how far to trust them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from routing.router import calibration, linear
from routing.router.calibration import Sigmoid
from routing.router.features import Floats, Vocabulary
from routing.router.learned import Learned, Step
from routing.router.linear import Marks
from routing.router.text import normalise
from vault.base.errors import Invalid

_MANY = 3_000
"""From so many examples on, an n-gram seen once is noise, and three parts are enough to measure by."""
_MOST_WEIGHTS = 20_000_000
_MOST_KEYS = 150_000
_FEWEST_TO_MEASURE = 20
_STEPS = 100


@dataclass(frozen=True)
class Example:
    """A text and the codes of the departments that rightly answered it; none for a text that nobody handles."""

    text: str
    departments: tuple[str, ...]


def train(examples: Iterable[Example]) -> Learned:
    """Learn from the examples, in the order in which they came about; Invalid when none of them names a department."""
    examples = [example for example in examples if example.text.strip()]
    codes = tuple(sorted({code for example in examples for code in example.departments}))
    if not codes:
        raise Invalid("no_examples", field="examples")
    marks = np.zeros((len(examples), len(codes)), dtype=np.bool_)
    place = {code: i for i, code in enumerate(codes)}
    for row, example in enumerate(examples):
        marks[row, [place[code] for code in example.departments]] = True
    texts = [normalise(example.text) for example in examples]
    at_least = 2 if len(texts) >= _MANY else 1
    at_most = min(_MOST_KEYS, max(5_000, _MOST_WEIGHTS // len(codes)))
    vocabulary = Vocabulary.of(texts, at_least=at_least, at_most=at_most)
    rows = vocabulary.matrix(texts)
    weights, intercepts = linear.fit(rows, marks)
    sigmoid, steps = _measured(rows, marks)
    return Learned(
        vocabulary=vocabulary,
        codes=codes,
        counts=tuple(int(count) for count in marks.sum(axis=0)),
        # What is kept on disk is what is used: half precision from the first moment.
        weights=weights.astype(np.float16).astype(np.float32),
        intercepts=intercepts,
        sigmoid=sigmoid,
        steps=steps,
    )


def _measured(rows: csr_matrix, marks: Marks) -> tuple[Sigmoid, tuple[Step, ...]]:
    """Calibration and trust, from margins given to each part of the examples by classifiers that learned the rest."""
    if len(marks) < _FEWEST_TO_MEASURE:
        return Sigmoid(), ()
    count = 3 if len(marks) >= _MANY else 5
    parts = _parts(marks, count)
    margins: Floats = np.zeros(marks.shape, dtype=np.float32)
    for part in range(count):
        held = parts == part
        weights, intercepts = linear.fit(rows[~held], marks[~held])
        margins[held] = linear.scores(rows[held], weights, intercepts)
    sigmoid = calibration.fit(margins, marks)
    return sigmoid, _steps(sigmoid.probabilities(margins), marks)


def _parts(marks: Marks, count: int) -> npt.NDArray[np.int64]:
    """
    The part each example is held out with: for each department, neighbours in time stay together.

    Requests that came one after the other are alike; mixed at random, they would promise more than next month keeps.
    """
    parts = np.zeros(len(marks), dtype=np.int64)
    first = np.where(marks.any(axis=1), marks.argmax(axis=1), -1)
    for code in np.unique(first):
        mine = np.flatnonzero(first == code)
        parts[mine] = np.arange(len(mine)) * count // len(mine)
    return parts


def _steps(probabilities: npt.NDArray[np.float64], marks: Marks) -> tuple[Step, ...]:
    """For a range of limits: what share would be routed alone from there up, and how much of that rightly."""
    best = probabilities.max(axis=1)
    right = marks[np.arange(len(marks)), probabilities.argmax(axis=1)]
    order = np.argsort(-best, kind="stable")
    rightly = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    picked: Sequence[int] = sorted({int(i) for i in np.linspace(0, len(order) - 1, _STEPS)})
    return tuple(Step(float(best[order[i]]), (i + 1) / len(order), float(rightly[i])) for i in picked)
