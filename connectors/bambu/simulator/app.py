"""The simulated Sprout: the API on one host, the sign-in on the other, and under /_sim/ what only people do there."""

import base64
import csv
import hashlib
import hmac
import io
import json
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.bambu.simulator import filters, store
from connectors.bambu.simulator.forms import Part, parse_multipart
from connectors.bambu.simulator.store import Draft, Store
from connectors.sdk.testing.simulator import Event, Simulator

PART_BYTES = 5_242_880
SIMPLE_BYTES = 50 * 1024 * 1024
MEDIA_LIFE = timedelta(hours=24)
YEAR = timedelta(days=366)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_UNCOUNTED = {"glassdoor", "tripadvisor", "trustpilot", "yelp"}
_DRAFT_KEYS = {"group_id", "customer_profile_ids", "is_draft", "text", "delivery", "media", "tag_ids"}


class Refused(Exception):
    """The API says no with a status and free text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Options:
    """How this Sprout behaves where accounts differ, or where nobody has seen the real one."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"
    api_token: str = "demo-token"
    token_seconds: int = 3600
    calls_per_minute: int = 60
    calls_per_month: int = 250_000
    page_size: int = 50
    result_cap: int = 10_000
    #: Whether an unknown metric is a 400 or just not answered: not documented.
    refuses_unknown_metrics: bool = True
    #: A range of more days is answered with 504.
    slow_days: int = 200
    processing_seconds: int = 5
    has_x_licence: bool = True
    #: Whether reading a draft gives what people made of its text: not documented.
    shows_edits: bool = False


class SproutSimulator(Simulator):
    """One customer account with two groups; drafts, files and hand-offs survive a restart with the journal."""

    def __init__(
        self, options: Options, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.options = options
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api", "identity")

    def reset(self) -> None:
        self.store = Store()
        self._minute: deque[datetime] = deque()
        self._month: tuple[str, int] = ("", 0)

    def apply(self, event: Event) -> None:
        self.store.apply(event)

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    def state(self) -> dict[str, object]:
        return {
            "drafts": [self._draft(draft) for draft in self.store.drafts.values()],
            "sent": [draft.guid for draft in self.store.sent(now=self.now())],
            "media": sorted(self.store.media),
            "handoffs": self.store.handoffs,
            "readers": self.store.readers,
        }

    def routes(self, host: str) -> Sequence[BaseRoute]:
        if host == "identity":
            return [self.operation("/v1/token", self._token, name="token", methods=["POST"])]
        of = "/v1/{cid}"
        metadata = of + "/metadata/customer"
        return [
            *self._api("GET", "/v1/metadata/client", self._customers, name="customers"),
            *self._api("GET", metadata, self._list(store.PROFILES), name="profiles"),
            *self._api("GET", metadata + "/tags", self._list(store.TAGS), name="tags"),
            *self._api("GET", metadata + "/groups", self._list(store.GROUPS), name="groups"),
            *self._api("GET", metadata + "/users", self._list(store.USERS), name="users"),
            *self._api("GET", metadata + "/teams", self._list(store.TEAMS), name="teams"),
            *self._api("GET", metadata + "/queues", self._list(store.QUEUES), name="queues"),
            # A bare array, in the documentation's sample.
            *self._api("GET", metadata + "/topics", self._list(store.TOPICS, is_bare=True), name="topics"),
            *self._api("POST", of + "/analytics/profiles", self._profile_analytics, name="profile_analytics"),
            *self._api("POST", of + "/analytics/posts", self._post_analytics, name="post_analytics"),
            *self._api("POST", of + "/messages", self._messages, name="messages"),
            *self._api("POST", of + "/publishing/posts", self._create_draft, name="create_draft"),
            *self._api("GET", of + "/publishing/posts/{id}", self._get_draft, name="get_draft"),
            *self._api("POST", of + "/media/", self._upload, name="upload_media", is_form=True),
            *self._api("POST", of + "/media/submission", self._start, name="start_submission", is_form=True),
            *self._api("POST", of + "/media/submission/{sid}/part/{n}", self._put_part, name="put_part", is_form=True),
            *self._api("GET", of + "/media/submission/{sid}", self._finish, name="finish_submission"),
            Route("/v1/{path:path}", self._unknown, methods=_METHODS),
        ]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/drafts/approve", partial(self._people, "draft_approved"), methods=["POST"]),
            Route("/_sim/drafts/edit", partial(self._people, "draft_edited"), methods=["POST"]),
            Route("/_sim/drafts/delete", partial(self._people, "draft_deleted"), methods=["POST"]),
            Route("/_sim/counts", partial(self._people, "counts_set"), methods=["POST"]),
            Route("/_sim/metrics/remove", self._remove_metric, methods=["POST"]),
            Route("/_sim/advocacy/handoffs", self._receive_handoff, methods=["POST"]),
            Route("/_sim/advocacy/handoffs/{id}/confirm", self._confirm_handoff, methods=["POST"]),
            Route("/_sim/advocacy/readers", self._invite_readers, methods=["POST"]),
            Route("/_sim/advocacy/reports/{name}", self._make_report, methods=["GET"]),
        ]

    # Sign-in

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except ValueError:
                name, password = "", ""
            given = (name, password)
        if not _same(given[0], self.options.client_id) or not _same(given[1], self.options.client_secret):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        if form.get("scope") != "organization_id":
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        now = int(self.now().timestamp())
        claims = {
            "sub": self.options.client_id,
            "iat": now,
            "exp": now + self.options.token_seconds,
            "jti": secrets.token_hex(8),
        }
        answer = {
            "token_type": "Bearer",
            "expires_in": self.options.token_seconds,
            "access_token": self._jwt(claims),
            "scope": "organization_id",
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _jwt(self, claims: dict[str, object]) -> str:
        head = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_b64(json.dumps(claims).encode())}"
        mac = hmac.new(self.options.client_secret.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_b64(mac)}"

    def _require_token(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise Refused(401, "Authorization is missing")
        if _same(value, self.options.api_token):
            return
        try:
            claims = json.loads(_unb64(value.split(".")[1]))
        except (ValueError, IndexError):
            raise Refused(401, "The token is not valid") from None
        if not isinstance(claims, dict) or not _same(self._jwt(claims), value):
            raise Refused(401, "The token is not valid")
        if claims["exp"] <= self.now().timestamp():
            raise Refused(401, "The token has expired")

    # What every call goes through

    def _api(
        self,
        method: str,
        path: str,
        handler: Callable[[Request], Awaitable[Response]],
        *,
        name: str,
        is_form: bool = False,
    ) -> list[Route]:
        async def guarded(request: Request) -> Response:
            # The whole request is read before any refusal, which would reset the connection otherwise.
            await request.body()
            try:
                self._admit(request, is_form=is_form)
                return _with_headers(await handler(request))
            except (Refused, filters.BadFilter) as error:
                status = error.status if isinstance(error, Refused) else 400
                return _with_headers(JSONResponse({"error": str(error)}, status_code=status))

        others = [one for one in _METHODS if one != method]
        return [
            self.operation(path, guarded, name=name, methods=[method]),
            Route(path, _wrong_verb, methods=others),
        ]

    def _admit(self, request: Request, *, is_form: bool) -> None:
        self._require_token(request)
        self._count_call()
        cid = request.path_params.get("cid")
        if cid is not None and cid != str(store.CUSTOMER_ID):
            raise Refused(403, "This customer is not allowed")
        accept = request.headers.get("accept", "*/*")
        if "application/json" not in accept and "*/*" not in accept:
            raise Refused(415, "Accept must be application/json")
        content_type = request.headers.get("content-type", "")
        if is_form:
            if not content_type.startswith("multipart/form-data"):
                raise Refused(415, "Content-Type must be multipart/form-data")
        elif request.method == "POST" and not content_type.startswith("application/json"):
            raise Refused(415, "Content-Type must be application/json")

    def _count_call(self) -> None:
        now = self.now()
        while self._minute and self._minute[0] <= now - timedelta(minutes=1):
            self._minute.popleft()
        month = now.strftime("%Y-%m")
        used = self._month[1] if self._month[0] == month else 0
        if len(self._minute) >= self.options.calls_per_minute or used >= self.options.calls_per_month:
            raise Refused(429, "Too many requests")
        self._minute.append(now)
        self._month = (month, used + 1)

    async def _unknown(self, request: Request) -> Response:
        return _with_headers(JSONResponse({"error": "Unknown endpoint"}, status_code=404))

    # Metadata

    async def _customers(self, request: Request) -> Response:
        return JSONResponse({"data": store.CUSTOMERS})

    def _list(self, data: list[dict[str, Any]], *, is_bare: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            return JSONResponse(data if is_bare else {"data": data})

        return handler

    # Drafts

    async def _create_draft(self, request: Request) -> Response:
        body = await _json_body(request)
        if unknown := body.keys() - _DRAFT_KEYS:
            raise Refused(400, f"unknown fields {sorted(unknown)}")
        if body.get("is_draft") is not True:
            raise Refused(400, "is_draft must be true")
        if not isinstance(body.get("text"), str):
            raise Refused(400, "text must be a string")
        profiles = self._draft_profiles(body)
        times = self._draft_times(body.get("delivery"))
        media = self._draft_media(body.get("media", []))
        tags = body.get("tag_ids", [])
        known = {tag["tag_id"] for tag in store.TAGS if tag["active"]}
        if not isinstance(tags, list) or not all(tag in known for tag in tags):
            raise Refused(400, "unknown tag_ids")
        first = 660001 + len(self.store.drafts)
        pairs = [(profile, at) for profile in profiles for at in times]
        self.record(
            {
                "kind": "drafts_created",
                "group_id": body["group_id"],
                "text": body["text"],
                "media": media,
                "tag_ids": tags,
                "created_at": self.now().isoformat(),
                "drafts": [
                    {
                        "publishing_post_id": first + index,
                        "customer_profile_id": profile,
                        "scheduled_at": at.isoformat(),
                    }
                    for index, (profile, at) in enumerate(pairs)
                ],
            }
        )
        made = [self._draft(self.store.drafts[first + index]) for index in range(len(pairs))]
        return JSONResponse({"data": made})

    def _draft_profiles(self, body: dict[str, Any]) -> list[int]:
        ids, group = body.get("customer_profile_ids"), body.get("group_id")
        known = {profile["customer_profile_id"]: profile for profile in store.PROFILES}
        if not isinstance(ids, list) or not ids or not all(isinstance(one, int) for one in ids):
            raise Refused(400, "customer_profile_ids must be a list of numbers")
        if any(one not in known for one in ids):
            raise Refused(403, "This profile is not allowed")
        if group not in {one["group_id"] for one in store.GROUPS}:
            raise Refused(403, "This group is not allowed")
        if any(group not in known[one]["groups"] for one in ids):
            raise Refused(400, "All profiles must be in the group")
        if any(known[one]["network_type"] in _UNCOUNTED for one in ids):
            raise Refused(400, "This network takes no posts")
        return ids

    def _draft_times(self, delivery: object) -> list[datetime]:
        times = delivery.get("scheduled_times") if isinstance(delivery, dict) else None
        if not isinstance(delivery, dict) or delivery.get("type") != "SCHEDULED" or not isinstance(times, list):
            raise Refused(400, "delivery must be SCHEDULED with scheduled_times")
        found = []
        for raw in times:
            try:
                at = datetime.fromisoformat(str(raw).replace("Z", "+00:00"))
            except ValueError:
                raise Refused(400, "scheduled_times must be ISO 8601") from None
            at = at.replace(tzinfo=at.tzinfo or UTC, second=0, microsecond=0)
            if at <= self.now():
                raise Refused(400, "scheduled_times must be in the future")
            found.append(at)
        if not found:
            raise Refused(400, "scheduled_times must not be empty")
        return found

    def _draft_media(self, raw: object) -> list[dict[str, str]]:
        found = []
        for item in raw if isinstance(raw, list) else [None]:
            if not isinstance(item, dict) or item.get("media_type") not in {"PHOTO", "VIDEO"}:
                raise Refused(400, "media_type must be PHOTO or VIDEO")
            medium = self.store.media.get(str(item.get("media_id")))
            if medium is None or (not medium.is_used and medium.ends_at <= self.now()):
                raise Refused(400, "The media is unknown or has expired")
            found.append({"id": medium.media_id, "media_type": item["media_type"]})
        return found

    async def _get_draft(self, request: Request) -> Response:
        number = request.path_params["id"]
        draft = self.store.drafts.get(int(number)) if number.isascii() and number.isdecimal() else None
        if draft is None or draft.is_deleted:
            raise Refused(404, "Unknown publishing post")
        return JSONResponse({"data": [self._draft(draft)]})

    def _draft(self, draft: Draft) -> dict[str, Any]:
        profile = _profile(draft.customer_profile_id)
        edited = draft.edited_text if self.options.shows_edits else None
        return {
            "post_category": "POST",
            "post_type": f"{profile['network_type'].upper()}_POST",
            "customer_profile_id": str(draft.customer_profile_id),
            "profile_guid": f"{profile['network_type'][:2]}pr:{draft.customer_profile_id}",
            "internal": {
                "publishing": {
                    "publishing_post_id": draft.publishing_post_id,
                    "group_id": draft.group_id,
                    "is_draft": True,
                    "text": draft.text if edited is None else edited,
                    "perma_link": "https://app.sproutsocial.com/publishing/activity/"
                    f"{store.CUSTOMER_ID}/{draft.publishing_post_id}",
                    # Also when people published it long ago.
                    "deliveries": [
                        {
                            "type": "SCHEDULED",
                            "delivery_status": "PENDING",
                            "scheduled_time": _stamp(draft.scheduled_at),
                        }
                    ],
                    "media": list(draft.media),
                    "tag_ids": list(draft.tag_ids),
                    "created_by": {"id": 31, "email": "ops@example.com"},
                    "created_time": _stamp(draft.created_at),
                    "updated_time": _stamp(draft.created_at),
                }
            },
        }

    # Media

    async def _upload(self, request: Request) -> Response:
        part = await self._form(request)
        if part.name == "media_url":
            address = part.data.decode("utf-8", "replace")
            if not address.startswith(("http://", "https://")):
                raise Refused(400, "media_url must be a web address")
        if len(part.data) > SIMPLE_BYTES:
            raise Refused(413, "The media is larger than 50 MiB")
        return self._keep(len(part.data), part.content_type)

    async def _start(self, request: Request) -> Response:
        part = await self._form(request)
        if len(part.data) > PART_BYTES:
            raise Refused(400, f"A part has at most {PART_BYTES} bytes")
        sid = secrets.token_hex(8)
        self.record(
            {
                "kind": "submission_started",
                "sid": sid,
                "size": len(part.data),
                "content_type": part.content_type,
                "ends_at": (self.now() + MEDIA_LIFE).isoformat(),
            }
        )
        return JSONResponse({"data": [{"submission_id": sid}]})

    async def _put_part(self, request: Request) -> Response:
        part = await self._form(request)
        sid, number = self._submission(request), request.path_params["n"]
        if not number.isascii() or not number.isdecimal() or int(number) < 2 or len(part.data) > PART_BYTES:
            raise Refused(400, f"Parts count from 2 and have at most {PART_BYTES} bytes")
        self.record({"kind": "part_put", "sid": sid, "number": int(number), "size": len(part.data)})
        return Response(status_code=200)

    async def _finish(self, request: Request) -> Response:
        sid = self._submission(request)
        submission = self.store.submissions[sid]
        ready_at = submission.ready_at
        if ready_at is None:
            numbers = sorted(submission.parts)
            if numbers != list(range(1, len(numbers) + 1)):
                raise Refused(400, "A part is missing")
            if any(submission.parts[number] != PART_BYTES for number in numbers[:-1]):
                raise Refused(400, f"All parts but the last have exactly {PART_BYTES} bytes")
            ready_at = self.now() + timedelta(seconds=self.options.processing_seconds)
            event = {"kind": "submission_finished", "sid": sid, "ready_at": ready_at.isoformat()}
            self.record({**event, "media_id": _uuid()})
        if self.now() < ready_at:
            waiting = {"submission_id": sid, "wait_until": _stamp(ready_at)}
            return JSONResponse({"data": [waiting]}, status_code=202)
        media_id = self.store.submissions[sid].media_id or ""
        medium = self.store.media.get(media_id)
        if medium is None:
            return self._keep(sum(submission.parts.values()), submission.content_type, media_id=media_id)
        return JSONResponse({"data": [{"media_id": media_id, "expiration_time": _stamp(medium.ends_at)}]})

    def _submission(self, request: Request) -> str:
        sid = str(request.path_params["sid"])
        submission = self.store.submissions.get(sid)
        if submission is None or submission.ends_at <= self.now():
            raise Refused(400, "Unknown or expired submission")
        return sid

    def _keep(self, size: int, content_type: str, *, media_id: str | None = None) -> Response:
        media_id = media_id or _uuid()
        ends_at = self.now() + MEDIA_LIFE
        event = {"kind": "media_uploaded", "media_id": media_id, "size": size, "content_type": content_type}
        self.record({**event, "ends_at": ends_at.isoformat()})
        return JSONResponse({"data": [{"media_id": media_id, "expiration_time": _stamp(ends_at)}]})

    async def _form(self, request: Request) -> Part:
        try:
            parts = parse_multipart(request.headers["content-type"], await request.body())
        except ValueError as error:
            raise Refused(400, str(error)) from None
        part = next((one for one in parts if one.name in {"media", "media_url"} and one.data), None)
        if part is None:
            raise Refused(400, "media or media_url is required")
        return part

    # Numbers

    async def _profile_analytics(self, request: Request) -> Response:
        body = await _json_body(request)
        found = filters.parse(body.get("filters"), allowed={"customer_profile_id": "eq", "reporting_period": "in"})
        profiles, period = self._profiles(found), _required_range(found, "reporting_period")
        if period.length > YEAR:
            raise Refused(400, "At most one year")
        metrics = self._metrics(body, store.PROFILE_METRICS)
        last = period.until - timedelta(microseconds=1) if period.is_open else period.until
        rows = [
            {
                "dimensions": {"reporting_period.by(day)": day.isoformat(), "customer_profile_id": number},
                "metrics": {
                    metric: store.profile_count(number, metric, day)
                    for metric in metrics
                    if (_profile(number)["network_type"], metric) not in self.store.removed
                },
            }
            for number in profiles
            for day in store.days(period.since.date(), last.date())
            if day <= self.now().date()
        ]
        return JSONResponse(self._page(rows, body))

    async def _post_analytics(self, request: Request) -> Response:
        body = await _json_body(request)
        allowed = {"customer_profile_id": "eq", "created_time": "in", "guid": "gt"}
        found = filters.parse(body.get("filters"), allowed=allowed)
        profiles, period = self._profiles(found), _required_range(found, "created_time")
        google = any(_profile(number)["network_type"].startswith("google") for number in profiles)
        if google and period.length > timedelta(days=30):
            raise Refused(400, "Google posts: at most 30 days")
        metrics = self._metrics(body, store.POST_METRICS)
        sent = [
            draft
            for draft in self.store.sent(now=self.now())
            if draft.customer_profile_id in profiles
            and period.holds(draft.scheduled_at)
            and draft.guid > str(found.get("guid", ""))
        ]
        sort = body.get("sort", ["created_time:asc"])
        if sort not in (["created_time:asc"], ["created_time:desc"], ["guid:asc"]):
            raise Refused(400, "unknown sort")
        sent.sort(key=lambda one: one.guid if sort == ["guid:asc"] else (one.scheduled_at.isoformat(), one.guid))
        if sort == ["created_time:desc"]:
            sent.reverse()
        rows = []
        for draft in sent:
            row = _fields(self._sent(draft), body.get("fields"))
            if metrics:
                network = _profile(draft.customer_profile_id)["network_type"]
                row["metrics"] = {
                    metric: self.store.post_count(draft, metric, now=self.now())
                    for metric in metrics
                    if (network, metric) not in self.store.removed
                }
            rows.append(row)
        return JSONResponse(self._page(rows, body))

    async def _messages(self, request: Request) -> Response:
        body = await _json_body(request)
        allowed = {"group_id": "eq", "customer_profile_id": "eq", "created_time": "in", "message_id": "eq"}
        found = filters.parse(body.get("filters"), allowed=allowed)
        sent = sorted(self.store.sent(now=self.now()), key=lambda one: (one.scheduled_at, one.guid))
        if "message_id" in found:
            wanted = found["message_id"]
            if len(found) > 1 or not isinstance(wanted, list) or len(wanted) > 100:
                raise Refused(400, "message_id.eq stands alone, with at most 100 ids")
            sent = [one for one in sent if one.guid in wanted]
        else:
            groups = found.get("group_id", [])
            if not isinstance(groups, list) or len(groups) > 1:
                raise Refused(400, "at most one group_id")
            profiles, period = self._profiles(found), _required_range(found, "created_time")
            sent = [one for one in sent if one.customer_profile_id in profiles and period.holds(one.scheduled_at)]
        limit = body.get("limit", 50)
        if not isinstance(limit, int) or not 1 <= limit <= 100:
            raise Refused(400, "limit must be from 1 to 100")
        try:
            start = int(_unb64(body["page_cursor"])) if "page_cursor" in body else 0
        except (ValueError, TypeError):
            raise Refused(400, "bad page_cursor") from None
        answer: dict[str, object] = {
            "data": [_fields(self._sent(one), body.get("fields")) for one in sent[start : start + limit]]
        }
        if start + limit < len(sent):
            answer["paging"] = {"next_cursor": _b64(str(start + limit).encode())}
        return JSONResponse(answer)

    def _sent(self, draft: Draft) -> dict[str, Any]:
        return {
            "guid": draft.guid,
            "created_time": _stamp(draft.scheduled_at),
            "customer_profile_id": str(draft.customer_profile_id),
            "text": draft.text if draft.edited_text is None else draft.edited_text,
            "internal": {"sent_by": {"id": 31, "email": "ops@example.com"}},
        }

    def _profiles(self, found: dict[str, object]) -> list[int]:
        raw = found.get("customer_profile_id")
        if not isinstance(raw, list) or not 1 <= len(raw) <= 100:
            raise Refused(400, "customer_profile_id.eq with 1 to 100 profiles is required")
        known = {str(profile["customer_profile_id"]): profile for profile in store.PROFILES}
        if any(one not in known for one in raw):
            raise Refused(403, "This profile is not allowed")
        types = {known[one]["network_type"] for one in raw}
        if types & _UNCOUNTED:
            raise Refused(400, "This network has no analytics")
        if "twitter" in types and not self.options.has_x_licence:
            raise Refused(403, "The X licence was not accepted")
        for value in found.values():
            if isinstance(value, filters.Range) and value.length > timedelta(days=self.options.slow_days):
                raise Refused(504, "The request took too long")
        return [int(one) for one in raw]

    def _metrics(self, body: dict[str, Any], known: frozenset[str]) -> list[str]:
        asked = body.get("metrics", [])
        if not isinstance(asked, list):
            raise Refused(400, "metrics must be a list")
        unknown = [metric for metric in asked if metric not in known]
        if unknown and self.options.refuses_unknown_metrics:
            raise Refused(400, f"unknown metric {unknown[0]}")
        return [metric for metric in asked if metric in known]

    def _page(self, rows: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, object]:
        size, page = body.get("limit", self.options.page_size), body.get("page", 1)
        if not isinstance(size, int) or size < 1 or not isinstance(page, int) or page < 1:
            raise Refused(400, "page and limit must be numbers from 1")
        rows = rows[: self.options.result_cap]
        total = max(1, -(-len(rows) // size))
        if page > total:
            raise Refused(400, f"page {page} is beyond {total}")
        paging = {"current_page": page, "total_pages": total}
        return {"data": rows[(page - 1) * size : page * size], "paging": paging}

    # What people do

    async def _people(self, kind: str, request: Request) -> Response:
        raw = await request.json()
        number = raw.get("publishing_post_id") if isinstance(raw, dict) else None
        if number not in self.store.drafts:
            return JSONResponse({"error": "publishing_post_id must be the number of a draft"}, status_code=404)
        event = {"kind": kind, "id": number}
        if kind == "draft_edited":
            event["text"] = str(raw["text"])
        if kind == "counts_set":
            event["counts"] = {f"lifetime.{name}": int(value) for name, value in raw["counts"].items()}
        self.record(event)
        return JSONResponse(self._draft(self.store.drafts[number]))

    async def _remove_metric(self, request: Request) -> Response:
        raw = await request.json()
        self.record({"kind": "metric_removed", "network_type": raw["network_type"], "metric": raw["metric"]})
        return Response(status_code=204)

    async def _receive_handoff(self, request: Request) -> Response:
        number = f"handoff-{len(self.store.handoffs) + 1}"
        self.record({"kind": "handoff_received", "id": number, "text": (await request.body()).decode()})
        return JSONResponse({"id": number})

    async def _confirm_handoff(self, request: Request) -> Response:
        number = request.path_params["id"]
        if number not in self.store.handoffs:
            return JSONResponse({"error": "unknown hand-off"}, status_code=404)
        self.record({"kind": "handoff_confirmed", "id": number})
        return JSONResponse({"id": number, **self.store.handoffs[number]})

    async def _invite_readers(self, request: Request) -> Response:
        lines = (await request.body()).decode().split()
        emails = [line.casefold() for line in lines if "@" in line]
        self.record({"kind": "readers_invited", "emails": emails})
        return JSONResponse({"readers": self.store.readers})

    async def _make_report(self, request: Request) -> Response:
        subjects = {
            "stories.csv": ("Story", [handoff["text"].split("\n")[0] for handoff in self.store.handoffs.values()]),
            "readers.csv": ("Email", self.store.readers),
        }
        if (name := request.path_params["name"]) not in subjects:
            return JSONResponse({"error": f"there are {sorted(subjects)}"}, status_code=404)
        heading, keys = subjects[name]
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([heading, "Shares", "Clicks", "Impressions"])
        for number, key in enumerate(keys, start=1):
            writer.writerow([key, 3 * number, 20 * number, f"{1100 * number:,}"])
        return PlainTextResponse("\ufeff" + out.getvalue(), media_type="text/csv")


async def _wrong_verb(request: Request) -> Response:
    return _with_headers(JSONResponse({"error": "Method not allowed"}, status_code=405))


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(400, "The body is not JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be an object")
    return body


def _required_range(found: dict[str, object], name: str) -> filters.Range:
    value = found.get(name)
    if not isinstance(value, filters.Range):
        raise Refused(400, f"{name}.in is required")
    return value


def _fields(row: dict[str, Any], asked: object) -> dict[str, Any]:
    if not isinstance(asked, list):
        return {"guid": row["guid"]}
    return {name: value for name, value in row.items() if name == "guid" or any(one.startswith(name) for one in asked)}


def _profile(number: int) -> dict[str, Any]:
    return next(profile for profile in store.PROFILES if profile["customer_profile_id"] == number)


def _with_headers(response: Response) -> Response:
    response.headers["X-Sprout-Request-ID"] = _uuid()
    response.headers["X-Sprout-API-Version"] = "1"
    response.headers["X-Sprout-Server-Version"] = "simulated"
    return response


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _uuid() -> str:
    raw = secrets.token_hex(16)
    return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
