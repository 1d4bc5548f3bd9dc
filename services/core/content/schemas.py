"""What callers send and get about content, its variants and reviews, and offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.content import rules
from services.core.content.models import Decision, DismissReason, ItemState, OfferState
from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language


def _has_words(value: str) -> str:
    # Spaces, direction marks and dots are no reason to share anything.
    if not any(character.isalnum() for character in value):
        raise ValueError("write at least one word")
    return value


Words = Annotated[str, AfterValidator(_has_words)]
Destination = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["https://lumen.example/stories/solar-school"]),
    AfterValidator(rules.check_destination),
]  # fmt: skip
Topic = Annotated[str, Field(min_length=1, max_length=60)]
Department = Annotated[str, Field(min_length=1, max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]


class Audience(WriteModel):
    """Whom an item fits. A rule that is absent fits everybody."""

    departments: list[Department] | None = Field(default=None, min_length=1, max_length=200, examples=[["Marketing"]])
    countries: list[Country] | None = Field(default=None, min_length=1, max_length=250, examples=[["IL", "DE"]])


class ContentItemCreate(WriteModel):
    """A new draft."""

    program_id: UUID
    title: Words = Field(min_length=1, max_length=200, examples=["A school that runs on sunlight"])
    destination_url: Destination
    topics: list[Topic] = Field(default_factory=list, max_length=20, examples=[["sustainability"]])
    audience: Audience = Field(default_factory=Audience)
    expires_at: AwareInstant | None = Field(default=None, examples=["2099-12-31T22:00:00Z"])
    embargo_until: AwareInstant | None = Field(
        default=None, examples=["2099-01-15T08:00:00Z"], description="Nothing of it goes out before this moment."
    )


class ContentItemUpdate(WriteModel):
    """Merge patch of an item."""

    title: Words | None = Field(default=None, min_length=1, max_length=200, examples=["Sunlight for a school"])
    destination_url: Destination | None = None
    topics: list[Topic] | None = Field(default=None, max_length=20)
    audience: Audience | None = None
    expires_at: AwareInstant | None = None
    embargo_until: AwareInstant | None = Field(
        default=None, description="May change after the offer too: what is planned is looked at anew. null lifts it."
    )


class ContentItemRead(ReadModel):
    """Something worth sharing."""

    id: UUID
    program_id: UUID
    title: str
    destination_url: str
    topics: list[str]
    audience: Audience
    state: ItemState
    author_employee_id: UUID | None
    offered_at: datetime | None
    expires_at: datetime | None
    embargo_until: datetime | None
    withdrawn_reason: str | None
    created_at: datetime
    updated_at: datetime


class VariantCreate(WriteModel):
    """The item for one network in one language."""

    network: str = Field(min_length=1, max_length=40, examples=["linkedin"])
    language: Language = Field(examples=["en"])
    text: Words = Field(min_length=1, max_length=20_000, examples=["We put 240 panels on a school roof."])
    why_share: Words = Field(
        min_length=1, max_length=1000, examples=["It shows what our field teams do for a whole town."],
        description="Why an ambassador may want to share it. Required, in the variant's language.",
    )  # fmt: skip
    link_title: Words = Field(min_length=1, max_length=200, examples=["A school that runs on sunlight"])
    link_description: str | None = Field(default=None, max_length=500)


class VariantUpdate(WriteModel):
    """Merge patch of a variant; network and language stay."""

    text: Words | None = Field(default=None, min_length=1, max_length=20_000, examples=["240 panels, one school."])
    why_share: Words | None = Field(default=None, min_length=1, max_length=1000)
    link_title: Words | None = Field(default=None, min_length=1, max_length=200)
    link_description: str | None = Field(default=None, max_length=500)


class Warned(ReadModel):
    """Something that is allowed and worth a look."""

    code: str = Field(examples=["text_long"])
    message: str


class VariantRead(ReadModel):
    """The item for one network in one language, and what is worth a look."""

    id: UUID
    item_id: UUID
    network: str
    language: Language
    text: str
    why_share: str
    link_title: str
    link_description: str | None
    created_at: datetime
    updated_at: datetime
    warnings: list[Warned] = Field(default_factory=list)


class ReviewCreate(WriteModel):
    """A reviewer's decision."""

    decision: Decision = Field(examples=["approved"])
    comment: str | None = Field(default=None, max_length=2000)


class ReviewRead(ReadModel):
    """One reviewer's decision on one version."""

    id: UUID
    item_id: UUID
    item_version: int
    reviewer_employee_id: UUID | None
    decision: Decision
    comment: str | None
    created_at: datetime


class Fallback(ReadModel):
    """How many people see the item in another language than theirs."""

    wanted: Language
    shown: Language
    people: int


class Skipped(ReadModel):
    """How many active ambassadors were not offered the item now, and why."""

    outside_audience: int
    no_variant: int
    offered_before: int


class OfferSummary(ReadModel):
    """What offering an item did, in numbers."""

    item_id: UUID
    state: ItemState
    offered: int
    fallbacks: list[Fallback]
    skipped: Skipped


class Withdrawal(WriteModel):
    """Why an item is taken back."""

    reason: Words = Field(min_length=1, max_length=1000, examples=["The figures were wrong."])


class MyOffer(ReadModel):
    """Something the caller may share, and why they see it."""

    id: UUID
    item_id: UUID
    program_id: UUID
    title: str
    destination_url: str
    network: str
    language: Language
    direction: str = Field(description="`ltr` or `rtl`, for the text.")
    text: str
    why_share: str
    link_title: str
    link_description: str | None
    reasons: list[str] = Field(description="Why you see this.")
    state: OfferState
    offered_at: datetime
    expires_at: datetime | None
    embargo_until: datetime | None = Field(description="You can plan it for after this moment, not before.")


class FeedbackCreate(WriteModel):
    """Whether the caller passes on an offer. Only they see it, and nothing follows from it."""

    dismissed: bool = Field(examples=[True], description="false takes an earlier true back.")
    reason: DismissReason | None = None


class FeedbackRead(ReadModel):
    """What is kept of the caller's answer."""

    offer_id: UUID
    state: OfferState
    reason: DismissReason | None
