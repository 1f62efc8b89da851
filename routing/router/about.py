"""The router's first knowledge: what departments say they handle, widened by the product's lexicon."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.router.lexicon import empty_words, groups, groups_of
from routing.router.text import Text, fold, is_japanese, normalise, runs, words

READ = 1_500
"""Characters of a text that are compared with what departments say of themselves."""

_PIECES = re.compile(r"[,;/|・、。;:()\[\]\n]+|(?<![a-z0-9])\s+|\s+(?![a-z0-9])")
_SINGLE = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]{2,}|[\u3005\u3400-\u4dbf\u4e00-\u9fff]{2,}")
_LONGEST_JAPANESE, _LONGEST_LATIN = 14, 5
_JAPANESE_STRENGTH = (0.5, 0.5, 1.0, 1.15, 1.3)
_LATIN_STRENGTH = (0.0, 1.0, 1.4, 1.6)
_SHORT_LATIN = 3


@dataclass(frozen=True)
class Profile:
    """A department as the router knows it; `threshold` is its own, None for the router's."""

    code: str
    names: tuple[str, ...]
    about: str
    threshold: float | None = None


@dataclass(frozen=True)
class Hint:
    """A term of some departments, found in a text at `start` … `end`."""

    start: int
    end: int
    owners: Mapping[str, float]


class AboutTexts:
    """Says, without ever having seen an answer, how probable each department is for a text."""

    def __init__(self, departments: Sequence[Profile]) -> None:
        """Also groups of the lexicon that no department claims are kept, as rivals: their topics are nobody's here."""
        terms: dict[str, set[str]] = defaultdict(set)
        claimed: set[str] = set()
        for department in departments:
            for term in _own_terms(department):
                terms[_key(term)].add(department.code)
            for group in groups_of(department.code, department.names, department.about):
                claimed.add(group.name)
                for term in group.terms:
                    terms[_key(term)].add(department.code)
        for group in groups():
            if group.name not in claimed:
                for term in group.terms:
                    terms[_key(term)].add(f"\0{group.name}")
        terms.pop("", None)
        known = {owner for owners in terms.values() for owner in owners}
        self.codes = tuple(department.code for department in departments if department.code in known)
        parties = len(known) + 1
        self._terms = {key: _weights(key, owners, parties) for key, owners in terms.items()}

    def hints(self, text: Text) -> list[Hint]:
        """Terms found in the text; where terms overlap, the longest one speaks alone."""
        found = sorted((*self._japanese(text), *self._latin(text)), key=lambda hint: (hint.start, -hint.end))
        kept: list[Hint] = []
        for hint in found:
            if not kept or hint.start >= kept[-1].end:
                kept.append(hint)
        return kept

    def probabilities(self, text: str) -> dict[str, float]:
        """How probable each department is, by code; one that says nothing of itself is not there."""
        evidence = self._evidence(normalise(text, READ))
        return {code: _probability(evidence, code) for code in self.codes}

    def words(self, text: str, code: str, *, at_most: int) -> list[str]:
        """The words of the text that speak for the department, in its own spelling, the strongest first."""
        read = normalise(text, READ)
        weights: dict[str, float] = {}
        for hint in self.hints(read):
            if code in hint.owners:
                weights.setdefault(read.shown[hint.start : hint.end], hint.owners[code])
        return sorted(weights, key=lambda word: -weights[word])[:at_most]

    def _evidence(self, text: Text) -> dict[str, float]:
        """The weight of what speaks for each party; a term counts once, however often it is said."""
        evidence: dict[str, float] = defaultdict(float)
        for owners in {id(hint.owners): hint.owners for hint in self.hints(text)}.values():
            for owner, weight in owners.items():
                evidence[owner] += weight
        return evidence

    def _japanese(self, text: Text) -> Iterator[Hint]:
        for stretch, at, japanese in runs(text):
            start = 0
            while japanese and start < len(stretch):
                for size in range(min(_LONGEST_JAPANESE, len(stretch) - start), 0, -1):
                    owners = self._terms.get(stretch[start : start + size])
                    if owners is not None:
                        yield Hint(at + start, at + start + size, owners)
                        start += size - 1
                        break
                start += 1

    def _latin(self, text: Text) -> Iterator[Hint]:
        found = [word for word in words(text) if not is_japanese(word.folded)]
        stems = [_stem(word.folded) for word in found]
        for first in range(len(found)):
            for last in range(min(first + _LONGEST_LATIN, len(found)), first, -1):
                owners = self._terms.get(" ".join(stems[first:last]))
                if owners is not None:
                    yield Hint(found[first].start, found[last - 1].start + len(found[last - 1].folded), owners)
                    break


def _own_terms(department: Profile) -> Iterator[str]:
    """What the department calls itself and what it says it handles, in pieces; words that say nothing are left out."""
    for said in (department.about, *department.names):
        for piece in _PIECES.split(fold(said)):
            parts = [piece, *_SINGLE.findall(piece)]
            if piece.isascii():
                parts += piece.split()
            yield from (part for part in parts if part not in empty_words() and len(part) <= 40)


def _key(term: str) -> str:
    """The form in which a term is looked up: stems for Latin words, the folded stretch for Japanese."""
    read = normalise(term)
    found = [stretch for stretch, _, _ in runs(read)]
    if not found:
        return ""
    if any(map(is_japanese, found)):
        return "".join(found)
    return " ".join(_stem(word) for word in found)


def _stem(word: str) -> str:
    """An English word without the endings that do not change what it is about."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        return word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def _weights(key: str, owners: Iterable[str], parties: int) -> dict[str, float]:
    """What finding the term is worth to each owner: more for a long term, less for one that many have."""
    owners = sorted(owners)
    if is_japanese(key):
        strength = _JAPANESE_STRENGTH[min(len(key), len(_JAPANESE_STRENGTH) - 1)]
    else:
        count = key.count(" ") + 1
        strength = _LATIN_STRENGTH[min(count, len(_LATIN_STRENGTH) - 1)]
        if count == 1 and len(key) < _SHORT_LATIN:
            strength *= 0.6
    rarity = float(np.log((1 + parties) / len(owners)) / np.log(1 + parties))
    return dict.fromkeys(owners, strength * rarity)


_ENOUGH, _SLOPE, _SHARE, _BASE = 2.5, 1.6, 3.5, -3.0
"""Chosen on requests of our own that no test holds: one clear word that only one department has is just enough."""
_RIVAL_ENOUGH = 1.2
"""However much speaks for one department, a clear word for a second one stays heard."""


def _probability(evidence: Mapping[str, float], code: str) -> float:
    own = evidence.get(code, 0.0)
    if own == 0.0:
        return 0.01
    rival = max((weight for owner, weight in evidence.items() if owner != code), default=0.0)
    share = own / (own + min(rival, max(own, _RIVAL_ENOUGH)))
    logit = _SLOPE * min(own, _ENOUGH) + _SHARE * share + _BASE
    return float(1 / (1 + np.exp(-logit)))
