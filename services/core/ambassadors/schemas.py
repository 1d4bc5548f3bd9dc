"""What callers send and get about personas, candidates, invitations and membership."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.core.ambassadors.models import AmbassadorState, InvitationState
from services.core.ambassadors.rules import Result, Standing
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language

Name = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]


class Criteria(WriteModel):
    """Rules over what the directory knows. An absent rule admits everybody."""

    min_tenure_months: int | None = Field(default=None, ge=0, le=600, examples=[6], description="Whole months.")
    departments: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Marketing"]])
    job_families: list[Name] | None = Field(default=None, min_length=1, max_length=200, examples=[["Engineering"]])
    countries: list[Country] | None = Field(default=None, min_length=1, max_length=250, examples=[["IL", "DE"]])


class PersonaWrite(WriteModel):
    """Whom a program looks for."""

    description: str = Field(
        default="", max_length=2000, examples=["People who know our product and like to tell about it."]
    )
    criteria: Criteria = Field(examples=[{"min_tenure_months": 6, "countries": ["IL"]}])


class PersonaRead(ReadModel):
    """Whom a program looks for."""

    id: UUID
    program_id: UUID
    description: str
    criteria: Criteria
    created_at: datetime
    updated_at: datetime


class CriterionRead(ReadModel):
    """Why somebody fits, or does not."""

    criterion: str = Field(examples=["min_tenure_months"])
    result: Result
    wanted: int | list[str]
    found: int | str | None = Field(description="What the directory says; null if it says nothing.")


class CandidateRead(ReadModel):
    """An employee next to a program's persona."""

    employee_id: UUID
    display_name: str
    title: str | None
    department: str | None
    job_family: str | None
    country: str | None
    tenure_months: int | None = Field(description="Whole months on today's date where the person is.")
    standing: Standing
    criteria: list[CriterionRead]


class InvitationCreate(WriteModel):
    """Asks an employee to join."""

    employee_id: UUID
    language: Language | None = Field(default=None, description="Without it, the person's own.")
    message: str | None = Field(default=None, max_length=1000, examples=["Your posts about the pilot were great."])


class InvitationRead(ReadModel):
    """An invitation. To managers a no looks like no answer."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    state: InvitationState
    language: Language
    message: str | None
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


class MyInvitation(InvitationRead):
    """An invitation to the caller."""

    program_name: str


class InvitationAccept(WriteModel):
    """How the person wants to take part."""

    language: Language | None = Field(default=None, description="Without it, the language of the invitation.")


class AmbassadorRead(ReadModel):
    """Membership of one person in one program."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    state: AmbassadorState
    language: Language
    joined_at: datetime | None
    activated_at: datetime | None
    left_at: datetime | None


class MemberRead(AmbassadorRead):
    """Membership as the program's managers see it: nothing of what the person does."""

    display_name: str


class PolicyToRead(ReadModel):
    """A policy version that waits for the person's agreement."""

    policy_id: UUID
    version_id: UUID


class MembershipRead(AmbassadorRead):
    """The caller's own membership, and what still stands before the first share."""

    to_acknowledge: list[PolicyToRead]
