"""Our models to Sprout's payloads and back; pure functions."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from connectors.bambu.manifest import MANIFEST, MAX_MEDIA_BYTES
from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.models import (
    ContentPreview,
    ContentState,
    Credentials,
    Destination,
    FeedReading,
    Loss,
    Media,
    MediaKind,
    Metric,
    MetricReading,
    MissingReason,
    PlatformContent,
    Pushed,
    Secret,
    Suggestion,
)
from connectors.sdk.text import join, require_sendable

#: Employee Advocacy has no public API: what goes there is carried by people.
ADVOCACY = "advocacy"

#: Keys of LinkedIn's posts, the only ones that the vendor document lists; a network without one leaves it out.
POST_METRICS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.IMPRESSIONS: "lifetime.impressions",
        Metric.REACH: "lifetime.impressions_unique",
        Metric.REACTIONS: "lifetime.reactions",
        Metric.COMMENTS: "lifetime.comments_count",
        Metric.RESHARES: "lifetime.shares_count",
        Metric.CLICKS: "lifetime.post_content_clicks",
        Metric.VIDEO_PLAYS: "lifetime.video_views",
    }
)
#: Without naming them only the guid would come back.
POST_FIELDS = ("guid", "created_time", "customer_profile_id", "text")

FEED_METRICS: Mapping[str, str] = MappingProxyType(
    {
        "page_followers": "lifetime_snapshot.followers_count",
        "page_followers_gained": "followers_gained",
        "page_impressions": "impressions",
    }
)

MOST_PROFILES = 100
#: A year is allowed; wide ranges are what Sprout answers with 504.
LONGEST_SPAN = timedelta(days=90)
#: How long after its time a draft is looked for among the sent posts: people publish late, and Sprout limits ranges.
SENT_WITHIN = timedelta(days=30)

_LONGEST_LIFE = timedelta(days=400)
_DESTINATION = re.compile(r"(?:group:(?P<group>[0-9]+)|profile:(?P<of>[0-9]+):(?P<id>[0-9]+):(?P<network>[a-z_]+))")
_DRAFT_ID = re.compile(r"([0-9]+)(?::([0-9]+))?")
_TAG = re.compile(r"tag:([0-9]+)")
_LINK = re.compile(r"https?://[^\s\u2066-\u2069]+")
#: The values of `network_type` were not in what we read, so the name is looked for in them. First match counts.
_NETWORK_WORDS = (
    ("instagram", "instagram"),
    ("facebook", "facebook"),
    ("threads", "threads"),
    ("linkedin", "linkedin"),
    ("twitter", "x"),
    ("youtube", "youtube"),
    ("tiktok", "tiktok"),
    ("pinterest", "pinterest"),
    ("google", "google_business"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a draft goes: one profile of a group, or all of the group that are on the suggestion's network."""

    group_id: int
    profile_id: int | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A connected profile of a network."""

    external_id: int
    name: str
    network: str
    group_ids: tuple[int, ...]

    @property
    def takes_drafts(self) -> bool:
        """Review sites and the like are connected for reading only."""
        return self.network in MANIFEST.networks


@dataclass(frozen=True, slots=True)
class DraftPost:
    """One element of the fan-out: a draft for one profile at one time."""

    external_id: str
    profile_id: str
    text: str
    scheduled_at: datetime | None
    created_at: datetime | None
    url: str | None


# Sign-in


def credentials(token: Mapping[str, object], *, now: datetime) -> Credentials:
    """A token answer. How long a token lives is not published: only `expires_in` says so."""
    access = token.get("access_token")
    if not isinstance(access, str) or not is_sendable_token(access):
        raise ProtocolViolation("a token answer without an access_token that a header can carry")
    seconds = token.get("expires_in")
    expires_at = None
    if seconds is not None:
        try:
            life = timedelta(seconds=int(str(seconds)))
        except (ValueError, OverflowError):
            raise ProtocolViolation("a token life that is not a number of seconds") from None
        if not timedelta() < life <= _LONGEST_LIFE:
            raise ProtocolViolation(f"a token life of {life.days} days")
        expires_at = now + life
    scope = token.get("scope")
    return Credentials(
        access_token=Secret(access),
        expires_at=expires_at,
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
    )


def is_sendable_token(token: str) -> bool:
    """Whether a header can carry it."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


# The envelope


def rows(answer: object) -> list[Mapping[str, object]]:
    """The elements of an answer: in an envelope, or bare as topics come; one alone counts as a list of one."""
    data = answer.get("data") if isinstance(answer, dict) else answer
    if isinstance(data, dict):
        data = [data]
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ProtocolViolation("an answer of Sprout without a list of data")
    return data


def pages(answer: Mapping[str, object]) -> int:
    """How many pages there are; analytics always says so, and answers 400 beyond the last one."""
    paging = answer.get("paging")
    total = paging.get("total_pages") if isinstance(paging, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else 1


def _id(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    # The same id is a number in one answer and a text in another.
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value):
        raise ProtocolViolation(f"an element of Sprout's answer without {key}")
    return str(value)


def _number(row: Mapping[str, object], key: str) -> int:
    value = _id(row, key)
    if not value.isascii() or not value.isdecimal():
        raise ProtocolViolation(f"{key} is not a number")
    return int(value)


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _numbers(row: Mapping[str, object], key: str) -> tuple[int, ...]:
    values = row.get(key)
    found = values if isinstance(values, list) else []
    return tuple(int(str(value)) for value in found if str(value).isascii() and str(value).isdecimal())


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


# Destinations


def network_of(network_type: str) -> str:
    """Our name of a network, or the vendor's own word for one that we don't know."""
    word = network_type.casefold()
    if word.startswith("fb_") and "instagram" not in word:
        return "facebook"
    found = next((network for part, network in _NETWORK_WORDS if part in word), None)
    return found or re.sub(r"[^a-z0-9]+", "_", word).strip("_") or "unknown"


def profiles(answer: object) -> list[Profile]:
    """The connected profiles."""
    return [
        Profile(
            external_id=_number(row, "customer_profile_id"),
            name=_text(row, "name") or _text(row, "native_name") or _id(row, "customer_profile_id"),
            network=network_of(_text(row, "network_type")),
            group_ids=_numbers(row, "groups"),
        )
        for row in rows(answer)
    ]


def destinations(profile_rows: object, group_rows: object, tag_rows: object) -> tuple[Destination, ...]:
    """Groups, their profiles, active tags, and Employee Advocacy, which takes content by hand only."""
    groups = {_number(row, "group_id"): _text(row, "name") or _id(row, "group_id") for row in rows(group_rows)}
    found = [Destination(ADVOCACY, "Employee Advocacy (by hand)", "advocacy", takes_content=False)]
    connected = profiles(profile_rows)
    for group_id, name in groups.items():
        has_any = any(profile.takes_drafts and group_id in profile.group_ids for profile in connected)
        found.append(Destination(f"group:{group_id}", name, "group", takes_content=has_any))
    for profile in connected:
        for group_id in profile.group_ids:
            if group_id in groups:
                external_id = f"profile:{group_id}:{profile.external_id}:{profile.network}"
                title = f"{groups[group_id]}: {profile.name} ({profile.network})"
                parent = f"group:{group_id}"
                found.append(Destination(external_id, title, "profile", parent, takes_content=profile.takes_drafts))
    found += [
        Destination(f"tag:{_number(row, 'tag_id')}", _text(row, "text") or _id(row, "tag_id"), "tag", None, False)
        for row in rows(tag_rows)
        if row.get("active") is not False
    ]
    return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.external_id)))


def target(destination_id: str) -> Target:
    """Reads a destination's id; raises ConfigurationInvalid for one that takes no draft."""
    match = _DESTINATION.fullmatch(destination_id)
    if match is None:
        raise ConfigurationInvalid(
            "not a group or profile of Sprout",
            message="This destination takes no drafts; an administrator must choose a group or a profile of Sprout.",
        )
    if match["group"]:
        return Target(group_id=int(match["group"]))
    return Target(group_id=int(match["of"]), profile_id=int(match["id"]), network=match["network"])


def profiles_for(found: Iterable[Profile], *, group_id: int, network: str) -> list[int]:
    """The profiles of a group that a text for this network is meant for; raises Rejected when there is none."""
    ids = sorted(p.external_id for p in found if group_id in p.group_ids and p.network == network and p.takes_drafts)
    if not ids:
        raise Rejected("no_profile", f"This group of Sprout has no profile of {network} that takes drafts.")
    if len(ids) > MOST_PROFILES:
        raise Rejected("too_many_profiles", f"This group has {len(ids)} profiles of {network}; 100 go into one draft.")
    return ids


# Drafts


def lead(content: PlatformContent) -> Suggestion:
    """The one suggestion that becomes the draft's text: the first of the profile's network, else the first."""
    network = target(content.destination_id).network
    return next((one for one in content.suggestions if one.network == network), content.suggestions[0])


def draft_text(content: PlatformContent) -> str:
    """What the draft says: the suggestion as it is, with the tracked link and the disclosure where it lacks them."""
    text = lead(content).text
    url = None if content.url in text else content.url
    disclosure = content.disclosure if content.disclosure and content.disclosure not in text else None
    return join(text, disclosure, url)


def scheduled_at(content: PlatformContent, *, now: datetime, lead_hours: int) -> datetime:
    """When the draft proposes to be published, to the minute; raises Rejected for a time that has passed."""
    wanted = content.publish_at.astimezone(UTC) if content.publish_at else now + timedelta(hours=lead_hours)
    floored = wanted.replace(second=0, microsecond=0)
    if floored <= now:
        raise Rejected("publish_at_past", "Sprout takes drafts for a time to come only; please choose a later time.")
    return floored


def require_sendable_content(content: PlatformContent) -> None:
    """Raises Rejected for what Sprout would refuse."""
    require_sendable(draft_text(content))
    for media in content.media:
        require_media(media)
    for kind in MediaKind:
        number = sum(media.kind is kind for media in content.media)
        limit = MANIFEST.media_limit(kind)
        if limit is not None and number > limit.most_per_post:
            raise Rejected("media_not_accepted", f"At most {limit.most_per_post} of kind {kind} go into one draft.")


def require_media(media: Media) -> None:
    """Raises Rejected with code `media_not_accepted` for what Sprout takes in no draft."""
    limit = MANIFEST.media_limit(media.kind)
    if limit is None or media.content_type not in limit.content_types:
        raise Rejected("media_not_accepted", f"Sprout takes no files of type {media.content_type} as {media.kind}.")
    if len(media.data) > MAX_MEDIA_BYTES:
        raise Rejected("media_not_accepted", f"The file has {len(media.data)} bytes; at most {MAX_MEDIA_BYTES} go.")


def draft_body(
    content: PlatformContent, *, profile_ids: Sequence[int], at: datetime, media_ids: Sequence[tuple[str, MediaKind]]
) -> dict[str, object]:
    """The body of `POST publishing/posts`; anything but `is_draft: true` is refused by Sprout."""
    body: dict[str, object] = {
        "group_id": target(content.destination_id).group_id,
        "customer_profile_ids": list(profile_ids),
        "is_draft": True,
        "text": draft_text(content),
        "delivery": {"type": "SCHEDULED", "scheduled_times": [_stamp(at)]},
    }
    if media_ids:
        body["media"] = [{"media_id": media_id, "media_type": _media_type(kind)} for media_id, kind in media_ids]
    if tags := tag_ids(content):
        body["tag_ids"] = tags
    return body


def tag_ids(content: PlatformContent) -> list[int]:
    """Topics of ours are tags of Sprout; raises ConfigurationInvalid for a topic that is none."""
    matches = [_TAG.fullmatch(topic) for topic in content.topic_ids]
    if any(match is None for match in matches):
        raise ConfigurationInvalid(
            "a topic that is no tag of Sprout",
            message="A topic of this item is no tag of Sprout; an administrator must choose it again.",
        )
    return [int(match[1]) for match in matches if match]


def _media_type(kind: MediaKind) -> str:
    return "PHOTO" if kind is MediaKind.IMAGE else "VIDEO"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def draft_preview(content: PlatformContent, *, at: datetime) -> ContentPreview:
    """What people will find among Sprout's drafts; raises Rejected for what Sprout would refuse."""
    require_sendable_content(content)
    where = target(content.destination_id)
    chosen = lead(content)
    fields = {
        "group_id": str(where.group_id),
        "customer_profile_ids": str(where.profile_id or f"all profiles of the group on {chosen.network}"),
        "text": draft_text(content),
        "delivery.scheduled_times": _stamp(at),
    }
    if tags := tag_ids(content):
        fields["tag_ids"] = ", ".join(map(str, tags))
    if content.media:
        fields["media"] = ", ".join(f"{_media_type(media.kind)} {media.filename}" for media in content.media)
    return ContentPreview(fields, tuple(_losses(content, chosen=chosen, network=where.network)))


def _losses(content: PlatformContent, *, chosen: Suggestion, network: str | None) -> Iterable[Loss]:
    yield Loss("title", "dropped", "A draft of Sprout has no title.")
    # Merging it into the text would publish words that are meant for colleagues only.
    yield Loss("why_share", "dropped", "A draft of Sprout has no place for words that only colleagues read.")
    if network is not None and chosen.network != network:
        detail = f"The profile is on {network}; the text was written for {chosen.network}."
        yield Loss(f"suggestions.{chosen.language}", "converted", detail)
    for one in content.suggestions:
        if one is not chosen:
            detail = f"A draft has one text; the one for {one.network} in {one.language} stays here."
            yield Loss(f"suggestions.{one.language}", "dropped", detail)
    if content.disclosure and content.disclosure not in chosen.text:
        yield Loss("disclosure", "merged", "It stands in the text, where whoever finishes the draft can edit it.")
    if content.url not in chosen.text:
        yield Loss("url", "merged", "The tracked link stands in the text.")
    if content.publish_at is None:
        yield Loss("publish_at", "converted", "Sprout wants a time: a later one is proposed; people move it there.")
    elif content.publish_at.second or content.publish_at.microsecond:
        yield Loss("publish_at", "shortened", "Sprout plans by the minute.")
    if content.expires_at is not None:
        yield Loss("expires_at", "dropped", "A draft of Sprout does not end by itself.")
    if any(media.alt_text for media in content.media):
        yield Loss("media.alt_text", "dropped", "A draft made by the API has no alternative text; add it in Sprout.")


def draft_posts(answer: object) -> list[DraftPost]:
    """The elements of a fan-out, each with its own id."""
    found = []
    for row in rows(answer):
        internal = row.get("internal")
        publishing = internal.get("publishing") if isinstance(internal, dict) else None
        if not isinstance(publishing, dict):
            raise ProtocolViolation("a draft without internal.publishing")
        deliveries = publishing.get("deliveries")
        first = deliveries[0] if isinstance(deliveries, list) and deliveries else {}
        link = publishing.get("perma_link")
        found.append(
            DraftPost(
                external_id=_id(publishing, "publishing_post_id"),
                profile_id=_id(row, "customer_profile_id"),
                text=_text(publishing, "text"),
                scheduled_at=_moment(first.get("scheduled_time") if isinstance(first, dict) else None),
                created_at=_moment(publishing.get("created_time")),
                url=link if isinstance(link, str) and link.startswith("https://") else None,
            )
        )
    return found


def pushed(posts: Sequence[DraftPost], *, request: str | None) -> Pushed:
    """All ids of the fan-out in one external id; nothing of it is public."""
    drafts = [
        {
            "publishing_post_id": post.external_id,
            "customer_profile_id": post.profile_id,
            "scheduled_time": _stamp(post.scheduled_at) if post.scheduled_at else None,
        }
        for post in posts
    ]
    return Pushed(
        external_id=",".join(f"{post.external_id}:{post.profile_id}" for post in posts),
        state=ContentState.DRAFT,
        url=next((post.url for post in posts if post.url), None),
        raw=MappingProxyType({"drafts": drafts, "request_id": request}),
    )


def draft_ids(external_id: str) -> list[tuple[str, str | None]]:
    """Ids of drafts with their profiles, out of an external id of ours; raises Rejected for what is none."""
    matches = [_DRAFT_ID.fullmatch(one) for one in external_id.split(",")]
    if not all(matches):
        raise Rejected("not_a_draft", "This is not the id of a draft of Sprout.")
    return [(match[1], match[2]) for match in matches if match]


# Numbers


def posts_query(
    drafts: Sequence[DraftPost], *, metrics: Collection[Metric], since: date, until: date, page: int
) -> dict[str, object]:
    """What was sent on the drafts' profiles on some days, both ends included."""
    return {
        "filters": [
            _profile_filter(draft.profile_id for draft in drafts),
            f"created_time.in({since}...{until + timedelta(days=1)})",
        ],
        "fields": list(POST_FIELDS),
        "metrics": [POST_METRICS[metric] for metric in POST_METRICS if metric in metrics],
        "sort": ["created_time:asc"],
        "timezone": "UTC",
        "page": page,
    }


def _profile_filter(profile_ids: Iterable[str]) -> str:
    return f"customer_profile_id.eq({', '.join(dict.fromkeys(profile_ids))})"


def sent_posts(drafts: Iterable[DraftPost], found: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Those that were made of the drafts: on the same profile, with the same text or with all its links.

    Sprout names no draft at a sent post, so a text that people rewrote without its link is not recognized.
    """
    matched: dict[str, Mapping[str, object]] = {}
    for draft in drafts:
        links = set(_LINK.findall(draft.text))
        same_profile = [
            row
            for row in found
            if str(row.get("customer_profile_id")) == draft.profile_id
            and (draft.created_at is None or (_moment(row.get("created_time")) or draft.created_at) >= draft.created_at)
        ]
        equal = [row for row in same_profile if _text(row, "text").strip() == draft.text.strip()]
        linked = [row for row in same_profile if links and links <= set(_LINK.findall(_text(row, "text")))]
        for row in equal or linked:
            matched[_id(row, "guid")] = row
    return list(matched.values())


def reading(posts: Sequence[Mapping[str, object]], metrics: Collection[Metric]) -> MetricReading:
    """Lifetime numbers, summed over the posts only where each post has the number: a part would look like a fall."""
    values: dict[Metric, int] = {}
    missing: dict[Metric, str] = {}
    for metric in dict.fromkeys(metrics):
        key = POST_METRICS.get(metric)
        counts = [_count(post, key) for post in posts] if key else []
        known = [count for count in counts if count is not None]
        # People who saw it on two profiles would be counted twice.
        if key is None or (metric is Metric.REACH and len(posts) > 1):
            missing[metric] = MissingReason.NOT_SUPPORTED
        elif not counts or len(known) < len(counts):
            missing[metric] = MissingReason.NO_DATA
        else:
            values[metric] = sum(known)
    return MetricReading(values=values, missing=missing)


def _count(row: Mapping[str, object], key: str) -> int | None:
    metrics = row.get("metrics")
    value = metrics.get(key) if isinstance(metrics, dict) else None
    # A number that a network took away has no key; that is not zero.
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise ProtocolViolation(f"{key} is not a count")
    return int(value)


def sent_spans(draft: DraftPost, *, now: datetime) -> list[tuple[date, date]]:
    """The days on which a draft can have been sent: from its making until a month after its time, and not to come.

    In parts of 30 days, more than which Sprout does not answer for Google's posts.
    """
    until = min(now, (draft.scheduled_at or now) + SENT_WITHIN).date()
    return spans((draft.created_at or now).date(), until, longest=SENT_WITHIN)


def require_subject(subject: str) -> str:
    """Raises ConfigurationInvalid unless it is the number of a profile."""
    if not subject.isascii() or not subject.isdecimal():
        raise ConfigurationInvalid(
            "the subject of a goal feed is not a customer_profile_id",
            message="The profile in Sprout is given by its number; an administrator must correct it.",
        )
    return subject


def spans(since: date, until: date, *, longest: timedelta = LONGEST_SPAN) -> list[tuple[date, date]]:
    """The days in parts that Sprout answers in time, each with both ends included."""
    found = []
    while since <= until:
        end = min(until, since + longest - timedelta(days=1))
        found.append((since, end))
        since = end + timedelta(days=1)
    return found


def feed_query(feed: str, *, subject: str, since: date, until: date, page: int) -> dict[str, object]:
    """One number of one profile for some days; three dots leave out the end."""
    return {
        "filters": [_profile_filter([subject]), f"reporting_period.in({since}...{until + timedelta(days=1)})"],
        "metrics": [FEED_METRICS[feed]],
        "page": page,
    }


def feed_reading(
    feed: str, found: Iterable[Mapping[str, object]], *, subject: str, since: date, until: date
) -> FeedReading:
    """Each day's number, by the day that Sprout names."""
    by_day: dict[date, int] = {}
    for row in found:
        dimensions = row.get("dimensions")
        if not isinstance(dimensions, dict) or str(dimensions.get("customer_profile_id", subject)) != subject:
            continue
        try:
            day = date.fromisoformat(str(dimensions.get("reporting_period.by(day)"))[:10])
        except ValueError:
            raise ProtocolViolation("a day of Sprout's analytics that is no date") from None
        if (count := _count(row, FEED_METRICS[feed])) is not None:
            by_day[day] = count
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return FeedReading(
        values={day: by_day[day] for day in days if day in by_day},
        missing={day: MissingReason.NO_DATA for day in days if day not in by_day},
    )


# By hand


def handoff_preview(content: PlatformContent) -> ContentPreview:
    """What an administrator puts into a new story of Employee Advocacy by hand; the names of the parts are ours."""
    fields = {"story title": content.title, "story link": content.url, "why share": content.why_share}
    for (network, language), texts in _by_network(content.suggestions).items():
        fields[f"text for {network} ({language})"] = join(*texts)
    if content.disclosure:
        fields["disclosure"] = content.disclosure
    if content.publish_at:
        fields["from"] = _stamp(content.publish_at)
    if content.expires_at:
        fields["until"] = _stamp(content.expires_at)
    if content.media:
        fields["files"] = ", ".join(
            f"{media.filename} ({media.alt_text})" if media.alt_text else media.filename for media in content.media
        )
    losses = []
    if content.topic_ids:
        losses.append(Loss("topic_ids", "dropped", "Tags of Sprout are no topics of Employee Advocacy; choose there."))
    return ContentPreview(fields, tuple(losses))


def _by_network(suggestions: Iterable[Suggestion]) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in suggestions:
        found[one.network, one.language].append(one.text)
    return found


def handoff(content: PlatformContent) -> str:
    """The whole package as one text to paste from; each part stands by itself, exactly as it was written."""
    parts = [f"{name.upper()}\n{value}" for name, value in handoff_preview(content).fields.items()]
    steps = (
        "EMPLOYEE ADVOCACY BY SPROUT SOCIAL: NEW STORY\n"
        "1. Open https://advocacy.sproutsocial.com/ and create a story from the link below.\n"
        "2. Paste title and texts; readers may change them when they share.\n"
        "3. Choose up to three topics, then confirm in Advocacy that the story is there."
    )
    return join(steps, *parts)
