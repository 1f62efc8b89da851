"""Tables of who rents and who may sign in."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn, NfcText
from vault.base.scope import TenantRow

ECONOMY, DELUXE = "economy", "deluxe"


class Provider(Base):
    """The one provider: a single row."""

    __tablename__ = "provider"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str]
    hours: Mapped[str]


class Facility(Base):
    """A medical facility and its area; `capacity` limits the whole area, in bytes."""

    __tablename__ = "facilities"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    service_class: Mapped[str] = mapped_column(String(16), default=ECONOMY)
    capacity: Mapped[int] = mapped_column(BigInteger)
    zone: Mapped[str] = mapped_column(String(64), default="Asia/Tokyo")
    created_at: Mapped[datetime]


class Target(TenantRow, Base):
    """A backup target: controlled and billed on its own; `capacity` in bytes limits it within the area."""

    __tablename__ = "targets"
    __table_args__ = (UniqueConstraint("facility_id", "name"),)
    id: Mapped[Id]
    name: Mapped[str]
    capacity: Mapped[int | None] = mapped_column(BigInteger)


class Space(Base):
    """
    How full an area (`target` empty) or one of its targets is, in bytes.

    One row each, changed only by guarded UPDATEs, so that two uploads which fit alone but not together never both pass.
    """

    __tablename__ = "spaces"
    facility_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(ids.LENGTH), primary_key=True, default="")
    capacity: Mapped[int | None] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    """The step (percent of the capacity) that it stood at when it last changed: a higher one is told, once."""
    read_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Nothing more may be stored: what is there can be fetched."""


class Reservation(TenantRow, Base):
    """Bytes promised to an announced upload until they are held or given back."""

    __tablename__ = "reservations"
    id: Mapped[Id]
    target_id: Mapped[str] = mapped_column(String(ids.LENGTH), default="")
    subject: Mapped[str] = mapped_column(String(80), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)


class Person(Base):
    """Somebody who signs in: of a facility (`facility_id`), of the provider (none), or a patient of a facility."""

    __tablename__ = "people"
    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"), index=True)
    patient_id: Mapped[str | None]
    password: Mapped[str | None]
    pin: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str | None] = mapped_column(String(8))
    email: Mapped[str | None] = mapped_column(String(254))
    """Where notices go, too; never a way to sign in."""
    email_problem: Mapped[str | None] = mapped_column(String(500))
    """What the receiving side said when it refused the last letter; None when it was taken."""
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Device(TenantRow, Base):
    """A capture device: a place, not a person."""

    __tablename__ = "devices"
    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(80), unique=True)
    target: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class Token(Base):
    """An API token of a person or a device: the SHA-256 alone is kept, the token is shown once."""

    __tablename__ = "tokens"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), index=True)
    device_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("devices.id"), index=True)
    label: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInSession(Base):
    """A browser's sign-in; it ends by sign-out, by age, or when its person is disabled. `digest` is the cookie's."""

    __tablename__ = "sign_in_sessions"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), index=True)
    facility_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("facilities.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    must_set_password: Mapped[bool] = mapped_column(default=False)
    second_factor_at: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    pin_failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs a person in once and lets them set a password; its SHA-256 alone is kept."""

    __tablename__ = "sign_in_links"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One code that stands in for the second factor, once; 80 random bits, of which the SHA-256 alone is kept."""

    __tablename__ = "recovery_codes"
    id: Mapped[Id]
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), index=True)
    code: Mapped[str]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A wrong password, code or PIN, by login (known or not), so that guessing slows down and ends."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_login_at", "login", "at"),)
    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(index=True)


class NoticeMark(Base):
    """How far somebody has read what they are told: every notice up to this number."""

    __tablename__ = "notice_marks"
    person_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("people.id"), primary_key=True)
    upto: Mapped[int] = mapped_column(BigInteger)


class Grant(TenantRow, Base):
    """Department D may read a thing of an area for request R: one of the three doors out of an area."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("department_id", "request_id", "kind", "subject_id"),
        Index("ix_grants_subject", "kind", "subject_id", "department_id"),
    )
    id: Mapped[Id]
    department_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    request_id: Mapped[str] = mapped_column(String(ids.LENGTH), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[str] = mapped_column(String(ids.LENGTH))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LegalHold(TenantRow, Base):
    """
    An order that nothing of an area, of a patient or of an exam be deleted, from `placed_at` until `lifted_at`.

    `subject` is the patient's or the exam's id, empty for the whole area.
    """

    __tablename__ = "holds"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(NfcText(64), default="")
    reason: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by: Mapped[str] = mapped_column(NfcText(80))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(NfcText(80))
    lift_reason: Mapped[str | None]


class ApplyRecord(Base):
    """What one `kura apply` brought about, for those who ask later how the installation came to be as it is."""

    __tablename__ = "apply_records"
    id: Mapped[Id]
    at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    changes: Mapped[list[str]] = mapped_column(JsonColumn())
