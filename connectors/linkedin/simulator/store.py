"""What the simulated LinkedIn knows: members, grants, posts, files, company pages; changed only by events."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a LinkedIn profile; `sub` holds for this developer app only."""

    sub: str
    name: str
    #: Has shown LinkedIn who they are; the others can post little.
    is_verified: bool = True

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
    content: dict[str, Any] | None
    created_at: datetime
    reshare_of: str | None = None
    is_reshare_disabled: bool = False
    is_deleted: bool = False

    @property
    def article(self) -> dict[str, str] | None:
        return (self.content or {}).get("article")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as stored; nothing in it is parsed."""

    comment_id: str
    post_urn: str
    sub: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file of a member: where its bytes go, and what became of them."""

    urn: str
    sub: str
    #: Path and query of the signed addresses, byte for byte.
    targets: tuple[str, ...]
    size: int | None
    token: str
    ends_at: datetime
    etags: dict[int, str] = field(default_factory=dict)
    uploaded_at: datetime | None = None
    processing_seconds: float = 0
    problem: str | None = None

    @property
    def kind(self) -> str:
        return self.urn.split(":")[2]


@dataclass(frozen=True, slots=True)
class Page:
    """A company page; without names, everybody who signs in administers it."""

    urn: str
    administrators: frozenset[str] | None = None
    followers: int | None = None
    #: Numbers by ISO date; None is a day without data.
    days: dict[str, dict[str, int] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PagePost:
    """A post of a company page."""

    urn: str
    organization: str
    text: str
    impressions: int
    is_reshare_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where notifications go; after three failed checks nowhere."""

    url: str
    failures: int = 0


#: The page that is there from the beginning.
FIRST_PAGE = "urn:li:organization:99"


@dataclass(slots=True)
class Store:
    """All state; `apply` is the only thing that changes it."""

    members: dict[str, Member] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=lambda: {FIRST_PAGE: Page(FIRST_PAGE)})
    page_posts: dict[str, PagePost] = field(default_factory=dict)
    webhook: Webhook | None = None
    notifications_made: int = 0
    #: How long LinkedIn works on the files that come now, and what it finds wrong with them.
    processing_seconds: float = 0
    media_problem: str | None = None

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
            case "member_verified":
                self.members[event["sub"]] = replace(self.members[event["sub"]], is_verified=event["is_verified"])
            case "post_created":
                self.posts[event["urn"]] = Post(
                    urn=event["urn"],
                    sub=event["sub"],
                    commentary=event["commentary"],
                    text=event["text"],
                    visibility=event["visibility"],
                    # Journals of before there were files have only the article.
                    content=event.get("content") or ({"article": event["article"]} if event.get("article") else None),
                    created_at=datetime.fromisoformat(event["created_at"]),
                    reshare_of=event.get("reshare_of"),
                    is_reshare_disabled=event.get("is_reshare_disabled", False),
                )
            case "post_edited":
                changes = {name: event[name] for name in ("commentary", "text") if name in event}
                self.posts[event["urn"]] = replace(self.posts[event["urn"]], **changes)
            case "post_deleted":
                self.posts[event["urn"]] = replace(self.posts[event["urn"]], is_deleted=True)
            case "counts_set":
                self.counts[event["urn"]] = {**self.counts.get(event["urn"], {}), **event["counts"]}
            case "commented":
                self.comments.append(
                    Comment(
                        comment_id=event["comment_id"],
                        post_urn=event["post_urn"],
                        sub=event["sub"],
                        text=event["text"],
                        created_at=datetime.fromisoformat(event["created_at"]),
                    )
                )
            case "upload_opened" | "part_uploaded" | "upload_completed" | "media_rules_set":
                self._apply_to_files(event)
            case "page_set" | "page_post_created":
                self._apply_to_pages(event)
            case "webhook_registered":
                self.webhook = Webhook(event["url"])
            case "webhook_checked":
                if self.webhook is not None:
                    failures = 0 if event["is_fine"] else self.webhook.failures + 1
                    self.webhook = replace(self.webhook, failures=failures)
            case "notification_made":
                self.notifications_made += 1

    def _apply_to_files(self, event: dict[str, Any]) -> None:
        if event["kind"] == "media_rules_set":
            self.processing_seconds, self.media_problem = event["processing_seconds"], event["problem"]
            return
        urn = event["urn"]
        match event["kind"]:
            case "upload_opened":
                self.files[urn] = File(
                    urn=urn,
                    sub=event["sub"],
                    targets=tuple(event["targets"]),
                    size=event["size"],
                    token=event["token"],
                    ends_at=datetime.fromisoformat(event["ends_at"]),
                )
            case "part_uploaded":
                file = self.files[urn]
                etags = {**file.etags, event["index"]: event["etag"]}
                self.files[urn] = replace(file, etags=etags, problem=event["problem"] or file.problem)
            case "upload_completed":
                self.files[urn] = replace(
                    self.files[urn],
                    uploaded_at=datetime.fromisoformat(event["at"]),
                    processing_seconds=event["processing_seconds"],
                    problem=event["problem"],
                )

    def _apply_to_pages(self, event: dict[str, Any]) -> None:
        urn = event["urn"]
        if event["kind"] == "page_post_created":
            self.page_posts[urn] = PagePost(
                urn=urn,
                organization=event["organization"],
                text=event["text"],
                impressions=event["impressions"],
                is_reshare_disabled=event["is_reshare_disabled"],
            )
            return
        page = self.pages.get(urn, Page(urn))
        names, followers = event["administrators"], event["followers"]
        self.pages[urn] = replace(
            page,
            administrators=page.administrators if names is None else frozenset(names),
            followers=page.followers if followers is None else followers,
            days={**page.days, **event["days"]},
        )

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

    def next_page_post_urn(self) -> str:
        """Apart from those of members."""
        return f"urn:li:share:{7380000000000000001 + len(self.page_posts)}"

    def find_upload(self, target: str) -> tuple[File, int] | None:
        """The file and the part that a signed address is for."""
        for file in self.files.values():
            if target in file.targets:
                return file, file.targets.index(target)
        return None

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
            "MEMBERS_REACHED": impressions * 4 // 5,
            "POST_SAVE": reactions // 9,
            "POST_SEND": reactions // 8,
            "LINK_CLICKS": impressions // 30,
            "FOLLOWER_GAINED_FROM_CONTENT": reactions // 20,
            "PROFILE_VIEW_FROM_CONTENT": reactions // 3,
            "PREMIUM_CTA_CLICKS": 0,
        }
        return by_metric.get(metric)
