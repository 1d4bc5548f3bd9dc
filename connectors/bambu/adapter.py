"""Sprout Social and Employee Advocacy behind the ports of the contract."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from connectors.bambu import mapping
from connectors.bambu.client import SproutClient
from connectors.bambu.errors import LOOK_FIRST, Step, error_for, hidden, request_id, token_error_for
from connectors.bambu.manifest import MANIFEST
from connectors.bambu.reports import read_report
from connectors.sdk.errors import (
    ConfigurationInvalid,
    OutcomeUnknown,
    ProtocolViolation,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    ContentPreview,
    Context,
    Credentials,
    Destination,
    FeedReading,
    Media,
    Metric,
    MetricReading,
    PlatformContent,
    Pushed,
    ReportReading,
    Secret,
    UploadedMedia,
)

#: More pages than any honest answer has: at 10,000 results Sprout ends by itself.
_MOST_PAGES = 200
_LONGEST_LEAD_HOURS = 24 * 365


class Bambu:
    """Makes drafts that people of the company finish in Sprout, and reads what became of them."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    async def authenticate(self, ctx: Context) -> Credentials:
        """A token for client ID and secret, or the API token as it is, once it was seen to open the door."""
        token = ctx.settings.get("api_token", "").strip()
        if not token:
            answer = await SproutClient(ctx).token()
            if not answer.is_success:
                raise token_error_for(answer, ctx=ctx)
            return mapping.credentials(answer.json_object(), now=ctx.now())
        refused = "Sprout does not accept the API token; an administrator must generate a new one in Sprout."
        if not mapping.is_sendable_token(token):
            raise ConfigurationInvalid("an API token that no header can carry", message=refused)
        given = Credentials(access_token=Secret(token))
        signed_in = replace(ctx, credentials=given)
        try:
            _read(await SproutClient(signed_in).customers(), signed_in)
        except ReauthRequired as error:
            raise ConfigurationInvalid(error.detail, message=refused) from error
        return given

    async def check(self, ctx: Context) -> None:
        """Also says when the customer ID is none of those that the token opens."""
        found = mapping.rows(_read(await SproutClient(ctx).customers(), ctx))
        if MANIFEST.setting(ctx, "customer_id").strip() not in {str(row.get("customer_id")) for row in found}:
            known = ", ".join(f"{row.get('customer_id')} ({row.get('name')})" for row in found[:5])
            raise ConfigurationInvalid(
                "customer_id is not among the customers of the token",
                message=f"The customer ID is none that this access opens. It opens: {hidden(known, ctx) or 'none'}.",
            )

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """Groups and profiles take drafts, tags sort them, and Employee Advocacy is served by hand."""
        client = SproutClient(ctx)
        return mapping.destinations(
            _read(await client.profiles(), ctx), _read(await client.groups(), ctx), _read(await client.tags(), ctx)
        )

    async def upload_media(
        self, ctx: Context, *, author: Account, media: Media, external_id: str | None = None
    ) -> UploadedMedia:
        """Sprout keeps a file for 24 hours unless a draft uses it. One that is not ready has no id: it is sent anew."""
        mapping.require_media(media)
        answer = await SproutClient(ctx).upload_media(media)
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, step=Step.MEDIA)
        if answer.status == 202:
            raise VendorUnavailable("Sprout still works on the file")
        media_id = next((row.get("media_id") for row in mapping.rows(answer.json())), None)
        if not isinstance(media_id, str) or not media_id:
            raise ProtocolViolation("an upload without media_id")
        return UploadedMedia(media_id, media.kind, alt_text=media.alt_text, title=media.title)

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """The draft, or for the destination `advocacy` what an administrator pastes into a story by hand."""
        if content.destination_id == mapping.ADVOCACY:
            return mapping.handoff_preview(content)
        at = mapping.scheduled_at(content, now=ctx.now(), lead_hours=_lead_hours(ctx))
        return mapping.draft_preview(content, at=at)

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """One call makes one draft for each profile; before it nothing but reads and files that nobody sees.

        Sprout knows no key of ours and lists no drafts: after a lost answer only people can look.
        """
        if content.destination_id == mapping.ADVOCACY:
            raise Rejected(
                "manual_handoff",
                "Employee Advocacy takes stories by hand only: give its administrator the prepared package.",
            )
        mapping.require_sendable_content(content)
        at = mapping.scheduled_at(content, now=ctx.now(), lead_hours=_lead_hours(ctx))
        mapping.tag_ids(content)
        profile_ids = await self._profile_ids(ctx, content)
        author = Account(external_id=MANIFEST.setting(ctx, "customer_id"), display_name=MANIFEST.title)
        uploaded = [await self.upload_media(ctx, author=author, media=media) for media in content.media]
        body = mapping.draft_body(
            content, profile_ids=profile_ids, at=at, media_ids=[(one.external_id, one.kind) for one in uploaded]
        )
        try:
            answer = await SproutClient(ctx).create_draft(body)
        except OutcomeUnknown as error:
            raise OutcomeUnknown(error.detail, message=LOOK_FIRST) from error
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, step=Step.DRAFT)
        try:
            posts = mapping.draft_posts(answer.json())
        except ProtocolViolation as error:
            raise OutcomeUnknown(f"an answer without the ids: {error.detail}", message=LOOK_FIRST) from error
        if not posts:
            raise OutcomeUnknown("an answer without any draft", message=LOOK_FIRST)
        return mapping.pushed(posts, request=request_id(answer))

    async def read_content_metrics(
        self, ctx: Context, *, external_id: str, metrics: Collection[Metric], since: date, until: date
    ) -> MetricReading:
        """Lifetime numbers of what was published from the drafts; Sprout knows no days of a post.

        A draft never says that it was published, so the sent posts of its profiles are looked through.
        """
        client = SproutClient(ctx)
        ids = mapping.draft_ids(external_id)
        draft = await self._find_draft(ctx, [draft_id for draft_id, _ in ids])
        drafts: list[mapping.DraftPost] = []
        posts: list[Mapping[str, object]] = []
        if draft is not None and any(metric in mapping.POST_METRICS for metric in metrics):
            drafts = [replace(draft, external_id=one, profile_id=profile or draft.profile_id) for one, profile in ids]
            for first, last in mapping.sent_spans(draft, now=ctx.now()):
                for page in range(1, _MOST_PAGES + 1):
                    query = mapping.posts_query(drafts, metrics=metrics, since=first, until=last, page=page)
                    body = _read_object(await client.post_analytics(query), ctx)
                    posts += mapping.rows(body)
                    if page >= mapping.pages(body):
                        break
        return mapping.reading(mapping.sent_posts(drafts, posts), metrics)

    async def read_goal_feed(self, ctx: Context, *, feed: str, subject: str, since: date, until: date) -> FeedReading:
        """Days are those of Sprout's answer: UTC, except Pacific time for Facebook, Instagram and YouTube."""
        if feed not in mapping.FEED_METRICS:
            raise Rejected("feed_unknown", f"There is no feed {feed!r}; known are {', '.join(mapping.FEED_METRICS)}.")
        mapping.require_subject(subject)
        found: list[Mapping[str, object]] = []
        for first, last in mapping.spans(since, min(until, ctx.now().date())):
            for page in range(1, _MOST_PAGES + 1):
                query = mapping.feed_query(feed, subject=subject, since=first, until=last, page=page)
                body = _read_object(await SproutClient(ctx).profile_analytics(query), ctx)
                found += mapping.rows(body)
                if page >= mapping.pages(body):
                    break
        return mapping.feed_reading(feed, found, subject=subject, since=since, until=until)

    def import_report(self, ctx: Context, *, name: str, data: bytes) -> ReportReading:
        """Headings are those of the settings, since Sprout publishes none."""
        return read_report(ctx, name=name, data=data)

    def handoff(self, ctx: Context, *, content: PlatformContent) -> str:
        """A ready-to-paste story for an administrator of Employee Advocacy, which has no API; makes no call."""
        return mapping.handoff(content)

    async def _find_draft(self, ctx: Context, draft_ids: list[str]) -> mapping.DraftPost | None:
        # One of a fan-out is enough, and calls are few: they begin with the same text. People may have deleted some.
        for draft_id in draft_ids:
            answer = await SproutClient(ctx).get_draft(draft_id)
            if answer.status != 404:
                found = mapping.draft_posts(_read(answer, ctx))
                return next((draft for draft in found if draft.external_id == draft_id), None)
        return None

    async def _profile_ids(self, ctx: Context, content: PlatformContent) -> list[int]:
        where = mapping.target(content.destination_id)
        if where.profile_id is not None:
            return [where.profile_id]
        connected = mapping.profiles(_read(await SproutClient(ctx).profiles(), ctx))
        return mapping.profiles_for(connected, group_id=where.group_id, network=mapping.lead(content).network)


def _lead_hours(ctx: Context) -> int:
    value = MANIFEST.setting(ctx, "draft_lead_hours").strip()
    if not value.isascii() or not value.isdecimal() or len(value) > 4 or not 1 <= int(value) <= _LONGEST_LEAD_HOURS:
        raise ConfigurationInvalid(
            "draft_lead_hours is no number of hours",
            message="The hours for which an item without a time is drafted must be a whole number from 1 to 8760.",
        )
    return int(value)


def _read(answer: Answer, ctx: Context) -> object:
    if not answer.is_success:
        raise error_for(answer, ctx=ctx, step=Step.READ)
    return answer.json()


def _read_object(answer: Answer, ctx: Context) -> dict[str, object]:
    body = _read(answer, ctx)
    if not isinstance(body, dict):
        raise ProtocolViolation("an answer of Sprout's analytics that is no object")
    return body
