"""Folding: which characters count as the same, for phrases (little) and for words (more)."""

import unicodedata
from collections.abc import Iterator

from whoosh.support.charset import accent_map

_SMALL = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
_DROPPED = "ー・゠"


def _table() -> dict[int, str | None]:
    """Accents fall, katakana becomes hiragana, small kana grow, long-vowel marks and middle dots go."""
    table: dict[int, str | None] = {ord(char): None for char in _DROPPED}
    table.update({code: plain for code, plain in accent_map.items() if isinstance(code, int)})
    for code in range(0x30A1, 0x30F7):
        table[code] = chr(code - 0x60)
    for small, large in _SMALL.items():
        table[ord(small)] = table[ord(small) + 0x60] = large
    return table


_WORD_TABLE = _table()


def normal(text: str) -> str:
    """NFKC and case folding: what a quoted phrase is compared in."""
    return unicodedata.normalize("NFKC", text).casefold()


def fold(normal_text: str) -> str:
    """What unquoted words are compared in; takes text that is already `normal`."""
    return normal_text.translate(_WORD_TABLE)


def aligned(text: str, *, words: bool) -> tuple[str, list[int]]:
    """
    `text` as `normal` (or, for `words`, as `fold`), and for each of its characters the index in `text` it came from.

    One more index closes the list, so that `[starts[a], starts[b])` is the stretch that made `[a, b)`.
    """
    made: list[str] = []
    starts: list[int] = []
    for start, cluster in _clusters(text):
        piece = fold(normal(cluster)) if words else normal(cluster)
        made.append(piece)
        starts.extend([start] * len(piece))
    return "".join(made), [*starts, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Base characters with the marks that compose with them, each with where it starts."""
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or not _joins(text[index]):
            yield start, text[start:index]
            start = index


def _joins(char: str) -> bool:
    return char in "ﾞﾟ" or unicodedata.combining(char) != 0
