"""What callers send and get about groups and what they give."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.organizations.models import Role


class GroupRead(ReadModel):
    """A group that an identity system has told of."""

    id: UUID
    display_name: str
    members: int = Field(description="People and groups directly in it.")
    created_at: datetime
    updated_at: datetime


class GroupMappingCreate(WriteModel):
    """Lets everybody in the group have a role."""

    role: Role = Field(examples=["approver"])
    program_id: UUID | None = Field(default=None, description="Limits the role to one program.")


class GroupMappingRead(ReadModel):
    """A role that a group gives."""

    id: UUID
    group_id: UUID
    role: Role
    program_id: UUID | None
    created_at: datetime
