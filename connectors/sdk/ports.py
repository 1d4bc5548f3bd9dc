"""What a connector offers, one small port per capability; a connector implements those that its manifest declares.

Every operation gets all it needs in its `Context` and keeps nothing afterwards, so one instance serves everybody. No
operation sleeps, retries or follows a redirect by itself. All raise only the errors of `connectors.sdk.errors`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol, TypeVar, cast, runtime_checkable

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    Context,
    Credentials,
    Metric,
    MetricReading,
    Published,
    PublishRequest,
    ShareLink,
    VendorNotice,
)


@runtime_checkable
class Connector(Protocol):
    """What an entry point of the group `advocacy.connectors` must name."""

    @property
    def manifest(self) -> Manifest: ...


@runtime_checkable
class AuthorizesMembers(Protocol):
    """Capability AUTHORIZE: a person connects their own account."""

    def authorization_url(self, ctx: Context, *, state: str, redirect_uri: str, scopes: Collection[str] = ()) -> str:
        """Where to send the person's browser; without scopes, those of the settings. Makes no call."""
        ...

    async def exchange_code(self, ctx: Context, *, code: str, redirect_uri: str) -> Credentials:
        """Turns the code of the redirect into credentials; ReauthRequired when the code is used, unknown or old."""
        ...

    async def get_account(self, ctx: Context) -> Account:
        """Whose account the credentials of the context belong to."""
        ...


@runtime_checkable
class RefreshesCredentials(Protocol):
    """Capability REFRESH_CREDENTIALS: new credentials without the person."""

    async def refresh_credentials(self, ctx: Context) -> Credentials:
        """New credentials, complete: an answer without a refresh token keeps the one that was given.

        Raises ReauthRequired when there is no refresh token or the vendor no longer takes it.
        """
        ...


@runtime_checkable
class RevokesCredentials(Protocol):
    """Capability REVOKE_CREDENTIALS: the vendor forgets what it granted, because its person left or said so."""

    async def revoke_credentials(self, ctx: Context) -> None:
        """Returns when access and refresh token of the context open nothing any more, also when they did not before.

        Safe to repeat.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """Capability CHECK: do settings and credentials work, without changing anything."""

    async def check(self, ctx: Context) -> None:
        """Returns when they work; raises the error that says who must act otherwise."""
        ...


@runtime_checkable
class PublishesAsMember(Protocol):
    """Capability PUBLISH_AS_MEMBER: the one visible step, made exactly once per call."""

    async def publish_as_member(self, ctx: Context, *, request: PublishRequest) -> Published:
        """Publishes what the person approved.

        VendorUnavailable and RateLimited promise that nothing went out; OutcomeUnknown says that nobody can know.
        """
        ...


@runtime_checkable
class DeletesPosts(Protocol):
    """Capability DELETE_POST: take a post back."""

    async def delete_post(self, ctx: Context, *, external_id: str) -> None:
        """Returns when the post is gone, also when it was gone before; safe to repeat."""
        ...


@runtime_checkable
class FindsPosts(Protocol):
    """Capability FIND_POST: settle an unknown outcome by looking."""

    async def find_post(self, ctx: Context, *, request: PublishRequest) -> Published | None:
        """The post that this very request made, or None when it is not to be seen (yet)."""
        ...


@runtime_checkable
class ReadsMetrics(Protocol):
    """Capability READ_METRICS: numbers of one post."""

    async def read_metrics(self, ctx: Context, *, external_id: str, metrics: Collection[Metric]) -> MetricReading:
        """One entry per asked metric, in `values` or in `missing`."""
        ...


@runtime_checkable
class SharesLinks(Protocol):
    """Capability SHARE_LINK: the person posts by hand; no call is made."""

    def share_link(self, ctx: Context, *, text: str, url: str) -> ShareLink:
        """Where to click and what to do there."""
        ...


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """Capability RECEIVE_WEBHOOK: the vendor tells us by itself; no call is made."""

    async def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """What a notification says, verified on the raw bytes before anything is read from them.

        Raises WebhookRefused for one that is forged, altered, or more than five minutes old or ahead;
        ConfigurationInvalid when the secret to verify with is missing.
        """
        ...


PortT = TypeVar("PortT")


def port(connector: Connector, capability: Capability, port_type: Callable[..., PortT]) -> PortT:
    """Gives the connector as the port of a capability, so that no call is made for what is not declared.

    Raises CapabilityMissing when the manifest does not declare it, TypeError when a declared one is not implemented
    (a broken connector, caught by its conformance test).
    """
    connector.manifest.require(capability)
    if not isinstance(port_type, type):
        raise TypeError(f"{port_type!r} is not a port")
    if not isinstance(connector, port_type):
        raise TypeError(f"{connector.manifest.slug} declares {capability} but does not implement {port_type.__name__}")
    return cast(PortT, connector)
