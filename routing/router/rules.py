"""
The provider's own rules, tried in order before anything learned; every match adds its departments.

Patterns are RE2's: their time grows with the text alone, so that no pattern can hold up the sweep. What RE2 does not
know (look-around, back-references) is refused when the rule is made. Texts and patterns are compared after NFKC and
without regard to case.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import re2  # type: ignore[import-untyped]

from routing.router.decision import Reason, Why
from routing.router.text import fold
from vault.base.errors import Invalid

LONGEST_PATTERN = 1_000
SHOWN = 80
"""Characters of what a rule found that its reason says."""
READ = 20_000
"""Characters of each text that a rule looks at."""
_PATTERN_MEMORY = 4 * 2**20
_ASCII = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]+")

TEXTS = ("subject_or_body", "subject", "body")
VALUES = ("facility", "class", "kind", "scope_model", "urgency")
_PLAIN_LENGTH = 200


@dataclass(frozen=True)
class Facts:
    """What a rule may ask about a request; `kinds` and `scope_models` are those of the exams it brings along."""

    subject: str = ""
    body: str = ""
    facility: str = ""
    klass: str = ""
    kinds: tuple[str, ...] = ()
    scope_models: tuple[str, ...] = ()
    urgency: str = "normal"

    @property
    def text(self) -> str:
        """Subject and body, as the learned router reads them."""
        return f"{self.subject}\n{self.body}".strip()

    def of(self, name: str) -> tuple[str, ...]:
        """The texts or values a condition of that name looks at."""
        return {
            "subject_or_body": (self.subject, self.body),
            "subject": (self.subject,),
            "body": (self.body,),
            "facility": (self.facility,),
            "class": (self.klass,),
            "kind": self.kinds,
            "scope_model": self.scope_models,
            "urgency": (self.urgency,),
        }[name]


@dataclass(frozen=True)
class Rule:
    """All of `when` has to hold; then the request goes to the departments `to`."""

    when: Mapping[str, tuple[str, ...]]
    to: tuple[str, ...]
    patterns: Mapping[str, Any]

    def found(self, facts: Facts) -> str | None:
        """The beginning of what made the rule match, "" where no text was asked for, None where it does not match."""
        seen = ""
        for name, pattern in self.patterns.items():
            hits = (pattern.search(unicodedata.normalize("NFKC", text[:READ])) for text in facts.of(name))
            hit = next((hit for hit in hits if hit), None)
            if hit is None:
                return None
            seen = seen or hit.group()[:SHOWN]
        for name in self.when.keys() - self.patterns.keys():
            if not any(fnmatchcase(fold(value), glob) for value in facts.of(name) for glob in self.when[name]):
                return None
        return seen


@dataclass(frozen=True)
class Match:
    """A rule that matched and the reason to show."""

    to: tuple[str, ...]
    reason: Reason


def rule(when: Mapping[str, Any], to: Sequence[str], *, field: str = "rules") -> Rule:
    """
    A rule from what the file or the page says; Invalid names the wrong part, as in `rules[2].when.subject`.

    Text conditions are one pattern each. The others are one value or a list of values, any of which may hold `*`.
    """
    if not to or not all(isinstance(code, str) and code for code in to) or isinstance(to, str):
        raise Invalid("rule_goes_nowhere", field=f"{field}.to")
    if not when:
        raise Invalid("rule_without_condition", field=f"{field}.when")
    conditions: dict[str, tuple[str, ...]] = {}
    patterns: dict[str, Any] = {}
    for name, wanted in when.items():
        where = f"{field}.when.{name}"
        if name in TEXTS:
            patterns[name] = _pattern(wanted, where)
            conditions[name] = (wanted,)
        elif name in VALUES:
            conditions[name] = _globs(wanted, where)
        else:
            raise Invalid("unknown_condition", field=where)
    return Rule(conditions, tuple(to), patterns)


def matches(rules: Sequence[Rule], facts: Facts) -> list[Match]:
    """Every rule that matches, in order."""
    made = []
    for number, each in enumerate(rules, start=1):
        found = each.found(facts)
        if found is not None:
            shown = {name: list(wanted) for name, wanted in each.when.items()}
            made.append(Match(each.to, Reason(Why.RULE, {"number": number, "conditions": shown, "found": found})))
    return made


def _pattern(wanted: Any, where: str) -> Any:
    if not isinstance(wanted, str) or not wanted:
        raise Invalid("pattern_missing", field=where)
    if len(wanted) > LONGEST_PATTERN:
        raise Invalid("pattern_too_long", field=where, limit=LONGEST_PATTERN)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(_normalised_pattern(wanted), options)
    except re2.error as problem:
        raise Invalid("pattern", field=where, problem=_words(problem)) from problem


def _normalised_pattern(wanted: str) -> str:
    """NFKC for what is not ASCII; a full-width bracket becomes a plain one to be found, not a group."""
    return "".join(
        part if part.isascii() else re.sub(r"([\\.^$|?*+(){}\[\]])", r"\\\1", unicodedata.normalize("NFKC", part))
        for part in _ASCII.findall(wanted)
    )


def _words(problem: Exception) -> str:
    first = problem.args[0] if problem.args else ""
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)


def _globs(wanted: Any, where: str) -> tuple[str, ...]:
    values = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(values, list | tuple) or not values:
        raise Invalid("value_missing", field=where)
    for value in values:
        if not isinstance(value, str) or not 0 < len(value) <= _PLAIN_LENGTH:
            raise Invalid("value", field=where)
    return tuple(fold(value) for value in values)
