"""What the simulated Hootsuite knows: tables of JSON documents, changed only by events."""

from typing import Any

Document = dict[str, Any]

ORGANIZATION_ID = "626731"
ADMIN_ID = "814984"


class Store:
    """Tables by name; an event puts a document in its place, or takes it away."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Document]] = {
            "members": {
                ADMIN_ID: _member(ADMIN_ID, "ana@corp.example", "Ana Ruiz", "editor", is_content_admin=True),
                "814985": _member("814985", "tom@corp.example", "Tom Berg", "with_approval"),
                "814986": _member("814986", "eva@corp.example", "Eva Lind", "none"),
            },
            "profiles": {
                profile["id"]: profile
                for profile in (
                    _profile("115185509", "LINKEDIN", "Ana Ruiz", "MEMBER", ADMIN_ID),
                    _profile("115185510", "LINKEDINCOMPANY", "Corp", "ORGANIZATION", ORGANIZATION_ID),
                    _profile("115185511", "FACEBOOKPAGE", "Corp", "ORGANIZATION", ORGANIZATION_ID),
                    _profile("115185512", "TWITTER", None, "ORGANIZATION", ORGANIZATION_ID),
                    _profile("115185513", "TWITTER", None, "MEMBER", ADMIN_ID),
                    _profile("115185514", "YOUTUBECHANNEL", "Corp TV", "ORGANIZATION", ORGANIZATION_ID),
                    _profile("115185515", "PINTEREST", "Corp", "ORGANIZATION", ORGANIZATION_ID),
                )
            },
            "topics": {name: {"name": name, "privacy": "opened"} for name in ("Hiring", "Product news", "Events")},
            "hashes": {"h1": {"member": ADMIN_ID}, "h2": {"member": ADMIN_ID}, "h3": {"member": "814985"}},
            **{name: {} for name in ("codes", "tokens", "messages", "media", "posts", "metrics", "hooks", "installs")},
        }

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        table = self.tables[event["table"]]
        if event["kind"] == "put":
            table[event["id"]] = event["document"]
        elif event["kind"] == "removed":
            table.pop(event["id"], None)


def _member(member_id: str, email: str, name: str, rights: str, *, is_content_admin: bool = False) -> Document:
    return {
        "id": member_id,
        "email": email,
        "name": name,
        "active": True,
        "rights": rights,
        "is_content_admin": is_content_admin,
        "language": "en",
    }


def _profile(profile_id: str, kind: str, name: str | None, owner: str, owner_id: str) -> Document:
    return {
        "id": profile_id,
        "type": kind,
        "socialNetworkId": f"net-{profile_id}",
        "socialNetworkUsername": name,
        "avatarUrl": None if kind == "TWITTER" else f"https://img.example/{profile_id}.png",
        "owner": owner,
        "ownerId": owner_id,
        "isReauthRequired": 0,
    }
