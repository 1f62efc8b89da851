"""Whatever a tus client does, in whatever order: the offset never lies, and the file ends as it was meant."""

import hashlib
import itertools
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.tus import Tus, checksum
from tests.http.world import World

CONTENT = hashlib.shake_128(b"an upload").digest(5000)
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Step:
    """Send `size` bytes from `shift` bytes beside the offset that holds; `checksum` right, wrong, or None for none."""

    shift: int
    size: int
    checksum: bool | None


STEPS = st.lists(
    st.builds(
        Step,
        shift=st.sampled_from([0, 0, 0, 1, -1, 4000, -4000]),
        size=st.integers(0, 2500),
        checksum=st.sampled_from([None, True, False]),
    ),
    max_size=10,
)


def _answer_to(step: Step, offset: int, at: int) -> int:
    """The status that tus 1.0.0 asks for."""
    if at != offset:
        return 409
    if step.checksum is False:
        return 460
    return 204


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_right_and_wrong_steps_ends_in_the_same_file(shared_world: World, steps: list[Step]) -> None:
    tus, offset = Tus(shared_world), 0
    name = f"{next(NUMBERS)}.bin"
    url = tus.made(len(CONTENT), path=name)
    for step in steps:
        at = max(0, offset + step.shift)
        sent = CONTENT[at : at + step.size]
        told = checksum(sent if step.checksum else sent + b"!")
        answer = tus.patch(url, at, sent, Upload_Checksum=None if step.checksum is None else told)
        expected = _answer_to(step, offset, at)
        assert answer.status_code == expected, answer.get_data(as_text=True)
        if expected == 204:
            offset += len(sent)
        assert tus.offset(url) == offset
        if offset == len(CONTENT):
            break
    if offset < len(CONTENT):
        assert tus.file(name) is None
        assert tus.patch(url, offset, CONTENT[offset:]).status_code == 204
    assert tus.file(name) == CONTENT
