"""The simulated VoiceStorm: one community with its REST API v1 and its SCIM, seen by the vendor's samples and help.

What only people do (an administrator writes a post, a member connects LinkedIn and shares) is below `/_sim/`. Which
class of calls an endpoint belongs to is not known one by one; the three classes and their sizes are.
"""

import base64
import csv
import io
import json
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sdk.testing.simulator import Event, Handler, Simulator
from connectors.voicestorm.simulator.wire import form_fields, json_object, scim_error, scim_list, whole_number

#: Calls in ten minutes.
CLASSES = {"heavy": 25, "medium": 75, "low": 200}
WINDOW_SECONDS = 600
#: LinkedIn's access to a member ends after so long, and sharing with it.
LINKEDIN_LIFE = timedelta(days=60)
_FILTER = re.compile(r'userName eq "((?:[^"\\]|\\.)*)"')
_QUESTIONS: list[dict[str, object]] = [
    {
        "questionId": f"q{number}",
        "name": name,
        "description": name,
        "questionType": kind,
        "required": False,
        "isPubliclyVisible": True,
        "answers": [{"answerId": f"a{number}{place}", "answer": text} for place, text in enumerate(answers)],
    }
    for number, (name, kind, answers) in enumerate(
        [
            ("Office", "SingleAnswer", ["Tel Aviv", "Berlin"]),
            ("Languages", "MultipleAnswer", ["English", "Hebrew", "German"]),
            ("Interests", "FreeText", []),
        ],
        start=1,
    )
]

_Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Options:
    """How this community is set up."""

    access_token: str = "demo+token/1"
    token_secret: str = "demo+secret/1="
    scim_token: str = "demo-scim-token"
    has_divisions: bool = True


@dataclass(slots=True)
class Store:
    """All state; `apply` is the only thing that changes it."""

    tokens: dict[str, bool] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    connected_at: dict[str, datetime] = field(default_factory=dict)
    shares: list[dict[str, Any]] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def apply(self, event: dict[str, Any]) -> None:
        """Lets one event happen."""
        match event["kind"]:
            case "token_issued":
                self.tokens[event["token"]] = True
            case "tokens_revoked":
                self.tokens = {}
            case "user_saved":
                self.users[event["user"]["id"]] = event["user"]
            case "post_saved":
                self.posts[event["post"]["id"]] = event["post"]
            case "linkedin_connected":
                self.connected_at[event["user_id"]] = datetime.fromisoformat(event["at"])
            case "post_shared":
                self.shares.append(event)
            case "emails_allowed":
                self.allowed += event["emails"]

    def user_by_email(self, email: str) -> dict[str, Any] | None:
        """The user of an address."""
        return next((one for one in self.users.values() if one["email"].casefold() == email.casefold()), None)


class LegacySimulator(Simulator):
    """One community; users, posts, shares and tokens survive a restart with the journal."""

    def __init__(
        self, options: Options, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.options = options
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self.store = Store()
        self._used: Counter[tuple[str, int]] = Counter()

    def apply(self, event: Event) -> None:
        self.store.apply(event)

    def state(self) -> dict[str, object]:
        return {
            "users": list(self.store.users.values()),
            "posts": list(self.store.posts.values()),
            "shares": self.store.shares,
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        table: list[tuple[str, str, str, str, _Answer]] = [
            ("GET", "/v1/groups", "groups", "low", self._groups),
            ("GET", "/v1/divisions", "divisions", "low", self._divisions),
            ("GET", "/v1/affiliations", "affiliations", "low", self._affiliations),
            ("GET", "/v1/manage/affiliations", "manage_affiliations", "low", self._affiliations),
            ("GET", "/v1/manage/user/{id}/affiliations", "read_answers", "low", self._answers),
            ("PUT", "/v1/manage/user/{id}/affiliations", "write_answers", "low", self._answers),
            ("PUT", "/v1/search", "search", "medium", self._search),
            ("PUT", "/v1/register", "register", "medium", self._register),
            ("POST", "/v1/manage/preregister", "preregister", "medium", self._register),
            ("GET", "/v1/user/{id}", "read_user", "low", self._user),
            ("PUT", "/v1/user/{id}", "write_user", "low", self._user),
            ("GET", "/v1/users", "users", "medium", self._users),
            ("PUT", "/v1/whitelist/add", "whitelist", "low", self._whitelist),
            ("PUT", "/v1/login/forgotpassword", "forgot_password", "low", self._forgot_password),
            ("PUT", "/v1/post/{id}/image", "put_image", "low", self._image),
            ("GET", "/v1/reports/csv", "report", "heavy", self._report),
        ]
        return [
            self.operation("/v1/oauth2/token", self._token, name="token", methods=["POST"]),
            self.operation("/v1/streams/definitions", self._streams, name="streams", methods=["GET"]),
            self.operation("/v1/posts/public", self._public_posts, name="public_posts", methods=["GET"]),
            *(
                self.operation(path, self._let_in(kind, answer), name=name, methods=[method])
                for method, path, name, kind, answer in table
            ),
            self.operation("/scim/v2/Users", self._scim(self._scim_users), name="scim_users", methods=["GET", "POST"]),
            self.operation(
                "/scim/v2/Users/{id}",
                self._scim(self._scim_user),
                name="scim_user",
                methods=["GET", "PATCH", "DELETE"],
            ),
            self.operation(
                "/scim/v2/Groups", self._scim(self._scim_groups), name="scim_groups", methods=["GET", "POST"]
            ),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/tokens/revoke", self._revoke, methods=["POST"]),
            Route("/_sim/posts", self._write_post, methods=["POST"]),
            Route("/_sim/linkedin", self._connect_linkedin, methods=["POST"]),
            Route("/_sim/shares", self._share, methods=["POST"]),
        ]

    # Letting in

    async def _token(self, request: Request) -> Response:
        form = await form_fields(request)
        if form is None or form.get("grant_type") != "client_credentials":
            return _error("grant_type client_credentials is needed", status=400)
        pair = ":".join(quote(part, safe="") for part in (self.options.access_token, self.options.token_secret))
        expected = "Basic " + base64.b64encode(pair.encode()).decode()
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            return _error("token or secret is wrong", status=401)
        value = secrets.token_urlsafe(32)
        self.record({"kind": "token_issued", "token": value})
        return JSONResponse({"token_type": "bearer", "access_token": value})

    def _let_in(self, kind: str, answer: _Answer) -> Handler:
        async def handle(request: Request) -> Response:
            scheme, _, value = request.headers.get("authorization", "").partition(" ")
            if scheme != "Bearer" or value not in self.store.tokens:
                return _error("not signed in", status=401)
            now = int(self.now().timestamp())
            window = (kind, now // WINDOW_SECONDS)
            self._used[window] += 1
            left = CLASSES[kind] - self._used[window]
            response = _error("too many calls", status=429) if left < 0 else await answer(request)
            response.headers["X-RateLimit-Limit"] = str(CLASSES[kind])
            response.headers["X-RateLimit-Remaining"] = f"{max(left, 0):.1f}"
            response.headers["X-RateLimit-Reset"] = str(WINDOW_SECONDS - now % WINDOW_SECONDS)
            return response

        return handle

    # Without a token

    async def _streams(self, request: Request) -> Response:
        return JSONResponse({"streams": [{"id": "s-1", "name": "News"}]})

    async def _public_posts(self, request: Request) -> Response:
        posts = [
            {"title": one["title"], "description": one["description"], "permalink": one["permalink"], "media": []}
            for one in self.store.posts.values()
        ]
        return JSONResponse({"posts": posts})

    # With one

    async def _groups(self, request: Request) -> Response:
        return JSONResponse({"groups": [{"id": "g-1", "name": "Everybody"}]})

    async def _divisions(self, request: Request) -> Response:
        if not self.options.has_divisions:
            return JSONResponse({"code": "not_enabled", "message": "Divisions are not enabled"}, status_code=400)
        return JSONResponse({"divisions": [{"id": "d-1", "name": "Sales"}, {"id": "d-2", "name": "Research"}]})

    async def _affiliations(self, request: Request) -> Response:
        return JSONResponse({"affiliations": _QUESTIONS})

    async def _answers(self, request: Request) -> Response:
        user = self.store.users.get(request.path_params["id"])
        if user is None:
            return _error("no such user", status=404)
        if request.method == "GET":
            return JSONResponse({"affiliations": user["affiliations"]})
        body = await json_object(request)
        answers = body.get("affiliations") if body else None
        if not isinstance(answers, list):
            return _error("affiliations must be a list")
        known = {question["questionId"]: question["questionType"] for question in _QUESTIONS}
        for one in answers:
            kind = known.get((one.get("question") or {}).get("questionId"))
            if kind is None:
                return _error("no such question")
            if kind == "FreeText" and not isinstance((one.get("answer") or {}).get("freeText"), str):
                return _error("a free text is needed")
        if len({one["question"]["questionId"] for one in answers if _is_single(one)}) < sum(map(_is_single, answers)):
            return _error("one answer only")
        self.record({"kind": "user_saved", "user": {**user, "affiliations": answers}})
        return JSONResponse({"code": "success"})

    async def _search(self, request: Request) -> Response:
        body = await json_object(request)
        if body is None or not isinstance(body.get("term"), str) or body.get("type") != "User":
            return _error("term and type are needed")
        take, term = body.get("take", 10), str(body["term"]).casefold()
        found = [one for one in self.store.users.values() if term in f"{one['email']} {one['displayName']}".casefold()]
        return JSONResponse(
            {"results": [{"user": _shown(one)} for one in found[: take if isinstance(take, int) else 10]]}
        )

    async def _register(self, request: Request) -> Response:
        body = await json_object(request)
        is_active = request.url.path.endswith("/register")
        needed = ("email", "firstName", "lastName", "password") if is_active else ("email",)
        missing = [name for name in needed if not (body and isinstance(body.get(name), str) and body[name])]
        if body is None or missing:
            return _errors([f"{name} is required" for name in missing])
        if self.store.user_by_email(str(body["email"])):
            return _errors(["This e-mail address is already registered"])
        user = self._new_user(str(body["email"]), str(body.get("firstName", "")), str(body.get("lastName", "")))
        user["status"] = "active" if is_active else "preregistered"
        self.record({"kind": "user_saved", "user": user})
        return JSONResponse({"user": _shown(user)})

    def _new_user(self, email: str, given: str, family: str) -> dict[str, Any]:
        return {
            "id": f"u-{3101 + len(self.store.users)}",
            "email": email,
            "firstName": given,
            "lastName": family,
            "displayName": f"{given} {family}".strip(),
            "divisions": [],
            "affiliations": [],
            "active": True,
            "status": "active",
            "externalId": None,
        }

    async def _user(self, request: Request) -> Response:
        user = self.store.users.get(request.path_params["id"])
        if user is None:
            return _error("no such user", status=404)
        if request.method == "GET":
            more = (
                {"affiliations": user["affiliations"]} if request.query_params.get("include") == "affiliations" else {}
            )
            return JSONResponse({"user": {**_shown(user), **more}})
        body = await json_object(request)
        if body is None or body.keys() - {"firstName", "lastName", "displayName", "divisions"}:
            return _error("a field that cannot be written")
        # A whole set each time: what is not in it is gone.
        self.record({"kind": "user_saved", "user": {**user, **body}})
        return JSONResponse({"code": "success"})

    async def _users(self, request: Request) -> Response:
        given = request.query_params.getlist("ids")
        try:
            ids = json.loads(given[0]) if len(given) == 1 and given[0].startswith("[") else given
        except ValueError:
            return _error("ids is no list", status=400)
        return JSONResponse({"users": [_shown(self.store.users[one]) for one in ids if one in self.store.users]})

    async def _whitelist(self, request: Request) -> Response:
        body = await json_object(request)
        emails = body.get("emails") if body else None
        if not isinstance(emails, list) or len(emails) > 200:
            return _error("emails must be a list of at most 200")
        self.record({"kind": "emails_allowed", "emails": emails})
        return JSONResponse({"code": "success"})

    async def _forgot_password(self, request: Request) -> Response:
        body = await json_object(request)
        known = body is not None and self.store.user_by_email(str(body.get("email")))
        return JSONResponse({"code": "success"}) if known else _error("no such user")

    async def _image(self, request: Request) -> Response:
        post = self.store.posts.get(request.path_params["id"])
        if post is None:
            return _error("no such post", status=404)
        content_type, data = request.headers.get("content-type", ""), await request.body()
        if content_type not in {"image/png", "image/jpeg", "image/gif"} or not data:
            return _error("an image is needed as the body")
        image = {"content_type": content_type, "bytes": len(data)}
        self.record({"kind": "post_saved", "post": {**post, "image": image}})
        return JSONResponse({"code": "success"})

    async def _report(self, request: Request) -> Response:
        query = request.query_params
        try:
            since, until = (date.fromisoformat(query[name][:10]) for name in ("StartDate", "EndDate"))
        except (KeyError, ValueError):
            return _error("StartDate and EndDate are needed", status=400)
        if query.get("ReportType") not in {"Member", "Source", "Summary"}:
            return _error("no such report", status=400)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([f"{query['ReportType']} report, {since} to {until}"])
        writer.writerow(["Member Name", "Member URL", "UserId", "Post Views", "Shares", "Impressions", "Clicks", "EMV"])
        for user in self.store.users.values():
            mine = [one for one in self.store.shares if one["user_id"] == user["id"]]
            shared = [one for one in mine if since <= datetime.fromisoformat(one["at"]).date() <= until]
            name, url = user["displayName"], f"https://demo.voicestorm.com/user/{user['id']}"
            clicks = sum(one["clicks"] for one in shared)
            views = f"{1200 * len(shared):,}"
            writer.writerow([name, url, user["id"], views, len(shared), 500 * len(shared), clicks, "12.50"])
        headers = {"Content-Disposition": 'attachment; filename="report.csv"'}
        return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)

    # SCIM: users only, and nobody is ever deleted

    def _scim(self, answer: _Answer) -> Handler:
        async def handle(request: Request) -> Response:
            expected = f"Bearer {self.options.scim_token}"
            if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
                return scim_error(401, "the token is not valid")
            return await answer(request)

        return handle

    async def _scim_users(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._scim_create(request)
        query = request.query_params
        start, count = whole_number(query.get("startIndex"), 1), whole_number(query.get("count"), 100)
        if start is None or count is None:
            return scim_error(400, "startIndex and count must be positive numbers")
        users = list(self.store.users.values())
        if "filter" in query:
            match = _FILTER.fullmatch(query["filter"])
            if match is None:
                return scim_error(400, "only userName eq", scim_type="invalidFilter")
            found = self.store.user_by_email(match.group(1))
            users = [found] if found else []
        return JSONResponse(scim_list([_scim_shown(one) for one in users], start=start, count=count))

    async def _scim_create(self, request: Request) -> Response:
        body = await json_object(request)
        if body is None or not isinstance(body.get("userName"), str) or not body["userName"]:
            return scim_error(400, "userName is required", scim_type="invalidValue")
        if self.store.user_by_email(str(body["userName"])):
            return scim_error(409, "userName is taken", scim_type="uniqueness")
        name = body.get("name")
        given = name if isinstance(name, dict) else {}
        user = self._new_user(str(body["userName"]), str(given.get("givenName", "")), str(given.get("familyName", "")))
        user |= {"externalId": body.get("externalId"), "active": body.get("active") is not False}
        self.record({"kind": "user_saved", "user": user})
        return JSONResponse(_scim_shown(user), status_code=201)

    async def _scim_user(self, request: Request) -> Response:
        user = self.store.users.get(request.path_params["id"])
        if user is None:
            return scim_error(404, "no such user")
        if request.method == "GET":
            return JSONResponse(_scim_shown(user))
        is_active = False
        if request.method == "PATCH":
            body = await json_object(request)
            operations = body.get("Operations") if body else None
            if not isinstance(operations, list) or [one.get("path") for one in operations] != ["active"]:
                return scim_error(400, "a PatchOp of active is needed", scim_type="invalidPath")
            is_active = operations[0].get("value") is True
        changed = {**user, "active": is_active}
        self.record({"kind": "user_saved", "user": changed})
        return Response(status_code=204) if request.method == "DELETE" else JSONResponse(_scim_shown(changed))

    async def _scim_groups(self, request: Request) -> Response:
        return scim_error(501, "groups are not supported")

    # What people do

    async def _revoke(self, request: Request) -> Response:
        self.record({"kind": "tokens_revoked"})
        return JSONResponse({"code": "success"})

    async def _write_post(self, request: Request) -> Response:
        """`{"title", "description"?}`: an administrator writes a post; its id is a UUID."""
        asked = await request.json()
        post_id = str(uuid4())
        post = {
            "id": post_id,
            "title": str(asked["title"]),
            "description": str(asked.get("description", "")),
            "permalink": f"https://demo.voicestorm.com/post/{UUID(post_id)}",
            "image": None,
        }
        self.record({"kind": "post_saved", "post": post})
        return JSONResponse(post, status_code=201)

    async def _connect_linkedin(self, request: Request) -> Response:
        """`{"user_id"}`: a member connects LinkedIn, or connects it again."""
        asked = await request.json()
        event = {"kind": "linkedin_connected", "user_id": str(asked["user_id"]), "at": self.now().isoformat()}
        self.record(event)
        return JSONResponse({"code": "success"})

    async def _share(self, request: Request) -> Response:
        """`{"user_id", "post_id", "clicks"?}`: a member shares in the app, as long as LinkedIn lets them."""
        asked = await request.json()
        user_id, post_id = str(asked["user_id"]), str(asked["post_id"])
        connected_at = self.store.connected_at.get(user_id)
        if post_id not in self.store.posts or user_id not in self.store.users:
            return _error("no such post or user", status=404)
        if connected_at is None or connected_at + LINKEDIN_LIFE <= self.now():
            return _error("LinkedIn must be connected again", status=409)
        event = {"kind": "post_shared", "user_id": user_id, "post_id": post_id, "at": self.now().isoformat()}
        self.record({**event, "clicks": int(asked.get("clicks", 0))})
        return JSONResponse({"code": "success"}, status_code=201)


def _is_single(answer: dict[str, Any]) -> bool:
    question_id = answer["question"]["questionId"]
    return any(one["questionId"] == question_id and one["questionType"] == "SingleAnswer" for one in _QUESTIONS)


def _shown(user: dict[str, Any]) -> dict[str, object]:
    return {"userName": user["email"]} | {name: user[name] for name in ("id", "email", "displayName", "divisions")}


def _scim_shown(user: dict[str, Any]) -> dict[str, object]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": user["id"],
        "userName": user["email"],
        "externalId": user["externalId"],
        "name": {"givenName": user["firstName"], "familyName": user["lastName"]},
        "emails": [{"value": user["email"], "primary": True}],
        "active": user["active"],
    }


def _error(message: str, *, status: int = 200) -> Response:
    return JSONResponse({"code": "error", "message": message}, status_code=status)


def _errors(messages: list[str]) -> Response:
    return JSONResponse({"code": "error", "messages": messages})
