"""Tables of content: items, variants per network and language, reviews, and offers to ambassadors."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language
from services.core.programs.models import Function


class ItemState(StrEnum):
    """From a draft to an offer, with a reviewer other than the author between."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    OFFERED = "offered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ContentItem(VersionedModel, table=True):
    """Something worth sharing: a page with a reason to share it."""

    __tablename__ = "content_items"
    __table_args__ = (
        tenant_key("program_id", "programs"),
        tenant_key("author_employee_id", "employees"),
    )

    program_id: UUID
    title: str
    destination_url: str
    topics: list[str] = Json(list)
    #: Whom it fits: ``departments``, ``countries``; an absent rule fits everybody.
    audience: dict[str, Any] = Json()
    #: Whom among an ambassador's own readers it is of value to (``AudienceTag``); empty = nobody said.
    audience_tags: list[str] = Json(list)
    state: ItemState = Choice(ItemState, ItemState.DRAFT)
    author_employee_id: UUID | None = None
    author_key_id: UUID
    #: Everybody who has worded it or a variant of it (``Actor.name``); none of them can review it.
    written_by: list[str] = Json(list)
    #: The version that was last sent to review; approvals of earlier ones say nothing about it.
    submitted_version: int | None = None
    offered_at: datetime | None = Instant(nullable=True)
    expires_at: datetime | None = Instant(nullable=True)
    #: Nothing of it goes out before.
    embargo_until: datetime | None = Instant(nullable=True)
    #: Nobody is offered it before.
    available_from: datetime | None = Instant(nullable=True)
    #: Where it came from, if not from its author: ``kind`` (feed, proposal) and ``id``; of a feed ``name`` and ``url``.
    source: dict[str, Any] | None = Json(lambda: None, nullable=True)
    withdrawn_reason: str | None = None


class Topic(VersionedModel, table=True):
    """What content is about. Items name it by its slug, which stays when it is renamed."""

    __tablename__ = "topics"
    __table_args__ = (sa.UniqueConstraint("organization_id", "slug"),)

    slug: str
    #: Its name per language.
    names: dict[str, str] = Json()
    #: The topic that took its place: what still names this one means that one.
    merged_into: str | None = None


class ReviewRule(TenantModel, table=True):
    """Content of a program about a topic is approved by somebody with this function."""

    __tablename__ = "review_rules"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "program_id", "topic", "function"),
        tenant_key("program_id", "programs"),
    )

    program_id: UUID
    topic: str
    function: Function = Choice(Function)


class Variant(VersionedModel, table=True):
    """The item as proposed for one network in one language, with the reason to share it."""

    __tablename__ = "variants"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "item_id", "network", "language"),
        tenant_key("item_id", "content_items"),
    )

    item_id: UUID
    network: str
    language: Language = Choice(Language)
    text: str
    why_share: str
    link_title: str
    link_description: str | None = None
    #: Files that the post shows, in this order.
    asset_ids: list[str] = Json(list)
    #: What the person writes under their own post, as proposed.
    first_comment: str | None = None
    #: The network's id of a post that this one passes on.
    reshare_of: str | None = None


class Decision(StrEnum):
    """What a reviewer says."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"


class Review(TenantModel, table=True):
    """One reviewer's decision on one version of an item."""

    __tablename__ = "reviews"
    __table_args__ = (
        tenant_key("item_id", "content_items"),
        tenant_key("reviewer_employee_id", "employees"),
    )

    item_id: UUID
    item_version: int
    reviewer_employee_id: UUID | None = None
    reviewer_key_id: UUID
    decision: Decision = Choice(Decision)
    comment: str | None = None
    #: The functions that the reviewer held in the program at that time.
    functions: list[str] = Json(list)


class OfferState(StrEnum):
    """What became of an offer; only the person it was made to sees which."""

    OFFERED = "offered"
    SHARED = "shared"
    DISMISSED = "dismissed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class DismissReason(StrEnum):
    """Why a person passes; nobody else sees it."""

    NOT_RELEVANT = "not_relevant"
    NOT_MY_WORDS = "not_my_words"
    NO_TIME = "no_time"
    DISAGREE = "disagree"
    OTHER = "other"


class Rating(StrEnum):
    """How good a person finds an item; others see only what enough people together say."""

    GOOD = "good"
    OK = "ok"
    WEAK = "weak"


class Offer(VersionedModel, table=True):
    """An item shown to one ambassador, with why they see it."""

    __tablename__ = "offers"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "item_id", "employee_id"),
        sa.Index("offers_of_a_person", "organization_id", "employee_id", "state"),
        sa.Index(
            "offers_answered", "organization_id", "item_id", "answered_at",
            postgresql_where=sa.text("answered_at is not null"),
        ),
        tenant_key("item_id", "content_items"),
        tenant_key("program_id", "programs"),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    program_id: UUID
    item_id: UUID
    employee_id: UUID
    language: Language = Choice(Language)
    state: OfferState = Choice(OfferState, OfferState.OFFERED)
    #: Stable codes of why it was offered, such as ``department`` or ``everybody``.
    reasons: list[str] = Json(list)
    dismiss_reason: DismissReason | None = Choice(DismissReason, nullable=True)
    rating: Rating | None = Choice(Rating, nullable=True)
    #: When the person last rated it, passed on it, or took that back.
    answered_at: datetime | None = Instant(nullable=True)
    #: Whether the item was about one of the person's goals when it was offered; None for who had named none.
    goal_matched: bool | None = None


class AudienceTag(StrEnum):
    """Whom somebody's posts reach. A closed list, so that what a person says of theirs is no words of their own."""

    CUSTOMERS = "customers"
    PARTNERS = "partners"
    JOB_SEEKERS = "job_seekers"
    STUDENTS = "students"
    PEERS = "peers"
    DEVELOPERS = "developers"
    INVESTORS = "investors"
    JOURNALISTS = "journalists"
    PUBLIC_SECTOR = "public_sector"
    LOCAL_COMMUNITY = "local_community"
    FRIENDS_AND_FAMILY = "friends_and_family"


class InterestKind(StrEnum):
    """What a person wants content to help them with."""

    PROFESSIONAL = "professional"
    PERSONAL = "personal"


class Interests(VersionedModel, table=True):
    """What a person wants to speak about, and to whom. Theirs alone to read, over all programs.

    Not sealed, as preferences are not: members of closed lists, which the ranking of offers reads with every look.
    """

    __tablename__ = "interests"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "employee_id"),
        tenant_key("employee_id", "employees"),
    )

    employee_id: UUID
    #: ``{"topic": slug, "kind": InterestKind}`` each.
    goals: list[dict[str, str]] = Json(list)
    audience: list[str] = Json(list)


class ItemFeedback(TenantModel, table=True):
    """What people together think of an item, as last counted.

    Counted anew only when enough answers have changed, so that no two counts differ by what few people said.
    """

    __tablename__ = "item_feedback"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "item_id"),
        tenant_key("item_id", "content_items"),
    )

    item_id: UUID
    taken_at: datetime = Instant()
    #: ``{"good": n, "ok": n, "weak": n, "passed": n}`` per group with enough answers: ``all``, ``department:Sales``,
    #: ``country:IL``, ``goal:slug``. Who passes on it as not relevant without rating it counts as ``passed``.
    votes: dict[str, dict[str, int]] = Json()
    #: How many pass on it, per reason; ``none`` for no reason.
    reasons: dict[str, int] = Json()
    #: To how many it was offered, how many of them had named goals, and of those how many it matches none of.
    offered: int
    with_goals: int
    unmatched: int
