"""What callers send and get about content, its variants and reviews, and offers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.assets.schemas import MediaRead
from services.core.content import rules
from services.core.content.models import AudienceTag, Decision, InterestKind, ItemState, OfferState, Rating
from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.policies.schemas import PolicyHit
from services.core.programs.models import Function


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
TopicName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_has_words)]
PostId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9:_.,()-]+$")]
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
    topics: list[TopicName] = Field(
        default_factory=list,
        max_length=20,
        examples=[["sustainability"]],
        description="Slugs or names of topics. A new word becomes a topic, unless it is nearly one there is.",
    )
    audience: Audience = Field(default_factory=Audience)
    audience_tags: list[AudienceTag] = Field(
        default_factory=list, max_length=11, description="Whom among an ambassador's own readers it is of value to."
    )
    available_from: AwareInstant | None = Field(
        default=None, examples=["2099-01-10T07:00:00Z"], description="Nobody is offered it before this moment."
    )
    expires_at: AwareInstant | None = Field(default=None, examples=["2099-12-31T22:00:00Z"])
    embargo_until: AwareInstant | None = Field(
        default=None, examples=["2099-01-15T08:00:00Z"], description="Nothing of it goes out before this moment."
    )


class ContentItemUpdate(WriteModel):
    """Merge patch of an item."""

    title: Words | None = Field(default=None, min_length=1, max_length=200, examples=["Sunlight for a school"])
    destination_url: Destination | None = None
    topics: list[TopicName] | None = Field(default=None, max_length=20)
    audience: Audience | None = None
    audience_tags: list[AudienceTag] | None = Field(default=None, max_length=11)
    available_from: AwareInstant | None = None
    expires_at: AwareInstant | None = None
    embargo_until: AwareInstant | None = Field(
        default=None, description="May change after the offer too: what is planned is looked at anew. null lifts it."
    )


class Source(ReadModel):
    """Where a draft came from."""

    kind: Literal["feed", "proposal"]
    id: UUID
    name: str | None = None
    url: str | None = None


class ContentItemRead(ReadModel):
    """Something worth sharing."""

    id: UUID
    program_id: UUID
    title: str
    destination_url: str
    topics: list[str]
    audience: Audience
    audience_tags: list[AudienceTag]
    state: ItemState
    author_employee_id: UUID | None
    source: Source | None = Field(description="Where it came from, if not from its author.")
    offered_at: datetime | None
    available_from: datetime | None
    expires_at: datetime | None
    embargo_until: datetime | None
    withdrawn_reason: str | None
    created_at: datetime
    updated_at: datetime


class VariantHit(PolicyHit):
    """A rule that a variant meets, as an ambassador would be shown it."""

    variant_id: UUID
    network: str


class ContentItemSubmitted(ContentItemRead):
    """An item in review, and what rules will ask of those who share it."""

    policy_warnings: list[VariantHit] = Field(
        description="`review`: an editor reads such a post first. An embargo: nothing goes out before it ends."
    )


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
    asset_ids: list[UUID] = Field(
        default_factory=list,
        max_length=20,
        description="Files that the post shows, in this order. One picture becomes that of the link's card; with "
        "anything else the link stands at the end of the text.",
    )
    first_comment: Words | None = Field(
        default=None, min_length=1, max_length=1250, description="What the person writes under their own post."
    )
    reshare_of: PostId | None = Field(
        default=None, description="The network's id of a post that this one passes on; it has no files of its own."
    )


class VariantUpdate(WriteModel):
    """Merge patch of a variant; network and language stay."""

    text: Words | None = Field(default=None, min_length=1, max_length=20_000, examples=["240 panels, one school."])
    why_share: Words | None = Field(default=None, min_length=1, max_length=1000)
    link_title: Words | None = Field(default=None, min_length=1, max_length=200)
    link_description: str | None = Field(default=None, max_length=500)
    asset_ids: list[UUID] | None = Field(default=None, max_length=20)
    first_comment: Words | None = Field(default=None, min_length=1, max_length=1250)
    reshare_of: PostId | None = None


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
    asset_ids: list[UUID]
    first_comment: str | None
    reshare_of: str | None
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
    functions: list[Function] = Field(description="What the reviewer answered for in the program at that time.")
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


class NamedGoal(ReadModel):
    """A goal of the caller's, with its topic's name in their language."""

    topic: str
    kind: InterestKind
    name: str


class WhyRead(ReadModel):
    """One thing that speaks for an offer, or against it."""

    code: str = Field(examples=["goals"])
    text: str
    weight: int = Field(description="Below 0 it speaks against it. The sum of all is the offer's rank.")


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
    first_comment: str | None
    media: list[MediaRead] = Field(description="What the post shows, in this order.")
    reasons: list[str] = Field(description="Why you see this.")
    why: list[WhyRead] = Field(description="What makes its rank, the weightiest first.")
    matched_goals: list[NamedGoal] = Field(description="Which of your goals it is about.")
    audience_tags: list[str] = Field(description="Which readers it is of value to.")
    rating: Rating | None = Field(description="What you think of it.")
    state: OfferState
    offered_at: datetime
    expires_at: datetime | None
    embargo_until: datetime | None = Field(description="You can plan it for after this moment, not before.")


class TopicCreate(WriteModel):
    """A new topic."""

    names: dict[Language, TopicName] = Field(
        min_length=1, examples=[{"en": "Sustainability", "he": "קיימות"}], description="Its name per language."
    )
    slug: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="How items name it; made of its first name when absent. It never changes.",
    )


class TopicUpdate(WriteModel):
    """Merge patch of a topic: other names. What names it goes on naming it."""

    names: dict[Language, TopicName | None] | None = Field(default=None, examples=[{"he": "קיימות"}])


class TopicMerge(WriteModel):
    """Which topic takes this one's place."""

    into: str = Field(min_length=1, max_length=60, examples=["sustainability"], description="The other one's slug.")


class TopicRead(ReadModel):
    """What content is about."""

    id: UUID
    slug: str
    names: dict[Language, str]
    merged_into: str | None
    created_at: datetime
    updated_at: datetime


class ReviewRuleWrite(WriteModel):
    """Who has to approve content about a topic."""

    topic: TopicName = Field(examples=["finance"], description="A topic's slug or name.")
    functions: list[Function] = Field(min_length=1, max_length=7, examples=[["spokesperson"]])


class ReviewRulesWrite(WriteModel):
    """All rules of a program; those left out end."""

    rules: list[ReviewRuleWrite] = Field(max_length=100, examples=[[{"topic": "news", "functions": ["content"]}]])


class ReviewRuleRead(ReadModel):
    """Content about this topic needs an approval by somebody with each of these functions."""

    topic: str
    functions: list[Function]


class ReviewRulesRead(ReadModel):
    """Who has to approve what in a program."""

    program_id: UUID
    rules: list[ReviewRuleRead]


class Finding(ReadModel):
    """Something that stands against an item, or is worth a look."""

    pointer: str = Field(examples=["/variants/linkedin/he/why_share"])
    code: str
    message: str


class Readiness(ReadModel):
    """What an item still needs before it can be offered, and what is worth a look before anybody plans a post."""

    item_id: UUID
    is_ready: bool
    missing: list[Finding] = Field(description="Refused without.")
    warnings: list[Finding]
    functions_missing: list[Function] = Field(description="Whose approval the program's rules ask for, besides.")
    languages_missing: list[Language] = Field(
        description="Languages that the program speaks and the item does not: their readers see another one."
    )
