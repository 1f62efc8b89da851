"""What the learned router looks at: word 1–2-grams and character 1–5-grams, weighted by how telling they are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from routing.router.text import Text, is_japanese, japanese_part, runs, words

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Gram = tuple[str, int, int]

_LONGEST_CHARS = 5
_WORD, _PAIR, _CHARS = "w:", "p:", "c:"
_EDGE = "\u2581"
_CACHED_STRETCHES = 20_000
_LATIN_SHARE, _JAPANESE_SHARE = 0.5, 0.85
"""How much of a text's weight its characters have: Japanese words have no gaps to be found by."""


def grams(text: Text) -> Iterator[Gram]:
    """Every n-gram of the text as (key, start, end); keys say their kind, so that a word is not its letters."""
    before, before_start = _EDGE, 0
    for word in words(text):
        end = word.start + len(word.folded)
        yield _WORD + word.folded, word.start, end
        yield f"{_PAIR}{before} {word.folded}", word.start if before == _EDGE else before_start, end
        before, before_start = word.folded, word.start
    if before != _EDGE:
        yield f"{_PAIR}{before} {_EDGE}", before_start, before_start + len(before)
    for stretch, at, _ in runs(text):
        for key, start, end in _characters(stretch):
            yield key, at + start, at + end


@lru_cache(maxsize=_CACHED_STRETCHES)
def _characters(stretch: str) -> tuple[Gram, ...]:
    """Character n-grams inside one stretch; Latin words know their edges, Japanese has none to know."""
    edge = 0 if is_japanese(stretch) else 1
    padded = stretch if edge == 0 else f"{_EDGE}{stretch}{_EDGE}"
    return tuple(
        (_CHARS + padded[i : i + n], max(0, i - edge), min(len(stretch), i + n - edge))
        for n in range(1, _LONGEST_CHARS + 1)
        for i in range(len(padded) - n + 1)
        if padded[i : i + n] != _EDGE
    )


@dataclass(frozen=True)
class Vector:
    """One text: which features it has and how much of each."""

    ids: Ints
    values: Floats


@dataclass(frozen=True)
class Vocabulary:
    """The features a model knows. Keys below `words` are word n-grams, the rest are character n-grams."""

    keys: tuple[str, ...]
    words: int
    rarity: Floats
    """Inverse document frequency of each key."""
    index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {key: i for i, key in enumerate(self.keys)})

    @classmethod
    def of(cls, texts: Sequence[Text], *, at_least: int, at_most: int) -> "Vocabulary":
        """The n-grams found in `at_least` texts or more, the `at_most` commonest of them."""
        found: Counter[str] = Counter()
        for text in texts:
            found.update({key for key, _, _ in grams(text)})
        kept = [key for key, count in found.most_common(at_most) if count >= at_least]
        kept.sort(key=lambda key: (key.startswith(_CHARS), key))
        counts = np.array([found[key] for key in kept], dtype=np.float64)
        rarity = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)
        return cls(tuple(kept), sum(not key.startswith(_CHARS) for key in kept), rarity)

    def vector(self, text: Text) -> Vector:
        """The text's known n-grams, damped counts times rarity; words and characters each have a fixed share."""
        known = self.index.get
        counts = Counter(known(key) for key, _, _ in grams(text))
        counts.pop(None, None)
        ids = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self.rarity[ids]
        share = _LATIN_SHARE + (_JAPANESE_SHARE - _LATIN_SHARE) * japanese_part(text)
        for block, part in ((ids < self.words, 1 - share), (ids >= self.words, share)):
            length = float(np.linalg.norm(values[block]))
            if length:
                values[block] *= part**0.5 / length
        return Vector(ids, values)

    def matrix(self, texts: Iterable[Text]) -> csr_matrix:
        """One row per text, one column per key."""
        vectors = [self.vector(text) for text in texts]
        ends = np.cumsum([0, *(len(vector.ids) for vector in vectors)])
        if not vectors:
            return csr_matrix((0, len(self.keys)), dtype=np.float64)
        return csr_matrix(
            (
                np.concatenate([vector.values for vector in vectors]).astype(np.float64),
                np.concatenate([vector.ids for vector in vectors]),
                ends,
            ),
            shape=(len(vectors), len(self.keys)),
        )
