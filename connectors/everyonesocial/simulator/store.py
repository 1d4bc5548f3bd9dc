"""What the simulated EveryoneSocial knows, changed only by events."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

#: Counters of a share's day, and no others.
COUNTERS = ("twitter_likes", "twitter_retweets", "linkedin_likes", "linkedin_comments")


@dataclass(slots=True)
class Group:
    """A place for content; `policy` is `immediate` or `moderated`."""

    id: str
    name: str
    policy: str = "immediate"
    is_private: bool = False
    read_only: bool = False


@dataclass(slots=True)
class Content:
    """An item: `phase` is what was done to it, `status()` how it stands at a moment."""

    id: str
    group_id: str
    data: dict[str, Any]
    created_at: datetime
    phase: str = "draft"
    info: dict[str, Any] = field(default_factory=dict)
    media: list[dict[str, Any]] = field(default_factory=list)
    repost_group_ids: list[str] = field(default_factory=list)

    def status(self, now: datetime) -> str:
        """As the API words it; "draft" and "expired" are guesses, for which there is no list to ask for."""
        if self.phase != "accepted":
            return self.phase
        if moment(self.info["publish_at"]) > now:
            return "scheduled"
        expire_at = self.info.get("expire_at")
        return "expired" if expire_at and moment(expire_at) <= now else "approved"

    def content_type(self) -> str:
        """What the list can be filtered by."""
        kinds = {str(one["media_type"]).partition("/")[0] for one in self.media}
        return (
            "video" if "video" in kinds else "image" if "image" in kinds else "link" if self.data.get("url") else "text"
        )


@dataclass(slots=True)
class Store:
    """All state; `apply` is the only thing that changes it."""

    groups: dict[str, Group] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    stats: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    invitations: list[dict[str, str]] = field(default_factory=list)
    activity: list[dict[str, Any]] = field(default_factory=list)

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        content = self.contents.get(event.get("content_id", ""))
        match event["kind"]:
            case "group_made":
                self.groups[event["group"]["id"]] = Group(**event["group"])
            case "content_created":
                self.contents[event["id"]] = Content(
                    id=event["id"], group_id=event["group_id"], data=event["data"], created_at=moment(event["at"])
                )
            case "content_changed" if content:
                content.data |= event["data"]
            case "content_deleted":
                self.contents.pop(event["content_id"], None)
            case "content_published" if content:
                content.info, content.phase = event["info"], event["phase"]
            case "content_judged" if content:
                content.phase = event["phase"]
            case "content_reposted" if content:
                content.repost_group_ids.append(event["group_id"])
            case "ticket_made":
                self.tickets[event["key"]] = event
            case "file_stored":
                self.tickets.pop(event["key"], None)
                if content:
                    content.media.append(event["media"])
            case "shared":
                self.shares[event["share"]["id"]] = event["share"]
            case "stats_counted":
                self.stats[event["share_id"], event["date"]] = event
            case "user_put":
                self.users[event["user"]["id"]] = event["user"]
            case "invited":
                self.invitations += event["people"]
            case "active":
                self.activity.append(event)


def moment(text: str) -> datetime:
    """A time stamp of the API; without a zone it is UTC."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
