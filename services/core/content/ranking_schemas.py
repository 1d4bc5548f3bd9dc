"""What callers send and get about their own goals, and about what people think of content."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from services.core.content.models import AudienceTag, DismissReason, InterestKind, OfferState, Rating
from services.core.content.schemas import NamedGoal, TopicName
from services.core.kit.schemas import ReadModel, WriteModel


class InterestGoal(WriteModel):
    """A topic that somebody wants to speak about."""

    topic: TopicName = Field(examples=["sustainability"], description="A topic's slug or name.")
    kind: InterestKind = Field(default=InterestKind.PROFESSIONAL, description="What it is good for, in their own eyes.")


class InterestsWrite(WriteModel):
    """What the caller wants to speak about, and to whom. Nobody else sees it."""

    goals: list[InterestGoal] = Field(max_length=20, examples=[[{"topic": "news", "kind": "professional"}]])
    audience: list[AudienceTag] = Field(
        default_factory=list, max_length=11, description="Who reads the caller's posts.", examples=[["customers"]]
    )


class Option(ReadModel):
    """Something that can be chosen, with its name in the reader's language."""

    value: str
    name: str


class InterestsRead(ReadModel):
    """What the caller has said, and what there is to choose from."""

    goals: list[NamedGoal]
    audience: list[AudienceTag]
    topics: list[Option] = Field(description="What goals can be about.")
    audiences: list[Option]
    updated_at: datetime | None


class FeedbackCreate(WriteModel):
    """What the caller thinks of an offer. What is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rating": "good"}]})

    dismissed: bool | None = Field(
        default=None, description="true: not for me, another offer takes its place. false: taken back."
    )
    reason: DismissReason | None = Field(default=None, description="Why it is not for the caller; dismisses it.")
    rating: Rating | None = Field(default=None, description="null takes it back.")


class FeedbackRead(ReadModel):
    """What is kept of the caller's answer."""

    offer_id: UUID
    state: OfferState
    reason: DismissReason | None
    rating: Rating | None


class CountRead(ReadModel):
    """A number of people, if it tells on nobody."""

    people: int | None
    suppressed: bool = Field(description="Too few people are behind it, or it would give such a number away.")


class ItemFeedbackRead(ReadModel):
    """What people together think of an item. Counted anew when enough answers have changed, so it may lag a little."""

    item_id: UUID
    counted_on: date | None = Field(description="null: too few have answered so far.")
    answers: CountRead = Field(description="How many rated it.")
    ratings: dict[Rating, CountRead]
    not_for_me: CountRead = Field(description="How many passed on it.")
    reasons: dict[str, CountRead] = Field(description="Why they did; `none`: no reason given.")
    with_goals: CountRead = Field(description="How many of those it was offered to had named goals.")
    without_match: CountRead = Field(description="For how many of those it matches none of their goals.")


class ContentFitRead(ReadModel):
    """How often a program offers people what matches none of the goals they have named."""

    program_id: UUID
    items: int = Field(description="Items counted: those with enough people behind their numbers.")
    offers: int = Field(description="Offers of those items to people who had named goals.")
    without_match: int
    share_without_match: float | None = Field(description="null while nothing is counted.")
    unmatched_share: float = Field(description="What the program allows of what somebody is shown at once.")
