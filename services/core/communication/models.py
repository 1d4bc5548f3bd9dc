"""Tables of communication: the messages sent to a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.core.kit.models import Choice, Instant, TenantModel, tenant_key
from services.core.kit.texts import Language


class MessageState(StrEnum):
    """Whether a message has left."""

    QUEUED = "queued"
    SENT = "sent"


class Message(TenantModel, table=True):
    """One mail to one person. Its words are sealed with their key."""

    __tablename__ = "messages"
    __table_args__ = (tenant_key("employee_id", "employees"),)

    employee_id: UUID
    #: What it is about, such as ``invitation`` or ``publication_unknown``.
    kind: str
    language: Language = Choice(Language)
    sealed_content: bytes
    state: MessageState = Choice(MessageState, MessageState.QUEUED)
    sent_at: datetime | None = Instant(nullable=True)
