"""One linear classifier per department, each against all the rest, learned on as many threads as there are cores."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from routing.router.features import Floats

Marks = npt.NDArray[np.bool_]

_COST = 2.0
_TOLERANCE = 1e-2
_MOST_ROUNDS = 5_000


def fit(rows: csr_matrix, marks: Marks) -> tuple[Floats, Floats]:
    """
    Learn from `rows` (texts × features) which `marks` (texts × departments) hold.

    Returns weights (features × departments) and intercepts (departments). liblinear works without the interpreter's
    lock, so that threads help; they share its dice, so that two runs differ by about its tolerance.
    """
    # Only learning needs scikit-learn, and it takes seconds to import: commands and the server start without it.
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    count = marks.shape[1]
    weights = np.zeros((rows.shape[1], count), dtype=np.float32)
    intercepts = np.zeros(count, dtype=np.float32)

    def learn(column: int) -> None:
        wanted = marks[:, column]
        if wanted.all() or not wanted.any():
            intercepts[column] = 1.0 if wanted.any() else -1.0
            return
        machine = LinearSVC(C=_COST, tol=_TOLERANCE, max_iter=_MOST_ROUNDS, random_state=0).fit(rows, wanted)
        weights[:, column] = machine.coef_[0]
        intercepts[column] = machine.intercept_[0]

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for done in [threads.submit(learn, column) for column in range(count)]:
            done.result()
    return weights, intercepts


def scores(rows: csr_matrix, weights: Floats, intercepts: Floats) -> Floats:
    """Margins (texts × departments): above zero means yes."""
    return np.asarray(rows @ weights + intercepts, dtype=np.float32)
