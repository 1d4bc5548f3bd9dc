"""Hootsuite and Amplify behind the ports of the contract."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from connectors.hootsuite import mapping
from connectors.hootsuite.client import HootsuiteClient
from connectors.hootsuite.errors import (
    DELETE_NOT_ALLOWED,
    SCIM_UNIQUENESS,
    Product,
    error_for,
    read_refusal,
)
from connectors.hootsuite.manifest import MANIFEST, SCOPE_ANALYTICS
from connectors.hootsuite.mapping import ProfileTarget, TopicTarget
from connectors.hootsuite.webhooks import read_webhook
from connectors.sdk.errors import (
    CapabilityMissing,
    OutcomeUnknown,
    ProtocolViolation,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    StillProcessing,
    VendorUnavailable,
)
from connectors.sdk.http import Answer
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import (
    Account,
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    ContentState,
    Context,
    Credentials,
    Destination,
    Media,
    Metric,
    MetricReading,
    MissingReason,
    PlatformContent,
    Pushed,
    VendorNotice,
)

#: How many pages of one list are followed before something must be wrong.
_MOST_PAGES = 200
_ANALYTICS_REACH = timedelta(days=730)
_RESOLVE_AT_ONCE = 500
_OUT_ALREADY = "This message was sent already. It can only be deleted on the network itself."
_BY_HAND = "Amplify's API can't take posts back; a Content Admin must delete or expire it in Amplify."
_AMPLIFY_LISTS_NOTHING = "Amplify's API lists no posts; a Content Admin must look in Amplify."


class Hootsuite:
    """Schedules messages on social profiles, fills Amplify's topics, and keeps the seats of the organization."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return MANIFEST

    # Sign-in

    def authorization_url(self, ctx: Context, *, state: str, redirect_uri: str, scopes: Collection[str] = ()) -> str:
        """Raises ValueError for a state of fewer than 8 characters, which Hootsuite refuses as too easy to guess."""
        if len(state) < 8:
            raise ValueError("Hootsuite needs a state of at least 8 characters")
        scope = " ".join(scopes) or MANIFEST.setting(ctx, "scopes")
        return HootsuiteClient(ctx).authorization_url(state=state, redirect_uri=redirect_uri, scope=scope)

    async def exchange_code(self, ctx: Context, *, code: str, redirect_uri: str) -> Credentials:
        """A code works once, for ten minutes; using it again ends every token that it gave."""
        token = await HootsuiteClient(ctx).exchange_code(code=code, redirect_uri=redirect_uri)
        return mapping.credentials(token, now=ctx.now())

    async def refresh_credentials(self, ctx: Context) -> Credentials:
        """The refresh token works once and the answer brings the next one: the caller stores it before all else."""
        given = ctx.require_credentials()
        if not given.refresh_token:
            raise ReauthRequired("no refresh token: the scope “offline” was not granted")
        token = await HootsuiteClient(ctx).refresh(refresh_token=given.refresh_token.reveal())
        return mapping.credentials(token, now=ctx.now(), kept=given)

    async def get_account(self, ctx: Context) -> Account:
        """The member of the organization who signed in."""
        return mapping.account(mapping.one_object(_read(await HootsuiteClient(ctx).me(), ctx)))

    async def check(self, ctx: Context) -> None:
        """Asks who is connected."""
        await self.get_account(ctx)

    # Destinations

    async def list_destinations(self, ctx: Context) -> tuple[Destination, ...]:
        """Profiles that the member may see, and Amplify's topics where there is an Amplify."""
        client = HootsuiteClient(ctx)
        profiles = mapping.objects(_read(await client.social_profiles(), ctx))
        found = [mapping.profile_destination(profile) for profile in profiles]
        found += await self._topics(ctx, client)
        return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.external_id)))

    async def _topics(self, ctx: Context, client: HootsuiteClient) -> list[Destination]:
        answer = await client.amplify_topics()
        if answer.status in {403, 404}:
            # An organization without Amplify, or a member without a part in it.
            return []
        found: dict[str, Destination] = {}
        for _ in range(_MOST_PAGES):
            for topic in mapping.objects(_read(answer, ctx, Product.AMPLIFY)):
                one = mapping.topic_destination(topic)
                found[one.external_id] = one
            next_url = mapping.next_link(answer.headers.get("link", ""))
            if next_url is None:
                return list(found.values())
            answer = await client.amplify_topics(next_url=next_url)
        raise ProtocolViolation("the pages of Amplify's topics do not end")

    # Content

    def preview_content(self, ctx: Context, *, content: PlatformContent) -> ContentPreview:
        """The text of the message or post, its time, and what has no place there."""
        target = mapping.parse_destination(content.destination_id)
        if isinstance(target, ProfileTarget):
            draft = mapping.message_draft(content, target, manifest=MANIFEST, now=ctx.now())
            fields = {"text": draft.text, "scheduledSendTime": mapping.zulu(draft.at)}
        else:
            draft = mapping.amplify_draft(content, now=ctx.now())
            body = mapping.amplify_body(content, draft)
            networks = mapping.shareable_networks(content)
            fields = {
                "text": draft.text,
                "topics": ", ".join(mapping.topics_of(content)),
                "publishedDate": str(body["publishedDate"]),
                "shareableNetworks": ", ".join(name for name, is_on in networks.items() if is_on),
            }
            if "expiryDate" in body:
                fields["expiryDate"] = str(body["expiryDate"])
        return ContentPreview(fields=fields, losses=draft.losses)

    async def push_content(self, ctx: Context, *, content: PlatformContent) -> Pushed:
        """One message on one profile, or one post in Amplify; the create call is the last one."""
        target = mapping.parse_destination(content.destination_id)
        if isinstance(target, TopicTarget):
            return await self._push_to_amplify(ctx, content)
        return await self._push_to_profile(ctx, content, target)

    async def _push_to_profile(self, ctx: Context, content: PlatformContent, target: ProfileTarget) -> Pushed:
        client = HootsuiteClient(ctx)
        mapping.message_draft(content, target, manifest=MANIFEST, now=ctx.now())
        profile = mapping.one_object(_read(await client.social_profile(target.profile_id), ctx))
        if profile.get("type") != target.profile_type:
            raise Rejected("unknown_destination", "This profile is of another type now; please choose it again.")
        if profile.get("isReauthRequired"):
            raise Rejected(
                "profile_needs_reconnect",
                "Hootsuite's access to this profile has ended. Its owner must reconnect it inside Hootsuite.",
            )
        media_ids = [await self._uploaded(ctx, client, media) for media in content.media]
        # Uploads take their time, and the message must still lie far enough ahead.
        draft = mapping.message_draft(content, target, manifest=MANIFEST, now=ctx.now())
        body = mapping.message_body(
            draft, target, media_ids=media_ids, webhook_url=ctx.settings.get("webhook_url") or None
        )
        answer = await client.create_message(body)
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, visible=True)
        message = _created(answer, ctx, profile_id=target.profile_id)
        return _pushed_message(message)

    async def _push_to_amplify(self, ctx: Context, content: PlatformContent) -> Pushed:
        draft = mapping.amplify_draft(content, now=ctx.now())
        answer = await HootsuiteClient(ctx).create_amplify_message(mapping.amplify_body(content, draft))
        if not answer.is_success:
            raise error_for(answer, ctx=ctx, product=Product.AMPLIFY, visible=True)
        post_id = mapping.text(_created(answer, ctx, profile_id=None, product=Product.AMPLIFY).get("id")) or ""
        state = ContentState.SCHEDULED if draft.at > ctx.now() else ContentState.LIVE
        return Pushed(
            external_id=mapping.amplify_external_id(post_id), state=state, raw=MappingProxyType({"id": post_id})
        )

    async def _uploaded(self, ctx: Context, client: HootsuiteClient, media: Media) -> str:
        """The id of a file that Hootsuite can show; StillProcessing while it cannot."""
        media_id = media.external_id
        state = await self._media_state(ctx, client, media_id) if media_id is not None else None
        if media_id is None or state is None:
            media_id = await self._upload(ctx, client, media)
            state = await self._media_state(ctx, client, media_id)
        if state != "READY":
            raise StillProcessing(media_id, f"the file is {state}")
        return media_id

    async def _media_state(self, ctx: Context, client: HootsuiteClient, media_id: str) -> object:
        """None for a file that is not there (any more)."""
        answer = await client.media(media_id)
        if answer.status == 404:
            return None
        return mapping.one_object(_read(answer, ctx)).get("state")

    async def _upload(self, ctx: Context, client: HootsuiteClient, media: Media) -> str:
        slot = mapping.one_object(
            _read(await client.create_media(size_bytes=len(media.data), mime_type=media.content_type), ctx)
        )
        media_id, upload_url = mapping.text(slot.get("id")), mapping.text(slot.get("uploadUrl"))
        if media_id is None or upload_url is None or not upload_url.startswith(("https://", "http://")):
            raise ProtocolViolation("a place for a file without id or address")
        stored = await client.upload(upload_url, mime_type=media.content_type, data=media.data)
        if not stored.is_success:
            # The address is signed and short-lived: with a new one all of this can be done again.
            raise VendorUnavailable(f"the file was not taken: the storage answered {stored.status}")
        return media_id

    async def find_content(
        self, ctx: Context, *, content: PlatformContent, external_id: str | None = None
    ) -> Pushed | None:
        """A message by its id, or by profile, text and time.

        Raises CapabilityMissing for Amplify, which lists nothing: a person has to look there.
        """
        client = HootsuiteClient(ctx)
        if external_id is not None:
            message_id = mapping.message_id_of(external_id)
            if message_id is None:
                raise CapabilityMissing(_AMPLIFY_LISTS_NOTHING)
            message = await self._message(ctx, client, message_id)
        else:
            target = mapping.parse_destination(content.destination_id)
            if isinstance(target, TopicTarget):
                raise CapabilityMissing(_AMPLIFY_LISTS_NOTHING)
            message = await self._search(ctx, client, content, target)
        if message is None:
            return None
        pushed = _pushed_message(message)
        if mapping.is_overdue(message, now=ctx.now()) and await self._has_expired(ctx, client, message):
            return Pushed(pushed.external_id, ContentState.EXPIRED, url=pushed.url, raw=pushed.raw)
        return pushed

    async def _message(self, ctx: Context, client: HootsuiteClient, message_id: str) -> Mapping[str, object] | None:
        answer = await client.message(message_id)
        if not answer.is_success:
            error = error_for(answer, ctx=ctx)
            if error.code == "not_found":
                return None
            raise error
        return mapping.one_object(_read(answer, ctx))

    async def _search(
        self, ctx: Context, client: HootsuiteClient, content: PlatformContent, target: ProfileTarget
    ) -> Mapping[str, object] | None:
        draft = mapping.message_draft(content, target, manifest=MANIFEST, now=ctx.now())
        start, end = mapping.search_window(content, now=ctx.now())
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            body = _read(
                await client.messages(
                    start=mapping.zulu(start), end=mapping.zulu(end), profile_ids=[target.profile_id], cursor=cursor
                ),
                ctx,
            )
            for message in mapping.objects(body):
                # The text holds the tracked link, which no other item has.
                if message.get("text") == draft.text and mapping.profile_id_of(message) == target.profile_id:
                    return message
            cursor = mapping.next_cursor(body, "cursor", "next")
            if cursor is None:
                return None
        raise ProtocolViolation("the pages of the messages do not end")

    async def _has_expired(self, ctx: Context, client: HootsuiteClient, message: Mapping[str, object]) -> bool:
        history = _read(await client.message_history(str(message["id"])), ctx)
        return any(entry.get("actionType") == "EXPIRE" for entry in mapping.objects(history))

    async def withdraw_content(self, ctx: Context, *, external_id: str) -> None:
        """Deletes a message that was not sent yet; what was sent stays, and so does a post in Amplify."""
        message_id = mapping.message_id_of(external_id)
        if message_id is None:
            raise CapabilityMissing("no published call deletes a post of Amplify", message=_BY_HAND)
        client = HootsuiteClient(ctx)
        answer = await client.delete_message(message_id)
        if answer.is_success:
            return
        error = error_for(answer, ctx=ctx)
        if error.code == "not_found":
            return
        if read_refusal(answer, ctx=ctx).code != str(DELETE_NOT_ALLOWED):
            raise error
        message = await self._message(ctx, client, message_id)
        match message.get("state") if message else None:
            case None | "SEND_FAILED_PERMANENTLY" | "REJECTED":
                return
            case "SENT":
                raise Rejected("already_published", _OUT_ALREADY, vendor_code=str(DELETE_NOT_ALLOWED))
            case "SUBMITTED":
                raise VendorUnavailable("on its way to the network: what becomes of it is known later")
        raise error

    async def read_content_metrics(
        self, ctx: Context, *, external_id: str, metrics: Collection[Metric], since: date, until: date
    ) -> MetricReading:
        """Numbers of all time up to `counted_until`, by the network's id of the post. Never any for LinkedIn.

        Hootsuite counts no days for posts, so `since` and `until` are not used.
        """
        wanted = list(dict.fromkeys(metrics))
        message_id = mapping.message_id_of(external_id)
        if message_id is None:
            return _nothing(wanted, MissingReason.NOT_SUPPORTED)
        client = HootsuiteClient(ctx)
        message = await self._message(ctx, client, message_id)
        profile_id = mapping.profile_id_of(message) if message else None
        post_id = mapping.text(message.get("postId")) if message else None
        sent_at = mapping.moment(message.get("scheduledSendTime")) if message else None
        if profile_id is None or post_id is None or sent_at is None or sent_at < ctx.now() - _ANALYTICS_REACH:
            return _nothing(wanted, MissingReason.NO_DATA)
        profile = mapping.one_object(_read(await client.social_profile(profile_id), ctx))
        network_id = str(profile.get("type"))
        if network_id not in mapping.MEASURED:
            return _nothing(wanted, MissingReason.NOT_SUPPORTED)
        granted = ctx.require_credentials().scopes
        if granted and SCOPE_ANALYTICS not in granted:
            return _nothing(wanted, MissingReason.SCOPE_MISSING)
        try:
            row = await self._analytics_row(
                ctx, client, network_id=network_id, profile_id=profile_id, post_id=post_id, sent_at=sent_at
            )
        except ScopeMissing:
            return _nothing(wanted, MissingReason.SCOPE_MISSING)
        return _reading(row, wanted, network=mapping.NETWORKS.get(network_id, network_id.lower()))

    async def _analytics_row(
        self,
        ctx: Context,
        client: HootsuiteClient,
        *,
        network_id: str,
        profile_id: str,
        post_id: str,
        sent_at: datetime,
    ) -> Mapping[str, object] | None:
        body = mapping.analytics_body(profile_id, sent_at=sent_at, now=ctx.now())
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await client.analytics_posts(network_id=network_id, body=body, cursor=cursor)
            page = _read(answer, ctx, Product.ANALYTICS)
            for row in mapping.objects(page):
                if row.get("externalId") == post_id:
                    return row
            cursor = mapping.next_cursor(page, "collectionInfo", "next", "cursor")
            if cursor is None:
                return None
        raise ProtocolViolation("the pages of the analytics do not end")

    async def resolve_members(self, ctx: Context, *, hashes: Collection[str]) -> Mapping[str, str]:
        """The Hootsuite member behind each hash of an advocate's link; hashes of nobody are left out.

        Several hashes may be one member. Asked in calls of at most 500. This names people: only for shares whose
        person agreed to it.
        """
        wanted = list(dict.fromkeys(one for one in hashes if one))
        client = HootsuiteClient(ctx)
        found: dict[str, str] = {}
        for first in range(0, len(wanted), _RESOLVE_AT_ONCE):
            answer = await client.deobfuscate_utms(wanted[first : first + _RESOLVE_AT_ONCE])
            found |= mapping.resolved(_read(answer, ctx, Product.AMPLIFY))
        return found

    # People

    async def list_audience(self, ctx: Context, *, destination_id: str | None, cursor: str | None) -> AudiencePage:
        """The members of the organization: seats belong to no profile and no topic."""
        first = mapping.start_index(cursor)
        body = _read(await HootsuiteClient(ctx).scim_users(start_index=first), ctx, Product.SCIM)
        users = mapping.objects(body, "Resources") if "Resources" in body else []
        total = body.get("totalResults")
        following = first + len(users)
        has_more = bool(users) and isinstance(total, int) and following <= total
        return AudiencePage(
            members=tuple(mapping.audience_member(user) for user in users),
            next_cursor=str(following) if has_more else None,
        )

    async def add_member(self, ctx: Context, *, person: AudiencePerson, destination_id: str | None) -> AudienceMember:
        """Gives a seat, or the old one back. The advocate's role in Amplify stays a step by hand."""
        client = HootsuiteClient(ctx)
        found = await self._find_user(ctx, client, person.email)
        if found is None:
            answer = await client.create_scim_user(mapping.scim_user(person))
            if answer.is_success:
                return mapping.audience_member(_read(answer, ctx, Product.SCIM))
            if read_refusal(answer, ctx=ctx).code != SCIM_UNIQUENESS:
                raise error_for(answer, ctx=ctx, product=Product.SCIM)
            # Made by somebody else in between.
            found = await self._find_user(ctx, client, person.email)
            if found is None:
                raise error_for(answer, ctx=ctx, product=Product.SCIM)
        if not found.is_active:
            _require(await client.patch_scim_user(found.external_id, mapping.scim_active(True)), ctx, Product.SCIM)
        return AudienceMember(external_id=found.external_id, email=found.email, is_active=True)

    async def _find_user(self, ctx: Context, client: HootsuiteClient, email: str) -> AudienceMember | None:
        body = _read(await client.scim_users(user_name=email), ctx, Product.SCIM)
        users = mapping.objects(body, "Resources") if "Resources" in body else []
        members = (mapping.audience_member(user) for user in users)
        return next((one for one in members if one.email.casefold() == email.casefold()), None)

    async def remove_member(self, ctx: Context, *, external_id: str, destination_id: str | None) -> None:
        """Deactivates: Hootsuite's SCIM has no DELETE."""
        answer = await HootsuiteClient(ctx).patch_scim_user(external_id, mapping.scim_active(False))
        if answer.status != 404:
            _require(answer, ctx, Product.SCIM)

    # Webhooks

    async def receive_webhook(self, ctx: Context, *, headers: Mapping[str, str], body: bytes) -> list[VendorNotice]:
        """Unsigned: what comes in is a hint to look, ordered by `sequence`. A ping gives nothing, and is fine."""
        return read_webhook(body)


def _require(answer: Answer, ctx: Context, product: Product) -> None:
    if not answer.is_success:
        raise error_for(answer, ctx=ctx, product=product)


def _read(answer: Answer, ctx: Context, product: Product = Product.REST) -> dict[str, object]:
    _require(answer, ctx, product)
    body = answer.json_object()
    # Partly failed calls answer 200 with both; with no data at all it is a refusal.
    if body.get("errors") and not body.get("data") and "Resources" not in body:
        raise error_for(answer, ctx=ctx, product=product)
    return body


def _created(
    answer: Answer, ctx: Context, *, profile_id: str | None, product: Product = Product.REST
) -> Mapping[str, object]:
    """The created object of a 2xx; OutcomeUnknown unless the answer proves that it exists or was refused."""
    try:
        body = answer.json_object()
        if body.get("errors") and not body.get("data"):
            raise error_for(answer, ctx=ctx, product=product, visible=True)
        found = [one for one in mapping.objects(body) if mapping.text(one.get("id")) and _is_of(one, profile_id)]
    except ProtocolViolation as error:
        raise OutcomeUnknown(f"Hootsuite answered {answer.status} with a body that can't be read") from error
    if len(found) != 1:
        raise OutcomeUnknown(f"Hootsuite answered {answer.status} with {len(found)} items of the one that was sent")
    return found[0]


def _is_of(message: Mapping[str, object], profile_id: str | None) -> bool:
    return profile_id is None or mapping.profile_id_of(message) in {None, profile_id}


def _pushed_message(message: Mapping[str, object]) -> Pushed:
    message_id = mapping.text(message.get("id"))
    if message_id is None:
        raise ProtocolViolation("a message without an id")
    return Pushed(
        external_id=mapping.message_external_id(message_id),
        state=mapping.content_state(message),
        url=mapping.web_address(message.get("postUrl")),
        raw=MappingProxyType(mapping.raw_message(message)),
    )


def _nothing(metrics: Collection[Metric], reason: MissingReason) -> MetricReading:
    missing = {one: reason if one in mapping.METRIC_NAMES else MissingReason.NOT_SUPPORTED for one in metrics}
    return MetricReading(values={}, missing=missing)


def _reading(row: Mapping[str, object] | None, metrics: Collection[Metric], *, network: str) -> MetricReading:
    values: dict[Metric, int] = {}
    missing: dict[Metric, str] = {}
    for metric in metrics:
        number = mapping.count(row.get("metrics"), metric) if row and metric in mapping.METRIC_NAMES else None
        if number is not None:
            values[metric] = number
        else:
            is_known = metric in mapping.METRIC_NAMES
            missing[metric] = MissingReason.NO_DATA if is_known else MissingReason.NOT_SUPPORTED
    counted_until = mapping.moment(row.get("lastRefreshed")) if row else None
    return MetricReading(values=values, missing=missing, covers=(network,), counted_until=counted_until)
