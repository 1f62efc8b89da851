"""Text as the router reads it: normalised, cut into words, Japanese and Latin alike."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

READ = 4_000
"""Characters of a request that are read; what follows adds time, not knowledge."""

_JAPANESE = "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_JAPANESE}]+|[^\W_{_JAPANESE}]+(?:['’][^\W_{_JAPANESE}]+)?")
_SCRIPT = re.compile(r"[\u3041-\u309f]+|[\u30a1-\u30fa\u30fc-\u30ff]+|[^\u3041-\u30ff]+")
_ENDS = re.compile(r"(?<=[。．！？!?\n])|(?<=\.)\s+")
_STARTS_JAPANESE = re.compile(rf"[{_JAPANESE}]")


@dataclass(frozen=True)
class Text:
    """What a person wrote (`shown`, NFKC) and the same folded for comparing; positions agree in both."""

    shown: str
    folded: str


@dataclass(frozen=True)
class Word:
    """A word and where it begins; a Japanese word is a run of one script, `run` counts unbroken stretches."""

    folded: str
    start: int
    run: int


def normalise(text: str, limit: int = READ) -> Text:
    """NFKC and case folding of the first `limit` characters, so that full-width, half-width and case do not matter."""
    shown = unicodedata.normalize("NFKC", text[:limit])
    return Text(shown, "".join(map(_fold, shown)))


def fold(text: str) -> str:
    """`text` in the form in which texts are compared."""
    return normalise(text).folded


def sentences(text: str, at_most: int) -> list[str]:
    """The text's first sentences, each a line or what a full stop ends; none where the text is a single one."""
    found = [part for part in _ENDS.split(text[:READ]) if _TOKEN.search(part)]
    return found[:at_most] if len(found) > 1 else []


def runs(text: Text) -> Iterator[tuple[str, int, bool]]:
    """Each unbroken stretch of letters: (folded, where it begins, whether it is Japanese)."""
    for match in _TOKEN.finditer(text.folded):
        yield match.group(), match.start(), is_japanese(match.group())


def words(text: Text) -> Iterator[Word]:
    """The words in order; a Japanese stretch is cut where kanji, hiragana and katakana meet."""
    for number, (stretch, start, japanese) in enumerate(runs(text)):
        if not japanese:
            yield Word(stretch, start, number)
            continue
        for part in _SCRIPT.finditer(stretch):
            yield Word(part.group(), start + part.start(), number)


def japanese_part(text: Text) -> float:
    """How much of the text's letters are Japanese, 0…1."""
    lengths = [(len(stretch), japanese) for stretch, _, japanese in runs(text)]
    return sum(n for n, japanese in lengths if japanese) / (sum(n for n, _ in lengths) or 1)


def is_japanese(stretch: str) -> bool:
    """Whether a stretch made by `runs` is Japanese."""
    return _STARTS_JAPANESE.match(stretch) is not None


def _fold(letter: str) -> str:
    # A fold that changes the length (ß) would move every position after it; such letters keep their form.
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter
