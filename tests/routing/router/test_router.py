"""One decision out of rules, about texts and what was learned."""

from dataclasses import replace

import pytest

from routing.router.evaluate import evaluate
from routing.router.router import Model, Router
from routing.router.rules import Facts, rule
from routing.router.train import Example, train
from tests.routing.router.desks import DEPARTMENTS, month
from vault.base.errors import Invalid

LEARNED = Model("m1", train(month()))


def test_rules_add_their_departments_to_what_the_text_says() -> None:
    router = Router(DEPARTMENTS, [rule({"facility": "f001"}, ["sales"]), rule({"body": "緑"}, ["clinical", "sales"])])
    decision = router.decide(Facts(body="緑色の帯が出る、故障か", facility="f001"))
    assert set(decision.departments) == {"sales", "clinical", "repair"}
    sales = next(choice for choice in decision.choices if choice.department == "sales")
    assert sales.probability == 1.0
    assert [reason.values.get("number") for reason in sales.reasons] == [1, 2]


def test_a_rule_may_send_to_the_triage_desk_or_to_a_department_that_is_gone() -> None:
    router = Router(DEPARTMENTS, [rule({"urgency": "urgent"}, ["triage"]), rule({"urgency": "urgent"}, ["closed"])])
    decision = router.decide(Facts(body="こんにちは", urgency="urgent"))
    assert decision.departments == ()
    assert decision.triage is not None
    assert decision.triage.code == "rule"


@pytest.mark.parametrize("body", ["", "  \n ", "？！…", "🙂🙂"])
def test_without_words_there_is_only_triage(body: str) -> None:
    decision = Router(DEPARTMENTS, (), LEARNED).decide(Facts(body=body))
    assert decision.departments == ()
    assert decision.triage is not None


def test_a_departments_own_threshold_decides_for_it() -> None:
    text = Facts(body="ログインできず、請求書も見られない")
    strict = [replace(profile, threshold=0.99 if profile.code == "accounts" else None) for profile in DEPARTMENTS]
    assert "accounts" in Router(DEPARTMENTS).decide(text).departments
    decision = Router(strict).decide(text)
    assert decision.departments == ("network",)
    assert "accounts" in [choice.department for choice in decision.others]


def test_answers_outweigh_what_departments_say_as_they_accumulate() -> None:
    taught = [Example(f"緑色の帯が出る {i} 件目", ("training",)) for i in range(40)] + [
        Example(f"研修の日程 {i} 月", ("repair",)) for i in range(40)
    ]
    text = "画像に緑色の帯が出る"
    assert next(iter(Router(DEPARTMENTS).probabilities(text))) == "repair"
    some = Router(DEPARTMENTS, (), Model("few", train(taught[:2] + taught[40:42])))
    assert next(iter(some.probabilities(text))) == "repair"
    many = Router(DEPARTMENTS, (), Model("many", train(taught)))
    assert next(iter(many.probabilities(text))) == "training"
    assert many.decide(Facts(body=text)).choices[0].reasons[0].code == "words"


def test_a_new_department_is_found_before_it_has_answered_anything() -> None:
    assert Router(DEPARTMENTS, (), LEARNED).decide(Facts(body="パスワードを忘れてログインできない")).departments == (
        "network",
    )


def test_a_code_that_only_the_examples_know_is_never_delivered_to() -> None:
    router = Router([profile for profile in DEPARTMENTS if profile.code != "accounts"], (), LEARNED)
    assert next(iter(router.probabilities("請求書の金額について教えてください"))) == "accounts"
    decision = router.decide(Facts(body="振込の期限について教えてください"))
    assert "accounts" not in decision.departments
    assert decision.triage is not None
    assert decision.triage.code == "no_department"
    assert all(choice.department != "accounts" for choice in decision.others)


def test_a_decision_is_plain_data_for_pages() -> None:
    shown = Router(DEPARTMENTS, (), LEARNED).decide(Facts(body="緑色の帯について教えてください")).as_data()
    assert shown["departments"][0]["department"] == "repair"
    assert shown["departments"][0]["reasons"][0]["words"]
    assert shown["triage"] is None
    assert shown["model"] == "m1"


def test_evaluation_counts_a_line_right_by_its_most_probable_department_alone() -> None:
    lines = [*month()[:10], Example("何でもない話", ())]
    found = evaluate(Router(DEPARTMENTS, (), LEARNED), lines)
    assert found.n == 11
    assert found.accuracy == pytest.approx(10 / 11)
    assert 10 / 11 <= found.coverage_at_95 <= 1
    assert set(found.as_data()) == {"n", "accuracy", "coverage_at_95", "ms_per_request"}
    with pytest.raises(Invalid):
        evaluate(Router(DEPARTMENTS), [])
