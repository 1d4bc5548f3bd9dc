"""What the simulated Sprout knows: a small company's profiles, drafts, files and hand-offs, changed only by events."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

CUSTOMER_ID = 410022
CUSTOMERS = [{"customer_id": CUSTOMER_ID, "name": "Example Labs"}]
GROUPS = [{"group_id": 9001, "name": "Example Labs"}, {"group_id": 9002, "name": "Example Careers"}]
PROFILES: list[dict[str, Any]] = [
    {
        "customer_profile_id": number,
        "network_type": network,
        "name": name,
        "native_name": native,
        "native_id": f"n{number}",
        "groups": groups,
    }
    for number, network, name, native, groups in (
        (7101, "linkedin_company", "Example Labs", "example-labs", [9001]),
        (7102, "facebook", "Example Labs", "examplelabs", [9001]),
        (7103, "linkedin", "נועה לוי", None, [9001, 9002]),
        (7104, "twitter", "@examplejobs", "examplejobs", [9002]),
        (7105, "glassdoor", "Example Labs reviews", None, [9001]),
        (7106, "google_my_business", "Example Labs Haifa", None, [9002]),
    )
]
TAGS = [
    {"tag_id": 55, "any_group": True, "active": True, "text": "Launch", "type": "LABEL", "groups": []},
    {"tag_id": 56, "any_group": False, "active": False, "text": "Autumn", "type": "CAMPAIGN", "groups": [9001]},
]
USERS = [{"id": 31, "name": "Ops", "email": "ops@example.com"}]
TEAMS = [{"id": "team-1", "name": "Editors", "description": "They finish drafts"}]
QUEUES = [{"id": "queue-1", "name": "Weekdays", "description": "", "associated_teams": ["team-1"]}]
TOPICS = [{"id": "topic-1", "name": "Listening"}]

PROFILE_METRICS = frozenset(
    {
        "lifetime_snapshot.followers_count",
        "net_follower_growth",
        "followers_gained",
        "followers_lost",
        "impressions",
        "impressions_unique",
        "reactions",
        "comments_count",
        "shares_count",
        "post_content_clicks",
        "posts_sent_count",
    }
)
POST_METRICS = frozenset(
    "lifetime." + name
    for name in (
        "impressions",
        "impressions_unique",
        "reactions",
        "comments_count",
        "shares_count",
        "post_shares_count",
        "post_content_clicks",
        "video_views",
        "video_views_unique",
        "video_view_time",
        "vote_count",
    )
)


@dataclass(frozen=True, slots=True)
class Medium:
    """A file: usable until its end, or for ever once a draft used it."""

    media_id: str
    size: int
    content_type: str
    ends_at: datetime
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """An upload in parts."""

    content_type: str
    parts: dict[int, int]
    ends_at: datetime
    ready_at: datetime | None = None
    media_id: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One profile's draft for one time."""

    publishing_post_id: int
    group_id: int
    customer_profile_id: int
    text: str
    scheduled_at: datetime
    created_at: datetime
    media: tuple[dict[str, str], ...]
    tag_ids: tuple[int, ...]
    #: What people made of the text.
    edited_text: str | None = None
    is_approved: bool = False
    is_deleted: bool = False

    @property
    def guid(self) -> str:
        """Of the sent post; sorts by age."""
        return f"post:{self.publishing_post_id:012d}"


@dataclass(slots=True)
class Store:
    """All state; `apply` is the only thing that changes it."""

    media: dict[str, Medium] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    drafts: dict[int, Draft] = field(default_factory=dict)
    #: Numbers that a network no longer gives, by (network_type, metric).
    removed: set[tuple[str, str]] = field(default_factory=set)
    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    #: Stories that people of Employee Advocacy make by hand: title to whether they confirmed it.
    handoffs: dict[str, dict[str, Any]] = field(default_factory=dict)
    readers: list[str] = field(default_factory=list)

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        match event["kind"]:
            case "media_uploaded":
                self.media[event["media_id"]] = Medium(
                    event["media_id"], event["size"], event["content_type"], datetime.fromisoformat(event["ends_at"])
                )
            case "submission_started":
                self.submissions[event["sid"]] = Submission(
                    event["content_type"], {1: event["size"]}, datetime.fromisoformat(event["ends_at"])
                )
            case "part_put":
                old = self.submissions[event["sid"]]
                parts = {**old.parts, event["number"]: event["size"]}
                self.submissions[event["sid"]] = replace(old, parts=parts)
            case "submission_finished":
                old = self.submissions[event["sid"]]
                at = datetime.fromisoformat(event["ready_at"])
                self.submissions[event["sid"]] = replace(old, ready_at=at, media_id=event["media_id"])
            case "drafts_created":
                self._create(event)
            case "draft_approved":
                self._change(event, is_approved=True)
            case "draft_edited":
                self._change(event, edited_text=event["text"])
            case "draft_deleted":
                self._change(event, is_deleted=True)
            case "metric_removed":
                self.removed.add((event["network_type"], event["metric"]))
            case "counts_set":
                self.counts[event["id"]] = {**self.counts.get(event["id"], {}), **event["counts"]}
            case "handoff_received":
                self.handoffs[event["id"]] = {"text": event["text"], "is_confirmed": False}
            case "handoff_confirmed":
                self.handoffs[event["id"]]["is_confirmed"] = True
            case "readers_invited":
                self.readers += [email for email in event["emails"] if email not in self.readers]

    def _create(self, event: dict[str, Any]) -> None:
        for raw in event["drafts"]:
            self.drafts[raw["publishing_post_id"]] = Draft(
                publishing_post_id=raw["publishing_post_id"],
                group_id=event["group_id"],
                customer_profile_id=raw["customer_profile_id"],
                text=event["text"],
                scheduled_at=datetime.fromisoformat(raw["scheduled_at"]),
                created_at=datetime.fromisoformat(event["created_at"]),
                media=tuple(event["media"]),
                tag_ids=tuple(event["tag_ids"]),
            )
        for item in event["media"]:
            self.media[item["id"]] = replace(self.media[item["id"]], is_used=True)

    def _change(self, event: dict[str, Any], **changes: Any) -> None:
        self.drafts[event["id"]] = replace(self.drafts[event["id"]], **changes)

    def sent(self, *, now: datetime) -> list[Draft]:
        """What people approved and whose time has come."""
        return [
            draft
            for draft in self.drafts.values()
            if draft.is_approved and not draft.is_deleted and draft.scheduled_at <= now
        ]

    def post_count(self, draft: Draft, metric: str, *, now: datetime) -> int:
        """A plausible lifetime number that grows with the post's age, the same each time it is asked for."""
        given = self.counts.get(draft.publishing_post_id, {})
        if metric in given:
            return given[metric]
        hours = max(1.0, (now - draft.scheduled_at).total_seconds() / 3600)
        impressions = int((200 + _seed(draft.guid) % 1800) * hours / (hours + 12))
        divisors = {
            "impressions": 1,
            "impressions_unique": 2,
            "reactions": 25,
            "comments_count": 90,
            "shares_count": 120,
            "post_shares_count": 120,
            "post_content_clicks": 40,
        }
        name = metric.removeprefix("lifetime.")
        return impressions // divisors[name] if name in divisors else 0


def profile_count(profile_id: int, metric: str, day: date) -> int:
    """A plausible number of one profile on one day."""
    gained = _seed(f"{profile_id}|{day}") % 9
    if metric == "lifetime_snapshot.followers_count":
        return 1000 + profile_id % 100 + 4 * (day - date(2025, 1, 1)).days
    if metric in {"followers_gained", "net_follower_growth"}:
        return gained
    return 0 if metric == "followers_lost" else 40 * gained + 12


def days(since: date, until: date) -> list[date]:
    """All days of a range, both ends included."""
    return [since + timedelta(days=number) for number in range((until - since).days + 1)]


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
