"""The simulated LinkedIn: sign-in on one host, the API on the other, with the oddities that LinkedIn is known for."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.linkedin.simulator.analytics import METRICS, AnalyticsDesk
from connectors.linkedin.simulator.answers import (
    api_error,
    denied,
    oauth_error,
    read_form,
    read_object,
    redirect,
    scope_list,
)
from connectors.linkedin.simulator.little_text import visible_text
from connectors.linkedin.simulator.media import MediaDesk
from connectors.linkedin.simulator.organizations import PageDesk
from connectors.linkedin.simulator.pages import consent_page, feed_page, message_page
from connectors.linkedin.simulator.posts import EDITABLE, refuse_commentary, refuse_content, refuse_fields
from connectors.linkedin.simulator.store import Member, Post, Store, Token
from connectors.linkedin.simulator.webhooks import WebhookDesk
from connectors.sdk.testing.simulator import Event, Simulator

ACCESS_LIFE = timedelta(days=60)
REFRESH_LIFE = timedelta(days=365)
CODE_LIFE = timedelta(minutes=30)
MAX_COMMENT_CHARS = 1250
_URN = re.compile(r"urn:li:[A-Za-z]+:[A-Za-z0-9_-]+")
_POST = re.compile(r"urn:li:(share|ugcPost):[0-9]+")


class Profile(StrEnum):
    """Which products the developer app has."""

    SELF_SERVE = "self_serve"
    PARTNER = "partner"


_SCOPES = {
    Profile.SELF_SERVE: frozenset({"openid", "profile", "email", "w_member_social"}),
    # Of the Community Management API, besides.
    Profile.PARTNER: frozenset(
        {
            *("openid", "profile", "email", "w_member_social", "w_member_social_feed"),
            *("r_member_postAnalytics", "r_member_profileAnalytics", "r_basicprofile", "r_1st_connections_size"),
            *("r_organization_followers", "r_organization_social", "r_organization_social_feed"),
            *("w_organization_social", "w_organization_social_feed", "rw_organization_admin"),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How this LinkedIn behaves where the real one may differ from day to day."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"
    #: Registered redirect addresses; addresses on this machine (127.0.0.1, localhost) are allowed besides.
    redirect_uris: frozenset[str] = frozenset()
    profile: Profile = Profile.SELF_SERVE
    active_versions: frozenset[str] = frozenset(f"20260{month}" for month in range(1, 10))
    duplicate_window: timedelta = timedelta(minutes=10)
    #: LinkedIn's own pages write the header of the id in different ways.
    id_header: str = "x-restli-id"
    daily_requests_per_member: int = 150
    daily_requests_per_app: int = 100_000
    #: LinkedIn publishes neither of the next two.
    daily_posts_of_the_unverified: int = 3
    comments_per_minute: int = 10
    upload_life: timedelta = timedelta(hours=24)
    #: Images can't be looked at with self-serve scopes; of videos and documents no page says so.
    self_serve_reads_videos: bool = True
    #: The field of a day's new followers, with `{}` for `organic` and `paid`: spelled differently in places.
    gain_field: str = "{}FollowerGain"
    #: How many days one answer of page numbers holds; None: all.
    statistics_page_size: int | None = None


class LinkedInSimulator(Simulator):
    """Members are created when they sign in first; posts, tokens and numbers survive a restart with the journal."""

    def __init__(
        self,
        options: Options,
        *,
        journal_path: Path | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.options = options
        self._analytics, self._media = AnalyticsDesk(self), MediaDesk(self)
        self._pages, self._webhooks = PageDesk(self), WebhookDesk(self)
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api", "oauth")

    def reset(self) -> None:
        self.store = Store()
        self._used_today: dict[tuple[str, str], int] = {}

    def apply(self, event: Event) -> None:
        self.store.apply(event)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        if host == "oauth":
            return [
                self.operation("/oauth/v2/authorization", self._authorize, name="authorize", methods=["GET", "POST"]),
                self.operation("/oauth/v2/accessToken", self._access_token, name="access_token", methods=["POST"]),
            ]
        return [
            Route("/", self._feed, methods=["GET"]),
            self.operation("/v2/userinfo", self._userinfo, name="userinfo", methods=["GET"]),
            self.operation("/rest/posts", self._create_post, name="create_post", methods=["POST"]),
            self.operation("/rest/posts", self._read_posts, name="list_posts", methods=["GET"]),
            self.operation("/rest/posts/{key:path}", self._delete_post, name="delete_post", methods=["DELETE"]),
            self.operation("/rest/posts/{key:path}", self._read_posts, name="read_post", methods=["GET"]),
            self.operation("/rest/posts/{key:path}", self._edit_post, name="edit_post", methods=["POST"]),
            self.operation(
                "/rest/socialActions/{key}/comments", self._create_comment, name="create_comment", methods=["POST"]
            ),
            *self._analytics.routes(),
            *self._media.routes(),
            *self._pages.routes(),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/counts", self._set_counts, methods=["POST"]),
            Route("/_sim/tokens/revoke", self._revoke_tokens, methods=["POST"]),
            Route("/_sim/members", self._set_member, methods=["POST"]),
            *self._media.control_routes(),
            *self._pages.control_routes(),
            *self._webhooks.control_routes(),
        ]

    def state(self) -> dict[str, object]:
        return {
            "members": [{"urn": member.urn, "name": member.name} for member in self.store.members.values()],
            "posts": [
                {
                    "urn": post.urn,
                    "author": f"urn:li:person:{post.sub}",
                    "author_name": self.store.members[post.sub].name,
                    "text": post.text,
                    "commentary": post.commentary,
                    "visibility": post.visibility,
                    "article": post.article,
                    "content": post.content,
                    "reshare_of": post.reshare_of,
                    "comments": [one.text for one in self.store.comments if one.post_urn == post.urn],
                    "created_at": post.created_at.isoformat(),
                    "is_deleted": post.is_deleted,
                    "counts": self._counts(post),
                }
                for post in self.store.posts.values()
            ],
            "files": [
                {"urn": file.urn, "owner": f"urn:li:person:{file.sub}", "status": self._media.state_of(file)}
                for file in self.store.files.values()
            ],
            "pages": list(self.store.pages),
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    # Sign-in host

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        form: dict[str, str] = {}
        if request.method == "POST":
            form = await read_form(request)
            query |= {key: value for key, value in form.items() if key not in {"member_name", "decision"}}
        wanted = scope_list(query.get("scope", ""))
        problem = self._authorize_problem(query, wanted)
        if problem:
            return HTMLResponse(message_page("Bummer, something went wrong.", problem), status_code=401)
        if request.method == "GET":
            names = sorted(member.name for member in self.store.members.values())
            page = consent_page(client_id=query["client_id"], scopes=wanted, query=query, member_names=names)
            return HTMLResponse(page, headers={"Cache-Control": "no-store"})
        redirect_uri = query["redirect_uri"]
        if form.get("decision") == "cancel":
            return redirect(
                redirect_uri,
                error="user_cancelled_authorize",
                error_description="The user cancelled the authorization",
                state=query.get("state"),
            )
        name = " ".join(form.get("member_name", "").split())
        if form.get("decision") != "allow" or not name:
            page = message_page("Who are you?", "Please go back and give your name.")
            return HTMLResponse(page, status_code=400)
        code = "AQT" + secrets.token_urlsafe(48)
        self.record(
            {
                "kind": "code_issued",
                "code": code,
                "sub": self._member(name).sub,
                "redirect_uri": redirect_uri,
                "scopes": sorted(wanted),
                "ends_at": (self.now() + CODE_LIFE).isoformat(),
            }
        )
        return redirect(redirect_uri, code=code, state=query.get("state"))

    def _authorize_problem(self, query: Mapping[str, str], wanted: Sequence[str]) -> str | None:
        if query.get("response_type") != "code":
            return "The response_type must be code."
        if query.get("client_id") != self.options.client_id:
            return "The passed in client_id is invalid."
        if not self._redirect_allowed(query.get("redirect_uri", "")):
            return "The redirect_uri does not match the registered value."
        unknown = sorted(set(wanted) - _SCOPES[self.options.profile])
        if unknown:
            return f"Scope {unknown[0]} is not authorized for your application."
        return None if wanted else "The scope is missing."

    def _redirect_allowed(self, uri: str) -> bool:
        if uri in self.options.redirect_uris:
            return True
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and not parts.fragment

    def _member(self, name: str) -> Member:
        # The same person has another id in another developer app.
        seed = f"{self.options.client_id}|{name.casefold()}"
        sub = hashlib.sha256(seed.encode()).hexdigest()[:10]
        if sub not in self.store.members:
            self.record({"kind": "member_joined", "sub": sub, "name": name})
        return self.store.members[sub]

    async def _access_token(self, request: Request) -> Response:
        form = await read_form(request)
        grant = form.get("grant_type")
        needed = {
            "authorization_code": ("code", "redirect_uri", "client_id", "client_secret"),
            "refresh_token": ("refresh_token", "client_id", "client_secret"),
        }.get(grant or "", ("grant_type",))
        for name in needed:
            if not form.get(name):
                return oauth_error(400, "invalid_request", f'A required parameter "{name}" is missing')
        if grant not in {"authorization_code", "refresh_token"}:
            return oauth_error(400, "unsupported_grant_type", "The grant type is not supported")
        if form["client_id"] != self.options.client_id or not secrets.compare_digest(
            form["client_secret"].encode(), self.options.client_secret.encode()
        ):
            return oauth_error(401, "invalid_client", "Client authentication failed")
        return self._refresh(form) if grant == "refresh_token" else self._exchange(form)

    def _exchange(self, form: Mapping[str, str]) -> Response:
        code = self.store.codes.get(form["code"])
        if code is None:
            return oauth_error(401, "invalid_request", "Unable to retrieve access token: authorization code not found")
        if code.redirect_uri != form["redirect_uri"] or code.ends_at <= self.now():
            return oauth_error(
                400,
                "invalid_redirect_uri",
                "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code."
                " Or authorization code expired.",
            )
        self.record({"kind": "code_used", "code": form["code"]})
        answer = self._issue(code.sub, code.scopes, ACCESS_LIFE)
        if self.options.profile is Profile.PARTNER:
            answer |= self._issue_refresh(code.sub, code.scopes)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _refresh(self, form: Mapping[str, str]) -> Response:
        token = self.store.tokens.get(form["refresh_token"])
        if token is None or not token.is_refresh or token.is_revoked or token.ends_at <= self.now():
            description = "The provided authorization grant or refresh token is invalid, expired or revoked"
            return oauth_error(400, "invalid_request", description)
        # The refresh token keeps its first end, and near it the new access token gets only what is left.
        left = token.ends_at - self.now()
        answer = self._issue(token.sub, token.scopes, min(ACCESS_LIFE, left))
        answer |= {"refresh_token": form["refresh_token"], "refresh_token_expires_in": int(left.total_seconds())}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _issue(self, sub: str, scopes: frozenset[str], life: timedelta) -> dict[str, object]:
        # LinkedIn's tokens are about 500 characters long, and may grow to 1000.
        value = "AQV" + secrets.token_urlsafe(370)
        self._record_token(value, sub, scopes, life, is_refresh=False)
        return {
            "access_token": value,
            "expires_in": int(life.total_seconds()),
            "scope": ",".join(sorted(scopes)),
            "token_type": "Bearer",
        }

    def _issue_refresh(self, sub: str, scopes: frozenset[str]) -> dict[str, object]:
        value = "AQW" + secrets.token_urlsafe(370)
        self._record_token(value, sub, scopes, REFRESH_LIFE, is_refresh=True)
        return {"refresh_token": value, "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds())}

    def _record_token(self, value: str, sub: str, scopes: frozenset[str], life: timedelta, *, is_refresh: bool) -> None:
        self.record(
            {
                "kind": "token_issued",
                "token": value,
                "sub": sub,
                "scopes": sorted(scopes),
                "ends_at": (self.now() + life).isoformat(),
                "is_refresh": is_refresh,
            }
        )

    # API host

    async def _userinfo(self, request: Request) -> Response:
        token = self.token(request)
        if isinstance(token, Response):
            return token
        if "openid" not in token.scopes:
            return denied("userinfo")
        member = self.store.members[token.sub]
        claims: dict[str, object] = {"sub": member.sub}
        if "profile" in token.scopes:
            given, _, family = member.name.partition(" ")
            claims |= {
                "name": member.name,
                "given_name": given,
                "family_name": family,
                "locale": {"country": "US", "language": "en"},
            }
        if "email" in token.scopes:
            claims |= {"email": f"{member.sub}@members.example", "email_verified": True}
        return JSONResponse(claims)

    async def _create_post(self, request: Request) -> Response:
        token = self.rest_token(request, scope="w_member_social", resource="posts.CREATE")
        if isinstance(token, Response):
            return token
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        refusal = self._refuse_post(body, token)
        if refusal is not None:
            return refusal
        urn = self.store.next_post_urn()
        self.record(
            {
                "kind": "post_created",
                "urn": urn,
                "sub": token.sub,
                "commentary": body["commentary"],
                "text": visible_text(body["commentary"]),
                "visibility": body["visibility"],
                "content": body.get("content"),
                "reshare_of": body.get("reshareContext", {}).get("parent"),
                "is_reshare_disabled": body.get("isReshareDisabledByAuthor") is True,
                "created_at": self.now().isoformat(),
            }
        )
        return self._created(urn)

    def _created(self, given_id: str) -> Response:
        response = Response(status_code=201)
        response.raw_headers.append((self.options.id_header.encode(), given_id.encode()))
        response.raw_headers.append((b"x-li-uuid", secrets.token_hex(8).encode()))
        return response

    def _refuse_post(self, body: dict[str, Any], token: Token) -> Response | None:
        if refusal := refuse_fields(body):
            return refusal
        if body["author"] != f"urn:li:person:{token.sub}":
            return denied("posts.CREATE: the author is not the member of the token")
        if refusal := refuse_content(body, lambda urn, kinds: self._media.check(urn, kinds, sub=token.sub)):
            return refusal
        return (
            self._refuse_parent(body.get("reshareContext"))
            or self._refuse_unverified(token)
            or self._refuse_duplicate(body["commentary"], token)
        )

    def _refuse_parent(self, context: Mapping[str, str] | None) -> Response | None:
        if context is None:
            return None
        urn = context["parent"]
        post = self.store.posts.get(urn)
        parent = self.store.page_posts.get(urn) or (None if post is None or post.is_deleted else post)
        if parent is None:
            return api_error(404, "NOT_FOUND", "/reshareContext/parent :: there is no such post")
        if parent.is_reshare_disabled:
            return api_error(422, "UNPROCESSABLE_ENTITY", "/reshareContext/parent :: its author allows no reshare")
        return None

    def _refuse_unverified(self, token: Token) -> Response | None:
        if self.store.members[token.sub].is_verified:
            return None
        today = self.now().date()
        made = sum(post.sub == token.sub and post.created_at.date() == today for post in self.store.posts.values())
        if made < self.options.daily_posts_of_the_unverified:
            return None
        return api_error(429, "TOO_MANY_REQUESTS", "Daily share limit reached: verify your identity to share more.")

    def _refuse_duplicate(self, commentary: str, token: Token) -> Response | None:
        since = self.now() - self.options.duplicate_window
        for post in reversed(self.store.posts.values()):
            if post.sub == token.sub and post.commentary == commentary and commentary and post.created_at > since:
                return JSONResponse(
                    {
                        "status": 422,
                        "errorDetailType": "com.linkedin.common.error.BadRequest",
                        "message": f"Duplicate post is detected. Content is a duplicate of {post.urn}",
                        "errorDetails": {
                            "inputErrors": [
                                {"code": "DUPLICATE_POST", "description": "Duplicate post is detected", "input": {}}
                            ]
                        },
                    },
                    status_code=422,
                )
        return None

    async def _delete_post(self, request: Request) -> Response:
        token = self.rest_token(request, scope="w_member_social", resource="posts.DELETE")
        if isinstance(token, Response):
            return token
        urn = self._post_key(request)
        if isinstance(urn, Response):
            return urn
        post = self.store.posts.get(urn)
        if post is not None and post.sub != token.sub:
            return denied("posts.DELETE: the author is not the member of the token")
        if post is not None and not post.is_deleted:
            self.record({"kind": "post_deleted", "urn": urn})
        return Response(status_code=204)

    async def _edit_post(self, request: Request) -> Response:
        token = self.rest_token(request, scope="w_member_social", resource="posts.PARTIAL_UPDATE")
        if isinstance(token, Response):
            return token
        urn = self._post_key(request)
        if isinstance(urn, Response):
            return urn
        if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            return api_error(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method must be PARTIAL_UPDATE")
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        patch = body.get("patch")
        changes = patch.get("$set") if isinstance(patch, dict) else None
        if not isinstance(changes, dict) or not changes or not changes.keys() <= EDITABLE:
            return api_error(400, "INVALID_VALUE_FOR_FIELD", f"/patch/$set :: only {', '.join(sorted(EDITABLE))}")
        post = self.store.posts.get(urn)
        if post is None or post.is_deleted:
            return api_error(404, "NOT_FOUND", "There is no such post")
        if post.sub != token.sub:
            return denied("posts.PARTIAL_UPDATE: the author is not the member of the token")
        event: dict[str, Any] = {"kind": "post_edited", "urn": urn}
        if "commentary" in changes:
            if refusal := refuse_commentary(changes["commentary"]):
                return refusal
            event |= {"commentary": changes["commentary"], "text": visible_text(changes["commentary"])}
        self.record(event)
        return Response(status_code=204)

    async def _create_comment(self, request: Request) -> Response:
        token = self.rest_token(request, scope="w_member_social_feed", resource="socialActions.comments.CREATE")
        if isinstance(token, Response):
            return token
        urn = self.path_key(request, 3)
        if isinstance(urn, Response):
            return urn
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        for name in ("actor", "object", "message"):
            if name not in body:
                return api_error(400, "MISSING_FIELD", f"/{name} :: field is required but not found")
        if body["actor"] != f"urn:li:person:{token.sub}":
            return denied("socialActions.comments.CREATE: the actor is not the member of the token")
        # The example of LinkedIn's page names an activity; whether the post itself will do, no page says.
        if body["object"] != urn and not str(body["object"]).startswith("urn:li:activity:"):
            return api_error(400, "INVALID_URN_TYPE", "/object :: the post or its activity is needed")
        text = body["message"].get("text") if isinstance(body["message"], dict) else None
        if not isinstance(text, str) or not text.strip():
            return api_error(400, "INVALID_VALUE_BLANK_FIELD", "/message/text :: must not be blank")
        if len(text) > MAX_COMMENT_CHARS:
            return api_error(400, "FIELD_LENGTH_TOO_LONG", f"/message/text :: more than {MAX_COMMENT_CHARS}")
        post = self.store.posts.get(urn)
        if urn not in self.store.page_posts and (post is None or post.is_deleted):
            return api_error(404, "NOT_FOUND", "There is no such post")
        since = self.now() - timedelta(minutes=1)
        if (
            sum(one.sub == token.sub and one.created_at > since for one in self.store.comments)
            >= self.options.comments_per_minute
        ):
            return api_error(429, "TOO_MANY_REQUESTS", "Comment creation is throttled")
        comment_id = str(7391000000000000001 + len(self.store.comments))
        self.record(
            {
                "kind": "commented",
                "comment_id": comment_id,
                "post_urn": urn,
                "sub": token.sub,
                "text": text,
                "created_at": self.now().isoformat(),
            }
        )
        return self._created(comment_id)

    async def _read_posts(self, request: Request) -> Response:
        # r_member_social is closed to new apps.
        token = self.rest_token(request, scope="r_member_social", resource="posts.GET")
        return token if isinstance(token, Response) else denied("posts.GET")

    async def _feed(self, request: Request) -> Response:
        posts = [
            (post, self.store.members[post.sub], self._counts(post), self._passed_on(post), self._said(post))
            for post in reversed(self.store.posts.values())
            if not post.is_deleted
        ]
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
        return HTMLResponse(feed_page(posts), headers=headers)

    def _passed_on(self, post: Post) -> str | None:
        if post.reshare_of is None:
            return None
        page_post, member_post = self.store.page_posts.get(post.reshare_of), self.store.posts.get(post.reshare_of)
        return page_post.text if page_post else member_post.text if member_post else ""

    def _said(self, post: Post) -> list[str]:
        return [
            f"{self.store.members[one.sub].name}: {one.text}" for one in self.store.comments if one.post_urn == post.urn
        ]

    def _counts(self, post: Post) -> dict[str, int]:
        counts = {name: self.store.count(post, metric, now=self.now()) for name, metric in METRICS.items()}
        return {name: count for name, count in counts.items() if count is not None and count >= 0}

    # What every /rest call goes through

    def rest_token(self, request: Request, *, scope: str, resource: str) -> Token | Response:
        token = self.token(request)
        if isinstance(token, Response):
            return token
        version = request.headers.get("linkedin-version")
        if not version:
            return api_error(400, "VERSION_MISSING", "A version must be present. Please specify a version")
        if version not in self.options.active_versions:
            return api_error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        limits = {
            "APPLICATION_AND_MEMBER": (token.sub, self.options.daily_requests_per_member),
            "APPLICATION": ("", self.options.daily_requests_per_app),
        }
        for name, (whose, most) in limits.items():
            if self._count_request(whose) > most:
                message = f"Resource level throttle {name} DAY limit for calls to this resource is reached."
                return api_error(429, "TOO_MANY_REQUESTS", message)
        return token if scope in token.scopes else denied(resource)

    def is_vetted(self, token: Token) -> bool:
        """Whether a token holds more than self-serve apps can ask for."""
        return bool(token.scopes - _SCOPES[Profile.SELF_SERVE])

    def _count_request(self, whose: str) -> int:
        key = (self.now().date().isoformat(), whose)
        self._used_today[key] = self._used_today.get(key, 0) + 1
        return self._used_today[key]

    def token(self, request: Request) -> Token | Response:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            return api_error(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2_access_token", service_code=65604)
        token = self.store.tokens.get(value.strip())
        if token is None or token.is_refresh:
            return api_error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service_code=65600)
        if token.is_revoked:
            message = "The token used in the request has been revoked by the user"
            return api_error(401, "REVOKED_ACCESS_TOKEN", message, service_code=65601)
        if token.ends_at <= self.now():
            message = "The token used in the request has expired"
            return api_error(401, "EXPIRED_ACCESS_TOKEN", message, service_code=65602)
        return token

    def path_key(self, request: Request, position: int) -> str | Response:
        """The URN that is the key at a position of the path, or the refusal of one that is not encoded whole."""
        raw = request.scope["raw_path"].decode("ascii", "replace").split("/")[position]
        if ":" in raw or request.headers.get("x-restli-protocol-version") != "2.0.0":
            return api_error(400, "ILLEGAL_ARGUMENT", "The key must be encoded as protocol 2.0.0 asks for")
        urn = unquote(raw)
        return urn if _URN.fullmatch(urn) else api_error(400, "INVALID_URN_ID", "The id is not valid")

    def _post_key(self, request: Request) -> str | Response:
        urn = self.path_key(request, 3)
        if isinstance(urn, Response) or _POST.fullmatch(urn):
            return urn
        return api_error(400, "INVALID_URN_ID", "The id is not valid")

    # Control endpoints

    async def _set_counts(self, request: Request) -> Response:
        raw = await request.json()
        urn = raw.get("external_id") if isinstance(raw, dict) else None
        if urn not in self.store.posts:
            return JSONResponse({"error": "external_id must be the URN of a post that is here"}, status_code=404)
        # A negative number stands for "LinkedIn has no data": an answer without elements.
        counts = {METRICS[key]: int(value) for key, value in raw.items() if key in METRICS}
        self.record({"kind": "counts_set", "urn": urn, "counts": counts})
        return JSONResponse({"external_id": urn, "counts": self._counts(self.store.posts[urn])})

    async def _revoke_tokens(self, request: Request) -> Response:
        member = self._named(await request.json())
        if isinstance(member, Response):
            return member
        self.record({"kind": "tokens_revoked", "sub": member.sub})
        return Response(status_code=204)

    async def _set_member(self, request: Request) -> Response:
        raw = await request.json()
        member = self._named(raw)
        if isinstance(member, Response):
            return member
        self.record({"kind": "member_verified", "sub": member.sub, "is_verified": bool(raw.get("is_verified", True))})
        return Response(status_code=204)

    def _named(self, raw: object) -> Member | Response:
        name = raw.get("member_name") if isinstance(raw, dict) else None
        found = [member for member in self.store.members.values() if member.name == name]
        return (
            found[0] if found else JSONResponse({"error": "member_name must be the name of a member"}, status_code=404)
        )
