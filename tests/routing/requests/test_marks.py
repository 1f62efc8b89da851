"""Marks on images: five shapes in fractions of the image, everything else refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from routing.requests import marks
from vault.base.errors import Invalid, TooLarge

fraction = some.floats(0, 1)


@given(some.sampled_from(sorted(marks.COORDINATES)), some.data())
def test_each_shape_comes_back_as_it_was_drawn(kind: str, data: some.DataObject) -> None:
    drawn: dict[str, Any] = {"type": kind}
    for name in marks.COORDINATES[kind]:
        drawn[name] = "ここ" if name == "text" else data.draw(fraction)
    assert marks.checked([drawn], "marks") == [drawn]


def test_a_mark_without_a_type_is_a_point() -> None:
    assert marks.checked([{"x": 0.5, "y": 1}], "marks") == [{"type": "point", "x": 0.5, "y": 1}]


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        ({"type": "point", "x": 0.5}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": 1.01}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": -0.1}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": float("nan")}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": True}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": "0.5"}, "images.0.marks.0.y"),
        ({"type": "point", "x": 0.5, "y": 0.5, "colour": "red"}, "images.0.marks.0.colour"),
        ({"type": "star", "x": 0.5, "y": 0.5}, "images.0.marks.0.type"),
        ({"type": ["ring"], "x": 0.5, "y": 0.5}, "images.0.marks.0.type"),
        ({"type": "text", "x": 0.5, "y": 0.5, "text": "あ" * 501}, "images.0.marks.0.text"),
        ("a ring", "images.0.marks.0"),
    ],
)
def test_what_is_no_mark_is_refused_by_name(mark: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        marks.checked([mark], "images.0.marks")
    assert refused.value.field == field


def test_more_than_a_hundred_marks_are_too_many() -> None:
    with pytest.raises(TooLarge):
        marks.checked([{"x": 0, "y": 0}] * 101, "marks")
