"""Lines of labelled texts are read as they are, and a wrong one is named."""

from pathlib import Path

import pytest

from routing.router.examples import read
from routing.router.train import Example
from vault.base.errors import Invalid, NotFound


def test_lines_become_examples_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(
        '{"text": "緑色の帯", "departments": ["repair", "repair"]}\n\n{"text": "x", "departments": []}\n',
        encoding="utf-8",
    )
    assert list(read(file)) == [Example("緑色の帯", ("repair",)), Example("x", ())]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", "line 2"),
        ("[]", "line 2.text"),
        ('{"departments": []}', "line 2.text"),
        ('{"text": "a"}', "line 2.departments"),
        ('{"text": "a", "departments": "repair"}', "line 2.departments"),
        ('{"text": "a", "departments": [1]}', "line 2.departments"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, field: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"text": "a", "departments": ["b"]}}\n{line}\n', encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        list(read(file))
    assert refused.value.field == field


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        list(read(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid):
        list(read(tmp_path / "bytes.jsonl"))
