"""The router: rules, what departments say of themselves and what was learned, put together into one Decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.departments.models import TRIAGE
from routing.router.about import AboutTexts, Profile
from routing.router.decision import Choice, Decision, Reason, Why
from routing.router.learned import Learned
from routing.router.rules import Facts, Rule, matches
from routing.router.text import normalise, sentences

THRESHOLD = 0.5
"""The probability from which a department gets a request, where it has no threshold of its own."""
HALF_LEARNED = 8
"""With so many examples of a department, what was learned counts as much as what it says of itself."""
HALF_EXPERIENCED = 50
"""With so many examples in all, what was learned silences half as much as it can what a rival says of itself."""
_MOST_EXPERIENCE = 4.0
_ALONE = 2
"""A sentence out of its text must be surer than the text: its probability counts to this power."""
_MOST_SENTENCES = 12
_HINT = 0.15
"""Below this for every department, a text points nowhere."""
_SHOWN_WORDS = 4
_SHOWN_OTHERS = 5


@dataclass(frozen=True)
class Model:
    """A learned model in use, and its id."""

    id: str
    learned: Learned


class Router:
    """Decides where requests go; holds no connection, so that one may be kept and used by several threads."""

    def __init__(
        self,
        departments: Sequence[Profile],
        rules: Sequence[Rule] = (),
        model: Model | None = None,
        *,
        damaged: bool = False,
    ) -> None:
        """
        `departments` are those that can be delivered to, the triage desk not among them.

        `damaged`: there should be a model, but its numbers could not be read.
        """
        self.damaged = damaged
        self.departments = tuple(departments)
        self.rules = tuple(rules)
        self.model = model
        self._about = AboutTexts(self.departments)
        self._profiles = {department.code: department for department in self.departments}
        learned = model.learned if model else None
        self._counts = dict(zip(learned.codes, learned.counts, strict=True)) if learned else {}
        self._blank = learned.probabilities(normalise("")) if learned else {}
        total = sum(self._counts.values())
        self._experience = _MOST_EXPERIENCE * total / (total + HALF_EXPERIENCED)

    def probabilities(self, text: str) -> dict[str, float]:
        """How probable each department is, the most probable first; codes known from training alone among them."""
        if not text.strip():
            return {}
        found = self._read(text)
        # Past answers are mostly of one topic: a text of two looks like neither. Its sentences do, each by itself.
        for sentence in sentences(text, _MOST_SENTENCES) if self.model else ():
            for code, probability in self._read(sentence).items():
                found[code] = max(found[code], probability**_ALONE)
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def _read(self, text: str) -> dict[str, float]:
        """How probable each department is for the text taken as one."""
        learned = self.model.learned.probabilities(normalise(text)) if self.model else {}
        about = self._about.probabilities(text) if self._needs_about() else {}
        heard = self._heard(learned, about)
        return {code: self._mixed(code, learned.get(code), heard.get(code)) for code in (learned | about)}

    def decide(self, facts: Facts) -> Decision:
        """Where the request goes, and why."""
        ruled = self._ruled(facts)
        found = self.probabilities(facts.text)
        choices = [
            Choice(code, 1.0 if code in ruled else p, (*ruled.get(code, ()), *self._words(facts.text, code)))
            for code, p in found.items()
            if code in ruled or self._delivers(code, p)
        ]
        choices += [Choice(code, 1.0, why) for code, why in ruled.items() if code not in found and code != TRIAGE]
        choices.sort(key=lambda choice: -choice.probability)
        chosen = {choice.department for choice in choices}
        others = [Choice(code, p) for code, p in found.items() if code not in chosen and code in self._profiles]
        return Decision(
            choices=tuple(choices),
            triage=self._asked_for(ruled) or (None if choices else self._triage(facts.text, found)),
            others=tuple(others[:_SHOWN_OTHERS]),
            model=self.model.id if self.model else None,
        )

    def _ruled(self, facts: Facts) -> dict[str, tuple[Reason, ...]]:
        """The reasons of the rules that matched, by department; codes no department has are passed over."""
        reasons: dict[str, tuple[Reason, ...]] = {}
        for match in matches(self.rules, facts):
            for code in match.to:
                if code in self._profiles or code == TRIAGE:
                    reasons[code] = (*reasons.get(code, ()), match.reason)
        return reasons

    def _asked_for(self, ruled: dict[str, tuple[Reason, ...]]) -> Reason | None:
        """The rule that sends the request to the triage desk, if one does."""
        return ruled[TRIAGE][0] if TRIAGE in ruled else None

    def _delivers(self, code: str, probability: float) -> bool:
        profile = self._profiles.get(code)
        return profile is not None and probability >= (profile.threshold or THRESHOLD)

    def _needs_about(self) -> bool:
        return any(self._trust(code) < 1 for code in self._profiles)

    def _trust(self, code: str) -> float:
        """How much of a department's probability comes from what was learned, 0…1."""
        count = self._counts.get(code, 0)
        return count / (count + HALF_LEARNED)

    def _heard(self, learned: dict[str, float], about: dict[str, float]) -> dict[str, float]:
        """
        What departments say of themselves, the less heard the surer many answers are that another one is meant.

        Else a department that never answered anything would claim texts of others by a word they share.
        """
        if not learned:
            return about
        # Surer than of a text that holds nothing known: a department that answers most is likely before a word is read.
        surer = {code: max(0.0, (p - self._blank[code]) / (1.001 - self._blank[code])) for code, p in learned.items()}
        best = sorted(surer.items(), key=lambda item: -item[1])[:2]
        rivals = {code: max((p for other, p in best if other != code), default=0.0) for code in about}
        return {code: p * (1 - rivals[code]) ** self._experience for code, p in about.items()}

    def _mixed(self, code: str, learned: float | None, about: float | None) -> float:
        if learned is None or about is None:
            return (learned if about is None else about) or 0.0
        trust = self._trust(code)
        return trust * learned + (1 - trust) * about

    def _words(self, text: str, code: str) -> tuple[Reason, ...]:
        """What in the text speaks for it: by past answers once they count for more, else by its own words."""
        words: list[str] = []
        why = Why.ABOUT
        if self.model is not None and self._trust(code) >= 0.5:
            why = Why.WORDS
            words = self.model.learned.words(normalise(text), code, at_most=_SHOWN_WORDS)
        if not words and code in self._profiles:
            why = Why.ABOUT
            words = self._about.words(text, code, at_most=_SHOWN_WORDS)
        return (Reason(why, {"words": words}),) if words else ()

    def _triage(self, text: str, found: dict[str, float]) -> Reason:
        """Why nobody but the triage desk can say."""
        if not text.strip():
            return Reason(Why.NO_TEXT)
        code, probability = next(iter(found.items()), ("", 0.0))
        if probability < _HINT:
            return Reason(Why.NOTHING_FITS)
        if code not in self._profiles:
            return Reason(Why.NO_DEPARTMENT, {"code": code, "probability": probability})
        return Reason(Why.UNSURE, {"department": code, "probability": probability})
