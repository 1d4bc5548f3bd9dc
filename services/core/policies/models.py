"""Tables of policies: the policy, its versions with their rules, and who has agreed to which."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class Policy(VersionedModel, table=True):
    """A set of rules for one program, or without a program for the whole organization."""

    __tablename__ = "policies"
    __table_args__ = (tenant_key("program_id", "programs"),)

    program_id: UUID | None = None
    title: str


class VersionState(StrEnum):
    """A version is written, then published; a newer one replaces it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class PolicyVersion(VersionedModel, table=True):
    """One wording of a policy. Once published it never changes: a change is a new version, which asks again."""

    __tablename__ = "policy_versions"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "policy_id", "number"),
        tenant_key("policy_id", "policies"),
    )

    policy_id: UUID
    number: int
    state: VersionState = Choice(VersionState, VersionState.DRAFT)
    #: Per language: ``{"summary": str, "dos": [str], "donts": [str]}``.
    texts: dict[str, Any] = Json()
    #: ``{"kind": "forbidden_phrase", "phrases": [str], "message": {language: str}}`` each,
    #: or of the kind ``embargo`` with ``"until": <instant>``.
    rules: list[dict[str, Any]] = Json(list)
    written_by: UUID
    published_by: UUID | None = None
    published_at: datetime | None = Instant(nullable=True)


class Acknowledgement(TenantModel, table=True):
    """A person's agreement to one version, in the language they read it in."""

    __tablename__ = "acknowledgements"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "version_id", "employee_id"),
        tenant_key("version_id", "policy_versions"),
        tenant_key("employee_id", "employees"),
    )

    version_id: UUID
    employee_id: UUID
    language: Language = Choice(Language)
