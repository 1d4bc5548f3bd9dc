"""Tables of policies: the policy, its versions with their rules, who approved them, and who has agreed to which."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language
from services.core.programs.models import Function


class Policy(VersionedModel, table=True):
    """A set of rules for one program, or without a program for the whole organization."""

    __tablename__ = "policies"
    __table_args__ = (tenant_key("program_id", "programs"),)

    program_id: UUID | None = None
    title: str
    #: The organization says so: whoever alone holds both functions approves for both.
    one_person_for_both: bool = False


class VersionState(StrEnum):
    """A version is written, then published; a newer one replaces it.

    Stored is what was decided when it was published. Which version binds at a moment is decided by its
    ``effective_from``, so that no job has to be on time.
    """

    DRAFT = "draft"
    #: Published, and it takes effect later.
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class PolicyVersion(VersionedModel, table=True):
    """One wording of a policy. Once published it never changes: a change is a new version, which asks again."""

    __tablename__ = "policy_versions"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "policy_id", "number"),
        sa.Index("policy_versions_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        tenant_key("policy_id", "policies"),
    )

    policy_id: UUID
    number: int
    state: VersionState = Choice(VersionState, VersionState.DRAFT)
    #: Per language: ``{"summary": str, "dos": [str], "donts": [str]}``.
    texts: dict[str, Any] = Json()
    #: One document per rule, as ``rule_schemas`` has them.
    rules: list[dict[str, Any]] = Json(list)
    written_by: UUID
    published_by: UUID | None = None
    published_at: datetime | None = Instant(nullable=True)
    #: From this moment on it binds; None for a draft, and for what was published before there were dates.
    effective_from: datetime | None = Instant(nullable=True)
    #: When the scheduler looks at it: to tell the ambassadors, then when it takes effect.
    due_at: datetime | None = Instant(nullable=True)


class PolicyApprover(TenantModel, table=True):
    """Who answers for a function of an organization's own policy; a program's has its responsibilities."""

    __tablename__ = "policy_approvers"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "policy_id", "function", "employee_id"),
        tenant_key("policy_id", "policies"),
        tenant_key("employee_id", "employees"),
    )

    policy_id: UUID
    function: Function = Choice(Function)
    employee_id: UUID


class ApprovalDecision(StrEnum):
    """What the holder of a function says about a version."""

    APPROVED = "approved"
    REFUSED = "refused"


class PolicyApproval(TenantModel, table=True):
    """One answer of a function's holder about exact bytes. Only added to; a person's last answer counts."""

    __tablename__ = "policy_approvals"
    __table_args__ = (
        sa.Index("policy_approvals_of_a_version", "organization_id", "version_id"),
        tenant_key("version_id", "policy_versions"),
        tenant_key("employee_id", "employees"),
    )

    version_id: UUID
    function: Function = Choice(Function)
    employee_id: UUID
    decision: ApprovalDecision = Choice(ApprovalDecision)
    reason: str | None = None
    #: SHA-256 of the wording that was approved.
    content_hash: bytes


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


class AcknowledgementRefusal(TenantModel, table=True):
    """A person does not agree to a version. Theirs alone: it ends reminders, and nobody else reads it."""

    __tablename__ = "acknowledgement_refusals"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "version_id", "employee_id"),
        tenant_key("version_id", "policy_versions"),
        tenant_key("employee_id", "employees"),
    )

    version_id: UUID
    employee_id: UUID
