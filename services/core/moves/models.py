"""Tables of platform moves: the move, and what becomes of each item."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key


class MoveState(StrEnum):
    """How far a move has come."""

    COMPARING = "comparing"
    PREVIEWED = "previewed"
    MOVING = "moving"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PlatformMove(VersionedModel, table=True):
    """A program on its way from one platform to another; its words and its numbers stay ours throughout."""

    __tablename__ = "platform_moves"
    __table_args__ = (
        sa.Index("platform_moves_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        sa.Index(
            "platform_moves_one_at_a_time", "organization_id", "program_id", "from_connection_id", unique=True,
            postgresql_where=sa.text("state in ('comparing', 'previewed', 'moving')"),
        ),
        tenant_key("program_id", "programs"),
        sa.ForeignKeyConstraint(
            ["organization_id", "from_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "to_connection_id"],
            ["platform_connections.organization_id", "platform_connections.id"],
        ),
    )  # fmt: skip

    program_id: UUID
    from_connection_id: UUID
    to_connection_id: UUID
    #: The old platform's destinations and topics to the new one's, as an administrator says; the rest goes by title.
    destination_ids: dict[str, str] = Json()
    topic_ids: dict[str, str] = Json()
    #: Where people are let in at the new platform; empty: the whole platform.
    audience_destination_id: str = ""
    moves_people: bool = True
    #: Leave everything in the old platform as it is.
    keeps_source: bool = False
    state: MoveState = Choice(MoveState, MoveState.COMPARING)
    #: What the new platform has no place for: ``{"subject", "field", "how", "detail"}`` each.
    losses: list[dict[str, str]] = Json(list)
    people: int = 0
    #: Sums of the newest numbers that were read from the old platform; they stay here, with their items.
    history: dict[str, int] = Json()
    diff_hash: str | None = None
    audience_sync_id: UUID | None = None
    started_by: str
    problem: str | None = None
    words: str | None = None
    #: When it is worked on next; a run that died is taken over then.
    due_at: datetime | None = Instant(nullable=True)
    finished_at: datetime | None = Instant(nullable=True)


class StepState(StrEnum):
    """What becomes of one item."""

    PLANNED = "planned"
    PUSHED = "pushed"
    DONE = "done"
    #: It stays where it is, for the reason that is given.
    SKIPPED = "skipped"
    FAILED = "failed"


class MoveStep(TenantModel, table=True):
    """One item of the old platform, and where it goes."""

    __tablename__ = "platform_move_steps"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "move_id", "push_id"),
        tenant_key("move_id", "platform_moves"),
        tenant_key("push_id", "content_pushes"),
        tenant_key("item_id", "content_items"),
    )

    move_id: UUID
    #: Its place in the old platform.
    push_id: UUID
    item_id: UUID
    title: str
    destination_id: str = ""
    topic_ids: list[str] = Json(list)
    state: StepState = Choice(StepState, StepState.PLANNED)
    reason: str | None = None
    #: Its place in the new platform.
    target_push_id: UUID | None = None
    losses: list[dict[str, str]] = Json(list)
