"""The plain values that pass between our services and a connector."""

import copy
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What the person approved, exactly as people shall see it."""

    text: str
    author: Account
    #: Ours; sent to the vendor where it has such a thing, else only written into our own records.
    idempotency_key: str
    link: LinkCard | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """Proof that the post exists: the vendor's id, and where people find it."""

    external_id: str
    permalink: str | None
    #: The vendor's answer, as far as it is safe to keep.
    raw: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class Metric(StrEnum):
    """A number about one post."""

    IMPRESSIONS = "impressions"
    REACH = "reach"
    REACTIONS = "reactions"
    COMMENTS = "comments"
    RESHARES = "reshares"
    CLICKS = "clicks"
    SAVES = "saves"
    VIDEO_PLAYS = "video_plays"


class MissingReason(StrEnum):
    """Why a number is not there; a missing number is never written as 0."""

    SCOPE_MISSING = "scope_missing"
    NO_DATA = "no_data"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class MetricReading:
    """Numbers of one post at one moment: each asked metric is either in `values` or, with a reason, in `missing`."""

    values: Mapping[Metric, int]
    missing: Mapping[Metric, str]

    def __post_init__(self) -> None:
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


class NoticeKind(StrEnum):
    """What a vendor tells us by itself. What we do not know becomes `unknown`, never a crash."""

    POST_CREATED = "post_created"
    POST_DELETED = "post_deleted"
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
