"""The declaration of a connector: who, how to connect, what it can do, and what was verified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import CapabilityMissing, ConfigurationInvalid
from connectors.sdk.models import Context

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
    #: Whether the vendor's web flow takes PKCE (S256).
    pkce: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", MappingProxyType(dict(self.scopes)))


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


class BudgetScope(StrEnum):
    """Whose calls a budget counts."""

    ACCOUNT = "account"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls the vendor allows in a UTC day; we stop before the vendor has to."""

    name: str
    scope: BudgetScope
    calls: int


@dataclass(frozen=True, slots=True)
class SettingField:
    """One value that an administrator or the operator gives; handed over in `Context.settings` under `name`."""

    name: str
    title: str
    default: str | None = None
    #: Sealed when stored and never shown again.
    secret: bool = False
    required: bool = False


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
    auth: OAuth2Code | NoAuth
    capabilities: frozenset[Capability]
    verified: Verified
    #: Networks on which posts become visible.
    networks: tuple[str, ...] = ()
    settings: tuple[SettingField, ...] = ()
    #: Whether the vendor itself makes one post of one idempotency key, however often it is sent.
    publishes_once: bool = False
    advisory: Limits = field(default_factory=Limits)
    #: What the vendor allows us in a day; spent before each visible step, and never exceeded.
    budgets: tuple[Budget, ...] = ()
    #: Languages of the vendor's own pages that the person meets, as BCP 47 tags.
    languages: tuple[str, ...] = ("en",)
    licence: LicenceModel = LicenceModel.NONE
    setup_effort: SetupEffort = SetupEffort.NONE
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
        if isinstance(self.auth, NoAuth):
            if self.capabilities & {
                Capability.AUTHORIZE,
                Capability.REFRESH_CREDENTIALS,
                Capability.REVOKE_CREDENTIALS,
            }:
                raise ValueError(f"{self.slug}: there is nothing to authorize without OAuth2Code")
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
