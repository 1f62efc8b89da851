"""What a question means, free of any engine: a small tree of frozen nodes."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Word:
    """An unquoted word: matched after kana, long-vowel, stem and synonym widening."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """A quoted phrase: an exact substring of title or body after NFKC and case folding."""

    text: str


@dataclass(frozen=True)
class Mark:
    """A field filter such as `scope:CF-HQ290`: the whole value, after NFKC and case folding."""

    field: str
    value: str


@dataclass(frozen=True)
class AllOf:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class AnyOf:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class Everything:
    """The empty question: every document that the filters let through."""


Node: TypeAlias = Word | Phrase | Mark | AllOf | AnyOf | Not | Everything
