"""What a connector offers, one small port per capability; a connector implements those that its manifest declares.

Every operation gets all it needs in its `Context` and keeps nothing afterwards, so one instance serves everybody. No
operation sleeps, retries or follows a redirect by itself. All raise only the errors of `connectors.sdk.errors`.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Protocol, TypeVar, cast, runtime_checkable

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    Context,
    Credentials,
    Destination,
    DirectoryPage,
    FeedReading,
    Media,
    Metric,
    MetricReading,
    PlatformContent,
    Published,
    PublishRequest,
    Pushed,
    ReportReading,
    ShareLink,
    UploadedMedia,
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
        """Where to send the person's browser; without scopes, those of the manifest. Makes no call."""
        ...

    async def exchange_code(self, ctx: Context, *, code: str, redirect_uri: str) -> Credentials:
        """Turns the code of the redirect into credentials; ReauthRequired when the code is used, unknown or old."""
        ...

    async def get_account(self, ctx: Context) -> Account:
        """Whose account the credentials of the context belong to."""
        ...


@runtime_checkable
class AuthenticatesOrganizations(Protocol):
    """Capability AUTHENTICATE: the organization's own key or client secret, out of the settings, opens the door."""

    async def authenticate(self, ctx: Context) -> Credentials:
        """Credentials for the organization; ConfigurationInvalid when the vendor does not take what is set.

        Safe to repeat. What the vendor sends on each call as it is (a plain key) needs no such step: such a connector
        reads it from `ctx.settings` and does not declare the capability.
        """
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
class UploadsMedia(Protocol):
    """Capability UPLOAD_MEDIA: bring a file to the vendor, where nobody sees it until a post shows it."""

    async def upload_media(
        self, ctx: Context, *, author: Account, media: Media, external_id: str | None = None
    ) -> UploadedMedia:
        """Returns when the vendor can show the file. While the vendor still works on it, StillProcessing names it as
        it lies there: given back as `external_id` at the next try, it is only looked at.

        Raises Rejected with code `media_not_accepted` for a kind, type or size that the vendor does not take, before
        any call where the manifest's `media` says so.
        """
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
class CommentsAsMember(Protocol):
    """Capability COMMENT_AS_MEMBER: the author's own first comment under their post, a second visible step."""

    async def comment_as_member(self, ctx: Context, *, external_id: str, author: Account, text: str) -> Published:
        """Writes the comment, once per call; the same promises as `publish_as_member`."""
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
class ReadsGoalFeeds(Protocol):
    """Capability READ_GOAL_FEED: numbers about the organization that goals are measured by."""

    async def read_goal_feed(self, ctx: Context, *, feed: str, subject: str, since: date, until: date) -> FeedReading:
        """The numbers of one of the manifest's `goal_feeds` for each day from `since` to `until`, both included.

        `subject` is the vendor's id of the page or account; days are those of the vendor's time zone, UTC where it
        names none. Each day is in `values` or in `missing`.
        """
        ...


@runtime_checkable
class SharesLinks(Protocol):
    """Capability SHARE_LINK: the person posts by hand; no call is made."""

    def share_link(self, ctx: Context, *, text: str, url: str) -> ShareLink:
        """Where to click and what to do there."""
        ...


@runtime_checkable
class ListsDestinations(Protocol):
    """Capability LIST_DESTINATIONS: where in the platform content and people can go."""

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """All of them, by title."""
        ...


@runtime_checkable
class PushesContent(Protocol):
    """Capability PUSH_CONTENT: put an approved item where the platform's people read it."""

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """What people will find there, and what gets lost; makes no call.

        Raises Rejected for content that the vendor would refuse, before it is sent.
        """
        ...

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """Puts it there, once per call.

        VendorUnavailable and RateLimited promise that nobody sees anything of it; OutcomeUnknown says that nobody can
        know. A vendor that needs several calls is asked in the order that shows nothing before the last one. While it
        still works on a file, StillProcessing names that as it lies there: the next try gives it as the `external_id`
        of that file. Never waits in between: whoever calls comes back later.
        """
        ...


@runtime_checkable
class FindsContent(Protocol):
    """Capability FIND_CONTENT: how an item stands in the platform, also one whose answer was lost."""

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """The item by the vendor's id, or else by what was sent; None when it is not to be seen (yet).

        Raises CapabilityMissing for an item that this vendor gives no way to look for: None would say too much.
        """
        ...


@runtime_checkable
class WithdrawsContent(Protocol):
    """Capability WITHDRAW_CONTENT: nobody can share an item from the platform any more."""

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Returns when it is gone, also when it was gone before; safe to repeat."""
        ...


@runtime_checkable
class ReadsContentMetrics(Protocol):
    """Capability READ_CONTENT_METRICS: numbers of one item in the platform."""

    async def read_content_metrics(
        self, ctx: Context, *, external_id: str, metrics: Collection[Metric], since: date, until: date
    ) -> MetricReading:
        """One entry per asked metric, in `values` or in `missing`; sums over the days, both included, or, where the
        vendor knows no days, of all time up to now."""
        ...


@runtime_checkable
class SyncsAudience(Protocol):
    """Capability SYNC_AUDIENCE: who may share from the platform."""

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """A page of its people, inactive ones too; a cursor that is none of the vendor is ConfigurationInvalid."""
        ...

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """Lets a person in, or in again; somebody who is in already is given as they are. Safe to repeat."""
        ...

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Returns when the person can no longer share from there, also when they could not before; safe to repeat."""
        ...


@runtime_checkable
class ListsDirectory(Protocol):
    """Capability LIST_DIRECTORY: who is employed, as an HR system tells it."""

    def list_directory(self, ctx: Context, *, since: str | None) -> AsyncIterator[DirectoryPage]:
        """Page by page, each person once, and only the fields that we keep are asked for.

        `since` is the cursor of an earlier last page: only what has changed after it, or everybody where the system
        knows no changes. Without it everybody, those who left too as far as the system shows them. A list that breaks
        off or cannot be read is an error, never a short list: who is missing in it would be taken to have left.
        """
        ...


@runtime_checkable
class ImportsReports(Protocol):
    """Capability IMPORT_REPORT: read a file that an administrator downloaded; makes no call."""

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """Reads a file of the kind `name` of the manifest's `reports`.

        Raises Rejected with code `report_not_readable` for a file of another kind, naming the columns it misses.
        """
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


@lru_cache(maxsize=1024)
def _implements(kind: type, port_type: Callable[..., object]) -> bool:
    """Asked before each call, and a Protocol is slow to tell; a class does not change its methods."""
    if not isinstance(port_type, type):
        raise TypeError(f"{port_type!r} is not a port")
    return issubclass(kind, port_type)


def port(connector: Connector, capability: Capability, port_type: Callable[..., PortT]) -> PortT:
    """Gives the connector as the port of a capability, so that no call is made for what is not declared.

    Raises CapabilityMissing when the manifest does not declare it, TypeError when a declared one is not implemented
    (a broken connector, caught by its conformance test).
    """
    connector.manifest.require(capability)
    if not _implements(type(connector), port_type):
        raise TypeError(f"{connector.manifest.slug} declares {capability} but does not implement {port_type.__name__}")
    return cast(PortT, connector)
