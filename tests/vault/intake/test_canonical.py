"""The fast encoder of receipts writes what RFC 8785 asks for."""

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from vault.intake.signing import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(0, 2**53 - 1)
values = st.recursive(
    texts | numbers | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), values))
def test_it_equals_the_general_encoder(content: dict[str, object]) -> None:
    assert canonical(content) == rfc8785.dumps(content)  # type: ignore[arg-type]
