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
_STRANGENESS = 0.6
"""A key never learned counts as this part of the rarest one. Tried 0, 0.5, 1: accuracy falls a little, what is nobody's
is known much better."""
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
    unseen: float
    """What a key that was never learned adds to the length of a text: the stranger it is, the less is sure."""
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
        strange = _STRANGENESS * (float(np.log(1 + len(texts))) + 1)
        return cls(tuple(kept), sum(not key.startswith(_CHARS) for key in kept), rarity, strange)

    def vector(self, text: Text) -> Vector:
        """The text's known n-grams, damped counts times rarity; words and characters each have a fixed share."""
        counts = Counter(key for key, _, _ in grams(text))
        found = [(i, count) for key, count in counts.items() if (i := self.index.get(key)) is not None]
        ids = np.fromiter((i for i, _ in found), dtype=np.int32, count=len(found))
        values = np.fromiter((count for _, count in found), dtype=np.float32, count=len(found))
        values = (1 + np.log(values)) * self.rarity[ids]
        share = _LATIN_SHARE + (_JAPANESE_SHARE - _LATIN_SHARE) * japanese_part(text)
        characters = sum(key.startswith(_CHARS) for key in counts)
        blocks = ((ids < self.words, len(counts) - characters, 1 - share), (ids >= self.words, characters, share))
        for block, all_keys, part in blocks:
            strangers = (all_keys - int(block.sum())) * self.unseen**2
            length = float(np.sqrt(np.square(values[block]).sum() + strangers))
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
