"""Tables of communication: the messages sent to a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, TenantModel, tenant_key
from services.core.kit.texts import Language


class MessageState(StrEnum):
    """Whether a message has left."""

    QUEUED = "queued"
    SENT = "sent"


class Message(TenantModel, table=True):
    """One mail to one person. Its words are sealed with their key."""

    __tablename__ = "messages"
    __table_args__ = (
        # A job that runs again tells nobody twice.
        sa.Index(
            "messages_once_per_subject",
            "organization_id",
            "employee_id",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=sa.text("subject_id is not null"),
        ),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    #: What it is about, such as ``invitation`` or ``publication_unknown``.
    kind: str
    #: The thing it is about; a person gets one message of a kind about a thing.
    subject_id: UUID | None = None
    language: Language = Choice(Language)
    sealed_content: bytes
    state: MessageState = Choice(MessageState, MessageState.QUEUED)
    sent_at: datetime | None = Instant(nullable=True)
