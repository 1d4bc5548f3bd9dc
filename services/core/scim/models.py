"""Tables of SCIM: what an identity system has told us of people and groups, kept apart from the employee record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Json, TenantModel, VersionedModel, tenant_key
from services.core.organizations.models import Role


class ScimUser(VersionedModel, table=True):
    """A person as identity systems see them. Phones, addresses and the like are here and nowhere else.

    ``id`` is what identity systems know the person by: never the employee's, never used again.
    """

    __tablename__ = "scim_users"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "user_name_key"),
        sa.UniqueConstraint("organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
    )

    user_name: str
    #: As it is compared: identity systems do not agree on upper and lower case.
    user_name_key: str
    is_active: bool
    #: None as long as nobody has said at which work address the person can be reached.
    employee_id: UUID | None = None
    #: The attributes as they were sent, without those that have a column of their own.
    document: dict[str, Any] = Json()


class ScimGroup(VersionedModel, table=True):
    """A group of an identity system. It means nothing here until somebody maps it."""

    __tablename__ = "scim_groups"
    __table_args__ = (sa.UniqueConstraint("organization_id", "display_name_key"),)

    display_name: str
    display_name_key: str


class ScimExternalId(TenantModel, table=True):
    """What one identity system calls a person or a group of ours."""

    __tablename__ = "scim_external_ids"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "client", "resource_type", "external_id"),
        sa.UniqueConstraint("organization_id", "resource_id", "client"),
    )

    #: The name of its keys, which stays the same when they are rotated.
    client: str
    resource_type: str
    resource_id: UUID
    external_id: str


class ScimMember(TenantModel, table=True):
    """Somebody, or another group, in a group."""

    __tablename__ = "scim_members"
    __table_args__ = (
        sa.UniqueConstraint(
            "organization_id", "group_id", "user_id", "member_group_id", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("(user_id is null) <> (member_group_id is null)", name="scim_members_one_kind"),
        sa.Index("scim_members_of_a_user", "organization_id", "user_id"),
        sa.Index("scim_members_of_a_member_group", "organization_id", "member_group_id"),
        tenant_key("group_id", "scim_groups", ondelete="CASCADE"),
        tenant_key("user_id", "scim_users", ondelete="CASCADE"),
        tenant_key("member_group_id", "scim_groups", ondelete="CASCADE"),
    )

    group_id: UUID
    user_id: UUID | None = None
    member_group_id: UUID | None = None


class GroupMapping(TenantModel, table=True):
    """What being in a group gives a person here. Made by hand; the name of a group gives nothing."""

    __tablename__ = "group_mappings"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "group_id", "role", "program_id", postgresql_nulls_not_distinct=True),
        tenant_key("group_id", "scim_groups", ondelete="CASCADE"),
        tenant_key("program_id", "programs"),
    )

    group_id: UUID
    role: Role = Choice(Role)
    #: Limits the role to one program.
    program_id: UUID | None = None


class GroupGrant(TenantModel, table=True):
    """A role that a mapping gave, so that only such a one is taken away again."""

    __tablename__ = "group_grants"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "role_grant_id"),
        sa.Index("group_grants_of_a_person", "organization_id", "employee_id"),
        tenant_key("role_grant_id", "role_grants", ondelete="CASCADE"),
        tenant_key("employee_id", "employees"),
    )

    role_grant_id: UUID
    employee_id: UUID
