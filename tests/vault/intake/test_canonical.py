"""The fast encoder of receipts writes what RFC 8785 asks for."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from vault.intake.signing import canonical

keys = st.sampled_from(["version", "images", "sha256", "signature", "name"])
values = st.text(max_size=8) | st.integers(0, 2**53 - 1) | st.none()


@given(st.dictionaries(keys, values | st.lists(st.dictionaries(keys, values), max_size=3)))
def test_it_equals_the_general_encoder(content: dict[str, object]) -> None:
    assert canonical(content) == rfc8785.dumps(content)  # type: ignore[arg-type]
