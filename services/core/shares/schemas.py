"""What a person sends and gets about their shares and publications."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.core.assets.schemas import MediaRead
from services.core.kit.schemas import ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.organizations.schemas import Zone
from services.core.policies.rule_schemas import RuleHitRead as PolicyHitRead
from services.core.shares.models import (
    AttemptState,
    CommentState,
    DeletionState,
    EvidenceKind,
    PublicationState,
    ShareState,
    StopScope,
)

TEXT_LIMIT = 10_000

ACCEPT_REVIEW = "Where a rule of the policy asks for it: an editor may read your text first, without your name."


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
    with_media: bool | None = Field(default=None, description="false leaves the item's files out.")
    first_comment: str | None = Field(
        default=None, min_length=1, max_length=1250, description="Your own first comment; null: none."
    )


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
    posted_text: str = Field(description="As it goes out: your text, with the link behind it where there is no card.")
    media: list[MediaRead] = Field(description="What the post shows besides, in this order.")
    with_media: bool = Field(description="Whether the item's files are shown; you may leave them out.")
    first_comment: str | None = Field(description="What is written under your post, as yours, right after it is out.")
    reshare_of: str | None = Field(description="The post that this one passes on.")
    warnings: list[str] = Field(description="What the network will say about text and files, in your language.")
    why_share: str
    edited_ratio: float
    content_hash: str = Field(
        description="SHA-256 of the exact text, link, files and first comment; approve what you have seen."
    )
    created_at: datetime
    updated_at: datetime


class ShareCheck(WriteModel):
    """Words not stored (yet), and when they would go out: the answer says what that means and whether it fits."""

    text: str | None = Field(
        default=None, min_length=1, max_length=TEXT_LIMIT, description="Absent: the share's own words."
    )
    scheduled_local: LocalTime | None = Field(default=None, examples=["2030-01-15T09:30:00"])
    time_zone: Zone | None = Field(default=None, description="Absent: your own zone.")


class RuleHitRead(PolicyHitRead):
    """A place in the text that a rule of the policy stands against."""

    code: str = Field(description="The same as `rule`.")


class TimeRead(ReadModel):
    """A wall time and the instant that follows from it."""

    scheduled_local: str
    time_zone: str
    scheduled_at: datetime
    note: str = Field(description="exact, shifted (the hour does not exist that day) or first (it happens twice)")
    words: str = Field(description="What the wall time means, in your language.")


class TimeReasonRead(ReadModel):
    """Why a time does not fit, and what to do."""

    code: str = Field(examples=["own_cap_per_week"])
    message: str


class NextGoodTimeRead(ReadModel):
    """A time that fits: approve it by sending scheduled_local and time_zone as they are."""

    scheduled_local: str
    time_zone: str
    scheduled_at: datetime
    note: str = Field(description="exact, or first (it happens twice)")
    why: str


class SimilarTextRead(ReadModel):
    """Many posts about the item read the same as this one."""

    needs_review: bool = Field(description="With keep_similar, an editor reads the text first, without your name.")
    advice: list[str]


class ShareChecked(ReadModel):
    """What stands against a share, if anything, what its time means, and the next time that fits."""

    is_ready: bool
    content_hash: str
    rule_hits: list[RuleHitRead]
    needs_review: bool = Field(description="With accept_review, an editor reads the text first, without your name.")
    disclosure_missing: str | None
    not_before: datetime | None = Field(description="The end of an embargo that this time is before.")
    characters: int
    time: TimeRead | None
    time_reasons: list[TimeReasonRead] = Field(description="Why this time does not fit; empty if it does.")
    next_good_time: NextGoodTimeRead | None = Field(
        description="When no time is given or it does not fit; null with time_reasons: none within four weeks."
    )
    similar_text: SimilarTextRead | None


class ShareApprove(WriteModel):
    """The person's yes to exactly these bytes, through this connection, at this time."""

    content_hash: str = Field(min_length=64, max_length=64, examples=["0" * 64])
    connection_id: UUID
    scheduled_local: LocalTime = Field(examples=["2030-01-15T09:30:00"])
    time_zone: Zone
    allow_duplicate: bool = False
    keep_similar: bool = Field(default=False, description="Keep a text that reads like those of many colleagues.")
    accept_review: bool = Field(default=False, description=ACCEPT_REVIEW)


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
    why: str | None = Field(description="The reason, in words of your language.")
    whose_move: Literal["nobody", "person", "administrator", "network"] = Field(
        description="Who can change something: `person` is you; `nobody`: it goes on, or has ended, by itself."
    )
    next_step: str = Field(description="What happens next, or what you can do, in your language.")
    next_try_at: datetime | None = Field(
        description="When something happens by itself: it goes out, is tried again, or the network is asked about it."
    )
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
    words: str = Field(description="What came of it, in your language.")


class EvidenceRead(ReadModel):
    """One fact about what happened on the network."""

    kind: EvidenceKind
    created_at: datetime
    words: str = Field(description="What it says, in your language.")
    detail: dict[str, Any]


class FirstCommentRead(ReadModel):
    """Your comment under your own post. What becomes of it changes nothing about the post."""

    state: CommentState
    external_id: str | None
    words: str = Field(description="How it stands, in your language.")


class PublicationDetail(PublicationRead):
    """A publication with everything known about it."""

    first_comment: FirstCommentRead | None = Field(description="Null where none was agreed on.")

    attempts: list[AttemptRead]
    evidence: list[EvidenceRead]


class PublicationUpdate(WriteModel):
    """Merge patch of a planned post: other words, another time, or both. What is left out stays."""

    text: str | None = Field(default=None, min_length=1, max_length=TEXT_LIMIT)
    content_hash: str | None = Field(
        default=None,
        min_length=64,
        max_length=64,
        description="With `text`: the hash that check answered for it; your yes to these bytes.",
    )
    scheduled_local: LocalTime | None = Field(default=None, examples=["2030-01-15T09:30:00"])
    time_zone: Zone | None = Field(default=None, description="Without it, the zone of before.")
    allow_duplicate: bool = False
    keep_similar: bool = False
    accept_review: bool = Field(default=False, description=ACCEPT_REVIEW)


class MetricRead(ReadModel):
    """The last number that a network gave for one post, or why there is none."""

    metric: str = Field(examples=["impressions"])
    value: int | None = Field(description="Null is not zero: `reason` says why it is not there.")
    taken_at: datetime | None = Field(description="When the network said so.")
    stale_since: datetime | None = Field(
        description="Set when it cannot be read any more: the number is as it was then, and is kept."
    )
    reason: str | None = Field(description="Why there is no number, or none that is newer.", examples=["not_connected"])
    words: str | None = Field(description="The reason, in your language.")


class OwnClicksRead(ReadModel):
    """Clicks on the link of one post, counted by our own redirect: they go on after the account is disconnected."""

    human: int
    machine: int = Field(description="Suspected machines: previews, scanners, crawlers.")
    own: int = Field(description="Your own, counted in neither.")


class PublicationMetrics(ReadModel):
    """The numbers of one of your posts. Nobody else sees them."""

    publication_id: UUID
    metrics: list[MetricRead]
    clicks: OwnClicksRead


class PostDeletionRead(ReadModel):
    """Your word that a post of yours shall go, and what became of it."""

    id: UUID
    publication_id: UUID
    state: DeletionState
    reason: str | None
    words: str = Field(description="How it stands and what you can do, in your language.")
    next_try_at: datetime | None = Field(description="When it goes on by itself.")
    created_at: datetime
    finished_at: datetime | None


class PublicationResolve(WriteModel):
    """What the person saw on their profile."""

    outcome: Literal["it_is_there", "it_is_not"] = Field(examples=["it_is_there"])


class PublicationResend(WriteModel):
    """Approve the same bytes anew, at a new time."""

    content_hash: str = Field(min_length=64, max_length=64, examples=["0" * 64])
    scheduled_local: LocalTime = Field(examples=["2030-01-15T09:30:00"])
    time_zone: Zone
    acknowledge_duplicate_risk: bool = False
    keep_similar: bool = Field(default=False, description="Keep a text that reads like those of many colleagues.")
    accept_review: bool = Field(default=False, description=ACCEPT_REVIEW)


class TextReviewRead(ReadModel):
    """A text that waits for an editor. Whose it is is not said."""

    publication_id: UUID
    item_id: UUID
    item_title: str
    network: str
    language: Language
    direction: Literal["ltr", "rtl"]
    text: str
    first_comment: str | None = Field(description="What would be written under it, if anything.")
    content_hash: str = Field(description="Of what was read; the answer names it, so that nothing else is let out.")
    why: Literal["similar_text", "policy"] = Field(
        description="Many colleagues say the same, or a rule of the policy asks for it."
    )
    rule_hits: list[RuleHitRead] = Field(description="What rules say about it.")
    needed_on: date = Field(description="The day (UTC) for which it is planned; without an answer it is missed.")


class TextReviewAnswer(WriteModel):
    """An editor's answer."""

    decision: Literal["approve", "decline"] = Field(examples=["approve"])
    content_hash: str = Field(min_length=64, max_length=64, examples=["0" * 64], description="As it was read.")
    note: str | None = Field(default=None, max_length=1000, description="For the person, with a decline above all.")


class TextReviewed(ReadModel):
    """What became of it."""

    publication_id: UUID
    decision: Literal["approve", "decline"]


class StopCreate(WriteModel):
    """What to stop, and why."""

    scope: StopScope = Field(examples=["organization"], description="`program`, `item` and `network` need their id.")
    program_id: UUID | None = None
    item_id: UUID | None = None
    network: str | None = Field(default=None, min_length=1, max_length=40)
    reason: str = Field(
        min_length=1,
        max_length=500,
        examples=["An accident at our plant: we say nothing today."],
        description="People whose posts wait read it.",
    )


class StopRead(ReadModel):
    """A stop: what it covers, who pressed it, and whether it is released."""

    id: UUID
    scope: StopScope
    program_id: UUID | None
    item_id: UUID | None
    network: str | None
    reason: str
    stopped_by: str
    released_by: str | None
    released_at: datetime | None
    created_at: datetime
