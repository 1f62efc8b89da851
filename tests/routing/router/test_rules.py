"""The provider's rules: all of a rule's conditions hold, every rule that matches adds its departments."""

from typing import Any

import pytest

from routing.router.rules import LONGEST_PATTERN, SHOWN, Facts, matches, rule
from vault.base.errors import Invalid

REQUEST = Facts(
    subject="請求書について",
    body="Invoice 2026-10 の金額",
    facility="f001",
    klass="economy",
    kinds=("gastroscopy",),
    scope_models=("GIF-H290Z", "GIF-XP290N"),
    urgency="urgent",
)


@pytest.mark.parametrize(
    "when",
    [
        {"subject_or_body": "請求|invoice"},
        {"subject_or_body": "INVOICE"},
        {"subject": "^請求書"},
        {"body": r"\d{4}-\d{2}"},
        {"body": "ｉｎｖｏｉｃｅ"},
        {"facility": "f001"},
        {"facility": ["f009", "F0*"]},
        {"class": "economy"},
        {"kind": "gastro*"},
        {"scope_model": "gif-xp*"},
        {"urgency": "urgent"},
        {"subject": "請求", "urgency": "urgent", "class": ["economy", "deluxe"]},
    ],
)
def test_a_rule_matches_when_all_its_conditions_hold(when: dict[str, Any]) -> None:
    assert matches([rule(when, ["accounts"])], REQUEST)


@pytest.mark.parametrize(
    "when",
    [
        {"subject": "invoice"},
        {"body": "請求"},
        {"facility": "f002"},
        {"class": "deluxe"},
        {"kind": "colonoscopy"},
        {"scope_model": ["CF-*"]},
        {"urgency": "normal"},
        {"subject": "請求", "urgency": "normal"},
    ],
)
def test_a_rule_does_not_match_when_one_condition_fails(when: dict[str, Any]) -> None:
    assert not matches([rule(when, ["accounts"])], REQUEST)


def test_every_match_adds_its_departments_in_order_and_says_which_words_it_found() -> None:
    rules = [
        rule({"urgency": "normal"}, ["sales"]),
        rule({"subject": "請求書?"}, ["accounts"]),
        rule({"kind": "*"}, ["clinical"]),
    ]
    found = matches(rules, REQUEST)
    assert [match.to for match in found] == [("accounts",), ("clinical",)]
    assert found[0].reason.as_data() == {
        "code": "rule",
        "number": 2,
        "conditions": {"subject": ["請求書?"]},
        "found": "請求書",
    }
    assert found[1].reason.values["found"] == ""


def test_a_full_width_bracket_in_a_pattern_is_found_and_groups_nothing() -> None:
    assert matches([rule({"body": "故障（重大）"}, ["repair"])], Facts(body="故障(重大)です"))


@pytest.mark.parametrize(
    ("when", "to", "field"),
    [
        ({"subject": "("}, ["a"], "rules.3.when.subject"),
        ({"subject": "(?=a)b"}, ["a"], "rules.3.when.subject"),
        ({"subject": "x" * (LONGEST_PATTERN + 1)}, ["a"], "rules.3.when.subject"),
        ({"body": ""}, ["a"], "rules.3.when.body"),
        ({"body": 7}, ["a"], "rules.3.when.body"),
        ({"colour": "green"}, ["a"], "rules.3.when.colour"),
        ({"kind": []}, ["a"], "rules.3.when.kind"),
        ({"kind": [7]}, ["a"], "rules.3.when.kind"),
        ({}, ["a"], "rules.3.when"),
        ({"kind": "x"}, [], "rules.3.to"),
        ({"kind": "x"}, "repair", "rules.3.to"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_the_name_of_its_part(
    when: dict[str, Any], to: list[str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        rule(when, to, field="rules.3")
    assert refused.value.field == field


def test_a_pattern_made_to_explode_comes_to_its_end() -> None:
    """One that tries every way would take longer than the age of the universe; the suite's timeout would end it."""
    hostile = [rule({"body": pattern}, ["a"]) for pattern in ("(a+)+b", "(a|a)*b", "(.*)*=(.*)*;")]
    assert matches(hostile, Facts(body="a" * 20_000 + "!")) == []


def test_a_reason_says_the_beginning_of_what_was_found() -> None:
    (match,) = matches([rule({"body": "a+"}, ["a"])], Facts(body="a" * 20_000))
    assert match.reason.values["found"] == "a" * SHOWN
