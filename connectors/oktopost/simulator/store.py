"""What the simulated Oktopost knows: things by kind and id, changed only by events."""

from collections import Counter
from datetime import datetime
from typing import Any

Thing = dict[str, Any]

#: How the ids of a kind begin. Each has 15 characters, but those of social profiles.
PREFIXES = {
    "campaign": "002",
    "post": "004",
    "message": "005",
    "postlog": "006",
    "media": "026",
    "upload": "027",
    "advocate": "00A",
    "user": "00A",
    "board": "brd",
    "topic": "tpc",
    "story": "0AS",
    "webhook": "0WH",
    "webhook_log": "0WL",
    "export": "0BI",
}
CAMPAIGN = "002k7d2m9q4xw1a"
#: Of another account: the key does not see it.
FOREIGN_CAMPAIGN = "002foreign00001"
STORY_BOARD = "brd000000000031"
OTHER_BOARD = "brd000000000032"
MESSAGE_BOARD = "brd000000000033"
TOPIC = "tpc000000000007"
PROFILE = "003-000000000000000001"
#: Its network no longer lets Oktopost in.
INVALID_PROFILE = "003-000000000000000002"


class Store:
    """All state; `apply` is the only thing that changes it. Keys that begin with `_` are never shown to callers."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Thing]] = {kind: {} for kind in (*PREFIXES, "credential")}
        self.made: Counter[str] = Counter()
        self.denied: frozenset[str] = frozenset()
        self.blocked_until: datetime | None = None
        self._seed()

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        match event["kind"]:
            case "put":
                things = self.things[event["type"]]
                if event["id"] not in things:
                    self.made[event["type"]] += 1
                things[event["id"]] = {**things.get(event["id"], {}), **event["values"]}
            case "removed":
                self.things[event["type"]].pop(event["id"], None)
            case "denied":
                self.denied = frozenset(event["resources"])
            case "blocked":
                self.blocked_until = datetime.fromisoformat(event["until"])

    def next_id(self, kind: str) -> str:
        """Ids go on after a restart, removed things included."""
        prefix = PREFIXES[kind]
        # Users and advocates share a prefix, and must not share ids.
        number = self.made[kind] + (500_000 if kind == "user" else 0) + 1
        return f"{prefix}{number:0{15 - len(prefix)}d}"

    def _seed(self) -> None:
        put = self._put
        put("campaign", CAMPAIGN, Name="Employer brand", Url="", Status="active", Created="2026-01-05 08:00:00")
        put("campaign", FOREIGN_CAMPAIGN, Name="Not yours", Status="active", _is_foreign=True)
        put("board", STORY_BOARD, Name="All employees", _kind="story")
        put("board", OTHER_BOARD, Name="Executives", _kind="story")
        put("board", MESSAGE_BOARD, Name="Old messages", _kind="message")
        put("topic", TOPIC, BoardId=STORY_BOARD, Name="Jobs")
        put("topic", "tpc000000000008", BoardId=STORY_BOARD, Name="Culture")
        put("credential", PROFILE, Name="Acme", DisplayName="Acme", Network="LinkedIn", Status="active")
        put("credential", INVALID_PROFILE, Name="Acme old", DisplayName="Acme old", Network="Twitter", Status="invalid")
        # New ids begin behind those of the seed.
        self.made = Counter(topic=8, board=33)

    def _put(self, kind: str, thing_id: str, **values: Any) -> None:
        self.apply({"kind": "put", "type": kind, "id": thing_id, "values": {"Id": thing_id, **values}})
