"""Learning from answers: right departments, honest probabilities, reasons in the text's own words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.router import calibration
from routing.router.learned import Learned
from routing.router.text import normalise
from routing.router.train import Example, train
from tests.routing.router.desks import month
from vault.base.errors import Invalid


@pytest.fixture(scope="module")
def learned() -> Learned:
    return train(month())


def _best(model: Learned, text: str) -> str:
    found = model.probabilities(normalise(text))
    return max(found, key=lambda code: found[code])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("内視鏡の画像に緑色の帯がまた出た", "repair"),
        ("green band in the image", "repair"),
        ("生検の適応は", "clinical"),
        ("Ｗｈａｔ ｄｏｓｅ ｏｆ ＭＩＤＡＺＯＬＡＭ", "clinical"),
        ("振込の期限はいつ", "accounts"),
        ("invoice の amount", "accounts"),
    ],
)
def test_it_knows_in_both_languages_what_was_answered_where(learned: Learned, text: str, code: str) -> None:
    assert _best(learned, text) == code


def test_the_reason_is_in_the_texts_own_words(learned: Learned) -> None:
    japanese = learned.words(normalise("昨日から緑色の帯が出ます"), "repair", at_most=3)
    assert any("緑色の帯" in words for words in japanese)
    english = learned.words(normalise("Since Monday a Green Band on all pictures"), "repair", at_most=3)
    assert any("Green Band" in words for words in english)


def test_a_text_of_two_topics_is_probable_for_both() -> None:
    both = [
        Example(f"{a.text}。{b.text}", a.departments + b.departments)
        for a, b in zip(month(), month()[5:], strict=False)
        if a.departments != b.departments
    ]
    found = train([*month(), *both]).probabilities(
        normalise("画面のノイズが気になります。鎮静剤の量について教えてください")
    )
    assert found["repair"] > 0.5
    assert found["clinical"] > 0.5
    assert found["accounts"] < 0.3


def test_the_same_examples_teach_the_same(learned: Learned) -> None:
    again = train(month())
    assert np.allclose(again.weights, learned.weights, atol=0.01)
    assert again.vocabulary.keys == learned.vocabulary.keys


def test_one_department_alone_or_a_single_example_is_enough_to_begin() -> None:
    assert train([Example("故障した", ("repair",))]).probabilities(normalise("故障"))["repair"] > 0.5
    assert _best(train([Example("故障", ("repair",)), Example("請求", ("accounts",))]), "請求書") == "accounts"


def test_nothing_to_learn_from_is_refused() -> None:
    for examples in ([], [Example(" ", ("repair",))], [Example("hello", ())]):
        with pytest.raises(Invalid):
            train(examples)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_probabilities(learned: Learned, text: str) -> None:
    found = learned.probabilities(normalise(text))
    assert set(found) == set(learned.codes)
    assert all(0 <= p <= 1 for p in found.values())


def test_probabilities_are_as_often_right_as_they_say() -> None:
    random = np.random.default_rng(7)
    margins = random.normal(-0.6, 0.8, size=(6_000, 4)).astype(np.float32)
    truth = calibration.Sigmoid(own=4.0, rival=-1.0, base=0.3)
    marks = random.random(margins.shape) < truth.probabilities(margins)
    said = calibration.fit(margins[:3_000], marks[:3_000]).probabilities(margins[3_000:])
    for low in (0.0, 0.2, 0.5, 0.8):
        bin_ = (said >= low) & (said < low + 0.2)
        assert abs(said[bin_].mean() - marks[3_000:][bin_].mean()) < 0.05


def test_a_limit_for_routing_alone_grows_with_how_right_it_has_to_be(learned: Learned) -> None:
    limits = [learned.sure_from(right) for right in (0.5, 0.9, 1.0)]
    assert limits == sorted(limits)
    assert learned.sure_from(1.1) > 1
