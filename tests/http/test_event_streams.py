"""The event stream: nothing is missed between two streams, and no number of them keeps everybody else out."""

from collections.abc import Iterator

import pytest

from portal import stream
from tests.http.world import World
from vault.base.scope import Scope
from vault.tenancy import logins
from vault.tenancy.scopes import scope_of_person

ENDED = b"retry: 15000\n\n"


def scope(world: World, login: str) -> Scope:
    with world.installation.database.read() as session:
        person = logins.person_by(session, login)
        assert person is not None
        return scope_of_person(session, person)


def opened(world: World, login: str, after: int | None = None) -> tuple[bytes, Iterator[bytes]]:
    """A stream that was greeted, and its greeting."""
    lines = stream.events(world.installation, scope(world, login), after, lambda: True)
    return next(lines), lines


def test_a_stream_that_is_opened_again_hears_what_it_missed(world: World) -> None:
    greeting, lines = opened(world, "aoba-nurse")
    last = int(greeting.rpartition(b"id: ")[2])
    lines.close()  # type: ignore[attr-defined]
    request = world.request()
    _greeting, again = opened(world, "aoba-nurse", after=last)
    assert request.encode() in next(again)
    assert b"event: request.changed" in next(again)
    again.close()  # type: ignore[attr-defined]


def test_of_too_many_streams_of_one_caller_the_oldest_end_and_nobody_elses(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_EACH", 3)
    _greeting, colleague = opened(world, "aoba-admin")
    held = [opened(world, "aoba-nurse")[1] for _ in range(5)]
    assert [list(one) for one in held[:2]] == [[ENDED], [ENDED]]
    request = world.request()
    for one in (*held[2:], colleague):
        assert request.encode() in next(one)
        one.close()  # type: ignore[attr-defined]


def test_however_many_callers_listen_threads_are_left_for_the_others(world: World) -> None:
    settings = world.installation.settings
    world.installation.settings = settings.model_copy(
        update={"server": settings.server.model_copy(update={"threads": 4})}
    )
    logins_ = ("aoba-nurse", "aoba-admin", "midori-nurse", "midori-admin", "repair1")
    held = [opened(world, login)[1] for login in logins_]
    assert [list(one) for one in held[:2]] == [[ENDED], [ENDED]]
    for one in held[2:]:
        one.close()  # type: ignore[attr-defined]
