"""The plain values that pass between our services and a connector."""

import copy
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx2

from connectors.sdk.errors import ReauthRequired


class Secret:
    """Keeps a token or password out of logs: only `reveal()` gives the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError("a Secret holds a str")
        self._value = value

    def reveal(self) -> str:
        """The value itself; call it only where it is put on the wire or sealed."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(**********)"

    def __str__(self) -> str:
        return "**********"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret is not pickled; seal it instead")


def _aware(value: datetime | None, name: str) -> None:
    if value is not None and value.tzinfo is None:
        raise ValueError(f"{name} needs a time zone")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What lets us act for one connected account; sealed by the caller with `to_bytes()`."""

    access_token: Secret
    refresh_token: Secret | None = None
    #: When the access token ends (aware, UTC); None when the vendor does not say.
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    #: The scopes that the vendor says it granted, which may be fewer than we asked for.
    scopes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _aware(self.expires_at, "expires_at")
        _aware(self.refresh_expires_at, "refresh_expires_at")

    def to_bytes(self) -> bytes:
        """JSON with the secrets in clear, to be sealed at once and never logged."""
        return json.dumps(
            {
                "v": 1,
                "access_token": self.access_token.reveal(),
                "refresh_token": self.refresh_token.reveal() if self.refresh_token else None,
                "expires_at": _to_text(self.expires_at),
                "refresh_expires_at": _to_text(self.refresh_expires_at),
                "scopes": sorted(self.scopes),
            },
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Credentials":
        """The inverse of `to_bytes()`; raises ValueError (without the content) for anything else."""
        try:
            raw = json.loads(data)
            if raw["v"] != 1:
                raise ValueError("unknown version")
            refresh = raw["refresh_token"]
            return cls(
                access_token=Secret(raw["access_token"]),
                refresh_token=Secret(refresh) if refresh else None,
                expires_at=_from_text(raw["expires_at"]),
                refresh_expires_at=_from_text(raw["refresh_expires_at"]),
                scopes=frozenset(str(scope) for scope in raw["scopes"]),
            )
        except (ValueError, KeyError, TypeError):
            # Not chained: the parser's error holds the document, and so the tokens.
            raise ValueError("these bytes are not sealed credentials of this version") from None


def _to_text(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None


def _from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is at the vendor, shown to the person for confirmation."""

    #: The vendor's id of the person, in the vendor's own form (for LinkedIn a URN).
    external_id: str
    display_name: str
    profile_url: str | None = None


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A link with the words of its preview card; raises ValueError unless the address is absolute http(s)."""

    url: str
    title: str
    description: str | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("a link card needs an absolute http or https address")
        if parts.username or parts.password:
            raise ValueError("a link card's address must not hold credentials")


class MediaKind(StrEnum):
    """What a file is shown as."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Media:
    """A checked file of ours. An image cannot be without the words for those who do not see it."""

    kind: MediaKind
    #: Such as `image/png`.
    content_type: str
    data: bytes = field(repr=False)
    filename: str
    alt_text: str | None = None
    #: Shown with a document or a video.
    title: str | None = None
    #: As it lies with the vendor already: the `StillProcessing` of an earlier push named it, and it is only looked at.
    external_id: str | None = None

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError("a file without content")
        if self.kind is MediaKind.IMAGE and not (self.alt_text or "").strip():
            raise ValueError("an image needs an alternative text")


@dataclass(frozen=True, slots=True)
class UploadedMedia:
    """A file that lies with the vendor and is seen by nobody yet."""

    external_id: str
    kind: MediaKind
    alt_text: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What the person approved, exactly as people shall see it."""

    text: str
    author: Account
    #: Ours; sent to the vendor where it has such a thing, else only written into our own records.
    idempotency_key: str
    link: LinkCard | None = None
    #: In the order in which people see them. Which combinations there are, the manifest says.
    media: tuple[UploadedMedia, ...] = ()
    #: The post of the vendor that this one passes on.
    reshare_of: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """Proof that the post exists: the vendor's id, and where people find it."""

    external_id: str
    permalink: str | None
    #: The vendor's answer, as far as it is safe to keep.
    raw: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class Metric(StrEnum):
    """A number about one post, or about one item that lies in a platform."""

    IMPRESSIONS = "impressions"
    REACH = "reach"
    REACTIONS = "reactions"
    COMMENTS = "comments"
    RESHARES = "reshares"
    CLICKS = "clicks"
    SAVES = "saves"
    VIDEO_PLAYS = "video_plays"
    #: How often people saw an item inside the platform.
    VIEWS = "views"
    #: How often people shared an item out of the platform, and how many people did.
    SHARES = "shares"
    SHARERS = "sharers"
    CONVERSIONS = "conversions"


class MissingReason(StrEnum):
    """Why a number is not there; a missing number is never written as 0."""

    SCOPE_MISSING = "scope_missing"
    NO_DATA = "no_data"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class MetricReading:
    """Numbers of one post or item at one moment: each asked metric is in `values` or, with a reason, in `missing`."""

    values: Mapping[Metric, int]
    missing: Mapping[Metric, str]
    #: Networks on which they were counted; empty where the vendor counts on all it knows.
    covers: tuple[str, ...] = ()
    #: The moment (aware) up to which the vendor says it has counted; None when it does not say.
    counted_until: datetime | None = None

    def __post_init__(self) -> None:
        _aware(self.counted_until, "counted_until")
        if both := self.values.keys() & self.missing.keys():
            raise ValueError(f"metrics both present and missing: {sorted(both)}")
        if any(value < 0 for value in self.values.values()):
            raise ValueError("a count can't be negative")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "missing", MappingProxyType(dict(self.missing)))


@dataclass(frozen=True, slots=True)
class ShareLink:
    """An address where the person posts by hand, with the words that tell how ("en" and "he" at least)."""

    url: str
    instructions: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "instructions", MappingProxyType(copy.copy(dict(self.instructions))))


@dataclass(frozen=True, slots=True)
class FeedReading:
    """A number for each day of a span, or the reason why a day has none; a gap is never 0."""

    values: Mapping[date, int]
    missing: Mapping[date, str]

    def __post_init__(self) -> None:
        if both := self.values.keys() & self.missing.keys():
            raise ValueError(f"days both present and missing: {sorted(both)}")
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))
        object.__setattr__(self, "missing", MappingProxyType(dict(self.missing)))


@dataclass(frozen=True, slots=True)
class Destination:
    """A place inside a platform that content can be put into, or that people belong to."""

    external_id: str
    title: str
    #: The vendor's own word, in small letters: `board`, `topic`, `group`, `profile`.
    kind: str
    #: The destination that it belongs to.
    parent_id: str | None = None
    takes_content: bool = True
    takes_people: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words for one network in one language that a person may start from."""

    network: str
    #: BCP 47, such as `he`.
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class PlatformContent:
    """An approved item on its way into a platform, where people read it and share it in their own words."""

    #: Ours: names this item in this destination for ever, to find it again after a lost answer.
    key: str
    title: str
    why_share: str
    #: The tracked link.
    url: str
    suggestions: tuple[Suggestion, ...]
    #: The destination into which it goes.
    destination_id: str
    #: Further destinations of the kind that sorts content (topics), by their ids.
    topic_ids: tuple[str, ...] = ()
    #: From when people see it; None: now.
    publish_at: datetime | None = None
    expires_at: datetime | None = None
    #: Words that every share of it has to carry.
    disclosure: str | None = None
    media: tuple[Media, ...] = ()

    def __post_init__(self) -> None:
        _aware(self.publish_at, "publish_at")
        _aware(self.expires_at, "expires_at")
        if not self.key or not self.suggestions:
            raise ValueError("content for a platform needs a key and at least one suggestion")


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of ours that a platform has no place for."""

    #: The field of ours: `why_share`, `suggestions.he`, `disclosure`, `media`, `expires_at` ...
    field: str
    #: What becomes of it: `dropped`, `shortened`, `merged` into another field, or `converted`.
    how: str
    #: Words for the administrator, in English.
    detail: str


@dataclass(frozen=True, slots=True)
class ContentPreview:
    """What people will find in the platform, by the vendor's own field names, and what gets lost on the way."""

    fields: Mapping[str, str]
    losses: tuple[Loss, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))


class ContentState(StrEnum):
    """How an item stands inside a platform."""

    LIVE = "live"
    SCHEDULED = "scheduled"
    #: People of the platform have to let it through.
    AWAITING_REVIEW = "awaiting_review"
    DRAFT = "draft"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Pushed:
    """Proof that an item lies in the platform."""

    external_id: str
    state: ContentState
    #: Where an administrator looks at it.
    url: str | None = None
    raw: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class AudiencePerson:
    """Somebody who shall be able to share from a platform: no more of them than a platform needs."""

    #: Ours, opaque; platforms that keep a reference of ours get this one.
    reference: str
    email: str
    given_name: str
    family_name: str
    #: BCP 47.
    language: str = "en"


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """Somebody as a platform knows them."""

    external_id: str
    email: str
    is_active: bool
    #: Our reference, where the platform kept it.
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """A part of a platform's people; without `next_cursor` it is the last one."""

    members: tuple[AudienceMember, ...]
    next_cursor: str | None = None


#: What we keep of an employee, and nothing else: no pay, birth date, gender, home address, national id or reason of an
#: absence.
DIRECTORY_FIELDS = frozenset(
    {
        "employee_number",
        "work_email",
        "login",
        "first_name",
        "last_name",
        "display_name",
        "title",
        "job_family",
        "job_level",
        "department",
        "division",
        "location",
        "country",
        "locale",
        "time_zone",
        "manager_ref",
        "employment_type",
        "started_on",
        "ended_on",
        "status",
    }
)


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """Somebody whom an HR system tells of; raises ValueError for a field that we do not keep."""

    #: The system's own id, as text.
    external_id: str
    #: By names of `DIRECTORY_FIELDS`. Dates are ISO 8601, `status` is pending, active, on_leave, suspended or left,
    #: `manager_ref` is the `external_id` of the manager. An empty text says that there is none; a field that is not
    #: here was not told.
    values: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if strange := self.values.keys() - DIRECTORY_FIELDS:
            raise ValueError(f"these fields are never kept: {sorted(strange)}")
        if not self.external_id:
            raise ValueError("a person without an id cannot be told from others")


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """A part of what an HR system tells."""

    people: tuple[DirectoryPerson, ...]
    #: Whether all pages together are everybody, so that who is absent has left.
    is_full: bool
    #: Ids of those whom the system has deleted, where it tells so.
    gone: tuple[str, ...] = ()
    #: On the last page, from where changes can be asked for next time; None where the system knows no changes.
    cursor: str | None = None
    #: Of `DIRECTORY_FIELDS`, on the last page: asked for, and shown of nobody.
    hidden_fields: frozenset[str] = frozenset()


class ReportSubject(StrEnum):
    """Whom a row of a report is about."""

    PERSON = "person"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """Numbers of one person or one item out of a file that an administrator downloaded."""

    subject: ReportSubject
    #: What the file calls them: an e-mail address or a name, an id or a title.
    key: str
    values: Mapping[Metric, int]
    #: The days that the numbers are about; None where the file does not say.
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that could not be read; the others were."""

    #: As an editor counts them, from 1.
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReportReading:
    """All that a report file says, and the lines that say nothing readable."""

    rows: tuple[ReportRow, ...]
    skipped: tuple[SkippedLine, ...] = ()


class NoticeKind(StrEnum):
    """What a vendor tells us by itself. What we do not know becomes `unknown`, never a crash."""

    POST_CREATED = "post_created"
    POST_DELETED = "post_deleted"
    #: The vendor gave up on a post that it had taken over.
    POST_FAILED = "post_failed"
    #: An item in a platform changed its state: look at it.
    CONTENT_CHANGED = "content_changed"
    #: The people of a platform changed: compare.
    AUDIENCE_CHANGED = "audience_changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VendorNotice:
    """One verified notification of a vendor, in our words; nothing personal."""

    #: The vendor's id of the notification: the same one again is dropped.
    event_id: str
    kind: NoticeKind
    #: The vendor's id of the post that it is about.
    external_id: str | None = None
    #: The key that we gave when we published, where the vendor repeats it.
    idempotency_key: str | None = None
    permalink: str | None = None
    happened_at: datetime | None = None
    #: False for a vendor that signs nothing: the notice is then only a hint to look.
    is_signed: bool = True
    #: Rises with each notice to one address, where the vendor numbers them: shows order and gaps.
    sequence: int | None = None

    def __post_init__(self) -> None:
        if not self.event_id:
            raise ValueError("a notice needs the vendor's id of it")
        _aware(self.happened_at, "happened_at")


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a connector needs for one call; it keeps nothing of it afterwards."""

    http: httpx2.AsyncClient = field(repr=False)
    #: Values of the manifest's setting fields, some of them secret.
    settings: Mapping[str, str] = field(repr=False)
    #: Gives the present moment, aware.
    clock: Callable[[], datetime] = field(repr=False)
    credentials: Credentials | None = None
    #: For a vendor that takes PKCE: the same one for the authorization address and for the code of its redirect.
    code_verifier: Secret | None = field(default=None, repr=False)
    #: How long one call to the vendor may take in all.
    deadline_seconds: float = 30.0

    def now(self) -> datetime:
        """The present moment in UTC; raises ValueError when the given clock has no time zone."""
        value = self.clock()
        _aware(value, "the clock's time")
        return value.astimezone(UTC)

    def require_credentials(self) -> Credentials:
        """The account's credentials; raises ReauthRequired when there are none."""
        if self.credentials is None or not self.credentials.access_token:
            raise ReauthRequired("no credentials were given for this call")
        return self.credentials
