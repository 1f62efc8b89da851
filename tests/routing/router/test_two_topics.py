"""A request of two topics reaches both departments by what was learned from requests of one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.router.about import Profile
from routing.router.router import Model, Router
from routing.router.rules import Facts
from routing.router.train import train
from tests.routing.router.desks import month


@pytest.fixture(scope="module", params=[1, 20], ids=["a month", "the same again and again"])
def router(request: pytest.FixtureRequest) -> Router:
    """Has learned from requests of one topic each, and knows nothing that departments say of themselves."""
    learned = train(month() * request.param)
    return Router([Profile(code, (), "") for code in learned.codes], (), Model("m", learned))


def reached(router: Router, text: str) -> set[str]:
    return set(router.decide(Facts(body=text)).departments)


@pytest.mark.parametrize(
    ("text", "departments"),
    [
        ("画面のノイズが気になります。鎮静剤の量について教えてください。", {"repair", "clinical"}),
        ("緑色の帯の件です！\n振込の期限について教えてください", {"repair", "accounts"}),
        ("Please look at a flickering image. About a double payment.", {"repair", "accounts"}),
        ("A green band again today. 生検の適応について教えてください。", {"repair", "clinical"}),
        ("吸引の不良。前処置の薬が気になります。領収書の宛名について。", {"repair", "clinical", "accounts"}),
    ],
)
def test_each_topic_goes_where_it_is_answered(router: Router, text: str, departments: set[str]) -> None:
    assert reached(router, text) == departments


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("いつもお世話になっております。画面のノイズが気になります。よろしくお願いいたします。", "repair"),
        ("Hello. The amount of the invoice again today. Thank you very much. Best regards.", "accounts"),
        ("生検の適応について教えてください。生検の適応が気になります。", "clinical"),
    ],
)
def test_politeness_and_a_second_sentence_of_the_same_topic_bring_in_nobody_else(
    router: Router, text: str, department: str
) -> None:
    assert reached(router, text) == {department}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([f"{example.text}。" for example in month()]), min_size=2, max_size=4))
def test_in_which_order_the_sentences_stand_and_how_often_takes_no_department_away(texts: list[str]) -> None:
    router = _ROUTER
    whole = reached(router, "".join(texts))
    for text in texts:
        alone = router.probabilities(text)
        sure = {code for code, probability in alone.items() if probability > 0.75}
        assert sure <= whole


_LEARNED = train(month())
_ROUTER = Router([Profile(code, (), "") for code in _LEARNED.codes], (), Model("m", _LEARNED))
