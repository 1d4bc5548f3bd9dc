"""What a person sends and gets about their shares and publications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.schemas import Zone
from services.core.shares.models import AttemptState, EvidenceKind, PublicationState, ShareState

TEXT_LIMIT = 10_000


def _naive(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("give the wall time without offset, and its zone in time_zone")
    return value.replace(microsecond=0)


LocalTime = Annotated[datetime, AfterValidator(_naive)]


class ShareCreate(WriteModel):
    """A draft of the person's own post about an offered item."""

    offer_id: UUID
    text: str | None = Field(
        default=None, min_length=1, max_length=TEXT_LIMIT, description="Your own words; absent: the proposed text."
    )


class ShareUpdate(WriteModel):
    """Merge patch of a draft."""

    text: str | None = Field(default=None, min_length=1, max_length=TEXT_LIMIT)


class LinkRead(ReadModel):
    """The link card of a post."""

    url: str
    title: str
    description: str | None


class ShareRead(ReadModel):
    """A person's own share, with the bytes that would go out."""

    id: UUID
    offer_id: UUID
    item_id: UUID
    program_id: UUID
    network: str
    language: Language
    direction: Literal["ltr", "rtl"]
    state: ShareState
    text: str
    link: LinkRead
    why_share: str
    edited_ratio: float
    content_hash: str = Field(description="SHA-256 of the exact text and link; approve what you have seen.")
    created_at: datetime
    updated_at: datetime


class ShareCheck(WriteModel):
    """When it would go out, if the answer should say what that means."""

    scheduled_local: LocalTime | None = Field(default=None, examples=["2030-01-15T09:30:00"])
    time_zone: Zone | None = None


class RuleHitRead(ReadModel):
    """A place in the text that a rule of the policy stands against."""

    code: str
    start: int
    end: int
    phrase: str
    message: str


class TimeRead(ReadModel):
    """A wall time and the instant that follows from it."""

    scheduled_local: str
    time_zone: str
    scheduled_at: datetime
    note: str = Field(description="exact, shifted (the hour does not exist that day) or first (it happens twice)")


class ShareChecked(ReadModel):
    """What stands against a share, if anything, and what its time means."""

    is_ready: bool
    content_hash: str
    rule_hits: list[RuleHitRead]
    disclosure_missing: str | None
    characters: int
    time: TimeRead | None


class ShareApprove(WriteModel):
    """The person's yes to exactly these bytes, through this connection, at this time."""

    content_hash: str = Field(min_length=64, max_length=64, examples=["0" * 64])
    connection_id: UUID
    scheduled_local: LocalTime = Field(examples=["2030-01-15T09:30:00"])
    time_zone: Zone
    allow_duplicate: bool = False


class ShareLinkRead(ReadModel):
    """How to post by hand."""

    url: str
    instructions: str


class PublicationRead(ReadModel):
    """One post on one network: its state, why, and what comes next."""

    id: UUID
    share_id: UUID
    item_id: UUID
    program_id: UUID
    connection_id: UUID
    connector: str
    network: str
    occurrence: int
    replaces_id: UUID | None
    state: PublicationState
    reason: str | None
    vendor_message: str | None
    next_step: str = Field(description="What happens next, or what you can do, in your language.")
    content_hash: str
    scheduled_local: str
    time_zone: str
    scheduled_at: datetime
    published_at: datetime | None
    external_id: str | None
    permalink: str | None
    by_hand: ShareLinkRead | None = None
    created_at: datetime
    updated_at: datetime


class AttemptRead(ReadModel):
    """One armed try."""

    id: UUID
    state: AttemptState
    armed_at: datetime
    finished_at: datetime | None
    outcome: str | None


class EvidenceRead(ReadModel):
    """One fact about what happened on the network."""

    kind: EvidenceKind
    created_at: datetime
    detail: dict[str, Any]


class PublicationDetail(PublicationRead):
    """A publication with everything known about it."""

    attempts: list[AttemptRead]
    evidence: list[EvidenceRead]


class PublicationResolve(WriteModel):
    """What the person saw on their profile."""

    outcome: Literal["it_is_there", "it_is_not"] = Field(examples=["it_is_there"])


class PublicationResend(WriteModel):
    """Approve the same bytes anew, at a new time."""

    content_hash: str = Field(min_length=64, max_length=64, examples=["0" * 64])
    scheduled_local: LocalTime = Field(examples=["2030-01-15T09:30:00"])
    time_zone: Zone
    acknowledge_duplicate_risk: bool = False
