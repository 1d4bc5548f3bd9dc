"""Writing to people: the words are sealed with the person's key, and a job sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.communication.models import Message, MessageState
from services.core.communication.texts import LETTERS, MessageKind
from services.core.employees import sealing
from services.core.employees.models import Employee
from services.core.employees.service import language_of
from services.core.kit import crypto, db, jobs
from services.core.kit.errors import NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations import service as organizations
from services.core.organizations.models import TokenPurpose

SEND_JOB = "message.send"


@dataclass(frozen=True)
class Attachment:
    """A text that goes with a mail, such as a calendar entry; sealed like the mail's own words."""

    filename: str
    #: Of ``text/…``, such as ``calendar``.
    subtype: str
    text: str
    #: Of the content type, such as ``method``.
    parameters: Mapping[str, str] = field(default_factory=dict)


async def write(
    session: AsyncSession,
    employee: Employee,
    kind: MessageKind,
    *,
    settings: Settings,
    language: Language | None = None,
    subject_id: UUID | None = None,
    values: Mapping[str, object],
    attachment: Attachment | None = None,
) -> Message | None:
    """Queue a message; it leaves once the transaction is committed.

    With ``subject_id``, a second message of this kind about the same thing is not written, and None is answered.
    """
    if subject_id is not None and await _find_about(session, employee.id, kind, subject_id) is not None:
        return None
    language = language or language_of(employee)
    letter = LETTERS[kind]
    filled = {"name": employee.first_name, **values}
    message = Message(
        organization_id=db.organization_of(session),
        employee_id=employee.id,
        kind=kind.value,
        subject_id=subject_id,
        language=language,
        sealed_content=b"",
    )
    sealer = await sealing.sealer_for(session, employee.id, master=crypto.Sealer(settings.master_keys))
    message.sealed_content = sealing.seal_document(
        sealer,
        {
            "subject": letter.subject.in_language(language, **filled),
            "body": letter.body.in_language(language, **filled),
            **({"attachment": _stored(attachment)} if attachment else {}),
        },
        place=_place(message),
    )
    session.add(message)
    await jobs.enqueue(session, SEND_JOB, subject_id=message.id)
    return message


async def send_one_time_link(
    session: AsyncSession,
    employee: Employee,
    kind: MessageKind,
    purpose: TokenPurpose,
    *,
    settings: Settings,
    language: Language | None = None,
    values: Mapping[str, object] | None = None,
    subject_id: UUID | None = None,
    page: str = "/join",
) -> Message | None:
    """Mail a person a link that works once and gives them a key of their own: to ``page``, ended by the token.

    ``subject_id`` as of ``write``: a second mail of this kind about the same thing is not written.
    """
    if subject_id is not None and await _find_about(session, employee.id, kind, subject_id) is not None:
        return None
    token = await organizations.issue_token(session, employee_id=employee.id, purpose=purpose, settings=settings)
    link = f"{settings.public_url}{page}/{token}"
    return await write(
        session,
        employee,
        kind,
        settings=settings,
        language=language,
        subject_id=subject_id,
        values={**(values or {}), "link": link, "token": token},
    )


async def send_sign_in_link(session: AsyncSession, employee: Employee, *, settings: Settings) -> Message | None:
    """Mail a person a one-time sign-in link."""
    return await send_one_time_link(session, employee, MessageKind.SIGN_IN, TokenPurpose.SIGN_IN, settings=settings)


async def _find_about(session: AsyncSession, employee_id: UUID, kind: MessageKind, subject_id: UUID) -> Message | None:
    statement = select(Message).where(
        Message.organization_id == db.organization_of(session),
        Message.employee_id == employee_id,
        Message.kind == kind.value,
        Message.subject_id == subject_id,
    )
    return (await session.exec(statement)).first()


async def get_message(session: AsyncSession, message_id: UUID) -> Message:
    """One message; raise NotFound."""
    statement = select(Message).where(Message.organization_id == db.organization_of(session), Message.id == message_id)
    message = (await session.exec(statement)).first()
    if message is None:
        raise NotFound(thing="message")
    return message


async def render(session: AsyncSession, message: Message, employee: Employee, *, settings: Settings) -> EmailMessage:
    """The mail as it leaves. Written as 8-bit UTF-8, so that a file of it can be read as it is."""
    sealer = await sealing.sealer_for(session, employee.id, master=crypto.Sealer(settings.master_keys))
    content = sealing.open_document(sealer, message.sealed_content, place=_place(message))
    mail = EmailMessage(policy=SMTPUTF8)
    mail["From"] = settings.mail_from
    mail["To"] = Address(employee.display_name, addr_spec=employee.work_email)
    # A title may have line breaks in it; a header may not.
    mail["Subject"] = " ".join(content["subject"].split())
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<{message.id}@advocacy>"
    mail["Content-Language"] = message.language.value
    mail.set_content(content["body"], cte="8bit")
    if attached := content.get("attachment"):
        mail.add_attachment(
            attached["text"],
            subtype=attached["subtype"],
            cte="8bit",
            filename=attached["filename"],
            params=attached["parameters"],
        )
    return mail


def _stored(attachment: Attachment) -> dict[str, object]:
    return {
        "filename": attachment.filename,
        "subtype": attachment.subtype,
        "text": attachment.text,
        "parameters": dict(attachment.parameters),
    }


async def mark_sent(session: AsyncSession, message: Message) -> None:
    """Remember that a message has left."""
    message.state = MessageState.SENT
    message.sent_at = await db.now(session)
    session.add(message)
    await session.flush()


def _place(message: Message) -> crypto.Place:
    return crypto.Place(message.organization_id, message.id, "messages.sealed_content")
