"""Tables of programs: the program, how it uses its channels, and who is responsible for what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class ProgramState(StrEnum):
    """A program is designed before it is launched, quietly before loudly."""

    DRAFT = "draft"
    DESIGNED = "designed"
    QUIET = "quiet"
    LOUD = "loud"
    PAUSED = "paused"
    CLOSED = "closed"


class Program(VersionedModel, table=True):
    """An employee-advocacy programme of an organization."""

    __tablename__ = "programs"

    name: str
    state: ProgramState = Choice(ProgramState, ProgramState.DRAFT)
    #: The state to which a paused program returns.
    paused_from: ProgramState | None = Choice(ProgramState, nullable=True)
    languages: list[str] = Json(list)
    default_language: Language = Choice(Language)
    #: Networks on which this program's content may be shared.
    networks: list[str] = Json(list)
    #: What a post has to say about who is speaking, per language; empty = nothing is required.
    disclosure: dict[str, str] = Json()
    launched_at: datetime | None = Instant(nullable=True)


class GoalKind(StrEnum):
    """A program has at least one of each."""

    MARKETING = "marketing"
    BUSINESS = "business"


class SimilarAction(StrEnum):
    """What happens to one more post that reads like those of colleagues."""

    NUDGE = "nudge"
    REVIEW = "review"


class Channel(VersionedModel, table=True):
    """How a program uses one network: how often a person posts there, when, and how far from their colleagues."""

    __tablename__ = "program_channels"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "network"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    network: str
    #: Posts of one ambassador in a calendar day and ISO week of their own zone; None = no limit.
    max_per_day: int | None = None
    max_per_week: int | None = None
    #: ``{"days": [1..7], "from": "HH:MM", "to": "HH:MM"}`` each, in the ambassador's zone; empty = any time.
    windows: list[dict[str, Any]] = Json(list)
    #: Least distance between two colleagues' posts of the same item.
    stagger_minutes: int = 10
    #: More than this share of an item's posts within 24 hours may not read the same, from ``similar_from`` posts on.
    similar_share: float = 0.2
    similar_from: int = 5
    similar_action: SimilarAction = Choice(SimilarAction, SimilarAction.NUDGE)


class Function(StrEnum):
    """What somebody in a program answers for."""

    OWNER = "owner"
    CONTENT = "content"
    POLICY = "policy"
    SPOKESPERSON = "spokesperson"
    HR = "hr"
    DATA = "data"
    SUPPORT = "support"


class Responsibility(TenantModel, table=True):
    """A named holder of a function in a program."""

    __tablename__ = "responsibilities"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "function", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    function: Function = Choice(Function)
    employee_id: UUID
