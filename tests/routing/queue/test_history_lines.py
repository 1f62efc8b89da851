"""Lines of another desk's history: the same content is the same line, and what is no request is refused."""

import pytest

from routing.queue import history_lines
from vault.base.errors import AppError

LINE = '{"facility": "aoba", "subject": "帯", "body": "緑", "filed_at": "2025-04-01T00:00:00Z"}'


def test_a_line_is_known_again_however_it_is_written() -> None:
    other = '{"body":"\\u7dd1","filed_at":"2025-04-01T00:00:00Z","subject":"帯","facility":"aoba"}'
    assert history_lines.read(LINE) == history_lines.read(other)
    assert history_lines.read(LINE).key != history_lines.read(LINE.replace("緑", "赤")).key


@pytest.mark.parametrize("wrong", ["[]", "3", "null", '{"facility": 1}', '{"subject": "x"}', "{" * 100_000])
def test_what_is_no_request_is_refused(wrong: str) -> None:
    with pytest.raises(AppError):
        history_lines.read(wrong)
