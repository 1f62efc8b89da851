"""The second factor: a time-based code (each counts once) or one of ten recovery codes (each counts once)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import pyotp
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from vault.base import audit, clock
from vault.base.database import Database, count_changed
from vault.base.errors import Conflict, Invalid, NotSignedIn
from vault.base.scope import Role, Scope
from vault.base.settings import People
from vault.base.wrapping import KeyService
from vault.tenancy import guesses, sealed_secrets, sessions
from vault.tenancy.models import Person, RecoveryCode, SignInSession
from vault.tenancy.scopes import scope_of_person
from vault.tenancy.sessions import SignIn

RECOVERY_CODES = 10
_STEP_SECONDS = 30
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs: the secret for typing, the `otpauth:` address for the QR code."""

    secret: str
    uri: str


def enrol(session: Session, keys: KeyService, person: Person, issuer: str) -> Enrolment:
    """Begin: the secret counts once a code from it was shown. Conflict where one already counts: remove that first."""
    if person.totp_confirmed_at is not None:
        raise Conflict("second_factor_set")
    secret = sealed_secrets.opened(keys, person) or pyotp.random_base32()
    sealed_secrets.seal(keys, person, secret)
    session.flush()
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=issuer))


def confirm(
    session: Session, keys: KeyService, sign_in: SignInSession, person: Person, code: str
) -> tuple[str, list[str]]:
    """
    End the enrolment with a first right code: returns the new cookie and the ten recovery codes, shown once.

    Other sign-ins of the person end, as none of them has shown a second factor. Invalid for a wrong code.
    """
    if person.totp_confirmed_at is not None:
        raise Conflict("second_factor_set")
    if not _accept_totp(session, keys, person, code):
        raise Invalid("wrong_code", field="code")
    person.totp_confirmed_at = sign_in.second_factor_at = clock.now()
    sessions.end_all(session, person.id, but=sign_in.id)
    codes = fresh_recovery_codes(session, person)
    audit.record(session, scope_of_person(session, person), "second-factor.set")
    return sessions.renewed(sign_in), codes


def present(database: Database, keys: KeyService, cookie: str, code: str, policy: People) -> SignIn:
    """
    Take a sign-in past its second factor, by a time-based or a recovery code; the cookie is new.

    Raises NotSignedIn for a wrong or used code, TooMany after five wrong ones in 15 minutes, Unavailable where the
    provider key that sealed the secret is gone. It opens its own transactions, so that wrong tries stay counted.
    """
    with database.transaction() as session:
        signed_in = sessions.session_for(session, cookie, policy)
        guesses.count_try(session, _guess(signed_in.person), guesses.CODES)
    with database.transaction() as session:
        signed_in = sessions.session_for(session, cookie, policy)
        row, person = signed_in.row, signed_in.person
        if person.totp_confirmed_at is None:
            raise Conflict("second_factor_not_set")
        if not _accept_totp(session, keys, person, code) and not _accept_recovery(session, person, code):
            raise NotSignedIn("wrong_code")
        guesses.forget(session, _guess(person))
        row.second_factor_at = clock.now()
        fresh = sessions.renewed(row)
        return SignIn(row, person, sessions.standing_of(row, person, policy), fresh)


def remove(session: Session, scope: Scope, person: Person) -> None:
    """Take the second factor away (a lost telephone): by oneself or the provider's administrator; sign-ins end."""
    if scope.person_id != person.id:
        scope.require(Role.ADMIN, Role.SYSTEM)
    person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    sessions.end_all(session, person.id)
    item = f"person:{person.id}"
    audit.record(session, scope, "second-factor.removed", facility_id=person.facility_id, items=[item])


def fresh_recovery_codes(session: Session, person: Person) -> list[str]:
    """Ten new codes in place of the old ones, shown once."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    session.add_all(RecoveryCode(person_id=person.id, code=_recovery_digest(code)) for code in codes)
    session.flush()
    return codes


def recovery_codes_left(session: Session, person: Person) -> int:
    """How many recovery codes the person has not used."""
    unused = select(RecoveryCode.id).where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
    return len(session.scalars(unused).all())


def _accept_totp(session: Session, keys: KeyService, person: Person, code: str) -> bool:
    """Whether the code is that of this step or a neighbour (clocks differ) and of none that was used before."""
    digits = "".join(code.split())
    if person.totp_secret is None or not (digits.isascii() and digits.isdigit()):
        return False
    totp, now = pyotp.TOTP(sealed_secrets.opened(keys, person) or ""), clock.now()
    for drift in (0, -1, 1):
        at = now + timedelta(seconds=drift * _STEP_SECONDS)
        if secrets.compare_digest(totp.at(at), digits):
            return _use_step(session, person, int(at.timestamp()) // _STEP_SECONDS)
    return False


def _use_step(session: Session, person: Person, step: int) -> bool:
    unused = or_(Person.totp_last_step.is_(None), Person.totp_last_step < step)
    used = update(Person).where(Person.id == person.id, unused).values(totp_last_step=step)
    return count_changed(session, used) == 1


def _accept_recovery(session: Session, person: Person, code: str) -> bool:
    mine = update(RecoveryCode).where(
        RecoveryCode.person_id == person.id,
        RecoveryCode.code == _recovery_digest(code),
        RecoveryCode.used_at.is_(None),
    )
    if not count_changed(session, mine.values(used_at=clock.now())):
        return False
    audit.record(session, scope_of_person(session, person), "recovery-code.used")
    return True


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _recovery_digest(code: str) -> str:
    """Fast on purpose: 80 random bits cannot be guessed, however fast the digest."""
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _guess(person: Person) -> str:
    return f"code:{person.id}"
