"""From margins to probabilities: a sigmoid over a margin and its strongest rival, fitted on texts not learned from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routing.router.features import Floats
from routing.router.linear import Marks

Doubles = npt.NDArray[np.float64]

_ROUNDS = 30
_TRUST = 0.02
"""How strongly the starting values hold against each example; they matter only while examples are few."""


@dataclass(frozen=True)
class Sigmoid:
    """p = 1 / (1 + exp(-(margin × `own` + rival × `rival` + `base`))), shared by all departments."""

    own: float = 3.0
    rival: float = -1.5
    base: float = -0.5

    def probabilities(self, margins: Floats) -> Doubles:
        """Probabilities of the same shape as `margins` (… × departments)."""
        slope = margins.astype(np.float64) * self.own + rivals(margins) * self.rival + self.base
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(slope, -30, 30))))


def rivals(margins: Floats) -> Doubles:
    """For each department the highest margin any other one has; -1 where there is no other."""
    if margins.shape[-1] < 2:
        return np.full(margins.shape, -1.0)
    best = np.partition(margins, -2, axis=-1)[..., -2:].astype(np.float64)
    return np.where(margins == best[..., 1:], best[..., :1], best[..., 1:])


def fit(margins: Floats, marks: Marks) -> Sigmoid:
    """The sigmoid under which `marks` (texts × departments) are most likely, by Newton's method."""
    inputs = np.stack([margins.astype(np.float64).ravel(), rivals(margins).ravel(), np.ones(margins.size)], axis=1)
    wanted = marks.ravel().astype(np.float64)
    start = np.array([Sigmoid.own, Sigmoid.rival, Sigmoid.base])
    found = start.copy()
    for _ in range(_ROUNDS):
        now = 1.0 / (1.0 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (now - wanted) + _TRUST * len(marks) ** 0.5 * (found - start)
        bend = (inputs * (now * (1 - now))[:, None]).T @ inputs + _TRUST * len(marks) ** 0.5 * np.eye(3)
        step = np.linalg.solve(bend, slope)
        found -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return Sigmoid(*(float(value) for value in found))
