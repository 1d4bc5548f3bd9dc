"""The simulated Hootsuite: one host with REST, Amplify, SCIM, analytics and sign-in, as odd as the vendor's."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.hootsuite.simulator.amplify import Amplify
from connectors.hootsuite.simulator.analytics import Analytics
from connectors.hootsuite.simulator.answers import Refused, Shape
from connectors.hootsuite.simulator.hooks import Hooks
from connectors.hootsuite.simulator.messages import Messages
from connectors.hootsuite.simulator.oauth import OAuth
from connectors.hootsuite.simulator.people import People
from connectors.hootsuite.simulator.store import Document, Store
from connectors.sdk.testing.simulator import Event, Simulator


@dataclass(frozen=True, slots=True)
class Options:
    """How this Hootsuite behaves where the real one may differ, or is not documented."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"
    #: Registered redirect addresses; http://localhost is allowed besides.
    redirect_uris: frozenset[str] = frozenset()
    #: Scopes that are switched on for the app.
    app_scopes: frozenset[str] = frozenset({"offline", "analytics:read"})
    #: The schema writes it `token_Type`.
    token_type_key: str = "token_type"
    is_enterprise: bool = False
    has_amplify: bool = True
    needs_charset: bool = True
    #: How far ahead a message must be scheduled; None: anywhere, the past too.
    lead: timedelta | None = timedelta(minutes=5)
    video_delay: timedelta = timedelta(seconds=60)
    media_delay: timedelta = timedelta()
    most_scheduled: int = 1000
    seats: int = 1000
    tags: frozenset[str] = frozenset({"advocacy"})
    message_as_array: bool = False
    empty_delete_body: bool = False
    topics_per_page: int = 100
    users_per_page: int = 100
    analytics_per_page: int = 100
    analytics_shape: Shape = Shape.PROBLEM
    #: The app's own callback address, besides those of messages.
    callback_url: str = ""
    calls_per_second: int = 20
    calls_per_day: int = 100_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what the token may."""

    member: Document
    scopes: frozenset[str]


Handler = Callable[[Request, Caller], Awaitable[Response]]


class HootsuiteSimulator(Simulator):
    """Everything survives a restart with the journal, but for the counters of calls."""

    def __init__(
        self,
        options: Options,
        *,
        journal_path: Path | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.options = options
        self.hooks = Hooks(self)
        self.messages = Messages(self)
        self.amplify = Amplify(self)
        self._people = People(self)
        self._analytics = Analytics(self)
        self._oauth = OAuth(self)
        super().__init__(journal_path=journal_path, clock=clock)

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    # State

    def hosts(self) -> tuple[str, ...]:
        return ("api",)

    def reset(self) -> None:
        self.store = Store()
        self._created: Counter[str] = Counter()
        self._per_second: tuple[int, int] = (0, 0)
        self._per_day: tuple[str, int] = ("", 0)

    def apply(self, event: Event) -> None:
        if event["kind"] == "put" and event["id"] not in self.table(event["table"]):
            self._created[event["table"]] += 1
        self.store.apply(event)

    def table(self, name: str) -> dict[str, Document]:
        """A table as it stands."""
        return self.store.tables[name]

    def rows(self, name: str) -> list[Document]:
        """The documents of a table, in the order in which they came."""
        return list(self.table(name).values())

    def created(self, name: str) -> int:
        """How many documents ever came into a table: numbers of deleted ones are not given again."""
        return self._created[name]

    def put(self, table: str, key: str, document: Document) -> None:
        """Records a document."""
        self.record({"kind": "put", "table": table, "id": key, "document": document})

    def remove(self, table: str, key: str) -> None:
        """Records that a document is gone."""
        self.record({"kind": "removed", "table": table, "id": key})

    def first_member(self) -> str:
        """Whose rights an app of the organization has."""
        return next(iter(self.table("members")))

    def state(self) -> dict[str, object]:
        self.messages.tick()
        shown = ("members", "profiles", "topics", "messages", "posts", "hooks")
        return {name: self.rows(name) for name in shown}

    # Routes

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return [
            self.operation("/oauth2/auth", self._oauth.authorize, name="authorize", methods=["GET", "POST"]),
            self.operation("/oauth2/token", self._oauth.token, name="token", methods=["POST"]),
            self.operation("/storage/{slot}", self.messages.upload, name="upload", methods=["PUT"]),
            *self._rest_routes(),
            *self._scim_routes(),
            *self._amplify_routes(),
        ]

    def _rest_routes(self) -> list[Route]:
        messages, people = self.messages, self._people
        return [
            self._api("GET", "/v1/me", people.me, name="me"),
            self._api("GET", "/v1/me/organizations", people.organizations, name="my_organizations"),
            self._api("POST", "/v1/members", people.create_member, name="create_member"),
            self._api("GET", "/v1/socialProfiles", self._profiles, name="social_profiles"),
            self._api("GET", "/v1/socialProfiles/{profile_id}", self._profile, name="social_profile"),
            self._api("POST", "/v1/messages", messages.create, name="create_message"),
            self._api("GET", "/v1/messages", messages.list_window, name="list_messages"),
            self._api("GET", "/v1/messages/{message_id}", messages.read, name="get_message"),
            self._api("DELETE", "/v1/messages/{message_id}", messages.delete, name="delete_message"),
            self._api("GET", "/v1/messages/{message_id}/history", messages.history, name="message_history"),
            self._api("POST", "/v1/messages/{message_id}/approve", messages.approve, name="approve_message"),
            self._api("POST", "/v1/messages/{message_id}/reject", messages.reject, name="reject_message"),
            self._api("POST", "/v1/media", messages.create_media, name="create_media"),
            self._api("GET", "/v1/media/{media_id:path}", messages.read_media, name="get_media"),
            self._api("POST", "/v1/analytics/posts", self._analytics.posts, name="analytics", shape=None),
        ]

    def _scim_routes(self) -> list[Route]:
        people, users = self._people, "/scim/v2/Users"
        return [
            self._api("GET", users, people.list_users, name="scim_list_users", shape=Shape.SCIM),
            self._api("POST", users, people.create_user, name="scim_create_user", shape=Shape.SCIM),
            self._api("GET", users + "/{user_id}", people.read_user, name="scim_get_user", shape=Shape.SCIM),
            self._api("PATCH", users + "/{user_id}", people.patch_user, name="scim_patch_user", shape=Shape.SCIM),
        ]

    def _amplify_routes(self) -> list[Route]:
        board, base, shape = self.amplify, "/amplify/v1/me", Shape.AMPLIFY
        return [
            self._api("GET", base + "/", board.me, name="amplify_me", shape=shape),
            self._api("GET", base + "/organizations", board.organizations, name="amplify_organizations", shape=shape),
            self._api("GET", base + "/topics", board.topics, name="amplify_topics", shape=shape),
            self._api("POST", base + "/topics", board.create_topic, name="amplify_create_topic", shape=shape),
            self._api("POST", base + "/messages", board.create_message, name="amplify_create_message", shape=shape),
            self._api("GET", base + "/messages", board.not_there, name="amplify_list_messages", shape=shape),
            self._api("DELETE", base + "/messages/{id}", board.not_there, name="amplify_delete", shape=shape),
            self._api("POST", base + "/utms/deobfuscate", board.deobfuscate, name="deobfuscate", shape=shape),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/members/{id}", self._change("members"), methods=["POST"]),
            Route("/_sim/profiles/{id}", self._change("profiles"), methods=["POST"]),
            Route("/_sim/metrics/{id}", self._change("metrics"), methods=["POST"]),
            Route("/_sim/installs/{id}", self._change("installs"), methods=["POST"]),
            Route("/_sim/shares", self._share, methods=["POST"]),
            Route("/_sim/webhooks/deliver", self._deliver, methods=["POST"]),
        ]

    def _api(self, method: str, path: str, handler: Handler, *, name: str, shape: Shape | None = Shape.REST) -> Route:
        async def guarded(request: Request) -> Response:
            self.messages.tick()
            try:
                self._count_call()
                answer = await handler(request, self._caller(request))
            except Refused as refused:
                answer = refused.answer(shape or self.options.analytics_shape)
            limit, used = self.options.calls_per_day, self._per_day[1]
            answer.headers["X-Account-Quota"] = f"{limit} per day"
            answer.headers["X-Account-Quota-Used"] = str(used)
            left = max(0, self.options.calls_per_second - self._per_second[1])
            answer.headers["X-Account-Rate-Limit-Requests-Remaining"] = str(left)
            return answer

        return self.operation(path, guarded, name=name, methods=[method])

    def _count_call(self) -> None:
        now = self.now()
        day, second = now.date().isoformat(), int(now.timestamp())
        self._per_day = (day, (self._per_day[1] if self._per_day[0] == day else 0) + 1)
        self._per_second = (second, (self._per_second[1] if self._per_second[0] == second else 0) + 1)
        if self._per_day[1] > self.options.calls_per_day:
            raise Refused(429, 1003, "The quota of the account is used up")
        if self._per_second[1] > self.options.calls_per_second:
            raise Refused(429, 1043, "Too many requests")

    def _caller(self, request: Request) -> Caller:
        given = request.headers.getlist("authorization")
        scheme, _, value = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not value:
            raise Refused(401, 1000, "One bearer token is needed")
        token = self.table("tokens").get(value)
        if token is None or token["is_refresh"] or token["is_revoked"]:
            raise Refused(401, 1001, "The token is not valid")
        if datetime.fromisoformat(token["ends_at"]) <= self.now():
            raise Refused(401, 1036, "The token has expired")
        return Caller(member=self.table("members")[token["member"]], scopes=frozenset(token["scopes"]))

    async def json_body(self, request: Request) -> Document:
        """The body of a call, by the content type that the vendor documents."""
        given = request.headers.get("content-type", "").replace(" ", "").lower()
        if self.options.needs_charset and given != "application/json;charset=utf-8":
            raise Refused(400, 1100, "Content-Type must be application/json;charset=utf-8")
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise Refused(400, 1100, "The body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, 1100, "The body is not an object")
        return body

    async def _profiles(self, request: Request, caller: Caller) -> Response:
        return JSONResponse({"data": self.rows("profiles")})

    async def _profile(self, request: Request, caller: Caller) -> Response:
        profile = self.table("profiles").get(request.path_params["profile_id"])
        if profile is None:
            raise Refused(404, 4001, "Social profile not found")
        return JSONResponse({"data": profile})

    # What only people do at the vendor

    def _change(self, table: str) -> Callable[[Request], Awaitable[Response]]:
        async def change(request: Request) -> Response:
            key = request.path_params["id"]
            self.put(table, key, {**self.table(table).get(key, {}), **await request.json()})
            return JSONResponse(self.table(table)[key])

        return change

    async def _share(self, request: Request) -> Response:
        """`{"member_id"}`: an advocate shares from the Amplify app; answers the hash in the link."""
        return JSONResponse({"hash": self.amplify.invent_hash((await request.json())["member_id"])})

    async def _deliver(self, request: Request) -> Response:
        """`{"url", "twice"?, "reverse"?}`: sends what waits for an address, and answers the statuses that came back."""
        asked = await request.json()
        self.messages.tick()
        statuses = await self.hooks.deliver(
            asked["url"], twice=bool(asked.get("twice")), reverse=bool(asked.get("reverse"))
        )
        return JSONResponse({"statuses": statuses})
