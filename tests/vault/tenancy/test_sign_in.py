"""Signing in by password or link: guessing ends, cookies are never fixed, sign-ins end."""

from datetime import timedelta

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.tenancy.tenants import PASSWORD, POLICY, STRICT, at_once, known, person, staffed
from vault.base.database import Database
from vault.base.errors import NotFound, NotSignedIn, TooMany
from vault.base.scope import Role, Scope
from vault.tenancy import links, passwords, people, sessions
from vault.tenancy.models import SignInFailure, SignInSession
from vault.tenancy.sessions import Standing
from vault.tenancy.sign_in import sign_in


def cookie_of(database: Database, login: str = "aoba-nurse") -> str:
    cookie = sign_in(database, login, PASSWORD, POLICY).cookie
    assert cookie is not None
    return cookie


def holds(database: Database, cookie: str) -> bool:
    with database.read() as session:
        try:
            sessions.session_for(session, cookie, POLICY)
        except NotSignedIn:
            return False
    return True


def test_the_right_password_signs_in_and_only_the_cookie_s_digest_is_kept(database: Database) -> None:
    staffed(database)
    made = sign_in(database, " aoba-nurse ", PASSWORD, POLICY)
    assert (made.person.login, made.standing) == ("aoba-nurse", Standing.OPEN)
    assert made.cookie is not None
    assert holds(database, made.cookie)
    with database.read() as session:
        assert made.cookie not in repr(vars(session.scalars(select(SignInSession)).one()))


@pytest.mark.parametrize(
    ("login", "password"),
    [("aoba-nurse", "wrong"), ("nobody", PASSWORD), ("", ""), ("x" * 5000, "y" * 5000), ("看護師", PASSWORD)],
)
def test_what_was_wrong_is_not_told(database: Database, login: str, password: str) -> None:
    staffed(database)
    with pytest.raises(NotSignedIn) as told:
        sign_in(database, login, password, POLICY)
    assert (told.value.reason, told.value.values) == ("wrong_credentials", {})


def test_a_person_without_a_password_and_a_disabled_one_cannot_sign_in(database: Database) -> None:
    staffed(database)
    with database.transaction() as session:
        people.disable(session, Scope.system(), known(session, "aoba-nurse"))
        people.add(session, Scope.system(), login="linked", role=Role.ADMIN)
    for login in ("aoba-nurse", "linked"):
        with pytest.raises(NotSignedIn):
            sign_in(database, login, PASSWORD, POLICY)


class WatchedHasher:
    """The real hasher, noting the cost of each hash that is verified."""

    def __init__(self, real: PasswordHasher) -> None:
        self.real = real
        self.costs: list[Parameters] = []

    def verify(self, kept: str, secret: str) -> bool:
        self.costs.append(extract_parameters(kept))
        return self.real.verify(kept, secret)


def test_an_unknown_login_costs_the_same_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = passwords.hashed(PASSWORD)
    watched = WatchedHasher(passwords._hasher)
    monkeypatch.setattr(passwords, "_hasher", watched)
    assert not passwords.matches(kept, "wrong")
    assert not passwords.matches(None, "wrong")
    known, unknown = watched.costs
    assert known == unknown


def test_after_ten_wrong_ones_even_the_right_password_waits_out_the_quarter_hour(
    database: Database, clock: HeldClock
) -> None:
    staffed(database)
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            sign_in(database, "aoba-nurse", "wrong", POLICY)
    clock.forward(timedelta(minutes=5))
    with pytest.raises(TooMany) as told:
        sign_in(database, "aoba-nurse", PASSWORD, POLICY)
    assert told.value.values == {"seconds": 600}
    assert sign_in(database, "aoba-admin", PASSWORD, POLICY)
    clock.forward(timedelta(seconds=600))
    assert sign_in(database, "aoba-nurse", PASSWORD, POLICY)


def test_tries_at_once_count_like_tries_one_by_one(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    staffed(database)
    told = at_once(16, lambda _: sign_in(database, "aoba-nurse", "wrong", POLICY))
    assert sorted(type(each).__name__ for each in told) == ["NotSignedIn"] * 10 + ["TooMany"] * 6
    database.close()


def test_a_right_password_forgets_the_wrong_ones_before_it(database: Database) -> None:
    staffed(database)
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(NotSignedIn):
                sign_in(database, "aoba-nurse", "wrong", POLICY)
        assert sign_in(database, "aoba-nurse", PASSWORD, POLICY)
    with database.read() as session:
        assert not session.scalars(select(SignInFailure).where(SignInFailure.login.startswith("near:"))).all()


def test_a_sign_in_ends_by_age_by_sign_out_and_with_its_person(database: Database, clock: HeldClock) -> None:
    staffed(database)
    aged, ended, others, disabled = (cookie_of(database) for _ in range(4))
    with database.transaction() as session:
        sessions.end(session, sessions.session_for(session, ended, POLICY).row.id)
        kept = sessions.session_for(session, others, POLICY).row
        assert sessions.end_all(session, kept.person_id, but=kept.id) == 2
    assert [holds(database, each) for each in (aged, ended, others, disabled)] == [False, False, True, False]
    with database.transaction() as session:
        people.disable(session, Scope.system(), known(session, "aoba-nurse"))
    assert not holds(database, others)
    admin = cookie_of(database, "aoba-admin")
    clock.forward(timedelta(hours=POLICY.session_hours) - timedelta(seconds=1))
    assert holds(database, admin)
    clock.forward(timedelta(seconds=1))
    assert not holds(database, admin)


def test_a_link_signs_in_once_and_then_owes_a_password(database: Database) -> None:
    staffed(database)
    with database.transaction() as session:
        new = people.add(session, Scope.system(), login="new", role=Role.BILLING)
        secret = links.create(session, Scope.system(), new, POLICY)
    with database.transaction() as session:
        assert links.peek(session, secret).login == links.peek(session, secret).login == "new"
        followed = links.follow(session, secret, POLICY)
    assert followed.standing is Standing.PASSWORD
    with pytest.raises(NotFound), database.transaction() as session:
        links.follow(session, secret, POLICY)
    assert followed.cookie is not None
    with database.transaction() as session:
        owing = sessions.session_for(session, followed.cookie, POLICY)
        paid = links.set_password(session, owing, passwords.hashed_choice("a new password"), POLICY)
    assert paid.standing is Standing.OPEN
    assert paid.cookie != followed.cookie
    assert not holds(database, followed.cookie)
    assert sign_in(database, "new", "a new password", POLICY).standing is Standing.OPEN


def test_a_link_ends_with_its_time_with_the_next_one_and_with_its_person(database: Database, clock: HeldClock) -> None:
    staffed(database)
    with database.transaction() as session:
        nurse = known(session, "aoba-nurse")
        first, second = (links.create(session, Scope.system(), nurse, POLICY) for _ in range(2))
        assert links.open_for(session, nurse)
        with pytest.raises(NotFound):
            links.peek(session, first)
        assert links.peek(session, second).id == nurse.id
        clock.forward(timedelta(hours=POLICY.sign_in_link_hours))
        assert not links.open_for(session, nurse)
        with pytest.raises(NotFound):
            links.peek(session, second)
        third = links.create(session, Scope.system(), nurse, POLICY)
        people.disable(session, Scope.system(), nurse)
        with pytest.raises(NotFound):
            links.follow(session, third, POLICY)


def test_of_two_who_follow_one_link_at_once_one_is_in(database: Database) -> None:
    staffed(database)
    with database.transaction() as session:
        secret = links.create(session, Scope.system(), known(session, "aoba-nurse"), POLICY)

    def follow(_: int) -> Standing:
        with database.transaction() as session:
            return links.follow(session, secret, POLICY).standing

    told = at_once(2, follow)
    assert sorted(map(str, told)) == ["link_used", "password"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANALYST, Role.DEPARTMENT, Role.BILLING])
def test_provider_people_owe_a_second_factor_unless_the_setting_says_otherwise(database: Database, role: Role) -> None:
    staffed(database)
    with database.transaction() as session:
        person(session, "provider", role)
    assert sign_in(database, "provider", PASSWORD, STRICT).standing is Standing.ENROL
    assert sign_in(database, "provider", PASSWORD, POLICY).standing is Standing.OPEN
    assert sign_in(database, "aoba-admin", PASSWORD, STRICT).standing is Standing.ENROL
    assert sign_in(database, "aoba-nurse", PASSWORD, STRICT).standing is Standing.OPEN
