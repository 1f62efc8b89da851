"""Letters by SMTP: one connection a letter, encrypted unless the settings say that the wire is trusted."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from vault.base import clock
from vault.base.errors import Unavailable
from vault.base.settings import Mail

TIMEOUT_SECONDS = 20
FOR_GOOD = 500
"""From here on SMTP's replies say that the same letter will never be taken (RFC 5321, 4.2.1)."""


@dataclass(frozen=True)
class Letter:
    """A plain text; `id` stays the same however often it is sent, so that a receiver can tell a repetition."""

    id: str
    to: str
    subject: str
    text: str


class Refused(Exception):
    """The receiving side will never take this letter: the address is wrong, or its owner is gone."""


def send(policy: Mail, letter: Letter) -> None:
    """Hand the letter to the server; Refused for good, Unavailable (`mail_server`) when a later try may succeed."""
    try:
        with _connected(policy) as server:
            server.send_message(_message(policy, letter))
    except smtplib.SMTPRecipientsRefused as problem:
        code, words = problem.recipients[letter.to]
        said = f"{code} {words.decode('utf-8', 'replace')}"
        if code >= FOR_GOOD:
            raise Refused(said) from problem
        raise Unavailable("mail_server", problem=said) from problem
    except (OSError, smtplib.SMTPException) as problem:
        raise Unavailable("mail_server", problem=str(problem) or type(problem).__name__) from problem


def _connected(policy: Mail) -> smtplib.SMTP:
    trusted = ssl.create_default_context(cafile=policy.authority or None)
    host, _, port = policy.server.rpartition(":")
    if policy.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, int(port), timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        server = smtplib.SMTP(host, int(port), timeout=TIMEOUT_SECONDS)
    try:
        if policy.security == "starttls":
            server.starttls(context=trusted)
        if policy.user:
            server.login(policy.user, policy.password)
    except BaseException:
        server.close()
        raise
    return server


def _message(policy: Mail, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = policy.sender, letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.id}@{policy.sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
