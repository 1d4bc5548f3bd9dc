"""Our models to Oktopost's fields and back; pure functions."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from connectors.oktopost.manifest import FOLLOWERS, FOLLOWERS_GAINED, MANIFEST
from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation, Rejected
from connectors.sdk.models import (
    AudienceMember,
    AudiencePerson,
    ContentPreview,
    ContentState,
    Context,
    Destination,
    FeedReading,
    Loss,
    Metric,
    MetricReading,
    MissingReason,
    PlatformContent,
    Pushed,
)
from connectors.sdk.text import join, require_sendable

#: The vendor's names are case-sensitive. YouTube is left out: the vendor's own texts write it in two ways.
NETWORKS: Mapping[str, str] = {
    "linkedin": "LinkedIn",
    "x": "Twitter",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "wechat": "WeChat",
    "xing": "Xing",
}
#: The vendor's link shortener: a link on it tells nothing about the one that was sent.
_SHORTENED = re.compile(r"https?://okt\.to/")
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_CAMPAIGN_ID = re.compile(r"002[0-9A-Za-z]{12}")
#: Words for the state of an advocate are not documented; these would say that somebody cannot share.
_OUT = frozenset({"inactive", "deactivated", "disabled", "suspended", "deleted", "removed"})
#: What a row of followers calls the number of each feed.
FEED_COUNTERS: Mapping[str, str] = {FOLLOWERS: "Followers", FOLLOWERS_GAINED: "FollowersAdded"}
_COUNTERS: Mapping[Metric, str] = {Metric.CLICKS: "BoardClicks", Metric.CONVERSIONS: "BoardConverts"}


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """One suggestion on its way to become a message: a message is for one network."""

    network: str
    language: str
    text: str


def require_id(value: str) -> str:
    """The id itself; raises Rejected for what can't be an id of Oktopost, and so is not there."""
    if not _ID.fullmatch(value):
        raise Rejected("not_found", "Oktopost has nothing with this id; it is not of the form of its ids.")
    return value


def require_campaign(ctx: Context) -> str:
    """The campaign of the settings; raises ConfigurationInvalid for what can't be the id of one."""
    value = MANIFEST.setting(ctx, "campaign_id")
    if not _CAMPAIGN_ID.fullmatch(value):
        raise ConfigurationInvalid(
            "the setting campaign_id is no id of a campaign",
            message="The ID of the campaign must be as Oktopost shows it: 002 and twelve more characters.",
        )
    return value


# What we send


def drafts(content: PlatformContent) -> tuple[MessageDraft, ...]:
    """The messages of an item; raises Rejected for an item that Oktopost has no place for."""
    if content.media:
        raise Rejected(
            "media_not_accepted",
            "Oktopost takes pictures only from a public address, not as files; please take the files off.",
        )
    require_sendable(content.title, field="title")
    require_sendable(content.why_share, field="reason to share")
    for name in (content.destination_id, *content.topic_ids):
        require_id(name)
    found = []
    for suggestion in content.suggestions:
        if network := NETWORKS.get(suggestion.network):
            require_sendable(suggestion.text)
            text = suggestion.text
            if content.disclosure and content.disclosure not in text:
                text = join(text, content.disclosure)
            found.append(MessageDraft(network, suggestion.language, text))
    if not found:
        raise Rejected(
            "no_network", f"Oktopost shares to none of the item's networks; it knows {', '.join(sorted(NETWORKS))}."
        )
    return tuple(found)


def message_form(draft: MessageDraft, *, content: PlatformContent, campaign_id: str) -> dict[str, str]:
    """The form of `POST /message`."""
    return {"campaignId": campaign_id, "network": draft.network, "message": draft.text, "linkUrl": content.url}


def story_form(content: PlatformContent, *, campaign_id: str, message_ids: Sequence[str]) -> dict[str, str]:
    """The form of `POST /story`; times are seconds since 1970, lists are separated by commas."""
    form = {
        "boardId": content.destination_id,
        "campaignId": campaign_id,
        "title": content.title,
        # Oktopost takes no story without a description.
        "description": content.why_share or content.title,
        "link": content.url,
        "messageIds": ",".join(message_ids),
        "isDraft": "false",
    }
    if content.topic_ids:
        form["topicIds"] = ",".join(content.topic_ids)
    for name, moment in (("publishDatetime", content.publish_at), ("expirationDatetime", content.expires_at)):
        if moment is not None:
            form[name] = str(int(moment.timestamp()))
    return form


def preview(content: PlatformContent, *, campaign_id: str) -> ContentPreview:
    """What the forms hold, and what they have no place for; raises Rejected like `drafts`."""
    made = drafts(content)
    fields = {
        name: value
        for name, value in story_form(content, campaign_id=campaign_id, message_ids=()).items()
        if name not in {"messageIds", "isDraft"}
    }
    fields |= {f"message {n} ({draft.network}, {draft.language})": draft.text for n, draft in enumerate(made, 1)}
    return ContentPreview(fields=fields, losses=tuple(_losses(content)))


def _losses(content: PlatformContent) -> list[Loss]:
    losses = [
        Loss(f"suggestions.{one.language}", "dropped", f"Oktopost does not share to the network {one.network}.")
        for one in content.suggestions
        if one.network not in NETWORKS
    ]
    languages = {one.language: None for one in content.suggestions if one.network in NETWORKS}
    if len(languages) > 1:
        losses += [
            Loss(
                f"suggestions.{language}",
                "converted",
                "Oktopost knows no languages: all suggestions of a network stand side by side.",
            )
            for language in languages
        ]
    if content.disclosure:
        losses.append(Loss("disclosure", "merged", "It stands at the end of each suggestion."))
    return losses


def advocate_form(person: AudiencePerson, *, board_id: str) -> dict[str, str]:
    """The form of `POST /advocate`."""
    return {
        "firstName": person.given_name,
        "lastName": person.family_name,
        "email": person.email,
        "boardId": board_id,
    }


# What we read


def page(document: Mapping[str, object], *, key: str = "Items") -> tuple[list[dict[str, object]], int]:
    """The entries of a page and how many there are in all; raises ProtocolViolation for a list that is none."""
    items, total = document.get(key), document.get("Total")
    if isinstance(total, str) and total.isdecimal():
        total = int(total)
    if not isinstance(items, list) or not isinstance(total, int) or not all(isinstance(item, dict) for item in items):
        raise ProtocolViolation(f"a list without {key} or Total")
    return items, total


def part(document: Mapping[str, object], key: str) -> dict[str, object]:
    """The object under a resource's name; raises ProtocolViolation when it is not there."""
    value = document.get(key)
    if not isinstance(value, dict):
        raise ProtocolViolation(f"an answer without {key}")
    return value


def item_id(item: Mapping[str, object]) -> str:
    """`Id`, which stories spell `ID`; raises ProtocolViolation when there is neither."""
    value = item.get("Id") or item.get("ID")
    if not isinstance(value, str) or not value:
        raise ProtocolViolation("an entry without an id")
    return value


def board(item: Mapping[str, object]) -> Destination:
    """A board takes content and people. Of which of the two kinds it is, Oktopost does not say."""
    return Destination(external_id=item_id(item), title=_title(item), kind="board", takes_people=True)


def topic(item: Mapping[str, object], *, board_id: str) -> Destination:
    """Topics sort the stories of their board."""
    return Destination(
        external_id=item_id(item), title=_title(item), kind="topic", parent_id=board_id, takes_content=False
    )


def _title(item: Mapping[str, object]) -> str:
    # The vendor's pages do not show how a board calls its name.
    value = item.get("Name") or item.get("Title")
    return value if isinstance(value, str) else item_id(item)


def message_ids(story: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of a story's messages, as far as the story shows them."""
    messages = story.get("Messages")
    return tuple(item_id(one) for one in messages if isinstance(one, dict)) if isinstance(messages, list) else ()


def is_same(story: Mapping[str, object], content: PlatformContent, *, campaign_id: str) -> bool | None:
    """Whether a story is the item: by title, campaign and tracked link; None when it does not show enough to tell."""
    if story.get("Title") != content.title or story.get("CampaignId", campaign_id) != campaign_id:
        return False
    link = story.get("Link")
    if isinstance(link, str) and link and not _SHORTENED.match(link):
        return link == content.url
    messages = story.get("Messages")
    if not isinstance(messages, list) or not messages:
        return None
    texts = [text for one in messages if isinstance(one, dict) and isinstance(text := one.get("Message"), str)]
    if any(content.url in text.split() for text in texts):
        return True
    # A message prints its link behind its text, shortened for all we know: then only the text can tell.
    return all(_SHORTENED.search(text) for text in texts) and any(
        text.startswith(suggestion.text) for text in texts for suggestion in content.suggestions
    )


def pushed(story: Mapping[str, object], *, now: datetime) -> Pushed:
    """A story and how it stands. Only the word "draft" is documented, also for one whose time has not come yet."""
    publish_at, expires_at = moment(story.get("PublishDate")), moment(story.get("ExpirationDate"))
    status = story.get("Status")
    if expires_at is not None and expires_at <= now:
        state = ContentState.EXPIRED
    elif publish_at is not None and publish_at > now:
        state = ContentState.SCHEDULED
    elif status == "draft":
        state = ContentState.DRAFT
    else:
        state = ContentState.LIVE
    raw = {name: story[name] for name in ("Status", "PublishDate", "ExpirationDate") if name in story}
    return Pushed(external_id=item_id(story), state=state, raw=raw)


def member(advocate: Mapping[str, object], *, board_id: str | None) -> AudienceMember | None:
    """An advocate as a member of the board (or of any, without one); None when they are on none of these."""
    boards = advocate.get("BoardIds")
    if not isinstance(boards, list):
        raise ProtocolViolation("an advocate without BoardIds")
    email, status = advocate.get("Email"), advocate.get("Status")
    if not isinstance(email, str):
        raise ProtocolViolation("an advocate without Email")
    if board_id is not None and board_id not in boards:
        return None
    is_out = isinstance(status, str) and status.lower() in _OUT
    return AudienceMember(external_id=item_id(advocate), email=email, is_active=bool(boards) and not is_out)


def reading(
    story: Mapping[str, object], messages: Sequence[Mapping[str, object]], metrics: Collection[Metric]
) -> MetricReading:
    """Shares of the story, clicks and conversions of its messages on boards; counters of other kinds stay out."""
    values: dict[Metric, int] = {}
    missing: dict[Metric, str] = {}
    for metric in metrics:
        if metric is Metric.SHARES:
            counts = [story.get("ShareCount")]
        elif metric in _COUNTERS:
            counts = [message.get(_COUNTERS[metric]) for message in messages]
        else:
            missing[metric] = MissingReason.NOT_SUPPORTED
            continue
        numbers = [number for count in counts if (number := _count(count)) is not None]
        # A message that does not say its number would make a sum too small.
        if numbers and len(numbers) == len(counts):
            values[metric] = sum(numbers)
        else:
            missing[metric] = MissingReason.NO_DATA
    return MetricReading(values=values, missing=missing)


def entries(document: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """The entries of a list without pages; raises ProtocolViolation for one that is none."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ProtocolViolation(f"a list without {key}")
    return found


def feed_reading(
    feed: str, rows: Sequence[Mapping[str, object]], *, since: date, until: date, today: date
) -> FeedReading:
    """A number for each day that has ended and that Oktopost has; what is not there is missing, never 0.

    Raises ProtocolViolation for rows that cannot be read, and for two numbers of one day.
    """
    values: dict[date, int] = {}
    for row in rows:
        day = _day(row.get("HistoryDate"))
        # People leave as well, so that what a day added may be less than nothing.
        number = _count(row.get(FEED_COUNTERS[feed]), least=None if feed == FOLLOWERS_GAINED else 0)
        if number is None or not since <= day <= until or day >= today:
            continue
        if values.setdefault(day, number) != number:
            raise ProtocolViolation(f"two numbers of followers for {day}")
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return FeedReading(values=values, missing={day: MissingReason.NO_DATA for day in days if day not in values})


def _day(value: object) -> date:
    """The day of a row: its form is not documented, so that a time behind the date is read over."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ProtocolViolation("followers without their day") from None


def _count(value: object, *, least: int | None = 0) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
        raise ProtocolViolation("a count that is no number")
    return value


def moment(value: object) -> datetime | None:
    """A time as Oktopost prints it, `YYYY-MM-DD HH:MM:SS` in UTC; None for anything else."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
