"""What the simulated LinkedIn knows: members, grants, tokens and posts, changed only by events."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a LinkedIn profile; `sub` holds for this developer app only."""

    sub: str
    name: str

    @property
    def urn(self) -> str:
        return f"urn:li:person:{self.sub}"


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: works once, until its end, for the redirect address that it was made for."""

    sub: str
    redirect_uri: str
    scopes: frozenset[str]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An access or a refresh token."""

    sub: str
    scopes: frozenset[str]
    ends_at: datetime
    is_refresh: bool = False
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A post as stored: `text` is what a reader sees, `commentary` what was sent."""

    urn: str
    sub: str
    commentary: str
    text: str
    visibility: str
    article: dict[str, str] | None
    created_at: datetime
    is_deleted: bool = False


@dataclass(slots=True)
class Store:
    """All state; `apply` is the only thing that changes it."""

    members: dict[str, Member] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        match event["kind"]:
            case "member_joined":
                self.members[event["sub"]] = Member(sub=event["sub"], name=event["name"])
            case "code_issued":
                self.codes[event["code"]] = Code(
                    sub=event["sub"],
                    redirect_uri=event["redirect_uri"],
                    scopes=frozenset(event["scopes"]),
                    ends_at=datetime.fromisoformat(event["ends_at"]),
                )
            case "code_used":
                self.codes.pop(event["code"], None)
            case "token_issued":
                self._issue(event)
            case "tokens_revoked":
                self._revoke(event["sub"])
            case "post_created":
                self.posts[event["urn"]] = Post(
                    urn=event["urn"],
                    sub=event["sub"],
                    commentary=event["commentary"],
                    text=event["text"],
                    visibility=event["visibility"],
                    article=event["article"],
                    created_at=datetime.fromisoformat(event["created_at"]),
                )
            case "post_deleted":
                self.posts[event["urn"]] = replace(self.posts[event["urn"]], is_deleted=True)
            case "counts_set":
                self.counts[event["urn"]] = {**self.counts.get(event["urn"], {}), **event["counts"]}

    def _issue(self, event: dict[str, Any]) -> None:
        scopes = frozenset(event["scopes"])
        # Another set of scopes makes all earlier tokens of the member invalid; the same set may have several.
        for value, token in self.tokens.items():
            if token.sub == event["sub"] and token.scopes != scopes:
                self.tokens[value] = replace(token, is_revoked=True)
        self.tokens[event["token"]] = Token(
            sub=event["sub"],
            scopes=scopes,
            ends_at=datetime.fromisoformat(event["ends_at"]),
            is_refresh=event["is_refresh"],
        )

    def _revoke(self, sub: str) -> None:
        for value, token in self.tokens.items():
            if token.sub == sub:
                self.tokens[value] = replace(token, is_revoked=True)

    def next_post_urn(self) -> str:
        """Ids go on after a restart, deleted posts included."""
        return f"urn:li:share:{7390000000000000001 + len(self.posts)}"

    def count(self, post: Post, metric: str, *, now: datetime) -> int | None:
        """A plausible count that grows with the post's age, the same each time it is asked for; None: not counted."""
        given = self.counts.get(post.urn, {})
        if metric in given:
            return given[metric]
        seed = int.from_bytes(hashlib.sha256(post.urn.encode()).digest()[:4], "big")
        hours = (now - post.created_at).total_seconds() / 3600
        # Half of all attention comes within the first twelve hours, then it fades out.
        share = max(0.05, min(1.0, hours / (hours + 12)))
        impressions = int((200 + seed % 1800) * share)
        reactions = impressions * (2 + seed % 5) // 100
        by_metric = {
            "IMPRESSION": impressions,
            "REACTION": reactions,
            "COMMENT": reactions // (4 + seed % 4),
            "RESHARE": reactions // (7 + seed % 6),
        }
        return by_metric.get(metric)
