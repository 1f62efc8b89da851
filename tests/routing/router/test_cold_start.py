"""From the first request on, what departments say of themselves and the product's words route sensibly."""

from routing.router.about import AboutTexts, Profile
from routing.router.router import Router
from routing.router.rules import Facts
from tests.routing.router.desks import DEPARTMENTS, cold_start

ROUTER = Router(DEPARTMENTS)


def test_the_most_probable_department_is_right_for_nearly_every_request() -> None:
    asked = [example for example in cold_start() if example.departments]
    right = [next(iter(ROUTER.probabilities(example.text))) in example.departments for example in asked]
    assert len(asked) >= 50
    assert sum(right) / len(right) >= 0.9


def test_most_requests_go_to_exactly_the_departments_they_concern() -> None:
    exactly = [
        set(ROUTER.decide(Facts(body=example.text)).departments) == set(example.departments) for example in cold_start()
    ]
    assert sum(exactly) / len(exactly) >= 0.8


def test_few_requests_go_anywhere_wrong() -> None:
    wrong = [
        set(ROUTER.decide(Facts(body=example.text)).departments) - set(example.departments) for example in cold_start()
    ]
    assert sum(map(bool, wrong)) / len(wrong) <= 0.1


def test_what_is_nobodys_goes_to_triage() -> None:
    for example in cold_start():
        if not example.departments:
            assert ROUTER.decide(Facts(body=example.text)).triage is not None, example.text


def test_a_fault_and_a_drug_in_one_text_go_to_both_with_the_words_that_say_so() -> None:
    decision = ROUTER.decide(
        Facts(subject="緑色の帯", body="画像に緑色の帯が出る。鎮静に使ったミダゾラムの量も知りたい。")
    )
    assert set(decision.departments) == {"repair", "clinical"}
    said = {choice.department: choice.reasons[0].as_data() for choice in decision.choices}
    assert said["repair"]["code"] == said["clinical"]["code"] == "about"
    assert any("緑色" in word for word in said["repair"]["words"])
    assert "ミダゾラム" in said["clinical"]["words"]


def test_words_are_shown_as_they_were_typed() -> None:
    decision = ROUTER.decide(Facts(body="The Light Source is broken"))
    assert "Light Source" in decision.choices[0].reasons[0].values["words"]


def test_a_department_of_a_kind_the_product_does_not_know_lives_by_its_own_words() -> None:
    about = AboutTexts([Profile("canteen", ("食堂", "Canteen"), "昼食, 弁当, lunch menu"), *DEPARTMENTS])
    found = about.probabilities("明日の弁当を二つお願いします")
    assert max(found, key=lambda code: found[code]) == "canteen"
    assert found["canteen"] > 0.5


def test_a_topic_of_a_department_that_is_not_here_goes_to_triage() -> None:
    alone = Router([profile for profile in DEPARTMENTS if profile.code in ("repair", "training")])
    assert alone.decide(Facts(body="請求書の金額と支払期限を確認したい")).triage is not None


def test_a_department_that_says_nothing_of_itself_has_no_probability() -> None:
    assert AboutTexts([Profile("x1", ("", ""), "")]).probabilities("故障") == {}
