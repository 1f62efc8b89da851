"""Which stretches of a text to show as the reason, once it is known what each letter adds."""

from itertools import pairwise

import numpy as np

from routing.router.features import Floats
from routing.router.text import Text, runs

_WORTH_SAYING = 0.3
"""A stretch is shown when its letters weigh at least this part of the strongest letter's weight."""

Span = tuple[int, int]


def strongest(text: Text, letters: Floats) -> list[Span]:
    """The stretches of `text` that weigh most, the heaviest first; neighbouring words are shown as one phrase."""
    least = max(float(letters.max(initial=0.0)) * _WORTH_SAYING, 1e-6)
    found: list[Span] = []
    for stretch, start, japanese in runs(text):
        part = letters[start : start + len(stretch)]
        spoken = _loud(part, least) if japanese else _whole(part, least)
        found.extend((start + first, start + last) for first, last in spoken)
    return sorted(_joined(text, found), key=lambda span: -float(letters[span[0] : span[1]].sum()))


def _loud(part: Floats, least: float) -> list[Span]:
    """In Japanese, which shows no words: every run of two or more letters that all weigh enough."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], part >= least, [False]))))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True) if last - first > 1]


def _whole(part: Floats, least: float) -> list[Span]:
    """A Latin word is shown whole or not at all."""
    return [(0, len(part))] if float(part.mean()) >= least else []


def _joined(text: Text, spans: list[Span]) -> list[Span]:
    if not spans:
        return []
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(spans)) if not text.folded[a[1] : b[0]].isspace())]
    ends = [*(start - 1 for start in starts[1:]), len(spans) - 1]
    return [(spans[first][0], spans[last][1]) for first, last in zip(starts, ends, strict=True)]
