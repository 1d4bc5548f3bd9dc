"""Tables of the needs desk: what people in the field ask for, the words exchanged, and how soon a program answers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class NeedTopic(StrEnum):
    """What somebody asks about; decides who answers."""

    CONTENT = "content"
    SUPPORT = "support"
    TRAINING = "training"
    POLICY = "policy"
    OTHER = "other"


class NeedState(StrEnum):
    """Where a need is."""

    OPEN = "open"
    ANSWERED = "answered"
    PLANNED = "planned"
    DECLINED = "declined"
    CLOSED = "closed"


class Need(VersionedModel, table=True):
    """Somebody in the field needs something. Its words are sealed with their key."""

    __tablename__ = "needs"
    __table_args__ = (
        sa.Index("needs_of_a_person", "organization_id", "employee_id"),
        sa.Index("needs_of_a_program", "organization_id", "program_id", "id"),
        sa.Index(
            "needs_overdue", "due_at",
            postgresql_where=sa.text("first_response_at is null and escalated_at is null and state = 'open'"),
        ),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
        tenant_key("owner_employee_id", "employees"),
        tenant_key("item_id", "content_items"),
    )  # fmt: skip

    program_id: UUID
    employee_id: UUID
    topic: NeedTopic = Choice(NeedTopic)
    state: NeedState = Choice(NeedState, NeedState.OPEN)
    #: Whose task it is to answer; None while nobody in the program holds the function, nor is there an owner.
    owner_employee_id: UUID | None = None
    sealed_text: bytes
    sealed_outcome: bytes | None = None
    #: By when a first answer is promised.
    due_at: datetime = Instant()
    first_response_at: datetime | None = Instant(nullable=True)
    escalated_at: datetime | None = Instant(nullable=True)
    closed_at: datetime | None = Instant(nullable=True)
    #: What came of it: a theme of the content plan, or an item.
    theme_id: UUID | None = None
    item_id: UUID | None = None


class Author(StrEnum):
    """Who wrote a message of a need."""

    PERSON = "person"
    DESK = "desk"


class NeedMessage(TenantModel, table=True):
    """One message about a need, sealed with the key of whoever has the need."""

    __tablename__ = "need_messages"
    __table_args__ = (
        sa.Index("need_messages_of_a_need", "organization_id", "need_id", "id"),
        tenant_key("need_id", "needs"),
        tenant_key("author_employee_id", "employees"),
    )

    need_id: UUID
    author: Author = Choice(Author)
    author_employee_id: UUID
    sealed_text: bytes


class NeedsDesk(VersionedModel, table=True):
    """How soon a program promises a first answer, counted in its working hours."""

    __tablename__ = "needs_desks"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    first_response_hours: int
    #: ISO weekdays, Monday is 1.
    working_days: list[int] = Json(list)
    #: ``HH:MM`` each, on the same day.
    opens_at: str
    closes_at: str
    #: IANA name; None = the organization's.
    time_zone: str | None = None
