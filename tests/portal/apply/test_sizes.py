"""Sizes as people write them."""

import pytest

from portal.apply import sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20GiB", 20 * 2**30),
        ("1.5 TiB", 3 * 2**39),
        ("500MB", 500_000_000),
        ("1kB", 1000),
        ("1KiB", 1024),
        ("0B", 0),
        ("12", 12),
        (12, 12),
    ],
)
def test_a_number_and_a_unit(text: object, size: int) -> None:
    assert sizes.parse(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "-1GiB", "1 gigabyte", "1e3", "１GiB", -1, True, 1.5, None, [], "1..5GiB"])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="20GiB"):
        sizes.parse(text)
