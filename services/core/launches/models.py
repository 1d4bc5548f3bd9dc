"""Tables of launches: gates with their evidence, and what people let a launch kit show of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class Gate(StrEnum):
    """What has to hold before a program is launched loudly: foundations first, then probes of the pilot's own data."""

    RESPONSIBILITIES = "responsibilities"
    POLICY = "policy"
    GOALS = "goals"
    SPONSOR = "sponsor"
    CONTENT_PLAN = "content_plan"
    PILOT = "pilot"
    INVITE = "invite"
    CONNECT = "connect"
    SHARE = "share"
    CLICK = "click"
    METRICS = "metrics"
    NOTICE = "notice"
    REPORT = "report"


class GateState(StrEnum):
    """Green, red, or nothing to judge yet; only the first lets a launch pass."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"


class LaunchGate(TenantModel, table=True):
    """How one gate of a program stood when it was looked at last. Written by looking alone, never by hand."""

    __tablename__ = "launch_gates"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "gate"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    gate: Gate = Choice(Gate)
    state: GateState = Choice(GateState)
    #: Ids, counts and days; no person.
    evidence: dict[str, Any] = Json()
    #: What to do next, by language; empty once it has passed.
    todo: dict[str, list[str]] = Json()
    evaluated_at: datetime = Instant()
    #: Since when it passes; None while it does not.
    passed_at: datetime | None = Instant(nullable=True)
    #: When it was last found broken after it had passed.
    broken_at: datetime | None = Instant(nullable=True)


class LaunchProfile(VersionedModel, table=True):
    """How somebody wants to be presented at a launch: their own name, words and picture, sealed with their key.

    Shown only while ``approved_hash`` is the hash of what is there: another word needs another yes.
    """

    __tablename__ = "launch_profiles"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "employee_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )

    program_id: UUID
    employee_id: UUID
    #: ``name`` and ``texts`` by language.
    sealed_content: bytes
    sealed_photo: bytes | None = None
    photo_type: str | None = None
    content_hash: str
    approved_hash: str | None = None
    approved_at: datetime | None = Instant(nullable=True)
    #: Of the words they agreed to.
    words_version: int | None = None


class LaunchExample(TenantModel, table=True):
    """Somebody lets a launch kit show a post of theirs. Its words are sealed with their key; a no deletes it."""

    __tablename__ = "launch_examples"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "publication_id"),
        sa.Index("launch_examples_of_a_program", "organization_id", "program_id"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
        tenant_key("publication_id", "publications"),
    )

    program_id: UUID
    employee_id: UUID
    publication_id: UUID
    language: Language = Choice(Language)
    #: ``text`` as it was published, and ``permalink``.
    sealed_text: bytes
    #: Of the words they agreed to.
    words_version: int
