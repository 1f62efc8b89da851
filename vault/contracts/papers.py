"""What both sides agreed to, on paper: a PDF for each language agreed in, printed once, then only read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from templates.filters import Reader
from vault.base import audit, clock, printing
from vault.base.database import insert_if_absent
from vault.base.errors import Damaged, NotFound
from vault.base.scope import Scope, get_for, scoped
from vault.contracts import acts
from vault.contracts.documents import Document
from vault.contracts.models import Contract, ContractAct, Offer, Paper
from vault.tenancy import facilities

TEMPLATE = "print/agreement.html"
UNSAID = "ja"
"""For signatures from before the language that was read was kept."""


@dataclass(frozen=True)
class Sheet:
    """What one paper says: the text in the language agreed in, its digest, and who signed it."""

    contract_id: str
    document: Document
    signed: tuple[ContractAct, ...]
    reader: Reader

    @property
    def name(self) -> str:
        """Of the file with the text in both languages that the paper carries."""
        return f"contract-{self.contract_id}.txt"


@dataclass(frozen=True)
class Printed:
    """A paper that is not kept yet."""

    language: str
    text_digest: str
    content: bytes


def waiting(session: Session) -> list[tuple[str, str]]:
    """(area, contract) of everything that both sides signed and that is not on paper yet, the oldest first."""
    agreed = select(Contract.facility_id, Contract.id).join(Offer, Offer.id == Contract.id)
    without = agreed.outerjoin(Paper, Paper.contract_id == Contract.id).where(Paper.id.is_(None))
    return [(area, id_) for area, id_ in session.execute(without.order_by(Contract.id))]


def sheets(session: Session, scope: Scope, contract_id: str) -> list[Sheet]:
    """One for each language in which a side agreed."""
    offer = get_for(session, scope, Offer, contract_id)
    signed = tuple(acts.signed(session, scope, contract_id, offer.digest))
    zone = ZoneInfo(facilities.of(session, scope).zone)
    languages = sorted({act.language or UNSAID for act in signed})
    document, now = Document(offer.text_ja, offer.text_en), clock.now()
    return [Sheet(contract_id, document, signed, Reader(language, zone, now)) for language in languages]


def printed(sheet: Sheet, font: str) -> Printed:
    """The sheet as PDF, which carries the text in both languages as a file; Unavailable where this cannot print."""
    language, document = sheet.reader.lang, sheet.document
    content = printing.pdf(
        TEMPLATE,
        sheet.reader,
        font,
        attached={sheet.name: document.content},
        contract_id=sheet.contract_id,
        text=document.ja if language == "ja" else document.en,
        digest=document.digest,
        file=sheet.name,
        signed=sheet.signed,
        zone=str(sheet.reader.zone),
    )
    return Printed(language, document.digest, content)


def keep(session: Session, scope: Scope, contract_id: str, made: Sequence[Printed]) -> None:
    """Keep them; what is kept already stays. The audit log of the area holds their digests from then on."""
    for one in made:
        digest = hashlib.sha256(one.content).hexdigest()
        values = {"text_digest": one.text_digest, "digest": digest, "content": one.content, "made_at": clock.now()}
        key = {"facility_id": scope.area, "contract_id": contract_id, "language": one.language}
        if insert_if_absent(session, Paper, **key, **values):
            items = [f"contract:{contract_id}", f"paper:{one.language}:{digest}"]
            audit.record(session, scope, "contract.printed", items=items)


def of(session: Session, scope: Scope, contract_id: str) -> Sequence[Paper]:
    """The papers of a contract without their bytes, by language."""
    mine = scoped(select(Paper), scope, Paper).where(Paper.contract_id == contract_id)
    return session.scalars(mine.order_by(Paper.language)).all()


def one(session: Session, scope: Scope, contract_id: str, language: str) -> Paper:
    """
    The paper in that language, else in the one that was agreed in; NotFound where there is none (yet).

    Its bytes are proved against their digest: Damaged where they are not what was kept.
    """
    mine = scoped(select(Paper), scope, Paper).where(Paper.contract_id == contract_id)
    found = session.scalars(mine.order_by(Paper.language != language).limit(1).options(undefer(Paper.content))).first()
    if found is None:
        raise NotFound("paper")
    if hashlib.sha256(found.content).hexdigest() != found.digest:
        raise Damaged(part="contracts")
    return found
