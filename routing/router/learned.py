"""The learned router: margins of linear classifiers, made probabilities, with the words that made them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from routing.router.calibration import Sigmoid
from routing.router.explain import strongest
from routing.router.features import Floats, Vector, Vocabulary, grams
from routing.router.text import Text

_EXPLAINED = 600
"""Characters of a text in which telling words are looked for."""


@dataclass(frozen=True)
class Step:
    """Routed alone from this probability up, `share` of the requests are, and `right` of these to the right place."""

    probability: float
    share: float
    right: float


@dataclass(frozen=True)
class Learned:
    """
    What was learned from answered requests.

    `codes` name the columns of `weights` (features × departments); `counts` say how many examples each had. `steps`
    come from texts that the classifiers measured had not seen.
    """

    vocabulary: Vocabulary
    codes: tuple[str, ...]
    counts: tuple[int, ...]
    weights: Floats
    intercepts: Floats
    sigmoid: Sigmoid
    steps: tuple[Step, ...]

    def probabilities(self, text: Text) -> dict[str, float]:
        """How probable each department is, by code."""
        vector = self.vocabulary.vector(text)
        found = self.sigmoid.probabilities(self._margins(vector))
        return dict(zip(self.codes, found.tolist(), strict=True))

    def sure_from(self, right: float) -> float:
        """The probability from which requests can be routed alone, `right` of them rightly; above 1 if none."""
        return min((step.probability for step in self.steps if step.right >= right), default=1.01)

    def words(self, text: Text, code: str, *, at_most: int) -> list[str]:
        """The stretches of the text that most made it this department, in its own spelling, the strongest first."""
        letters = self._letters(text, self.codes.index(code))
        return [text.shown[start:end] for start, end in strongest(text, letters)[:at_most]]

    def _margins(self, vector: Vector) -> Floats:
        return np.asarray(vector.values @ self.weights[vector.ids] + self.intercepts, dtype=np.float32)

    def _letters(self, text: Text, column: int) -> Floats:
        """What each letter adds: every n-gram's weight is shared out over the letters it covers."""
        vector = self.vocabulary.vector(text)
        worth = dict(zip(vector.ids.tolist(), (vector.values * self.weights[vector.ids, column]).tolist(), strict=True))
        places: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key, start, end in grams(Text(text.shown[:_EXPLAINED], text.folded[:_EXPLAINED])):
            known = self.vocabulary.index.get(key)
            if known is not None and known in worth:
                places[known].append((start, end))
        letters = np.zeros(len(text.folded), dtype=np.float32)
        for known, spans in places.items():
            for start, end in spans:
                letters[start:end] += worth[known] / len(spans) / (end - start)
        return letters
