"""How good a router is on labelled texts it has not learned from."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from routing.router.calibration import Doubles
from routing.router.linear import Marks
from routing.router.router import Router
from routing.router.rules import Facts
from routing.router.train import Example
from vault.base.errors import Invalid

WANTED = 0.95


@dataclass(frozen=True)
class Evaluation:
    """
    `accuracy`: the share of lines whose most probable department is among theirs, triage ignored.

    `coverage_at_95`: the largest share of lines, the surest first, of which 95 % are right. `ms_per_request`: the whole
    decision with its reasons, one request at a time, in milliseconds; the median.
    """

    n: int
    accuracy: float
    coverage_at_95: float
    ms_per_request: float

    def as_data(self) -> dict[str, float]:
        """As `kura router evaluate --json` prints it."""
        return asdict(self)


def evaluate(router: Router, examples: Iterable[Example]) -> Evaluation:
    """Measure the router, rules left out; Invalid when there is nothing to measure on."""
    examples = list(examples)
    if not examples:
        raise Invalid("no_examples", field="examples")
    sure, right = np.zeros(len(examples)), np.zeros(len(examples), dtype=np.bool_)
    for row, example in enumerate(examples):
        best, probability = next(iter(router.probabilities(example.text).items()), ("", 0.0))
        sure[row], right[row] = probability, best in example.departments
    return Evaluation(
        len(examples), float(right.mean()), coverage(sure, right, WANTED), _milliseconds(router, examples)
    )


def coverage(sure: Doubles, right: Marks, wanted: float) -> float:
    """The largest share that can be taken, the surest first, with at least `wanted` of it right."""
    order = np.argsort(-sure, kind="stable")
    rightly = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(rightly >= wanted)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0


def _milliseconds(router: Router, examples: list[Example], at_most: int = 1_000) -> float:
    """The median time of one decision; the first ones, which fill caches, are not counted."""
    facts = [Facts(body=example.text) for example in examples[:at_most]]
    for each in facts[:20]:
        router.decide(each)
    seconds = []
    for each in facts:
        began = perf_counter()
        router.decide(each)
        seconds.append(perf_counter() - began)
    return float(np.median(seconds)) * 1000
