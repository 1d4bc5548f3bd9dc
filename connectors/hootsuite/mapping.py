"""Our models to Hootsuite's payloads and back; pure functions."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.manifest import Manifest, TextUnit
from connectors.sdk.models import (
    Account,
    AudienceMember,
    AudiencePerson,
    ContentState,
    Credentials,
    Destination,
    Loss,
    Media,
    Metric,
    PlatformContent,
    Secret,
    Suggestion,
)
from connectors.sdk.text import join, require_fits, require_sendable

#: Types of profiles that a plain message can go to, with the network in our words. Not among them: TikTok, YouTube and
#: Instagram Business (excluded by the vendor), Pinterest (a pin needs a board), WhatsApp (not documented).
NETWORKS: Mapping[str, str] = {
    "LINKEDIN": "linkedin",
    "LINKEDINCOMPANY": "linkedin",
    "FACEBOOK": "facebook",
    "FACEBOOKPAGE": "facebook",
    "TWITTER": "x",
    "INSTAGRAM": "instagram",
    "THREADS": "threads",
}
#: Networks that the analytics know. LinkedIn is not one of them, for people or for companies.
MEASURED = frozenset(
    {"FACEBOOKPAGE", "TWITTER", "INSTAGRAMBUSINESS", "TIKTOKBUSINESS", "YOUTUBECHANNEL", "PINTEREST", "THREADS"}
)
#: The names that the document shows; others differ per network and are defined nowhere that we could read.
METRIC_NAMES: Mapping[Metric, str] = {
    Metric.REACTIONS: "likes",
    Metric.COMMENTS: "comments",
    Metric.CLICKS: "clicks",
}
_AMPLIFY_NETWORKS: Mapping[str, tuple[str, ...]] = {
    "linkedin": ("linkedin",),
    "facebook": ("facebook", "facebookpage"),
    "instagram": ("instagram",),
    "x": ("twitter",),
    "twitter": ("twitter",),
    "tiktok": ("tiktokbusiness",),
}
_AMPLIFY_KEYS = ("linkedin", "facebook", "facebookpage", "instagram", "twitter", "tiktokbusiness")
_STATES: Mapping[str, ContentState] = {
    "SCHEDULED": ContentState.SCHEDULED,
    "SUBMITTED": ContentState.SCHEDULED,
    "PENDING_APPROVAL": ContentState.AWAITING_REVIEW,
    "SENT": ContentState.LIVE,
    "SEND_FAILED_PERMANENTLY": ContentState.FAILED,
    "REJECTED": ContentState.FAILED,
}
LINKEDIN_MAX_CHARS = 3000
#: A third party reports at least five minutes between now and the scheduled time; the vendor names none.
LEAD = timedelta(minutes=5)
_SLACK = timedelta(minutes=1)
LONGEST_WINDOW = timedelta(weeks=4)
_LONGEST_LIFE = timedelta(days=400)

SCIM_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SCIM_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


# Ids of ours: the kind stands in front, so that a profile can't be taken for a topic


@dataclass(frozen=True, slots=True)
class ProfileTarget:
    """A social profile; its type is part of our id, so that a preview knows the network without a call."""

    profile_type: str
    profile_id: str


@dataclass(frozen=True, slots=True)
class TopicTarget:
    """An Amplify topic; Amplify gives topics no id, so the name is the key."""

    name: str


def parse_destination(destination_id: str) -> ProfileTarget | TopicTarget:
    """Reads an id of `list_destinations`; raises Rejected with code `unknown_destination` for any other."""
    if found := re.fullmatch(r"profile:([A-Z0-9_]{1,40}):([0-9]{1,30})", destination_id):
        return ProfileTarget(found.group(1), found.group(2))
    kind, _, name = destination_id.partition(":")
    if kind == "topic" and name:
        return TopicTarget(name)
    raise Rejected("unknown_destination", "This is neither a social profile of Hootsuite nor a topic of Amplify.")


def message_external_id(message_id: str) -> str:
    """How we call a scheduled message."""
    return f"message:{message_id}"


def amplify_external_id(post_id: str) -> str:
    """How we call a post in Amplify."""
    return f"amplify:{post_id}"


def message_id_of(external_id: str) -> str | None:
    """The vendor's id of a scheduled message; None for an Amplify post; raises Rejected for any other id."""
    if found := re.fullmatch(r"message:([0-9]{1,30})", external_id):
        return found.group(1)
    if external_id.startswith("amplify:"):
        return None
    raise Rejected("not_found", "This is no id of an item in Hootsuite.", detail="neither message: nor amplify:")


# Small readers


def text(value: object) -> str | None:
    """A string with something in it; ids come as strings, a number is taken as well."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def moment(value: object) -> datetime | None:
    """An instant in UTC, or None for what is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at is not None and at.tzinfo else None


def zulu(at: datetime) -> str:
    """As the vendor wants times: UTC, to the second, with a Z; any other offset is refused."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zulu_millis(at: datetime) -> str:
    """As Amplify writes times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def objects(body: Mapping[str, object], key: str = "data") -> list[Mapping[str, object]]:
    """The objects of an envelope; one alone and an array of it mean the same."""
    value = body.get(key)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ProtocolViolation(f"an answer without a list of objects in {key}")
    return value


def one_object(body: Mapping[str, object]) -> Mapping[str, object]:
    """The one object of an envelope."""
    found = objects(body)
    if len(found) != 1:
        raise ProtocolViolation(f"an answer with {len(found)} objects where one is expected")
    return found[0]


# Sign-in


def credentials(token: Mapping[str, object], *, now: datetime, kept: Credentials | None = None) -> Credentials:
    """A token answer, with its type in either spelling; the life is what the answer says, whatever pages say."""
    access = token.get("access_token")
    if not isinstance(access, str) or not access or not access.isascii() or not re.fullmatch(r"[!-~]+", access):
        raise ProtocolViolation("a token answer without an access_token that a header can carry")
    kind = token.get("token_type") or token.get("token_Type") or "bearer"
    if str(kind).lower() != "bearer":
        raise ProtocolViolation("a token that is no bearer token")
    refresh = text(token.get("refresh_token"))
    scope = token.get("scope")
    granted = frozenset(scope.split()) if isinstance(scope, str) else frozenset()
    return Credentials(
        access_token=Secret(access),
        refresh_token=Secret(refresh) if refresh else (kept.refresh_token if kept else None),
        expires_at=_ends(token.get("expires_in"), now),
        scopes=granted or (kept.scopes if kept else frozenset()),
    )


def _ends(seconds: object, now: datetime) -> datetime | None:
    if seconds is None:
        return None
    try:
        life = timedelta(seconds=int(str(seconds)))
    except (ValueError, OverflowError):
        raise ProtocolViolation("a token life that is not a number of seconds") from None
    if not timedelta() < life <= _LONGEST_LIFE:
        raise ProtocolViolation(f"a token life of {life.days} days")
    return now + life


def account(member: Mapping[str, object]) -> Account:
    """The member who signed in."""
    member_id = text(member.get("id"))
    if member_id is None:
        raise ProtocolViolation("a member without an id")
    name = text(member.get("fullName")) or text(member.get("companyName"))
    return Account(external_id=member_id, display_name=name or "Hootsuite member")


# Destinations


def profile_destination(profile: Mapping[str, object]) -> Destination:
    """A social profile as a destination; a name is missing on Twitter."""
    profile_id, profile_type = text(profile.get("id")), text(profile.get("type"))
    if profile_id is None or profile_type is None:
        raise ProtocolViolation("a social profile without id or type")
    name = text(profile.get("socialNetworkUsername")) or f"{profile_type} {profile_id}"
    return Destination(
        external_id=f"profile:{profile_type}:{profile_id}",
        title=f"{name} ({profile_type})",
        kind="profile",
        takes_content=profile_type in NETWORKS,
    )


def topic_destination(topic: Mapping[str, object]) -> Destination:
    """An Amplify topic as a destination."""
    name = text(topic.get("name"))
    if name is None:
        raise ProtocolViolation("a topic without a name")
    return Destination(external_id=f"topic:{name}", title=name, kind="topic")


# Content


@dataclass(frozen=True, slots=True)
class Draft:
    """What goes out, and what gets lost on the way."""

    text: str
    losses: tuple[Loss, ...]
    #: When it goes out, or when people see it.
    at: datetime


def message_draft(content: PlatformContent, target: ProfileTarget, *, manifest: Manifest, now: datetime) -> Draft:
    """Content as a message of one profile: all of it is public, so nothing internal gets into its text."""
    network = NETWORKS.get(target.profile_type)
    if network is None:
        raise Rejected(
            "profile_not_publishable", f"Hootsuite's API does not publish to profiles of type {target.profile_type}."
        )
    chosen = next((one for one in content.suggestions if _network(one) == network), None)
    if chosen is None:
        raise Rejected(
            "no_words_for_network", f"There are no approved words for {network}, to which this profile belongs."
        )
    words = _public_text(content, chosen)
    if network == "linkedin":
        require_fits(words, most=LINKEDIN_MAX_CHARS, unit=TextUnit.CODE_POINTS)
    _require_media(content.media, manifest)
    soonest = now + LEAD + _SLACK
    wanted = content.publish_at or now
    at = max(wanted, soonest)
    losses = [
        Loss("title", "dropped", "a scheduled message has no title"),
        Loss("why_share", "dropped", "a scheduled message has one text, which everybody reads"),
        *_lost_words(content, chosen),
        *_merged_disclosure(content, chosen),
    ]
    if content.publish_at is not None and at != wanted:
        losses.append(Loss("publish_at", "converted", f"goes out at {zulu(at)}: at least five minutes from now"))
    if content.expires_at is not None:
        losses.append(Loss("expires_at", "dropped", "a message that was sent stays on the network"))
    if content.topic_ids:
        losses.append(Loss("topic_ids", "dropped", "a scheduled message belongs to no topic"))
    losses += [
        Loss("media.alt_text", "dropped", "no field for it is documented") for one in content.media if one.alt_text
    ]
    losses += [Loss("media.title", "dropped", "no field for it is documented") for one in content.media if one.title]
    return Draft(text=words, losses=tuple(losses), at=at)


def message_body(
    draft: Draft, target: ProfileTarget, *, media_ids: Collection[str], webhook_url: str | None
) -> dict[str, object]:
    """The body of `POST /v1/messages` for one profile."""
    body: dict[str, object] = {
        "text": draft.text,
        "socialProfileIds": [target.profile_id],
        "scheduledSendTime": zulu(draft.at),
    }
    if media_ids:
        body["media"] = [{"id": media_id} for media_id in media_ids]
    if webhook_url:
        body["webhookUrls"] = [webhook_url]
    return body


def amplify_draft(content: PlatformContent, *, now: datetime) -> Draft:
    """Content as a post in Amplify: advocates start from its text and may change it."""
    chosen = next((one for one in content.suggestions if _network(one) in _AMPLIFY_NETWORKS), None)
    if chosen is None:
        raise Rejected("no_words_for_network", "Amplify shares to none of the networks that there are words for.")
    at = content.publish_at or now
    losses = [
        Loss("title", "dropped", "a post of Amplify has no title that the API could set"),
        Loss("why_share", "dropped", "a post of Amplify has one text, which advocates share; nothing internal goes in"),
        *_lost_words(content, chosen),
        *_merged_disclosure(content, chosen),
    ]
    losses += [
        Loss("media", "dropped", f"{one.filename}: how Amplify takes files is not documented") for one in content.media
    ]
    return Draft(text=_public_text(content, chosen), losses=tuple(losses), at=at)


def amplify_body(content: PlatformContent, draft: Draft) -> dict[str, object]:
    """The body of `POST /amplify/v1/me/messages`: always editable, never pinned, never a mere suggestion."""
    body: dict[str, object] = {
        "text": draft.text,
        "topics": topics_of(content),
        "publishedDate": zulu_millis(draft.at),
        "isPublished": True,
        "isShareable": True,
        "isEditable": True,
        "isPinned": False,
        "isSuggested": False,
        "shareableNetworks": shareable_networks(content),
    }
    if content.expires_at is not None:
        body["expiryDate"] = zulu_millis(content.expires_at)
    return body


def shareable_networks(content: PlatformContent) -> dict[str, bool]:
    """Networks that a post may be shared to: those that there are approved words for."""
    networks = {key for one in content.suggestions for key in _AMPLIFY_NETWORKS.get(_network(one), ())}
    return {key: key in networks for key in _AMPLIFY_KEYS}


def topics_of(content: PlatformContent) -> list[str]:
    """The topics that a post goes into, by name; raises Rejected for one that is none."""
    names: dict[str, None] = {}
    for destination_id in (content.destination_id, *content.topic_ids):
        target = parse_destination(destination_id)
        if not isinstance(target, TopicTarget):
            raise Rejected("unknown_destination", "An Amplify post goes into topics only.")
        names[target.name] = None
    return list(names)


def _network(suggestion: Suggestion) -> str:
    name = suggestion.network.casefold()
    return "x" if name == "twitter" else name


def _public_text(content: PlatformContent, chosen: Suggestion) -> str:
    # A longer address that begins like ours is another one.
    url = None if content.url in chosen.text.split() else content.url
    disclosure = None if content.disclosure and content.disclosure in chosen.text else content.disclosure
    words = join(disclosure, chosen.text, url)
    require_sendable(words)
    return words


def _lost_words(content: PlatformContent, chosen: Suggestion) -> Iterable[Loss]:
    for one in content.suggestions:
        if one is not chosen:
            detail = f"the words for {one.network}: there is one text, and it has those for {chosen.network}"
            yield Loss(f"suggestions.{one.language}", "dropped", detail)


def _merged_disclosure(content: PlatformContent, chosen: Suggestion) -> Iterable[Loss]:
    if content.disclosure and content.disclosure not in chosen.text:
        yield Loss("disclosure", "merged", "it is the first paragraph of the text")


def _require_media(files: Collection[Media], manifest: Manifest) -> None:
    if len(files) > 1:
        raise Rejected(
            "media_not_accepted", "One file can go with a message; how many more Hootsuite takes is not known."
        )
    for one in files:
        limit = manifest.media_limit(one.kind)
        if limit is None or one.content_type not in limit.content_types or len(one.data) > limit.max_bytes:
            kinds = "PNG, JPEG and GIF images and MP4 videos"
            raise Rejected("media_not_accepted", f"Hootsuite takes {kinds}, not {one.filename} ({one.content_type}).")


def content_state(message: Mapping[str, object]) -> ContentState:
    """A message's state in our words; one that we do not know is for people to look at."""
    return _STATES.get(str(message.get("state")), ContentState.AWAITING_REVIEW)


def is_overdue(message: Mapping[str, object], *, now: datetime) -> bool:
    """Still waiting for approval past its time, which the state does not tell."""
    at = moment(message.get("scheduledSendTime"))
    return message.get("state") == "PENDING_APPROVAL" and at is not None and at < now


def profile_id_of(message: Mapping[str, object]) -> str | None:
    """The profile that a message belongs to."""
    profile = message.get("socialProfile")
    return text(profile.get("id")) if isinstance(profile, dict) else None


def search_window(content: PlatformContent, *, now: datetime) -> tuple[datetime, datetime]:
    """Where a message of this content can lie, however late it was sent; never wider than the vendor takes."""
    late = LEAD + 2 * _SLACK
    if content.publish_at is None:
        return now + late - LONGEST_WINDOW, now + late
    start = content.publish_at - _SLACK
    return start, min(max(content.publish_at, now) + late, start + LONGEST_WINDOW)


def raw_message(message: Mapping[str, object]) -> dict[str, object]:
    """What of a message is worth keeping: ids and states, no words of people."""
    kept = ("id", "state", "scheduledSendTime", "postId", "postUrl", "sequenceNumber")
    return {key: message[key] for key in kept if isinstance(message.get(key), str | int)}


def web_address(value: object) -> str | None:
    """An https address, or None for anything else that a vendor calls one."""
    return value if isinstance(value, str) and value.startswith("https://") and value.isprintable() else None


# People


def scim_user(person: AudiencePerson) -> dict[str, object]:
    """The body of `POST /scim/v2/Users`. There is no place for a reference of ours."""
    return {
        "schemas": [SCIM_USER],
        "userName": person.email,
        "displayName": f"{person.given_name} {person.family_name}".strip() or person.email,
        "active": True,
        "emails": [{"primary": True, "value": person.email, "type": "work"}],
        "preferredLanguage": person.language,
    }


def scim_active(is_active: bool) -> dict[str, object]:
    """The body of `PATCH /scim/v2/Users/{id}` that lets a person in or out."""
    return {"schemas": [SCIM_PATCH], "Operations": [{"op": "replace", "path": "active", "value": is_active}]}


def audience_member(user: Mapping[str, object]) -> AudienceMember:
    """A SCIM user."""
    user_id = text(user.get("id"))
    if user_id is None:
        raise ProtocolViolation("a SCIM user without an id")
    emails = user.get("emails")
    listed = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    listed.sort(key=lambda one: one.get("primary") is not True)
    email = text(listed[0].get("value")) if listed else None
    return AudienceMember(
        external_id=user_id,
        email=text(user.get("userName")) or email or "",
        is_active=user.get("active") is True,
    )


def start_index(cursor: str | None) -> int:
    """Our cursor is SCIM's start index; raises ConfigurationInvalid for one that is none."""
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 9 or int(cursor) < 1:
        raise ConfigurationInvalid("a cursor that is none of this connector's")
    return int(cursor)


# Numbers


def analytics_body(profile_id: str, *, sent_at: datetime, now: datetime) -> dict[str, object]:
    """Filters that hold one post: the period goes by the day of creation, values are of all time."""
    since, until = sent_at - timedelta(days=1), min(sent_at + timedelta(days=2), now)
    return {
        "filters": {
            "profileId": {"in": [profile_id]},
            "reportingPeriod": {"timespan": {"since": zulu(since), "until": zulu(until)}},
        }
    }


def count(metrics: object, metric: Metric) -> int | None:
    """A number out of the vendor's open map; None when it is not there or no count."""
    value = metrics.get(METRIC_NAMES[metric]) if isinstance(metrics, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    return int(value)


def next_cursor(body: Mapping[str, object], *path: str) -> str | None:
    """A cursor somewhere under `metadata`."""
    value: object = body.get("metadata")
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return text(value)


def resolved(body: Mapping[str, object]) -> dict[str, str]:
    """Hash to member id."""
    pairs = ((text(one.get("obfuscatedID")), text(one.get("memberID"))) for one in objects(body))
    return {hashed: member for hashed, member in pairs if hashed and member}


_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[a-zA-Z]+="?[^",;]*"?)*)')


def next_link(header: str) -> str | None:
    """The address of the next page in a `Link` header."""
    for address, parameters in _LINK.findall(header):
        if re.search(r';\s*rel="?next"?', parameters):
            return str(address)
    return None
