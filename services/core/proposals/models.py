"""Tables of proposals: what employees would like to see shared, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, VersionedModel, tenant_key
from services.core.kit.texts import Language


class ProposalState(StrEnum):
    """A proposal gets an answer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Proposal(VersionedModel, table=True):
    """A link or a text that an employee proposes, and why. Their words are sealed with their key."""

    __tablename__ = "proposals"
    __table_args__ = (
        sa.Index("proposals_of_a_program", "organization_id", "program_id", "state"),
        sa.Index("proposals_of_a_person", "organization_id", "employee_id"),
        sa.Index(
            "proposals_waiting", "answer_due_at", postgresql_where=sa.text("state = 'open' and reminded_at is null")
        ),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
        tenant_key("item_id", "content_items"),
    )

    program_id: UUID
    employee_id: UUID
    language: Language = Choice(Language)
    state: ProposalState = Choice(ProposalState, ProposalState.OPEN)
    #: ``title``, ``url``, ``text`` and ``why``.
    sealed_content: bytes
    #: The person is promised an answer by then.
    answer_due_at: datetime = Instant()
    #: The answer in words, sealed with the person's key too.
    sealed_answer: bytes | None = None
    answered_at: datetime | None = Instant(nullable=True)
    answered_by: str | None = None
    #: Editors were told that it waits.
    reminded_at: datetime | None = Instant(nullable=True)
    #: The draft that it became.
    item_id: UUID | None = None
