"""The simulated Firstup: three regions that know nothing of each other, each with its sign-in and its API host.

Where the vendor's path is not documented (data exports) the simulator answers below `/_sim/`, and so does all that
only people do in Studio. These control endpoints take the region by name, `us1` when none is given.
"""

import asyncio
import csv
import gzip
import hashlib
import io
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sdk.testing.simulator import Event, Handler, Simulator
from connectors.voicestorm.simulator.firstup_scim import Scim, discovery
from connectors.voicestorm.simulator.firstup_store import Store, Token
from connectors.voicestorm.simulator.wire import form_fields, json_object, whole_number

REGIONS = ("us1", "us2", "eu")
ACCESS_LIFE = timedelta(hours=2)
#: Who the application acts as.
MANAGER_ID = 902
EXPORT_TYPES = ("campaigns", "users", "activities")
_FEEDS = {"myfeed", "following", "resources", "trending", "icymi", "featured", "bookmarked", "community_images"}
_STATES = {"archived", "draft", "processing", "processing_error", "published", "review", "scheduled"}
_CONTENT_FIELDS = {
    "content_type",
    "title",
    "summary",
    "body",
    "visibility",
    "featured",
    "featured_label",
    "channels",
    "author",
    "source",
}
_CHANNELS = {4411: "News", 4412: "Open positions", 4413: "Old campaign"}


@dataclass(frozen=True, slots=True)
class Options:
    """How this Firstup behaves where the real one may differ from program to program."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"
    scopes: tuple[str, ...] = (
        "content.read",
        "content.write",
        "scim.read",
        "scim.write",
        "webhooks.read",
        "webhooks.write",
        "data_exports.read",
    )
    program_id: int = 88
    calls_per_minute: int = 1000
    #: 200 with the item, 202 while it still works on it, 204 without a word.
    publish_status: int = 200
    needs_review: bool = False
    #: Whether items are given back with their `source`, which is not documented.
    shows_source: bool = True
    export_ttl_seconds: int = 900
    page_limit: int = 100


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the API that was let in."""

    request: Request
    region: str
    store: Store
    token: Token


_Answer: TypeAlias = Callable[[Call], Awaitable[Response]]


class FirstupSimulator(Simulator):
    """Hosts are `api` and `auth` (us1), and `api_us2`, `auth_us2`, `api_eu`, `auth_eu`."""

    def __init__(
        self, options: Options, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.options = options
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return tuple(name + ("" if region == "us1" else f"_{region}") for region in REGIONS for name in ("api", "auth"))

    def reset(self) -> None:
        self.stores = {region: Store() for region in REGIONS}
        for store in self.stores.values():
            for channel_id, name in _CHANNELS.items():
                state = "archived" if name.startswith("Old") else "published"
                channel = {"id": channel_id, "name": name, "description": name, "state": state}
                store.apply({"kind": "channel_saved", "channel": channel})
        self._calls_in: Counter[tuple[str, int]] = Counter()

    def apply(self, event: Event) -> None:
        self.stores[event["region"]].apply(event)

    def state(self) -> dict[str, object]:
        return {
            region: {
                "channels": list(store.channels.values()),
                "contents": list(store.contents.values()),
                "users": list(store.users.values()),
                "subscriptions": [
                    {name: value for name, value in one.items() if name != "authorization_header"}
                    for one in store.subscriptions.values()
                ],
                "deliveries": store.deliveries,
                "activities": store.activities,
            }
            for region, store in self.stores.items()
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        kind, _, region = host.partition("_")
        region = region or "us1"
        if kind == "auth":
            return [self.operation("/oauth/token", self._token(region), name="token", methods=["POST"])]
        table: list[tuple[str, str, str, str, _Answer]] = [
            ("GET", "/v2/channels", "list_channels", "content.read", self._list_channels),
            ("POST", "/v2/channels", "create_channel", "content.write", self._save_channel),
            ("PUT", "/v2/channels/{key}", "update_channel", "content.write", self._save_channel),
            ("GET", "/v2/channels/{key}/followers", "list_followers", "content.read", self._list_followers),
            ("GET", "/v2/content", "list_content", "content.read", self._list_content),
            ("POST", "/v2/content", "create_content", "content.write", self._create_content),
            ("PUT", "/v2/content/{key}", "update_content", "content.write", self._update_content),
            ("PUT", "/v2/content/{key}/publish", "publish_content", "content.write", self._publish),
            ("PUT", "/v2/content/{key}/draft", "draft_content", "content.write", self._to_state("draft")),
            ("PUT", "/v2/content/{key}/review", "review_content", "content.write", self._to_state("review")),
            ("GET", "/v2/feed/posts", "feed", "content.read", self._feed),
            ("POST", "/v2/webhooks/subscriptions", "create_subscription", "webhooks.write", self._subscribe),
            ("GET", "/scim/v2/Users", "scim_list_users", "scim.read", self._scim_users),
            ("POST", "/scim/v2/Users", "scim_create_user", "scim.write", self._scim_users),
            ("GET", "/scim/v2/Users/{key}", "scim_read_user", "scim.read", self._scim_user),
            ("PATCH", "/scim/v2/Users/{key}", "scim_patch_user", "scim.write", self._scim_user),
            ("GET", "/scim/v2/Groups", "scim_list_groups", "scim.read", self._scim_groups),
            ("POST", "/scim/v2/Groups", "scim_create_group", "scim.write", self._scim_groups),
            ("GET", "/scim/v2/Groups/{key}", "scim_read_group", "scim.read", self._scim_groups),
            ("GET", "/scim/v2/{kind}", "scim_discovery", "scim.read", self._scim_discovery),
        ]
        return [
            self.operation(path, self._let_in(region, scope, answer), name=name, methods=[method])
            for method, path, name, scope, answer in table
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/user-tokens", self._issue_user_token, methods=["POST"]),
            Route("/_sim/content-state", self._set_content_state, methods=["POST"]),
            Route("/_sim/shareable", self._set_shareable, methods=["POST"]),
            Route("/_sim/subscriptions", self._switch_subscription, methods=["POST"]),
            Route("/_sim/deliveries", self._deliver, methods=["POST"]),
            Route("/_sim/activities", self._act, methods=["POST"]),
            Route("/_sim/exports", self._run_export, methods=["POST"]),
            Route("/_sim/exports", self._let_in("us1", "data_exports.read", self._list_exports), methods=["GET"]),
            Route("/_sim/exports/{name}", self._download, methods=["GET"]),
        ]

    # Letting in

    def _token(self, region: str) -> Handler:
        async def handle(request: Request) -> Response:
            form = await form_fields(request)
            if form is None:
                return _oauth_error(400, "invalid_request")
            if form.get("grant_type") != "client_credentials":
                return _oauth_error(400, "unsupported_grant_type")
            if form.get("client_id") != self.options.client_id or not secrets.compare_digest(
                form.get("client_secret", "").encode(), self.options.client_secret.encode()
            ):
                return _oauth_error(401, "invalid_client")
            return JSONResponse(self._issue(region, None, self.options.scopes))

        return handle

    def _issue(self, region: str, user_id: int | None, scopes: Sequence[str]) -> dict[str, object]:
        value = secrets.token_urlsafe(32)
        ends_at = (self.now() + ACCESS_LIFE).isoformat()
        event = {"kind": "token_issued", "token": value, "scopes": list(scopes), "ends_at": ends_at, "user_id": user_id}
        self.record({**event, "region": region})
        return {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": " ".join(scopes),
            "realm": str(self.options.program_id),
        }

    def _let_in(self, region: str, scope: str, answer: _Answer) -> Handler:
        async def handle(request: Request) -> Response:
            store = self.stores[region]
            scheme, _, value = request.headers.get("authorization", "").partition(" ")
            token = store.tokens.get(value) if scheme == "Bearer" else None
            if token is None or token.ends_at <= self.now():
                return _error(401, "the token is unknown or has ended")
            minute = (region, int(self.now().timestamp()) // 60)
            self._calls_in[minute] += 1
            if self._calls_in[minute] > self.options.calls_per_minute:
                response = _error(429, "too many requests")
            elif scope not in token.scopes:
                response = _error(403, f"the scope {scope} is missing")
            else:
                response = await answer(Call(request, region, store, token))
            response.headers["X-Program-Id"] = str(self.options.program_id)
            response.headers["X-User-Id"] = str(token.user_id or MANAGER_ID)
            return response

        return handle

    def _page(self, call: Call, records: list[dict[str, Any]]) -> Response:
        query = call.request.query_params
        page, size = whole_number(query.get("page.number"), 1), whole_number(query.get("page.size"), 25)
        if page is None or size is None:
            return _error(400, "page.number and page.size must be positive numbers")
        size = min(size, self.options.page_limit)
        data = records[(page - 1) * size : page * size]
        paging = {"page": page, "page_size": size, "total_records": len(records)}
        return JSONResponse({"data": data, "meta": {"pagination": paging}})

    # Topics and content

    async def _list_channels(self, call: Call) -> Response:
        return self._page(call, list(call.store.channels.values()))

    async def _save_channel(self, call: Call) -> Response:
        body = await json_object(call.request)
        if body is None or not all(isinstance(body.get(name), str) for name in ("name", "description")):
            return _error(400, "name and description are required")
        key = call.request.path_params.get("key")
        if key is not None and (not key.isdecimal() or int(key) not in call.store.channels):
            return _error(404, "no such topic")
        channel_id = int(key) if key else 4411 + len(call.store.channels)
        channel = {**call.store.channels.get(channel_id, {"state": "published"}), **body, "id": channel_id}
        self.record({"kind": "channel_saved", "region": call.region, "channel": channel})
        return JSONResponse({"data": channel}, status_code=200 if key else 201)

    async def _list_followers(self, call: Call) -> Response:
        people = [{"user_id": int(one["id"]), "username": one["userName"]} for one in call.store.users.values()]
        return self._page(call, people)

    async def _list_content(self, call: Call) -> Response:
        query = call.request.query_params
        if unknown := query.keys() - {"filter.channels.id", "page.number", "page.size", "sort"}:
            return _error(400, f"not accepted: {sorted(unknown)}")
        items = [self._shown(one) for one in call.store.contents.values()]
        if (wanted := query.get("filter.channels.id")) is not None:
            if not wanted.isdecimal():
                return _error(400, "filter.channels.id must be a number")
            items = [one for one in items if int(wanted) in {channel["id"] for channel in one["channels"]}]
        return self._page(call, items)

    async def _create_content(self, call: Call) -> Response:
        body = await json_object(call.request)
        problem = "a JSON object is needed" if body is None else _content_problem(body, call.store)
        if body is None or problem:
            return _error(400, problem)
        content_id = 77_120 + len(call.store.contents)
        content = {
            "featured": False,
            "visibility": "private",
            **body,
            "id": content_id,
            "uuid": str(uuid4()),
            "state": "draft",
            "permalink_url": f"https://onfirstup.com/demo/program/contents/{content_id}",
        }
        self.record({"kind": "content_saved", "region": call.region, "content": content})
        return JSONResponse({"data": self._shown(content)}, status_code=201)

    async def _update_content(self, call: Call) -> Response:
        content = call.store.content_of(call.request.path_params["key"])
        if content is None:
            return _error(404, "no such content")
        body = await json_object(call.request)
        merged = {name: value for name, value in content.items() if name in _CONTENT_FIELDS} | (body or {})
        problem = "a JSON object is needed" if body is None else _content_problem(merged, call.store)
        if problem:
            return _error(400, problem)
        self.record({"kind": "content_saved", "region": call.region, "content": {**content, **merged}})
        return JSONResponse({"data": self._shown({**content, **merged})})

    async def _publish(self, call: Call) -> Response:
        if await call.request.body():
            return _error(400, "no body is taken")
        content = call.store.content_of(call.request.path_params["key"])
        if content is None:
            return _error(404, "no such content")
        status = self.options.publish_status
        state = "review" if self.options.needs_review else "processing" if status == 202 else "published"
        changed = self._move(call.region, content, state)
        if status == 204:
            return Response(status_code=204)
        return JSONResponse({"data": self._shown(changed)}, status_code=status)

    def _to_state(self, state: str) -> _Answer:
        async def handle(call: Call) -> Response:
            content = call.store.content_of(call.request.path_params["key"])
            if content is None:
                return _error(404, "no such content")
            return JSONResponse({"data": self._shown(self._move(call.region, content, state))})

        return handle

    def _move(self, region: str, content: dict[str, Any], state: str) -> dict[str, Any]:
        changed = {**content, "state": state}
        self.record({"kind": "content_saved", "region": region, "content": changed})
        if state in {"published", "archived"} and content["state"] != state:
            self._tell(region, f"content_{state}", content_id=content["id"])
        return changed

    def _shown(self, content: dict[str, Any]) -> dict[str, Any]:
        # Studio's switch for sharing shows in no documented field.
        shown = {name: value for name, value in content.items() if name != "is_shareable"}
        if not self.options.shows_source:
            shown.pop("source", None)
        if content["visibility"] == "public":
            shown["public_link_url"] = f"https://firstup.example/p/{content['uuid']}"
        return shown

    async def _feed(self, call: Call) -> Response:
        if call.token.user_id is None:
            return _error(403, "feeds need the token of a person")
        if call.request.query_params.get("name", "myfeed") not in _FEEDS:
            return _error(400, "no such feed")
        live = [self._shown(one) for one in call.store.contents.values() if one["state"] == "published"]
        return JSONResponse({"data": live})

    # SCIM

    def _scim(self, call: Call) -> Scim:
        return Scim(call.store, save=lambda event: self.record({**event, "region": call.region}), now=self.now())

    async def _scim_users(self, call: Call) -> Response:
        scim = self._scim(call)
        return await scim.create_user(call.request) if call.request.method == "POST" else scim.list_users(call.request)

    async def _scim_user(self, call: Call) -> Response:
        scim, key = self._scim(call), call.request.path_params["key"]
        return await scim.patch_user(call.request, key) if call.request.method == "PATCH" else scim.read_user(key)

    async def _scim_groups(self, call: Call) -> Response:
        scim, key = self._scim(call), call.request.path_params.get("key")
        if call.request.method == "POST":
            return await scim.create_group(call.request)
        return scim.list_groups() if key is None else scim.read_group(key)

    async def _scim_discovery(self, call: Call) -> Response:
        kind = call.request.path_params["kind"]
        known = kind in {"Schemas", "ResourceTypes", "ServiceProviderConfig"}
        return discovery(kind) if known else _error(404, "no such resource")

    # Webhooks

    async def _subscribe(self, call: Call) -> Response:
        body = await json_object(call.request)
        events = body.get("events") if body else None
        if (
            body is None
            or not str(body.get("url", "")).startswith("http")
            or not isinstance(events, list)
            or not events
        ):
            return _error(400, "url and events are required")
        subscription = {"active": True, **body, "id": str(uuid4())}
        self.record({"kind": "subscription_saved", "region": call.region, "subscription": subscription})
        return JSONResponse({"data": subscription}, status_code=201)

    def _tell(self, region: str, name: str, **details: object) -> None:
        event = {
            "id": str(uuid4()),
            "timestamp": self.now().isoformat().replace("+00:00", "Z"),
            **details,
            "name": name,
            "version": "1",
        }
        self.record({"kind": "event_happened", "region": region, "delivery_id": str(uuid4()), "event": event})

    async def _switch_subscription(self, request: Request) -> Response:
        """`{"id", "active", "region"?}`."""
        asked = await request.json()
        region = str(asked.get("region", "us1"))
        subscription = {**self.stores[region].subscriptions[asked["id"]], "active": bool(asked["active"])}
        self.record({"kind": "subscription_saved", "region": region, "subscription": subscription})
        return JSONResponse({"active": subscription["active"]})

    async def _deliver(self, request: Request) -> Response:
        """`{"order"?: "reversed", "times"?: 2, "ping"?: true, "region"?}`: sends what is due; answers the statuses."""
        asked = await request.json()
        region = str(asked.get("region", "us1"))
        store = self.stores[region]
        due = [one for one in store.deliveries if not one["done"]]
        if asked.get("ping"):
            due = [{"id": str(uuid4()), "event": {"name": "ping", "version": "1"}}]
        if asked.get("order") == "reversed":
            due.reverse()
        statuses: list[int] = []
        async with httpx2.AsyncClient(trust_env=False) as http:
            for subscription in store.subscriptions.values():
                names = {event["name"] for event in subscription["events"]}
                for one in due:
                    is_wanted = subscription["active"] and one["event"]["name"] in names
                    if not (is_wanted or asked.get("ping")):
                        continue
                    headers = {"x-socialchorus-delivery": one["id"]}
                    if subscription.get("authorization_header"):
                        headers["authorization"] = subscription["authorization_header"]
                    sends = [
                        http.post(subscription["url"], json=one["event"], headers=headers)
                        for _ in range(int(asked.get("times", 1)))
                    ]
                    statuses += [answer.status_code for answer in await asyncio.gather(*sends)]
        self.record({"kind": "delivered", "region": region, "ids": [one["id"] for one in due]})
        return JSONResponse({"statuses": statuses})

    def notification(
        self, content_id: str, *, authorization: str, region: str = "us1", name: str = "content_published"
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of what was, or is, told about an item; the same item and name has the same delivery."""
        store = self.stores[region]

        def told() -> dict[str, Any] | None:
            wanted = {"name": name, "content_id": int(content_id)}.items()
            return next((one for one in store.deliveries if wanted <= one["event"].items()), None)

        if told() is None:
            self._tell(region, name, content_id=int(content_id))
        delivery = told() or {}
        body = JSONResponse(delivery["event"]).body
        headers = {"authorization": authorization, "x-socialchorus-delivery": delivery["id"]}
        return {**headers, "content-type": "application/json"}, bytes(body)

    # What people do, and the exports whose path is not documented

    async def _issue_user_token(self, request: Request) -> Response:
        """`{"user_id", "region"?, "scopes"?}`: what a person's own sign-in would give."""
        asked = await request.json()
        scopes = asked.get("scopes", ["content.read"])
        return JSONResponse(self._issue(str(asked.get("region", "us1")), int(asked["user_id"]), scopes))

    async def _set_content_state(self, request: Request) -> Response:
        """`{"id", "state", "region"?}`: a reviewer, a schedule or an archivist at work."""
        asked = await request.json()
        region = str(asked.get("region", "us1"))
        content = self.stores[region].content_of(str(asked["id"]))
        if content is None or asked["state"] not in _STATES:
            return _error(404, "no such content or state")
        return JSONResponse(self._shown(self._move(region, content, asked["state"])))

    async def _set_shareable(self, request: Request) -> Response:
        """`{"id", "is_shareable", "region"?}`: an administrator turns Studio's switch."""
        asked = await request.json()
        region = str(asked.get("region", "us1"))
        content = self.stores[region].content_of(str(asked["id"]))
        if content is None:
            return _error(404, "no such content")
        changed = {**content, "is_shareable": bool(asked["is_shareable"])}
        self.record({"kind": "content_saved", "region": region, "content": changed})
        return JSONResponse({"is_shareable": changed["is_shareable"]})

    async def _act(self, request: Request) -> Response:
        """`{"type", "user_id", "content_id", "region"?}`: a click, like, comment, bookmark or share."""
        asked = await request.json()
        region = str(asked.pop("region", "us1"))
        content = self.stores[region].content_of(str(asked["content_id"]))
        is_open = content is not None and content["visibility"] == "public" and content.get("is_shareable", True)
        if content is None or (asked["type"] == "share" and not is_open):
            return _error(409, "there is nothing that can be shared outside")
        activity = {**asked, "at": self.now().isoformat()}
        self.record({"kind": "activity_happened", "region": region, "activity": activity})
        return JSONResponse(activity, status_code=201)

    async def _run_export(self, request: Request) -> Response:
        """`{"type", "region"?}`: the recurring connection runs; without anything new there is no file."""
        asked = await request.json()
        region, kind = str(asked.get("region", "us1")), str(asked["type"])
        store = self.stores[region]
        if kind not in EXPORT_TYPES:
            return _error(400, "no such type")
        rows: dict[str, list[dict[str, Any]]] = {
            "activities": store.activities,
            "users": [{"id": one["id"], "userName": one["userName"]} for one in store.users.values()],
            "campaigns": [],
        }
        fresh = rows[kind][store.exported.get(kind, 0) :]
        if fresh:
            name = f"{kind}_{len(store.exports) + 1}.csv"
            export = {"type": kind, "name": name, "rows": fresh, "made_at": self.now().isoformat()}
            self.record({"kind": "export_made", "region": region, "export": export, "upto": len(rows[kind])})
        return JSONResponse({"rows": len(fresh)})

    async def _list_exports(self, call: Call) -> Response:
        kind = call.request.query_params.get("type")
        ends = int(self.now().timestamp()) + self.options.export_ttl_seconds
        base = str(call.request.base_url).rstrip("/")
        files = [
            {
                "file_name": one["name"],
                "presigned_url": f"{base}/_sim/exports/{one['name']}?ends={ends}&seal={self._seal(one['name'], ends)}",
            }
            for one in call.store.exports
            if kind in {None, one["type"]}
        ]
        return JSONResponse({"data": files, "meta": {"presigned_url_ttl_seconds": self.options.export_ttl_seconds}})

    async def _download(self, request: Request) -> Response:
        name, query = request.path_params["name"], request.query_params
        ends = int(query["ends"]) if query.get("ends", "").isdecimal() else 0
        is_sealed = secrets.compare_digest(query.get("seal", "").encode(), self._seal(name, ends).encode())
        if not is_sealed or ends <= self.now().timestamp():
            return _error(403, "the address has expired")
        export = next((one for one in self.stores["us1"].exports if one["name"] == name), None)
        if export is None:
            return _error(404, "no such file")
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, fieldnames=list(export["rows"][0]))
        writer.writeheader()
        writer.writerows(export["rows"])
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(gzip.compress(text.getvalue().encode()), headers=headers, media_type="binary/octet-stream")

    def _seal(self, name: str, ends: int) -> str:
        return hashlib.sha256(f"{self.options.client_secret}|{name}|{ends}".encode()).hexdigest()


def _content_problem(body: Mapping[str, object], store: Store) -> str:
    if unknown := body.keys() - _CONTENT_FIELDS:
        return f"not accepted: {sorted(unknown)}"
    if body.get("content_type") not in {"article", "link", "video", "image"}:
        return "content_type must be article, link, video or image"
    if body.get("visibility", "private") not in {"public", "private"}:
        return "visibility must be public or private"
    if not isinstance(body.get("title"), str) or not body["title"]:
        return "title is required"
    channels = body.get("channels")
    if not isinstance(channels, list) or not channels:
        return "channels are required"
    if any(not isinstance(one, dict) or one.get("id") not in store.channels for one in channels):
        return "a topic that is not there"
    return ""


def _error(status: int, message: str) -> Response:
    # The real keys are not documented; `message` is this simulator's guess.
    return JSONResponse({"message": message}, status_code=status)


def _oauth_error(status: int, name: str) -> Response:
    return JSONResponse({"error": name, "error_description": "refused"}, status_code=status)
