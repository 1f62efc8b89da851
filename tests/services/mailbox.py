"""A mail server of the test's own: it takes letters over SMTP, refuses them on demand, and shows what it was given."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.services.redis_server import free_port

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """`answer` is given to each recipient that is named; anything but 250 refuses."""

    server: str = ""
    answer: str = "250 OK"
    letters: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        letter = message_from_bytes(content, EmailMessage, policy=policy.default)
        self.letters.append(letter)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@contextmanager
def serving(tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> Iterator[Mailbox]:
    """Listens on loopback; with `tls` it takes nothing before STARTTLS, with `user` nothing before a sign-in."""
    box = Mailbox()

    def known(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()))

    controller = Controller(
        box,
        HOST,
        free_port(),
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=known if user else None,
        auth_required=bool(user),
        auth_require_tls=tls is not None,
    )
    controller.start()
    box.server = f"{HOST}:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()
