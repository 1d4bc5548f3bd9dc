"""Tables of shares: the decision, the consent, the publication with its state, its attempts and its evidence."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.core.kit.models import Choice, Instant, Json, TenantModel, VersionedModel, tenant_key
from services.core.kit.texts import Language


class ShareState(StrEnum):
    """Where a person's decision stands; what happens on a network is the publication's state."""

    DRAFT = "draft"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class Share(VersionedModel, table=True):
    """One person's own wording of one item. The text is sealed with their key."""

    __tablename__ = "shares"
    __table_args__ = (
        tenant_key("employee_id", "employees"),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
        tenant_key("offer_id", "offers"),
        tenant_key("link_id", "tracked_links"),
    )

    employee_id: UUID
    program_id: UUID
    item_id: UUID
    offer_id: UUID
    link_id: UUID
    network: str
    language: Language = Choice(Language)
    state: ShareState = Choice(ShareState, ShareState.DRAFT)
    sealed_text: bytes
    #: How far the text is from the offered variant: 0 the same, 1 nothing in common.
    edited_ratio: float = 0.0
    #: Whether the post shows the item's files; the person may leave them out.
    with_media: bool = True
    #: The person's own first comment, sealed; empty = none, None = the proposed one.
    sealed_comment: bytes | None = None


class Consent(TenantModel, table=True):
    """A person's yes to exactly these bytes, through this account, at this time. Never changed; withdrawn at most."""

    __tablename__ = "consents"
    __table_args__ = (
        tenant_key("share_id", "shares"),
        tenant_key("employee_id", "employees"),
        tenant_key("policy_version_id", "policy_versions"),
    )

    share_id: UUID
    employee_id: UUID
    purpose: str
    network: str
    #: SHA-256 of the canonical bytes in ``sealed_content``.
    content_hash: bytes
    sealed_content: bytes
    policy_version_id: UUID | None = None
    withdrawn_at: datetime | None = Instant(nullable=True)
    #: What ended it: ``cancelled``, ``edited`` or ``moved``; an edit or a move is a new consent.
    ended_by: str | None = None


class PublicationState(StrEnum):
    """The states of one post on one network; ``rules.py`` has the table of moves."""

    APPROVED = "approved"
    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    SENDING = "sending"
    PUBLISHED = "published"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_PUBLISHED = "not_published"
    UNKNOWN_CLOSED = "unknown_closed"
    WAITING = "waiting"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"


class Publication(VersionedModel, table=True):
    """One post of one person on one network: it goes out at most once, and its state is always known."""

    __tablename__ = "publications"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "share_id", "connection_id", "occurrence"),
        sa.Index(
            "publications_due", "due_at", postgresql_where=sa.text("state in ('scheduled', 'waiting')"),
        ),
        sa.Index("publications_held_by_id", "id", postgresql_where=sa.text("state = 'held'")),
        sa.Index(
            "publications_due_by_organization", "organization_id", "due_at",
            postgresql_where=sa.text("state in ('scheduled', 'waiting')"),
        ),
        sa.Index(
            "publications_leased", "lease_until", postgresql_where=sa.text("state in ('claimed', 'sending')"),
        ),
        sa.Index(
            "publications_to_look_up", "look_up_at",
            postgresql_where=sa.text("look_up_at is not null"),
        ),
        sa.Index("publications_unknown", "unknown_at", postgresql_where=sa.text("state = 'unknown'")),
        sa.Index("publications_fingerprint", "organization_id", "connection_id", "fingerprint"),
        sa.Index("publications_of_an_item", "organization_id", "item_id", "network", "scheduled_at"),
        sa.Index("publications_of_a_person", "organization_id", "employee_id", "scheduled_at"),
        sa.Index(
            "publications_held", "organization_id", "program_id", postgresql_where=sa.text("state = 'held'"),
        ),
        tenant_key("share_id", "shares"),
        tenant_key("consent_id", "consents"),
        tenant_key("connection_id", "connections"),
        tenant_key("employee_id", "employees"),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
        tenant_key("replaces_id", "publications"),
    )  # fmt: skip

    share_id: UUID
    consent_id: UUID
    connection_id: UUID
    employee_id: UUID
    program_id: UUID
    item_id: UUID
    connector: str
    network: str
    #: 1 for the first post of a share through a connection; a resend by the person is the next.
    occurrence: int = 1
    replaces_id: UUID | None = None
    state: PublicationState = Choice(PublicationState)
    content_hash: bytes
    #: Keyed hash of text and destination: the same content through the same account within a day is a mistake.
    fingerprint: bytes

    #: Keyed hash of the words without case, spaces, links and emoji: the same for texts that read the same.
    words_hash: bytes | None = None

    #: The time the person agreed to: wall time and IANA zone as they meant it, and the instant that follows.
    scheduled_local: str
    time_zone: str
    scheduled_at: datetime = Instant()
    #: Release of the zone data that ``scheduled_at`` was computed with.
    zone_data: str | None = None
    #: When it is looked at next: the agreed time, or later while waiting.
    due_at: datetime = Instant()

    #: Who holds it (claimed, sending), until when, and the token that makes an older holder's writes fail.
    lease_until: datetime | None = Instant(nullable=True)
    fence: int = 0

    external_id: str | None = None
    permalink: str | None = None
    published_at: datetime | None = Instant(nullable=True)
    unknown_at: datetime | None = Instant(nullable=True)
    #: When the vendor is asked next whether it is there, and how often it was not.
    look_up_at: datetime | None = Instant(nullable=True)
    look_ups: int = 0
    #: Stable code of why it is held, waiting, rejected, missed or cancelled.
    reason: str | None = None
    #: The vendor's own words, for the person and for support.
    vendor_message: str | None = None
    retries: int = 0
    #: Keys of the rules that an editor has read this very text for; other words are read anew.
    reviewed_rules: list[str] | None = Json(lambda: None, nullable=True)


class AttemptState(StrEnum):
    """What became of one armed attempt."""

    OPEN = "open"
    PUBLISHED = "published"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Attempt(TenantModel, table=True):
    """One armed try of the visible step. At most one is open per publication, and per connection."""

    __tablename__ = "attempts"
    __table_args__ = (
        sa.Index(
            "attempts_one_open_per_publication", "organization_id", "publication_id", unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index(
            "attempts_one_open_per_connection", "organization_id", "connection_id", unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
        tenant_key("publication_id", "publications"),
        tenant_key("connection_id", "connections"),
    )  # fmt: skip

    publication_id: UUID
    connection_id: UUID
    fence: int
    request_hash: bytes
    state: AttemptState = Choice(AttemptState)
    armed_at: datetime = Instant()
    finished_at: datetime | None = Instant(nullable=True)
    outcome: str | None = None


class MediaUpload(TenantModel, table=True):
    """A file of a planned post as it lies with the vendor, where nobody sees it. Sending it again is harmless."""

    __tablename__ = "media_uploads"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "publication_id", "connection_id", "sha256"),
        tenant_key("publication_id", "publications"),
        tenant_key("connection_id", "connections"),
    )

    publication_id: UUID
    connection_id: UUID
    sha256: str
    external_id: str
    #: False: the vendor still works on it.
    is_ready: bool = False


class CommentState(StrEnum):
    """What became of a first comment; the post itself is never touched by it."""

    PLANNED = "planned"
    SENDING = "sending"
    PUBLISHED = "published"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    MISSED = "missed"
    CANCELLED = "cancelled"


class FirstComment(VersionedModel, table=True):
    """The person's own comment under their post, sent at most once after the post is out. Its words: the consent's."""

    __tablename__ = "first_comments"
    __table_args__ = (
        sa.UniqueConstraint("organization_id", "publication_id"),
        sa.Index("first_comments_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        tenant_key("publication_id", "publications"),
    )

    publication_id: UUID
    state: CommentState = Choice(CommentState, CommentState.PLANNED)
    #: When it is looked at next; None: nothing more happens.
    due_at: datetime | None = Instant(nullable=True)
    armed_at: datetime | None = Instant(nullable=True)
    external_id: str | None = None
    #: Stable code of why it is not there, and the vendor's words.
    reason: str | None = None
    vendor_message: str | None = None
    tries: int = 0


class DeletionState(StrEnum):
    """What became of a person's word that their post shall be deleted on the network."""

    WANTED = "wanted"
    SENDING = "sending"
    DELETED = "deleted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_DELETED = "not_deleted"


class PostDeletion(VersionedModel, table=True):
    """A person's word that their published post shall go, written down before the network is asked."""

    __tablename__ = "post_deletions"
    __table_args__ = (
        sa.Index("post_deletions_of_a_post", "organization_id", "publication_id", "id"),
        # One call about a post at a time.
        sa.Index(
            "post_deletions_one_open", "organization_id", "publication_id", unique=True,
            postgresql_where=sa.text("state in ('wanted', 'sending')"),
        ),
        sa.Index("post_deletions_due", "due_at", postgresql_where=sa.text("due_at is not null")),
        tenant_key("publication_id", "publications"),
        tenant_key("employee_id", "employees"),
    )  # fmt: skip

    publication_id: UUID
    #: Who said it: the author, and nobody else.
    employee_id: UUID
    #: The network's id of the post, as it was when they said it.
    external_id: str
    state: DeletionState = Choice(DeletionState, DeletionState.WANTED)
    #: Calls that were armed.
    tries: int = 0
    #: When it is worked on next: sent, settled, looked for; None: nothing more happens by itself.
    due_at: datetime | None = Instant(nullable=True)
    armed_at: datetime | None = Instant(nullable=True)
    unknown_at: datetime | None = Instant(nullable=True)
    #: Looks since then, and how many in a row did not find it, since when.
    look_ups: int = 0
    misses: int = 0
    first_miss_at: datetime | None = Instant(nullable=True)
    #: Stable code of why it stands so, and the network's words.
    reason: str | None = None
    vendor_message: str | None = None
    finished_at: datetime | None = Instant(nullable=True)


class EvidenceKind(StrEnum):
    """What we know about a publication's outcome comes from one of these."""

    VENDOR_ANSWER = "vendor_answer"
    LATE_ANSWER = "late_answer"
    LEASE_RAN_OUT = "lease_ran_out"
    PERSONS_WORD = "persons_word"
    DUPLICATE_HINT = "duplicate_hint"
    LINK_FOLLOWED = "link_followed"
    #: The vendor was asked, and has it or does not have it (yet).
    FOUND_AT_VENDOR = "found_at_vendor"
    NOT_FOUND_AT_VENDOR = "not_found_at_vendor"
    #: The vendor told us by itself.
    VENDOR_NOTICE = "vendor_notice"
    #: The network fetched the preview of this very link: a hint that it is out, no proof.
    PREVIEW_FETCHED = "preview_fetched"
    #: A rule or an embargo stood against it when the queue was looked at anew.
    RULE_FOUND = "rule_found"
    #: The database was brought back from a backup, so that what happened since is not known.
    BACKUP_RESTORED = "backup_restored"


class Evidence(TenantModel, table=True):
    """One fact about what happened on the network. Only added to."""

    __tablename__ = "publication_evidence"
    __table_args__ = (
        sa.Index("publication_evidence_of_one", "organization_id", "publication_id", "created_at"),
        tenant_key("publication_id", "publications"),
    )

    publication_id: UUID
    kind: EvidenceKind = Choice(EvidenceKind)
    detail: dict[str, Any] = Json()


class StopScope(StrEnum):
    """How far a stop reaches."""

    ORGANIZATION = "organization"
    PROGRAM = "program"
    ITEM = "item"
    NETWORK = "network"


class Stop(VersionedModel, table=True):
    """Somebody stopped all publishing in a scope; nothing is armed there until it is released."""

    __tablename__ = "stops"
    __table_args__ = (
        sa.Index("stops_open", "organization_id", "scope", postgresql_where=sa.text("released_at is null")),
        tenant_key("program_id", "programs"),
        tenant_key("item_id", "content_items"),
    )

    scope: StopScope = Choice(StopScope)
    program_id: UUID | None = None
    item_id: UUID | None = None
    network: str | None = None
    reason: str
    #: Name of the key that stopped and of the one that released, as in the audit.
    stopped_by: str
    released_by: str | None = None
    released_at: datetime | None = Instant(nullable=True)


#: States in which a publication will not move by itself any more.
FINAL_STATES = frozenset(
    {
        PublicationState.PUBLISHED,
        PublicationState.REJECTED,
        PublicationState.NOT_PUBLISHED,
        PublicationState.UNKNOWN_CLOSED,
        PublicationState.MISSED,
        PublicationState.CANCELLED,
    }
)
