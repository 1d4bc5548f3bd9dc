"""LinkedIn behind the ports of the contract."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from connectors.linkedin import feeds, mapping, uploads
from connectors.linkedin.client import LinkedInClient
from connectors.linkedin.errors import (
    comment_error_for,
    comments_not_granted,
    error_for,
    page_not_granted,
    upload_error_for,
)
from connectors.linkedin.manifest import MANIFEST, SCOPE_COMMENT, SCOPE_METRICS, SCOPE_ORGANIZATION
from connectors.linkedin.uploads import UploadState
from connectors.sdk.errors import (
    ConfigurationInvalid,
    OutcomeUnknown,
    ProtocolViolation,
    ReauthRequired,
    Rejected,
    StillProcessing,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    Context,
    Credentials,
    FeedReading,
    Media,
    MediaKind,
    Metric,
    MetricReading,
    MissingReason,
    Published,
    PublishRequest,
    UploadedMedia,
)

#: Worth keeping beside the outcome: LinkedIn's support asks for them.
_TRACE_HEADERS = ("x-li-uuid", "x-li-request-id", "x-li-fabric", "x-restli-id")


class LinkedIn:
    """Publishes to a member's own feed and, where the app was vetted for it, comments and reads numbers."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    def authorization_url(self, ctx: Context, *, state: str, redirect_uri: str, scopes: Collection[str] = ()) -> str:
        """Consent is all or nothing, and one scope that the app does not have fails the whole page."""
        scope = " ".join(scopes) or MANIFEST.setting(ctx, "scopes")
        return LinkedInClient(ctx).authorization_url(state=state, redirect_uri=redirect_uri, scope=scope)

    async def exchange_code(self, ctx: Context, *, code: str, redirect_uri: str) -> Credentials:
        """A code works once, for 30 minutes at most."""
        token = await LinkedInClient(ctx).exchange_code(code=code, redirect_uri=redirect_uri)
        return mapping.credentials(token, now=ctx.now())

    async def refresh_credentials(self, ctx: Context) -> Credentials:
        """Only approved apps have refresh tokens, which keep their first end date (365 days)."""
        given = ctx.require_credentials()
        if not given.refresh_token:
            raise ReauthRequired("this LinkedIn app gets no refresh tokens; the person has to sign in again")
        token = await LinkedInClient(ctx).refresh(refresh_token=given.refresh_token.reveal())
        return mapping.credentials(token, now=ctx.now(), kept_refresh=given)

    async def get_account(self, ctx: Context) -> Account:
        """The member's id holds for this developer app only."""
        return mapping.account(_read(await LinkedInClient(ctx).userinfo(), ctx))

    async def check(self, ctx: Context) -> None:
        """Asks who is connected, which costs no post quota."""
        await self.get_account(ctx)

    async def upload_media(
        self, ctx: Context, *, author: Account, media: Media, external_id: str | None = None
    ) -> UploadedMedia:
        """The owner of a file must be the author of the post that shows it.

        StillProcessing, a VendorUnavailable, names the file as it lies there: given back as `external_id`, it is only
        looked at and not sent again. Apps that may not look (403) get the file as it is; a post that shows it too
        early is then refused without having been made, as VendorUnavailable.
        """
        uploads.require_accepted(media)
        if external_id is None:
            external_id = await self._send_file(ctx, author=author, media=media)
        try:
            await self._require_available(ctx, external_id, media.kind)
        except StillProcessing:
            raise
        except VendorUnavailable as error:
            # The file is there: the next try need not send it again only because this look failed.
            raise StillProcessing(external_id, error.detail) from error
        return UploadedMedia(external_id, media.kind, alt_text=media.alt_text, title=media.title)

    async def _send_file(self, ctx: Context, *, author: Account, media: Media) -> str:
        client, token = LinkedInClient(ctx), ctx.require_credentials().access_token
        body = uploads.initialize_body(media, owner=author.external_id)
        answer = await client.initialize_upload(uploads.RESOURCES[media.kind], body)
        if not answer.is_success:
            raise upload_error_for(answer, now=ctx.now(), hide=token)
        slot = uploads.read_slot(answer.json_object(), media)
        is_video = media.kind is MediaKind.VIDEO
        part_ids = []
        for part in slot.parts:
            # A part of a video is refused when a token comes with it, an image or document when none does.
            content = media.data if len(slot.parts) == 1 else media.data[part.first : part.last + 1]
            answer = await client.put_file(part.address, content, with_token=not is_video)
            if not answer.is_success:
                raise upload_error_for(answer, now=ctx.now(), hide=token, is_signed_address=True)
            part_ids.append(answer.headers.get("etag", "").strip())
        if is_video:
            if not all(part_ids):
                raise ProtocolViolation("a part of a video was taken without an ETag")
            answer = await client.finalize_upload(uploads.finalize_body(slot, part_ids))
            if not answer.is_success:
                raise upload_error_for(answer, now=ctx.now(), hide=token)
        return slot.urn

    async def _require_available(self, ctx: Context, external_id: str, kind: MediaKind) -> None:
        answer = await LinkedInClient(ctx).upload_state(uploads.RESOURCES[kind], external_id)
        # Self-serve apps may not look at images; for videos and documents no page says who may.
        if answer.status in {403, 404}:
            return
        if not answer.is_success:
            raise upload_error_for(answer, now=ctx.now(), hide=ctx.require_credentials().access_token)
        body = answer.json_object()
        match uploads.read_state(body):
            case UploadState.AVAILABLE:
                return
            case UploadState.PROCESSING_FAILED:
                reason = body.get("processingFailureReason")
                why = f" ({reason[:100]})" if isinstance(reason, str) and reason.isprintable() else ""
                raise uploads.not_accepted(f"LinkedIn could not read this {kind.value}{why}.")
            case state:
                raise StillProcessing(external_id, f"the {kind.value} is {state.value}")

    async def publish_as_member(self, ctx: Context, *, request: PublishRequest) -> Published:
        """LinkedIn has no idempotency key: `request.idempotency_key` stays with us."""
        answer = await LinkedInClient(ctx).create_post(mapping.post_body(request))
        if not answer.is_success:
            error = error_for(answer, now=ctx.now(), visible=True, hide=ctx.require_credentials().access_token)
            if answer.status == 404 and request.reshare_of is not None:
                raise Rejected(
                    "post_not_found", "LinkedIn does not find the post that is to be reshared.", detail=error.detail
                )
            raise error
        urn = _post_id(answer)
        if urn is None:
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the id of the post")
        return Published(external_id=urn, permalink=mapping.permalink(urn), raw=_raw(answer))

    async def comment_as_member(self, ctx: Context, *, external_id: str, author: Account, text: str) -> Published:
        """Needs what LinkedIn grants after a review; without it nothing is called. The permalink is the post's."""
        granted = ctx.require_credentials().scopes
        if granted and SCOPE_COMMENT not in granted:
            raise comments_not_granted(f"{SCOPE_COMMENT} was not granted")
        body = mapping.comment_body(external_id, author=author, text=text)
        answer = await LinkedInClient(ctx).create_comment(external_id, body)
        if not answer.is_success:
            raise comment_error_for(answer, now=ctx.now(), hide=ctx.require_credentials().access_token)
        comment_id = mapping.comment_id(_given_id(answer))
        if comment_id is None:
            raise OutcomeUnknown(f"LinkedIn answered {answer.status} without the id of the comment")
        return Published(external_id=comment_id, permalink=mapping.permalink(external_id), raw=_raw(answer))

    async def delete_post(self, ctx: Context, *, external_id: str) -> None:
        """LinkedIn answers 204 also for a post that is gone."""
        answer = await LinkedInClient(ctx).delete_post(external_id)
        if not answer.is_success:
            raise error_for(answer, now=ctx.now(), visible=False, hide=ctx.require_credentials().access_token)

    async def read_metrics(self, ctx: Context, *, external_id: str, metrics: Collection[Metric]) -> MetricReading:
        """One call per metric, none at all where the granted scopes already say no: calls count against posting."""
        granted = ctx.require_credentials().scopes
        client = LinkedInClient(ctx)
        values: dict[Metric, int] = {}
        missing: dict[Metric, str] = {}
        for metric in dict.fromkeys(metrics):
            metric_type = mapping.METRIC_TYPES.get(metric)
            if metric_type is None:
                missing[metric] = MissingReason.NOT_SUPPORTED
            elif granted and SCOPE_METRICS not in granted:
                missing[metric] = MissingReason.SCOPE_MISSING
            else:
                answer = await client.post_analytics(external_id, metric_type)
                # Seen on the development tier (2026-03): 404 where 403 is meant.
                if answer.status in {403, 404}:
                    missing[metric] = MissingReason.SCOPE_MISSING
                    continue
                count = mapping.metric_count(_read(answer, ctx), metric_type)
                if count is None:
                    missing[metric] = MissingReason.NO_DATA
                else:
                    values[metric] = count
        return MetricReading(values=values, missing=missing)

    async def read_goal_feed(self, ctx: Context, *, feed: str, subject: str, since: date, until: date) -> FeedReading:
        """Numbers of a company page for one of its administrators, by its `urn:li:organization:…`.

        Followers are known for today only; all else for whole days of the last twelve months, today not among them.
        """
        urn = feeds.require_organization(subject)
        if feed not in {declared.name for declared in MANIFEST.goal_feeds}:
            raise ConfigurationInvalid(f"LinkedIn has no goal feed {feed!r}")
        granted = ctx.require_credentials().scopes
        if granted and SCOPE_ORGANIZATION not in granted:
            raise page_not_granted(f"{SCOPE_ORGANIZATION} was not granted")
        today = ctx.now().date()
        found: dict[date, int] = {}
        if feed != feeds.FOLLOWERS:
            found = await self._read_statistic(ctx, feeds.STATISTICS[feed], urn, since, until)
        elif since <= today <= until:
            count = feeds.follower_count(_read_page(await LinkedInClient(ctx).page_size(urn), ctx))
            found = {} if count is None else {today: count}
        days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
        return FeedReading(
            values={day: found[day] for day in days if day in found},
            missing={day: MissingReason.NO_DATA for day in days if day not in found},
        )

    async def _read_statistic(
        self, ctx: Context, statistic: feeds.Statistic, urn: str, since: date, until: date
    ) -> dict[date, int]:
        span = feeds.asked_days(since, until, today=ctx.now().date())
        found: dict[date, int] = {}
        if span is None:
            return found
        client, seen = LinkedInClient(ctx), 0
        # A page has at least one day on it, so that there are no more pages than days.
        for _ in range((span[1] - span[0]).days + 1):
            query = feeds.query(statistic.resource, urn, *span, start=seen)
            answer = _read_page(await client.page_numbers(statistic.resource, query), ctx)
            elements = feeds.elements(answer)
            for element in elements:
                day, value = feeds.day_of(element), statistic.read(element)
                if value is not None and span[0] <= day <= span[1]:
                    found[day] = value
            seen += len(elements)
            if not elements or not feeds.has_more(answer):
                break
        return found


def _read_page(answer: Answer, ctx: Context) -> dict[str, object]:
    # Some gated resources answer 404 where 403 is meant.
    if answer.status in {403, 404}:
        raise page_not_granted(f"LinkedIn answered {answer.status} to numbers of a page")
    return _read(answer, ctx)


def _read(answer: Answer, ctx: Context) -> dict[str, object]:
    if not answer.is_success:
        raise error_for(answer, now=ctx.now(), visible=False, hide=ctx.require_credentials().access_token)
    return answer.json_object()


def _raw(answer: Answer) -> Mapping[str, object]:
    kept = {name: answer.headers[name] for name in _TRACE_HEADERS if name in answer.headers}
    return MappingProxyType({"status": answer.status, **kept})


def _post_id(answer: Answer) -> str | None:
    urn = _given_id(answer)
    return urn if urn.startswith("urn:li:") else None


def _given_id(answer: Answer) -> str:
    given = answer.headers.get("x-restli-id", "").strip()
    if given or not answer.body:
        return given
    try:
        value = answer.json_object().get("id")
    except ProtocolViolation:
        return ""
    return value if isinstance(value, str) else ""
