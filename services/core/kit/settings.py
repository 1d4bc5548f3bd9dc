"""Settings: every one an environment variable ``ADVOCACY_*``, read once at start and refused in one line if wrong."""

from __future__ import annotations

import base64
import binascii
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "ADVOCACY_"


class SettingsError(Exception):
    """A setting is missing or wrong; the message is the one line an operator reads."""


class Settings(BaseSettings):
    """What an installation can be told. Names are those of the environment, without the prefix and in lower case."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore", frozen=True)

    #: Where the data is: a PostgreSQL 15 or newer. ``advocacy run`` sets it to the embedded server when it is empty.
    database_url: str = Field(description="PostgreSQL 15 or newer; empty = the embedded server (`advocacy run`)")
    #: Opens sealed values: ``<key id>:<base64 of 32 random bytes>``; several, separated by commas, the first one seals.
    master_key: SecretStr = Field(description="`<id>:<base64 of 32 bytes>`, comma-separated; the first one seals")
    #: Keys the hashes of API keys and one-time tokens; 32 characters at least.
    key_pepper: SecretStr = Field(min_length=32, description="keys the hashes of API keys; at least 32 characters")
    #: May create organizations; 32 characters at least.
    operator_key: SecretStr = Field(min_length=32, description="may create organizations; at least 32 characters")
    #: Where people and vendors reach the API: goes into links, redirects and mails.
    public_url: str = Field(default="http://127.0.0.1:8000", description="the address in links, redirects and mails")
    #: Files that are not in the database: the outbox of mails when no mail server is set.
    data_dir: Path = Field(default=Path(".data"), description="the outbox of mails, the embedded database")

    #: Where the head of each audit chain is written down daily; another disk or machine at best, so that who changes
    #: the database cannot change it too. Empty: ``<data_dir>/audit-heads``.
    audit_heads_dir: Path | None = Field(
        default=None, description="where heads of the audit chains are kept; empty = `<data_dir>/audit-heads`"
    )

    #: Where HR systems drop files of people, one folder in it for each organization, named by its id. Empty: nowhere.
    directory_drop_dir: Path | None = Field(
        default=None, description="where files of people are dropped, in a folder named by the organization's id"
    )

    #: ``smtp://user:password@host:587`` or ``smtps://…:465``. Empty: mails are files in ``<data_dir>/outbox``.
    smtp_url: SecretStr | None = Field(default=None, description="mail server; empty = files in `<data_dir>/outbox`")
    #: The sender of our mails.
    mail_from: str = Field(default="Advocacy <advocacy@localhost>", description="the sender of our mails")

    #: Origins of frontends that may call the API from a browser.
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="origins of browser frontends, comma-separated"
    )
    #: Proxies whose ``X-Forwarded-For`` and ``-Proto`` we believe.
    forwarded_allow_ips: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="proxies whose X-Forwarded-* we believe, comma-separated"
    )
    #: Interactive documentation at ``/docs``.
    docs_enabled: bool = Field(default=True, description="serve `/docs` and `/openapi.json`")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")
    log_format: Literal["json", "console"] = Field(default="json", description="`json` or `console`")

    #: Connections per process, for transactions and for the fast reads each.
    database_pool_size: int = Field(default=8, ge=1, le=100, description="database connections per process and kind")

    #: A claimed or sending publication belongs to its worker for so long.
    publish_lease_seconds: float = Field(default=60, gt=0, le=600, description="how long a claim is held")
    #: The one overall limit of the visible call.
    publish_deadline_seconds: float = Field(default=30, gt=0, le=300, description="overall limit of the visible call")
    #: The visible call starts within this time after arming, or not at all.
    publish_start_seconds: float = Field(default=5, gt=0, le=5, description="arming to sending, at the most")
    #: Later than this after the agreed time a post is ``missed``, never silently late.
    publish_grace_seconds: float = Field(default=3600, gt=0, description="how late a post may still go out")
    #: How many due publications of one organization are claimed at once.
    publish_batch: int = Field(default=50, ge=1, le=500, description="publications claimed at once")
    #: How many publications one worker has on their way at a time.
    publish_at_once: int = Field(default=200, ge=1, le=1000, description="publications on their way per worker")
    #: How often each worker looks for due posts when it knows of none.
    scan_seconds: float = Field(default=1, gt=0, le=60, description="how often each worker looks for due posts")
    #: So many failures of a vendor within ``breaker_seconds`` open its breaker for as long.
    breaker_failures: int = Field(default=5, ge=1, description="failures of a vendor that open its breaker")
    breaker_seconds: float = Field(default=60, gt=0, description="how long failures count, and a breaker is open")
    #: How often dead leases are swept.
    sweep_seconds: int = Field(default=15, ge=1, le=59, description="how often dead leases are swept")
    #: An outcome that nobody could settle is closed after this.
    unknown_close_hours: float = Field(default=72, gt=0, description="when an unsettled unknown outcome is closed")
    #: A hand-over without a word or a click is ``missed`` after this.
    handover_close_hours: float = Field(default=168, gt=0, description="when an unproven hand-over is missed")
    #: A token must live at least this long to be used for a post.
    token_min_seconds: float = Field(default=300, ge=0, description="least life of a token used for a post")

    #: Clicks so soon after a post went out are suspected to be machines.
    click_quiet_seconds: float = Field(default=10, ge=0, description="early clicks counted as suspected machines")
    #: Ages of a post, in seconds, at which its numbers are read.
    metric_poll_seconds: Annotated[tuple[int, ...], NoDecode] = Field(
        default=(3_600, 21_600, 86_400, 259_200, 604_800, 1_209_600),
        description="ages of a post at which its numbers are read, comma-separated",
    )
    #: How much room the files of one organization may take.
    asset_quota_bytes: int = Field(default=2 * 1024**3, gt=0, description="room for the files of one organization")
    #: An employee who proposes something is promised an answer within so many days.
    proposal_answer_days: int = Field(default=7, ge=1, le=90, description="days within which a proposal is answered")
    #: How often a feed is fetched.
    feed_seconds: int = Field(default=1800, ge=1, description="how often a source feed is fetched")
    #: Exact ``host:port`` pairs that people and organizations may lead us to although they are not public, such as an
    #: intranet's feed; also without https. Addresses in ``ADVOCACY_CONNECTORS__…`` need no entry.
    outbound_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="`host:port` pairs that may be reached although they are not public, comma-separated"
    )
    #: Fewest people behind a number that others may see. Stricter is fine, looser is not.
    min_group_size: int = Field(default=5, ge=5, description="fewest people behind a number shown")

    #: Settings of connectors: ``ADVOCACY_CONNECTORS__LINKEDIN__CLIENT_ID=…``.
    connectors: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="`ADVOCACY_CONNECTORS__<SLUG>__<SETTING>`, as each connector's README says"
    )

    #: For fault tests only: the named step at which this process ends itself with SIGKILL.
    crash_point: str | None = Field(
        default=None, description="fault tests only: the step at which to die, `name` or `name:n` for its n-th pass"
    )

    @field_validator("cors_origins", "forwarded_allow_ips", "outbound_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("metric_poll_seconds", mode="before")
    @classmethod
    def _split_numbers(cls, value: object) -> object:
        return tuple(int(part) for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("give an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("give postgresql://user:password@host:5432/database")
        return value

    @field_validator("master_key")
    @classmethod
    def _is_master_key(cls, value: SecretStr) -> SecretStr:
        parse_master_keys(value.get_secret_value())
        return value

    @property
    def master_keys(self) -> dict[str, bytes]:
        """Key id to 32 bytes, the sealing one first."""
        return parse_master_keys(self.master_key.get_secret_value())


def parse_master_keys(text: str) -> dict[str, bytes]:
    """Read ``id:base64[,id:base64…]``; raise ValueError with what to do if it is not that."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != 32:
            raise ValueError("give <key id>:<base64 of 32 random bytes>, for example from: openssl rand -base64 32")
        keys[key_id] = key
    return keys


def load_settings() -> Settings:
    """Read the environment; raise SettingsError with one line that names each wrong variable and what to do."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    strange = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "CONNECTORS__")
    )
    if strange:
        raise SettingsError(f"unknown setting {', '.join(strange)}: see the list of settings in README.md")
    try:
        return Settings()
    except ValidationError as wrong:
        problems = "; ".join(_explain(error["loc"], error["type"], error["msg"]) for error in wrong.errors())
        raise SettingsError(problems) from None


def _explain(location: tuple[int | str, ...], kind: str, message: str) -> str:
    name = PREFIX + "__".join(str(part) for part in location).upper()
    return f"{name} is not set" if kind == "missing" else f"{name}: {message.removeprefix('Value error, ')}"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read at the first call."""
    return load_settings()
