"""What one region of the simulated Firstup knows, changed only by events."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: Members of a new group are indexed some time after it was made.
INDEXING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token: of the application, or of a person when there is a user."""

    scopes: frozenset[str]
    ends_at: datetime
    user_id: int | None


@dataclass(slots=True)
class Store:
    """All state of a region; `apply` is the only thing that changes it."""

    tokens: dict[str, Token] = field(default_factory=dict)
    channels: dict[int, dict[str, Any]] = field(default_factory=dict)
    contents: dict[int, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    exports: list[dict[str, Any]] = field(default_factory=list)
    #: How many rows of each type the exports up to now have held.
    exported: dict[str, int] = field(default_factory=dict)

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        match event["kind"]:
            case "token_issued":
                self.tokens[event["token"]] = Token(
                    frozenset(event["scopes"]), datetime.fromisoformat(event["ends_at"]), event["user_id"]
                )
            case "channel_saved":
                self.channels[event["channel"]["id"]] = event["channel"]
            case "content_saved":
                self.contents[event["content"]["id"]] = event["content"]
            case "user_saved":
                self.users[event["user"]["id"]] = event["user"]
            case "group_saved":
                self.groups[event["group"]["id"]] = event["group"]
            case "subscription_saved":
                self.subscriptions[event["subscription"]["id"]] = event["subscription"]
            case "event_happened":
                self.deliveries.append({"id": event["delivery_id"], "event": event["event"], "done": False})
            case "delivered":
                for delivery in self.deliveries:
                    delivery["done"] = delivery["done"] or delivery["id"] in event["ids"]
            case "activity_happened":
                self.activities.append(event["activity"])
            case "export_made":
                self.exports.append(event["export"])
                self.exported[event["export"]["type"]] = event["upto"]

    def content_of(self, key: str) -> dict[str, Any] | None:
        """An item by id or UUID."""
        return next((one for one in self.contents.values() if key in {str(one["id"]), one["uuid"]}), None)

    def user_of(self, key: str) -> dict[str, Any] | None:
        """A user by SCIM id, userName, e-mail or externalId, tried in that order."""
        if key in self.users:
            return self.users[key]
        users = list(self.users.values())
        for values in (
            lambda user: {user["userName"].casefold()},
            lambda user: {str(one.get("value")).casefold() for one in user.get("emails", [])},
            lambda user: {str(user.get("externalId")).casefold()},
        ):
            found = next((user for user in users if key.casefold() in values(user)), None)
            if found is not None:
                return found
        return None

    def group(self, group_id: int, *, now: datetime) -> dict[str, Any] | None:
        """A group as it is shown: its members only once they are indexed."""
        saved = self.groups.get(group_id)
        if saved is None:
            return None
        shown = {name: value for name, value in saved.items() if name not in {"members", "created_at"}}
        if datetime.fromisoformat(saved["created_at"]) + INDEXING <= now:
            shown["members"] = saved["members"]
        return shown
