"""Text that one of the databases could not keep is refused by both, as the caller's mistake."""

import pytest

from vault.base.database import Database
from vault.base.errors import Invalid
from vault.base.scope import Scope
from vault.tenancy import facilities


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"], ids=["nul", "surrogate"])
def test_a_name_with_it_is_invalid_and_nothing_is_kept(database: Database, name: str) -> None:
    with pytest.raises(Invalid) as refused, database.transaction() as session:
        facilities.make(session, Scope.system(), code="aoba", name=name, capacity=1)
    assert refused.value.reason == "unstorable_text"
    with database.read() as session:
        assert facilities.by_code(session, "aoba") is None
