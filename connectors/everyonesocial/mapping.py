"""Our models to EveryoneSocial's payloads and back; pure functions."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

from connectors.everyonesocial.manifest import MANIFEST
from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.models import (
    AudienceMember,
    AudiencePage,
    AudiencePerson,
    ContentPreview,
    ContentState,
    Destination,
    Loss,
    Media,
    MediaKind,
    Metric,
    MetricReading,
    MissingReason,
    PlatformContent,
    Pushed,
)
from connectors.sdk.text import join, require_sendable

#: Our names of networks to theirs. Allowed strings are not documented: the statistics speak of twitter and linkedin.
NETWORKS: Mapping[str, str] = MappingProxyType({"linkedin": "linkedin", "x": "twitter", "facebook": "facebook"})

_SURE_NETWORKS = ("linkedin", "twitter")

#: Lists that can be asked for, in the order in which a lost item is looked for, and what being in one says.
APPROVAL_STATUSES: Mapping[str, ContentState] = MappingProxyType(
    {
        "approved": ContentState.LIVE,
        "scheduled": ContentState.SCHEDULED,
        "submitted": ContentState.AWAITING_REVIEW,
        "removed": ContentState.WITHDRAWN,
    }
)
_STATUSES: Mapping[str, ContentState] = MappingProxyType(
    {
        **APPROVAL_STATUSES,
        "published": ContentState.LIVE,
        "draft": ContentState.DRAFT,
        "unpublished": ContentState.DRAFT,
        "expired": ContentState.EXPIRED,
        "deleted": ContentState.WITHDRAWN,
    }
)

#: The four counters of a share's day, by the number of ours that they belong to.
_COUNTERS: Mapping[Metric, tuple[str, ...]] = MappingProxyType(
    {
        Metric.REACTIONS: ("twitter_likes", "linkedin_likes"),
        Metric.COMMENTS: ("linkedin_comments",),
        Metric.RESHARES: ("twitter_retweets",),
    }
)
#: Share statistics have no pages, so long spans are asked for in windows of this many days.
WINDOW_DAYS = 14

#: An older item cannot be the one whose answer was lost: such questions are settled within days.
LOOK_BACK = timedelta(days=30)

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class ContentId:
    """Names an item by its group too, because the documented way to delete one goes through its group."""

    group_id: str
    content_id: str

    @classmethod
    def parse(cls, external_id: str) -> "ContentId":
        """Reads our `external_id`; raises Rejected for what this connector never gave out."""
        group_id, _, content_id = external_id.partition("/")
        if not _ID.fullmatch(group_id) or not _ID.fullmatch(content_id):
            raise Rejected("not_found", "This is not the id of an item in EveryoneSocial.")
        return cls(group_id, content_id)

    def __str__(self) -> str:
        return f"{self.group_id}/{self.content_id}"


# Content on its way out


@dataclass(frozen=True, slots=True)
class Commentary:
    """Words for one network, ours and the vendor's name of it."""

    network: str
    vendor_network: str
    text: str


def require_pushable(content: PlatformContent) -> None:
    """Raises Rejected for what the vendor would refuse or could not carry, before anything is sent."""
    texts = {"title": content.title, "reason to share": content.why_share, "link": content.url}
    texts |= {f"text for {one.network}": one.text for one in content.suggestions}
    for field, text in {**texts, "disclosure": content.disclosure or ""}.items():
        require_sendable(text, field=field)
    for media in content.media:
        limit = MANIFEST.media_limit(media.kind)
        if limit is None or media.content_type not in limit.content_types:
            raise Rejected("media_not_accepted", f"EveryoneSocial does not take a file of type {media.content_type}.")
        if len(media.data) > limit.max_bytes:
            raise Rejected("media_not_accepted", f"A file may have {limit.max_bytes} bytes; this has more.")
    if len(content.media) > 1:
        raise Rejected("media_not_accepted", "An item in EveryoneSocial takes one image or one video from us.")


def commentaries(content: PlatformContent, *, attached: Collection[str] = ()) -> tuple[Commentary, ...]:
    """The first suggestion of each network that they have.

    Below it stands the disclosure, a paragraph of its own, unless one of the vendor's is `attached` to that network.
    """
    kept: dict[str, Commentary] = {}
    for one in content.suggestions:
        vendor = NETWORKS.get(one.network)
        if vendor is not None and one.network not in kept:
            merged = None if vendor in attached else content.disclosure
            kept[one.network] = Commentary(one.network, vendor, join(one.text, merged))
    return tuple(kept.values())


def body_text(content: PlatformContent, *, attached: Collection[str] = ()) -> str:
    """The introduction; with the disclosure where there is neither a suggestion nor an attachment to carry it."""
    is_homeless = not attached and not commentaries(content)
    return join(content.why_share, content.disclosure if is_homeless else None)


def losses(content: PlatformContent) -> tuple[Loss, ...]:
    """What there is no place for, so far as it can be said without a call."""
    found: list[Loss] = []
    kept: set[str] = set()
    for one in content.suggestions:
        field = f"suggestions.{one.language}"
        if one.network not in NETWORKS:
            found.append(Loss(field, "dropped", f"EveryoneSocial does not share to {one.network}."))
        elif one.network in kept:
            found.append(
                Loss(
                    field,
                    "dropped",
                    f"EveryoneSocial knows no languages: {one.network} has one text, the first one. Another language"
                    " needs an item of its own, best in a group of that language.",
                )
            )
        kept.add(one.network)
    if content.disclosure:
        found.append(
            Loss(
                "disclosure",
                "merged",
                "If EveryoneSocial holds a disclosure of exactly these words, it is attached and binding; otherwise the"
                " words stand below each suggested text, where members can change them.",
            )
        )
    if content.topic_ids:
        found.append(Loss("topic_ids", "dropped", "EveryoneSocial sorts content by groups alone."))
    if any(media.alt_text for media in content.media):
        found.append(Loss("media", "dropped", "EveryoneSocial's upload has no place for the alternative text."))
    return tuple(found)


def content_body(content: PlatformContent, *, disclosure_ids: Mapping[str, str]) -> dict[str, object]:
    """The flat ContentData of create; `disclosure_ids` by vendor network, the words are merged for the others.

    `lock_share_commentary` is never sent: what people say in their own name stays theirs.
    """
    body: dict[str, object] = {
        "title": content.title,
        "body": body_text(content, attached=disclosure_ids),
        "url": content.url,
        "is_shareable": True,
        "is_engageable": True,
    }
    if texts := commentaries(content, attached=disclosure_ids):
        body["share_commentary"] = [{"network": one.vendor_network, "commentary": one.text} for one in texts]
    if disclosure_ids:
        body["disclosure_list"] = [
            {"disclosure_id": disclosure_id, "network": network} for network, disclosure_id in disclosure_ids.items()
        ]
    return body


def publish_body(content: PlatformContent, *, now: datetime) -> dict[str, object]:
    """ContentPublishInfo; without a time in the future it is `{}`, which means now."""
    info: dict[str, object] = {}
    if content.publish_at is not None and content.publish_at > now:
        info["publish_at"] = instant(content.publish_at)
    if content.expires_at is not None:
        info["expire_at"] = instant(content.expires_at)
    return info


def preview(content: PlatformContent) -> ContentPreview:
    """What people will find, by the vendor's field names; raises Rejected as `require_pushable` does."""
    require_pushable(content)
    fields = {"title": content.title, "body": body_text(content), "url": content.url}
    for one in commentaries(content):
        fields[f"share_commentary.{one.vendor_network}"] = one.text
    if content.publish_at is not None:
        fields["publish_at"] = instant(content.publish_at)
    if content.expires_at is not None:
        fields["expire_at"] = instant(content.expires_at)
    for media in content.media:
        fields[media_path(media)] = media.filename
    return ContentPreview(fields, losses(content))


def media_path(media: Media) -> str:
    """The last part of the path that gives an upload form."""
    return "video" if media.kind is MediaKind.VIDEO else "image"


def disclosure_ids(answer: Mapping[str, object], content: PlatformContent) -> dict[str, str]:
    """The vendor's disclosure of exactly our words, for each network that has a text; empty when there is none.

    Without any text it is attached to the networks that the API is known to name.

    The fields of a disclosure are not documented, so each text field that it may have is compared; a title counts only
    where there is nothing else. One that names a network is for that network alone.
    """
    wanted = (content.disclosure or "").strip()
    networks = [one.vendor_network for one in commentaries(content)] or list(_SURE_NETWORKS)
    found: dict[str, str] = {}
    for item in _objects(answer, "content_list"):
        disclosure_id = item.get("id") or item.get("disclosure_id")
        if not isinstance(disclosure_id, str) or wanted not in _disclosure_texts(item):
            continue
        for network in networks:
            if item.get("network") in (None, "", network):
                found.setdefault(network, disclosure_id)
    return found


def _disclosure_texts(item: Mapping[str, object]) -> set[str]:
    nested = item.get("content_data")
    holders = [item, nested] if isinstance(nested, dict) else [item]
    for names in (("text", "disclosure", "body", "description"), ("title", "name")):
        texts = [holder[name] for holder in holders for name in names if name in holder]
        if words := {text.strip() for text in texts if isinstance(text, str) and text.strip()}:
            return words
    return set()


def upload_form(answer: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """Address and fields of an upload form; `post_data` is JSON within a string and is decoded a second time."""
    url, method, data = answer.get("url"), answer.get("method", "POST"), answer.get("post_data")
    if not isinstance(url, str) or str(method).upper() != "POST" or not isinstance(data, str):
        raise ProtocolViolation("an upload form without an address, fields or the method POST")
    try:
        fields = json.loads(data)
    except ValueError:
        raise ProtocolViolation("the fields of an upload form are no JSON") from None
    if not isinstance(fields, dict):
        raise ProtocolViolation("the fields of an upload form are no JSON object")
    return url, {str(name): str(value) for name, value in fields.items()}


# Content as it stands there


def destinations(groups: Iterable[Mapping[str, object]]) -> list[Destination]:
    """Groups as places for content; people belong to the whole workspace, never to a group by API."""
    found: list[Destination] = []
    for group in groups:
        group_id, name = group.get("id"), group.get("name")
        if isinstance(group_id, str) and _ID.fullmatch(group_id):
            title = name if isinstance(name, str) and name else group_id
            found.append(Destination(group_id, title, "group", takes_content=group.get("read_only") is not True))
    return found


def group_page(answer: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The groups of one page."""
    return _objects(answer, "group_list")


def content_page(answer: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The items of one page."""
    return _objects(answer, "content_list")


def next_id(answer: Mapping[str, object]) -> str | None:
    """The value of `next_id` for the next page. `_metadata.next` may be that value or an address that holds it."""
    metadata = answer.get("_metadata")
    value = metadata.get("next") if isinstance(metadata, dict) else None
    if not isinstance(value, str) or not value:
        return None
    query = parse_qs(urlsplit(value).query)
    if "next_id" in query:
        return query["next_id"][0]
    if "/" in value or "?" in value:
        raise ProtocolViolation("the way to the next page can't be read")
    return value


def content_id(item: Mapping[str, object]) -> str:
    """The vendor's id; raises ProtocolViolation when there is none."""
    value = item.get("id")
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ProtocolViolation("an item without a readable id")
    return value


def is_same(item: Mapping[str, object], content: PlatformContent) -> bool:
    """Whether an item is what we sent: title and tracked link, of which there is one for each item and destination."""
    data = item.get("content_data")
    return isinstance(data, dict) and data.get("title") == content.title and data.get("url") == content.url


def is_older(item: Mapping[str, object], *, than: datetime) -> bool:
    """Whether it was made before a moment; an item without a readable time is not."""
    created_at = _moment(item.get("created_at"))
    return created_at is not None and created_at < than


def pushed(
    item: Mapping[str, object], *, group_id: str, now: datetime, listed_as: ContentState | None = None
) -> Pushed:
    """An item as it stands now. A list that it was found in says more than a status word that is not documented."""
    info = item.get("publish_info")
    info = info if isinstance(info, dict) else {}
    url = info.get("html_url")
    return Pushed(
        external_id=str(ContentId(group_id, content_id(item))),
        state=_state(item.get("status"), info, now=now, listed_as=listed_as),
        url=url if isinstance(url, str) and url.startswith("https://") else None,
        raw=MappingProxyType({"status": item.get("status")}),
    )


def _state(
    status: object, info: Mapping[str, object], *, now: datetime, listed_as: ContentState | None
) -> ContentState:
    known = _STATUSES.get(status.lower()) if isinstance(status, str) else None
    starts_at, ends_at = _moment(info.get("publish_at")), _moment(info.get("expire_at"))
    state = listed_as or known
    if state is None:
        # An unknown word: what was never published has no time of publication.
        state = ContentState.DRAFT if starts_at is None else ContentState.LIVE
    if state is ContentState.LIVE and starts_at is not None and starts_at > now:
        return ContentState.SCHEDULED
    if state is ContentState.LIVE and ends_at is not None and ends_at <= now:
        return ContentState.EXPIRED
    return state


# Numbers


def windows(*, since: date, until: date) -> list[tuple[str, str]]:
    """`start` and `end` of each question about a span.

    Whether `end` is included is not documented: each window asks a day further, and rows are taken once and by date.
    """
    found: list[tuple[str, str]] = []
    start = since
    while start <= until:
        last = min(start + timedelta(days=WINDOW_DAYS - 1), until)
        found.append((start.isoformat(), (last + timedelta(days=1)).isoformat()))
        start = last + timedelta(days=1)
    return found


def stat_rows(answer: Mapping[str, object], *, since: date, until: date) -> dict[tuple[str, date], dict[str, int]]:
    """Counters of each share's day within the span; raises ProtocolViolation for a row that says nothing."""
    rows: dict[tuple[str, date], dict[str, int]] = {}
    for row in _objects(answer, "@items"):
        share = row.get("share")
        share_id = share.get("id") if isinstance(share, dict) else None
        on = _day(row.get("date"))
        if not isinstance(share_id, str) or on is None:
            raise ProtocolViolation("a row of share statistics without a share or a date")
        if since <= on <= until:
            names = [name for group in _COUNTERS.values() for name in group]
            rows[share_id, on] = {name: value for name in names if (value := _count(row.get(name))) is not None}
    return rows


def reading(rows: Iterable[Mapping[str, int]], metrics: Iterable[Metric]) -> MetricReading:
    """Sums over all shares and days; what no row counted is missing, never zero."""
    counted = list(rows)
    values: dict[Metric, int] = {}
    missing: dict[Metric, str] = {}
    for metric in dict.fromkeys(metrics):
        names = _COUNTERS.get(metric)
        if names is None:
            missing[metric] = MissingReason.NOT_SUPPORTED
            continue
        found = [row[name] for row in counted for name in names if name in row]
        if found:
            values[metric] = sum(found)
        else:
            missing[metric] = MissingReason.NO_DATA
    return MetricReading(values, missing, covers=("x", "linkedin"))


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ProtocolViolation("a counter of share statistics is no number")
    return value


# People


def scim_user(person: AudiencePerson) -> dict[str, object]:
    """The body of `POST /Users`: no more than a member needs to be let in, and our opaque reference."""
    for field, text in (("address", person.email), ("name", person.given_name + person.family_name)):
        require_sendable(text, field=field)
    return {
        "schemas": [USER_SCHEMA],
        "userName": person.email,
        "externalId": person.reference,
        "active": True,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [{"value": person.email, "primary": True}],
    }


def activity_patch(*, is_active: bool) -> dict[str, object]:
    """The PatchOp that lets somebody out or in again; nobody is ever deleted, so that their history stays."""
    return {
        "schemas": [_PATCH_SCHEMA],
        "Operations": [{"op": "replace", "path": "active", "value": is_active}],
    }


def user_name_filter(email: str) -> str:
    """A SCIM filter; its strings are written as in JSON (RFC 7644, section 3.4.2.2)."""
    return f"userName eq {json.dumps(email)}"


def member(user: Mapping[str, object]) -> AudienceMember:
    """A SCIM user; one without `active` is active, as RFC 7643 leaves it open and the vendor says nothing."""
    user_id, reference = user.get("id"), user.get("externalId")
    if not isinstance(user_id, str) or not user_id:
        raise ProtocolViolation("a SCIM user without an id")
    return AudienceMember(
        external_id=user_id,
        email=_email(user),
        is_active=user.get("active") is not False,
        reference=reference if isinstance(reference, str) and reference else None,
    )


def find_member(answer: Mapping[str, object], email: str) -> AudienceMember | None:
    """The user of a filtered list whose userName it is; services that ignore a filter list everybody."""
    for user in _objects(answer, "Resources", optional=True):
        if str(user.get("userName", "")).casefold() == email.casefold():
            return member(user)
    return None


def audience_page(answer: Mapping[str, object], *, start_index: int) -> AudiencePage:
    """A page of users; the cursor is the startIndex of the next one."""
    users = _objects(answer, "Resources", optional=True)
    total = answer.get("totalResults")
    following = start_index + len(users)
    has_more = isinstance(total, int) and bool(users) and following <= total
    return AudiencePage(tuple(member(user) for user in users), str(following) if has_more else None)


def start_index(cursor: str | None) -> int:
    """The cursor as SCIM counts, from 1; raises ConfigurationInvalid for anything else."""
    if cursor is None:
        return 1
    if not re.fullmatch(r"[1-9][0-9]{0,8}", cursor):
        raise ConfigurationInvalid("the cursor is none of this connector; start the listing anew")
    return int(cursor)


def missing_scim_features(config: Mapping[str, object]) -> list[str]:
    """What we need and the service says it has not: PATCH to let people out, filters to find them."""
    missing: list[str] = []
    for name in ("patch", "filter"):
        feature = config.get(name)
        if isinstance(feature, dict) and feature.get("supported") is False:
            missing.append(name)
    return missing


def _email(user: Mapping[str, object]) -> str:
    emails = user.get("emails")
    listed = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    for one in sorted(listed, key=lambda one: one.get("primary") is not True):
        if isinstance(one.get("value"), str) and one["value"]:
            return str(one["value"])
    name = user.get("userName")
    return name if isinstance(name, str) else ""


# Small things


def instant(moment: datetime) -> str:
    """A moment as the API writes it: UTC, seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(value: object) -> date | None:
    try:
        # The format is not documented: a date or a time stamp that begins with one.
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _objects(answer: Mapping[str, object], name: str, *, optional: bool = False) -> list[Mapping[str, object]]:
    items = answer.get(name)
    if items is None and optional:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ProtocolViolation(f"an answer without a list of objects in {name!r}")
    return items
