"""The declaration of a connector: who, how to connect, what it can do, and what was verified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import CapabilityMissing, ConfigurationInvalid
from connectors.sdk.models import Context, MediaKind, ReportSubject

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ConnectorKind(StrEnum):
    """On which road of the distribution layer a connector stands."""

    NETWORK = "network"
    PLATFORM = "platform"
    DIRECTORY = "directory"


class VerifiedHow(StrEnum):
    """What our knowledge of the vendor was tried against."""

    REAL_API = "real_api"
    SIMULATOR = "simulator"
    DOCUMENTS = "documents"


class LicenceModel(StrEnum):
    """What the organization needs from the vendor before it can connect."""

    NONE = "none"
    FREE_APP = "free_app"
    REVIEWED_APP = "reviewed_app"
    PER_SEAT = "per_seat"
    CONTRACT = "contract"


class SetupEffort(StrEnum):
    """Roughly how long an administrator needs."""

    NONE = "none"
    MINUTES = "minutes"
    DAYS = "days"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class OAuth2Code:
    """People connect their account by the OAuth 2 authorization code flow."""

    #: What each capability needs to be granted.
    scopes: Mapping[Capability, tuple[str, ...]]
    #: Whether the vendor's web flow takes PKCE (S256); then `ctx.code_verifier` is given, and `pkce.challenge` helps.
    pkce: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", MappingProxyType(dict(self.scopes)))


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The organization's client id and secret, out of the settings, are changed into a token that ends."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """The organization's key, out of the settings, goes along with each call."""


@dataclass(frozen=True, slots=True)
class NoAuth:
    """There is no account to connect."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What authors are told beforehand; the vendor decides, we enforce nothing of it."""

    text_max_chars: int | None = None
    posts_per_day: int | None = None
    #: An equal text by the same person is refused by the vendor within this time.
    duplicate_window_hours: int | None = None


class TextUnit(StrEnum):
    """What a vendor counts when it limits a text."""

    CODE_POINTS = "code_points"
    #: As JavaScript and .NET count: an emoji is two or more.
    UTF16_UNITS = "utf16_units"
    UTF8_BYTES = "utf8_bytes"


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """What files of one kind a vendor takes."""

    kind: MediaKind
    content_types: tuple[str, ...]
    max_bytes: int
    #: How many of them one post can show.
    most_per_post: int = 1


class BudgetScope(StrEnum):
    """Whose calls a budget counts."""

    ACCOUNT = "account"
    APPLICATION = "application"


#: A budget's usual length: a day that begins at midnight in UTC.
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls the vendor allows in a period; we stop before the vendor has to.

    Periods are counted from midnight in UTC, so that their length divides a day.
    """

    name: str
    scope: BudgetScope
    calls: int
    seconds: int = DAY_SECONDS
    #: Which calls it counts; None: all.
    capabilities: frozenset[Capability] | None = None

    def __post_init__(self) -> None:
        if self.seconds < 1 or DAY_SECONDS % self.seconds:
            raise ValueError(f"budget {self.name}: the length of its period must divide a day")


@dataclass(frozen=True, slots=True)
class SettingField:
    """One value that an administrator or the operator gives; handed over in `Context.settings` under `name`."""

    name: str
    title: str
    default: str | None = None
    #: Sealed when stored and never shown again.
    secret: bool = False
    required: bool = False


class CostBasis(StrEnum):
    """What a bill grows with."""

    FREE = "free"
    PER_SEAT = "per_seat"
    PER_POST = "per_post"
    FLAT = "flat"


@dataclass(frozen=True, slots=True)
class CostModel:
    """How a vendor charges. Prices that are negotiated are entered by the organization, never guessed here."""

    basis: CostBasis
    #: A published price for one seat and month, one post, or one month; None where the vendor only quotes.
    amount: Decimal | None = None
    #: ISO 4217, with an amount.
    currency: str | None = None
    #: Where it says so.
    source: str | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("an amount needs a currency, and a currency an amount")


class Level(StrEnum):
    """A coarse judgement."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PersonData(StrEnum):
    """What an employer can see of one person's sharing inside the vendor's own product."""

    NOTHING = "nothing"
    COUNTS = "counts"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class FitFacts:
    """What is known of a vendor beyond its API, for the comparison; what is not known is None, and never guessed."""

    #: How many people programmes on it usually have.
    people_from: int | None = None
    people_to: int | None = None
    #: How well it takes several companies, countries and teams under one roof.
    structure: Level | None = None
    person_data: PersonData | None = None
    #: How easily an ambassador shares.
    ease: Level | None = None
    support: Level | None = None
    #: Why, and by which source, by field name, in English.
    because: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "because", MappingProxyType(dict(self.because)))


@dataclass(frozen=True, slots=True)
class GoalFeed:
    """A number about the organization that the vendor counts day by day."""

    #: Such as `page_followers`.
    name: str
    title: str
    #: `total` of all time as of a day, or what a day `added`.
    measures: str
    #: What `subject` is: words for the field in which an administrator enters it.
    subject_title: str

    def __post_init__(self) -> None:
        if self.measures not in {"total", "added"}:
            raise ValueError("a goal feed measures a total or what a day added")


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A file that an administrator can download from the vendor and give to us."""

    name: str
    title: str
    subject: ReportSubject
    #: Columns that it must have, as the vendor heads them.
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """How, when and by which source we know that the connector behaves as declared."""

    how: VerifiedHow
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Declares a connector; raises ValueError when the declaration contradicts itself."""

    #: The folder's name, the entry point's name and the slug in the API.
    slug: str
    title: str
    kind: ConnectorKind
    auth: OAuth2Code | ClientCredentials | ApiKey | NoAuth
    capabilities: frozenset[Capability]
    verified: Verified
    #: Networks on which posts become visible.
    networks: tuple[str, ...] = ()
    settings: tuple[SettingField, ...] = ()
    #: Whether the vendor itself makes one post of one idempotency key, however often it is sent.
    publishes_once: bool = False
    advisory: Limits = field(default_factory=Limits)
    #: What the vendor counts in `advisory.text_max_chars`.
    text_unit: TextUnit = TextUnit.CODE_POINTS
    #: Files that can be part of a post or of pushed content; a kind that is not here is refused before any call.
    media: tuple[MediaLimit, ...] = ()
    can_reshare: bool = False
    #: Whether a link has a place of its own beside the text. Without one the product puts it at the end of the text, so
    #: that people see, count and approve it there; ``PublishRequest.link`` is then None.
    has_link_cards: bool = True
    reports: tuple[ReportKind, ...] = ()
    goal_feeds: tuple[GoalFeed, ...] = ()
    #: What the vendor allows us in a day; spent before each visible step, and never exceeded.
    budgets: tuple[Budget, ...] = ()
    #: Languages of the vendor's own pages that the person meets, as BCP 47 tags.
    languages: tuple[str, ...] = ("en",)
    licence: LicenceModel = LicenceModel.NONE
    setup_effort: SetupEffort = SetupEffort.NONE
    cost: CostModel | None = None
    fit: FitFacts = field(default_factory=FitFacts)
    #: The first day on which the API version we ask for may be gone.
    api_version_sunset_on: date | None = None
    #: Pages worth showing to an administrator, by title.
    links: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "links", MappingProxyType(dict(self.links)))
        if not _SLUG.fullmatch(self.slug):
            raise ValueError(f"slug {self.slug!r} must be lower-case letters, digits and underscores")
        if not self.title:
            raise ValueError(f"{self.slug}: a title is needed")
        if not self.capabilities:
            raise ValueError(f"{self.slug}: a connector without capabilities is of no use")
        for title, link in {"verified.source": self.verified.source, **self.links}.items():
            parts = urlsplit(link)
            if parts.scheme != "https" or not parts.hostname:
                raise ValueError(f"{self.slug}: {title} must be an https address, not {link!r}")
        names = [setting.name for setting in self.settings]
        if len(names) != len(set(names)) or not all(_NAME.fullmatch(name) for name in names):
            raise ValueError(f"{self.slug}: setting names must be unique identifiers, got {names}")
        budgets = [budget.name for budget in self.budgets]
        if len(budgets) != len(set(budgets)) or not all(_NAME.fullmatch(name) for name in budgets):
            raise ValueError(f"{self.slug}: budget names must be unique identifiers, got {budgets}")
        if any(budget.calls < 1 for budget in self.budgets):
            raise ValueError(f"{self.slug}: a budget of no calls allows nothing; leave it out")
        for setting in self.settings:
            if setting.secret and setting.default is not None:
                raise ValueError(f"{self.slug}: secret setting {setting.name} must not have a default")
        self._check_auth()
        kinds = [limit.kind for limit in self.media]
        if len(kinds) != len(set(kinds)):
            raise ValueError(f"{self.slug}: one limit for each kind of file")
        if bool(self.reports) != (Capability.IMPORT_REPORT in self.capabilities):
            raise ValueError(f"{self.slug}: {Capability.IMPORT_REPORT} and kinds of reports need each other")
        if bool(self.goal_feeds) != (Capability.READ_GOAL_FEED in self.capabilities):
            raise ValueError(f"{self.slug}: {Capability.READ_GOAL_FEED} and goal feeds need each other")

    def _check_auth(self) -> None:
        is_client = isinstance(self.auth, ClientCredentials)
        if is_client != (Capability.AUTHENTICATE in self.capabilities):
            raise ValueError(f"{self.slug}: {Capability.AUTHENTICATE} and ClientCredentials need each other")
        if not isinstance(self.auth, OAuth2Code):
            person = {Capability.AUTHORIZE, Capability.REFRESH_CREDENTIALS, Capability.REVOKE_CREDENTIALS}
            if self.capabilities & (person - {Capability.REVOKE_CREDENTIALS} if is_client else person):
                raise ValueError(f"{self.slug}: there is nothing to authorize without OAuth2Code")
            if isinstance(self.auth, ApiKey | ClientCredentials) and not any(s.secret for s in self.settings):
                raise ValueError(f"{self.slug}: a key or client secret needs a secret setting")
        elif Capability.AUTHORIZE not in self.capabilities:
            raise ValueError(f"{self.slug}: OAuth2Code needs the capability {Capability.AUTHORIZE}")
        elif undeclared := self.auth.scopes.keys() - self.capabilities:
            raise ValueError(f"{self.slug}: scopes for undeclared capabilities {sorted(undeclared)}")

    def require(self, capability: Capability) -> None:
        """Raises CapabilityMissing unless the capability is declared."""
        if capability not in self.capabilities:
            raise CapabilityMissing(f"{self.slug} does not declare {capability}")

    def scopes_for(self, capability: Capability) -> tuple[str, ...]:
        """The scopes that this capability needs; empty when it needs none."""
        return self.auth.scopes.get(capability, ()) if isinstance(self.auth, OAuth2Code) else ()

    def media_limit(self, kind: MediaKind) -> MediaLimit | None:
        """What is taken of a kind of file; None: nothing."""
        return next((limit for limit in self.media if limit.kind is kind), None)

    def setting(self, ctx: Context, name: str) -> str:
        """The given value of a setting or its default; raises ConfigurationInvalid when there is neither."""
        declared = next((setting for setting in self.settings if setting.name == name), None)
        if declared is None:
            raise KeyError(f"{self.slug} declares no setting {name!r}")
        value = ctx.settings.get(name) or declared.default
        if value is None:
            raise ConfigurationInvalid(
                f"{self.slug}: setting {name} is not set",
                message=f"The setting “{declared.title}” of {self.title} is missing; an administrator must set it.",
            )
        return value

    def missing_settings(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Names of required settings that have neither a given value nor a default."""
        return tuple(s.name for s in self.settings if s.required and not (given.get(s.name) or s.default))
