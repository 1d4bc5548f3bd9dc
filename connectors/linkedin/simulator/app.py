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
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.linkedin.simulator.little_text import visible_text
from connectors.linkedin.simulator.pages import consent_page, feed_page, message_page
from connectors.linkedin.simulator.store import Member, Post, Store, Token
from connectors.sdk.testing.simulator import Event, Simulator

ACCESS_LIFE = timedelta(days=60)
REFRESH_LIFE = timedelta(days=365)
CODE_LIFE = timedelta(minutes=30)
MAX_COMMENTARY_CHARS = 3000
METRICS = ("IMPRESSION", "REACTION", "COMMENT", "RESHARE")
_METRIC_CLASS = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1"
_VISIBILITIES = {"PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"}
_PERSON = re.compile(r"urn:li:person:[A-Za-z0-9_-]+")
_POST = re.compile(r"urn:li:(share|ugcPost):[0-9]+")


class Profile(StrEnum):
    """Which products the developer app has."""

    SELF_SERVE = "self_serve"
    PARTNER = "partner"


_SCOPES = {
    Profile.SELF_SERVE: frozenset({"openid", "profile", "email", "w_member_social"}),
    Profile.PARTNER: frozenset({"openid", "profile", "email", "w_member_social", "r_member_postAnalytics"}),
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
            self.operation("/rest/memberCreatorPostAnalytics", self._analytics, name="analytics", methods=["GET"]),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/counts", self._set_counts, methods=["POST"]),
            Route("/_sim/tokens/revoke", self._revoke_tokens, methods=["POST"]),
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
                    "created_at": post.created_at.isoformat(),
                    "is_deleted": post.is_deleted,
                    "counts": self._counts(post),
                }
                for post in self.store.posts.values()
            ],
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    # Sign-in host

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        form: dict[str, str] = {}
        if request.method == "POST":
            form = await _form(request)
            query |= {key: value for key, value in form.items() if key not in {"member_name", "decision"}}
        wanted = _scope_list(query.get("scope", ""))
        problem = self._authorize_problem(query, wanted)
        if problem:
            return HTMLResponse(message_page("Bummer, something went wrong.", problem), status_code=401)
        if request.method == "GET":
            names = sorted(member.name for member in self.store.members.values())
            page = consent_page(client_id=query["client_id"], scopes=wanted, query=query, member_names=names)
            return HTMLResponse(page, headers={"Cache-Control": "no-store"})
        redirect_uri = query["redirect_uri"]
        if form.get("decision") == "cancel":
            return _redirect(
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
        return _redirect(redirect_uri, code=code, state=query.get("state"))

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
        form = await _form(request)
        grant = form.get("grant_type")
        needed = {
            "authorization_code": ("code", "redirect_uri", "client_id", "client_secret"),
            "refresh_token": ("refresh_token", "client_id", "client_secret"),
        }.get(grant or "", ("grant_type",))
        for name in needed:
            if not form.get(name):
                return _oauth_error(400, "invalid_request", f'A required parameter "{name}" is missing')
        if grant not in {"authorization_code", "refresh_token"}:
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported")
        if form["client_id"] != self.options.client_id or not secrets.compare_digest(
            form["client_secret"].encode(), self.options.client_secret.encode()
        ):
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        return self._refresh(form) if grant == "refresh_token" else self._exchange(form)

    def _exchange(self, form: Mapping[str, str]) -> Response:
        code = self.store.codes.get(form["code"])
        if code is None:
            return _oauth_error(401, "invalid_request", "Unable to retrieve access token: authorization code not found")
        if code.redirect_uri != form["redirect_uri"] or code.ends_at <= self.now():
            return _oauth_error(
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
            return _oauth_error(400, "invalid_request", description)
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
        token = self._token(request)
        if isinstance(token, Response):
            return token
        if "openid" not in token.scopes:
            return _denied("userinfo")
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
        token = self._rest_token(request, scope="w_member_social", resource="posts.CREATE")
        if isinstance(token, Response):
            return token
        try:
            body = await request.json()
        except ValueError:
            return _api_error(400, "INVALID_JSON", "The body is not JSON")
        refusal = self._refuse_post(body, token) if isinstance(body, dict) else _api_error(400, "INVALID_JSON", "")
        if refusal is not None:
            return refusal
        urn = self.store.next_post_urn()
        article = body.get("content", {}).get("article")
        self.record(
            {
                "kind": "post_created",
                "urn": urn,
                "sub": token.sub,
                "commentary": body["commentary"],
                "text": visible_text(body["commentary"]),
                "visibility": body["visibility"],
                "article": article,
                "created_at": self.now().isoformat(),
            }
        )
        response = Response(status_code=201)
        response.raw_headers.append((self.options.id_header.encode(), urn.encode()))
        response.raw_headers.append((b"x-li-uuid", secrets.token_hex(8).encode()))
        return response

    def _refuse_post(self, body: dict[str, Any], token: Token) -> Response | None:
        for name in ("author", "commentary", "visibility", "distribution", "lifecycleState"):
            if name not in body:
                return _api_error(400, "MISSING_FIELD", f"/{name} :: field is required but not found")
        author, commentary = body["author"], body["commentary"]
        if not isinstance(author, str) or not author.startswith("urn:li:person:"):
            return _api_error(400, "INVALID_URN_TYPE", "/author :: a person is needed")
        if not _PERSON.fullmatch(author):
            return _api_error(400, "INVALID_URN_ID", "/author :: the id is not valid")
        if author != f"urn:li:person:{token.sub}":
            return _denied("posts.CREATE: the author is not the member of the token")
        if not isinstance(commentary, str):
            return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/commentary :: must be a string")
        if len(visible_text(commentary)) > MAX_COMMENTARY_CHARS:
            return _api_error(400, "FIELD_LENGTH_TOO_LONG", f"/commentary :: more than {MAX_COMMENTARY_CHARS}")
        if body["visibility"] not in _VISIBILITIES:
            return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/visibility :: unknown value")
        if body["lifecycleState"] != "PUBLISHED":
            return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/lifecycleState :: must be PUBLISHED")
        distribution = body["distribution"]
        if not isinstance(distribution, dict) or distribution.get("feedDistribution") not in {"MAIN_FEED", "NONE"}:
            return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/distribution/feedDistribution :: unknown value")
        if "content" in body:
            article = body["content"].get("article") if isinstance(body["content"], dict) else None
            if not isinstance(article, dict) or not all(isinstance(value, str) for value in article.values()):
                return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/content :: exactly one known kind is needed")
            for name in ("source", "title"):
                if not article.get(name):
                    return _api_error(400, "MISSING_FIELD", f"/content/article/{name} :: field is required")
            if urlsplit(article["source"]).scheme not in {"http", "https"}:
                return _api_error(400, "INVALID_VALUE_FOR_FIELD", "/content/article/source :: not a web address")
        elif not commentary.strip():
            return _api_error(400, "INVALID_VALUE_BLANK_FIELD", "/commentary :: must not be blank")
        return self._refuse_duplicate(commentary, token)

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
        token = self._rest_token(request, scope="w_member_social", resource="posts.DELETE")
        if isinstance(token, Response):
            return token
        urn = self._path_urn(request)
        if isinstance(urn, Response):
            return urn
        post = self.store.posts.get(urn)
        if post is not None and post.sub != token.sub:
            return _denied("posts.DELETE: the author is not the member of the token")
        if post is not None and not post.is_deleted:
            self.record({"kind": "post_deleted", "urn": urn})
        return Response(status_code=204)

    async def _read_posts(self, request: Request) -> Response:
        # r_member_social is closed to new apps.
        token = self._rest_token(request, scope="r_member_social", resource="posts.GET")
        return token if isinstance(token, Response) else _denied("posts.GET")

    async def _analytics(self, request: Request) -> Response:
        resource = "memberCreatorPostAnalytics.FINDER-entity"
        token = self._rest_token(request, scope="r_member_postAnalytics", resource=resource)
        if isinstance(token, Response):
            return token
        asked = self._parse_analytics(request)
        if isinstance(asked, Response):
            return asked
        urn, metric = asked
        post = self.store.posts.get(urn)
        elements: list[dict[str, object]] = []
        if post is not None and not post.is_deleted and post.sub == token.sub:
            count = self.store.count(post, metric, now=self.now())
            # From 202605 the type is a string, before an object with one key.
            is_string = request.headers["linkedin-version"] >= "202605"
            metric_type: object = metric if is_string else {_METRIC_CLASS: metric}
            if count is not None and count >= 0:
                elements = [{"count": count, "metricType": metric_type, "targetEntity": {"share": urn}}]
        return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})

    def _parse_analytics(self, request: Request) -> tuple[str, str] | Response:
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return _api_error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        raw = request.scope["query_string"].decode("ascii", "replace")
        pairs = dict(pair.partition("=")[::2] for pair in raw.split("&"))
        # Rest.li reads the raw text: parentheses must be literal, the colons of a value encoded.
        entity = re.fullmatch(r"\((share|ugc):([^():,]+)\)", pairs.get("entity", ""))
        if pairs.get("q") != "entity" or entity is None:
            return _api_error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        if pairs.get("aggregation", "TOTAL") != "TOTAL":
            return _api_error(400, "ILLEGAL_ARGUMENT", "The aggregation is not supported for a single entity")
        metric = pairs.get("queryType", "")
        if metric not in METRICS:
            return _api_error(400, "INVALID_VALUE_FOR_FIELD", "queryType :: unknown value")
        return unquote(entity.group(2)), metric

    async def _feed(self, request: Request) -> Response:
        posts = [
            (post, self.store.members[post.sub], self._counts(post))
            for post in reversed(self.store.posts.values())
            if not post.is_deleted
        ]
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
        return HTMLResponse(feed_page(posts), headers=headers)

    def _counts(self, post: Post) -> dict[str, int]:
        names = {"IMPRESSION": "impressions", "REACTION": "reactions", "COMMENT": "comments", "RESHARE": "reshares"}
        counts = {name: self.store.count(post, metric, now=self.now()) for metric, name in names.items()}
        return {name: count for name, count in counts.items() if count is not None and count >= 0}

    # What every /rest call goes through

    def _rest_token(self, request: Request, *, scope: str, resource: str) -> Token | Response:
        token = self._token(request)
        if isinstance(token, Response):
            return token
        version = request.headers.get("linkedin-version")
        if not version:
            return _api_error(400, "VERSION_MISSING", "A version must be present. Please specify a version")
        if version not in self.options.active_versions:
            return _api_error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if self._count_request(token.sub) > self.options.daily_requests_per_member:
            message = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
            return _api_error(429, "TOO_MANY_REQUESTS", message)
        return token if scope in token.scopes else _denied(resource)

    def _count_request(self, sub: str) -> int:
        key = (self.now().date().isoformat(), sub)
        self._used_today[key] = self._used_today.get(key, 0) + 1
        return self._used_today[key]

    def _token(self, request: Request) -> Token | Response:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            return _api_error(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2_access_token", service_code=65604)
        token = self.store.tokens.get(value.strip())
        if token is None or token.is_refresh:
            return _api_error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", service_code=65600)
        if token.is_revoked:
            message = "The token used in the request has been revoked by the user"
            return _api_error(401, "REVOKED_ACCESS_TOKEN", message, service_code=65601)
        if token.ends_at <= self.now():
            message = "The token used in the request has expired"
            return _api_error(401, "EXPIRED_ACCESS_TOKEN", message, service_code=65602)
        return token

    def _path_urn(self, request: Request) -> str | Response:
        raw = request.scope["raw_path"].decode("ascii", "replace").rsplit("/", 1)[-1]
        if ":" in raw or request.headers.get("x-restli-protocol-version") != "2.0.0":
            return _api_error(400, "ILLEGAL_ARGUMENT", "The key must be encoded as protocol 2.0.0 asks for")
        urn = unquote(raw)
        return urn if _POST.fullmatch(urn) else _api_error(400, "INVALID_URN_ID", "The id is not valid")

    # Control endpoints

    async def _set_counts(self, request: Request) -> Response:
        raw = await request.json()
        urn = raw.get("external_id") if isinstance(raw, dict) else None
        if urn not in self.store.posts:
            return JSONResponse({"error": "external_id must be the URN of a post that is here"}, status_code=404)
        names = {"impressions": "IMPRESSION", "reactions": "REACTION", "comments": "COMMENT", "reshares": "RESHARE"}
        # A negative number stands for "LinkedIn has no data": an answer without elements.
        counts = {names[key]: int(value) for key, value in raw.items() if key in names}
        self.record({"kind": "counts_set", "urn": urn, "counts": counts})
        return JSONResponse({"external_id": urn, "counts": self._counts(self.store.posts[urn])})

    async def _revoke_tokens(self, request: Request) -> Response:
        raw = await request.json()
        name = raw.get("member_name") if isinstance(raw, dict) else None
        found = [member for member in self.store.members.values() if member.name == name]
        if not found:
            return JSONResponse({"error": "member_name must be the name of a member"}, status_code=404)
        self.record({"kind": "tokens_revoked", "sub": found[0].sub})
        return Response(status_code=204)


def _scope_list(scope: str) -> list[str]:
    return list(dict.fromkeys(scope.replace(",", " ").split()))


async def _form(request: Request) -> dict[str, str]:
    # Only the form body counts: credentials in an Authorization header are ignored, as LinkedIn documents it.
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def _redirect(uri: str, **query: str | None) -> Response:
    given = urlencode({key: value for key, value in query.items() if value is not None}, quote_via=quote)
    separator = "&" if urlsplit(uri).query else "?"
    return RedirectResponse(f"{uri}{separator}{given}", status_code=302, headers={"Cache-Control": "no-store"})


def _oauth_error(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)


def _api_error(status: int, code: str, message: str, *, service_code: int | None = None) -> Response:
    body: dict[str, object] = {"status": status, "code": code, "message": message}
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return JSONResponse(body, status_code=status)


def _denied(resource: str) -> Response:
    return _api_error(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}", service_code=100)
