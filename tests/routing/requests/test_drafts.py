"""Drafts are on the server, each person's own, and two windows do not overwrite each other."""

import pytest

from routing.requests import drafts
from tests.routing.world import World
from vault.base.errors import Conflict, Invalid, NotFound, TooLarge
from vault.base.scope import Scope


def test_a_draft_comes_back_and_grows_a_version_with_each_save(world: World) -> None:
    with world.transaction() as session:
        assert drafts.save(session, world.aoba, "request:new", {"body": "緑"}, version=0) == 1
    with world.transaction() as session:
        assert drafts.save(session, world.aoba, "request:new", {"body": "緑色"}, version=1) == 2
    with world.database.read() as session:
        kept = drafts.load(session, world.aoba, "request:new")
        assert kept is not None
        assert (kept.body, kept.version) == ({"body": "緑色"}, 2)
        assert [draft.key for draft in drafts.listed(session, world.aoba, "request:")] == ["request:new"]


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_window_that_is_behind_is_told_so_and_nothing_is_lost(world: World, version: int) -> None:
    with world.transaction() as session:
        drafts.save(session, world.aoba, "k", {"body": "a"}, version=0)
        drafts.save(session, world.aoba, "k", {"body": "b"}, version=1)
    with pytest.raises(Conflict) as refused, world.transaction() as session:
        drafts.save(session, world.aoba, "k", {"body": "c"}, version=version)
    assert refused.value.values["version"] == 2
    with world.database.read() as session:
        kept = drafts.load(session, world.aoba, "k")
        assert kept is not None
        assert kept.body == {"body": "b"}


def test_nobody_sees_anothers_draft(world: World) -> None:
    with world.transaction() as session:
        drafts.save(session, world.aoba, "k", {"body": "a"}, version=0)
        assert drafts.load(session, world.aoba_admin, "k") is None
        assert drafts.load(session, world.repair, "k") is None
        drafts.discard(session, world.midori, "k")
        assert drafts.load(session, world.aoba, "k") is not None
        drafts.discard(session, world.aoba, "k")
        assert drafts.load(session, world.aoba, "k") is None


def test_bad_drafts_are_refused(world: World) -> None:
    with world.transaction() as session:
        with pytest.raises(TooLarge):
            drafts.save(session, world.aoba, "k", {"body": "a" * 200_001}, version=0)
        with pytest.raises(Invalid):
            drafts.save(session, world.aoba, "k" * 81, {}, version=0)
        with pytest.raises(NotFound):
            drafts.save(session, Scope.system(), "k", {}, version=0)
