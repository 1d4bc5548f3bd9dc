"""The simulated EveryoneSocial: three hosts, two tokens, and what only people do there under `/_sim/`."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.everyonesocial.simulator import files
from connectors.everyonesocial.simulator.scim import Scim
from connectors.everyonesocial.simulator.store import COUNTERS, Content, Group, Store, moment
from connectors.sdk.testing.simulator import Event, Simulator

_SPACE = uuid.UUID("5c1e0f6a-8f3b-4b0e-9d25-6f2f3a1b7c44")
_FORM_LIFE = timedelta(minutes=10)
_LATEST_STATS = timedelta(hours=24)

_TEXT, _FLAG, _LIST = str, bool, list
_CONTENT_FIELDS: Mapping[str, type] = {
    "title": _TEXT,
    "body": _TEXT,
    "url": _TEXT,
    "disclosure_list": _LIST,
    "is_engageable": _FLAG,
    "is_shareable": _FLAG,
    "is_important": _FLAG,
    "important_message": _TEXT,
    "share_commentary": _LIST,
    "lock_share_commentary": _FLAG,
}
_NESTED_FIELDS = {"disclosure_list": {"disclosure_id", "network"}, "share_commentary": {"network", "commentary"}}
_PUBLISH_FIELDS: Mapping[str, type] = {
    "is_pinned": _FLAG,
    "pinned_end_at": _TEXT,
    "publish_at": _TEXT,
    "expire_at": _TEXT,
}
_LIST_VALUES = {
    "approval_status": ("approved", "submitted", "scheduled", "removed"),
    "content_type": ("text", "link", "video", "image"),
    "sort_by": ("created_at", "publish_at", "title", "content_type", "group_title"),
    "sort_dir": ("asc", "desc"),
}
_STAT_IDS = ("share_id", "post_id", "user_id", "group_id", "department_id", "location_id", "segment_id")


@dataclass(frozen=True, slots=True)
class Options:
    """How this EveryoneSocial behaves where the real one is not documented or may differ."""

    api_token: str = "demo-api-token"
    scim_token: str = "demo-scim-token"
    #: Where the host "uploads" is served.
    upload_url: str = ""
    page_size: int = 25
    #: Whether `_metadata.next` holds the bare value of `next_id` or an address with it.
    next_is_address: bool = True
    #: Whether `end` of share statistics is itself included.
    end_is_included: bool = True
    #: Features that the SCIM service says it has.
    scim_patch: bool = True
    scim_filter: bool = True
    scim_page_size: int = 100
    departments: tuple[str, ...] = ("Sales", "Engineering")
    locations: tuple[str, ...] = ("Tel Aviv", "Berlin")


class EveryoneSocialSimulator(Simulator):
    """One workspace; groups, items, people and numbers survive a restart with the journal."""

    def __init__(
        self, options: Options, *, journal_path: Path | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.options = options
        super().__init__(journal_path=journal_path, clock=clock)

    def hosts(self) -> tuple[str, ...]:
        return ("api", "scim", "uploads")

    def reset(self) -> None:
        self.store = Store()
        for name, more in (
            ("All colleagues", {}),
            ("Careers", {"policy": "moderated"}),
            ("Executive corner", {"read_only": True, "is_private": True}),
            ("חדשות החברה", {}),
        ):
            group = Group(id=str(uuid.uuid5(_SPACE, name)), name=name, **more)
            self.store.groups[group.id] = group
        self.disclosures = [
            {"id": str(uuid.uuid5(_SPACE, "employee")), "title": "Employee", "text": "I work at Acme. #ad"},
            {"id": str(uuid.uuid5(_SPACE, "עובד")), "title": "עובדים", "text": "אני עובד/ת ב-Acme"},
        ]

    def apply(self, event: Event) -> None:
        self.store.apply(event)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        if host == "scim":
            return Scim(self).routes()
        if host == "uploads":
            return [self.operation("/", self._store_file, name="store_file", methods=["POST"])]
        group, item = "/v1/group/{group_id}", "/v1/group/{group_id}/content/{content_id}"
        served: list[tuple[str, str, str, Callable[[Request], Response | dict[str, Any]]]] = [
            ("GET", "/v1/disclosure", "list_disclosures", self._list_disclosures),
            ("GET", "/v1/disclosure/{disclosure_id}", "get_disclosure", self._get_disclosure),
            ("GET", "/v1/group", "list_groups", self._list_groups),
            ("GET", group, "get_group", self._get_group),
            ("GET", f"{group}/content", "list_content", self._list_content),
            ("POST", f"{group}/content", "create_content", self._create),
            ("GET", item, "get_content", self._get_content),
            ("GET", "/v1/content/{content_id}", "get_content_alone", self._get_content),
            ("PATCH", item, "patch_content", self._patch),
            ("DELETE", item, "delete_content", self._delete),
            ("POST", f"{item}/image", "image_form", self._image_form),
            ("POST", f"{item}/video", "video_form", self._video_form),
            ("POST", f"{item}/publish", "publish_content", self._publish),
            ("POST", f"{item}/repost", "repost_content", self._repost),
            ("GET", "/v1/share/stat", "share_stat", self._share_stat),
        ]
        return [self.operation(path, self._guard(work), name=name, methods=[verb]) for verb, path, name, work in served]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/_sim/groups", self._make_group, methods=["POST"]),
            Route("/_sim/moderate", self._moderate, methods=["POST"]),
            Route("/_sim/shares", self._share, methods=["POST"]),
            Route("/_sim/stats", self._count, methods=["POST"]),
            Route("/_sim/activity", self._be_active, methods=["POST"]),
            Route("/_sim/invitations", self._import_invitations, methods=["POST"]),
            Route("/_sim/report.csv", self._report, methods=["GET"]),
        ]

    def state(self) -> dict[str, object]:
        return {
            "groups": [asdict(group) for group in self.store.groups.values()],
            "disclosures": self.disclosures,
            "contents": [self._shown(content) for content in self.store.contents.values()],
            "sent": {content.id: content.data for content in self.store.contents.values()},
            "users": list(self.store.users.values()),
            "invitations": self.store.invitations,
        }

    def configure(self, **changes: Any) -> None:
        """Changes options of a running simulator."""
        self.options = replace(self.options, **changes)

    # What every call of the content API goes through

    def _guard(self, work: Callable[[Request], Response | dict[str, Any]]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            # The bare token, nothing before it. The gateway in front of the API refuses in its own words.
            if request.headers.get("authorization") != self.options.api_token:
                return JSONResponse({"message": "Unauthorized"}, status_code=401)
            request.state.body = await request.body()
            try:
                answer = work(request)
            except _Refused as refused:
                return refused.response()
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return handle

    # Groups and disclosures

    def _list_disclosures(self, request: Request) -> dict[str, Any]:
        # The array is called content_list in the vendor's file, too.
        return {"content_list": self.disclosures, "_metadata": _metadata("disclosure", total=len(self.disclosures))}

    def _get_disclosure(self, request: Request) -> dict[str, Any]:
        for one in self.disclosures:
            if one["id"] == request.path_params["disclosure_id"]:
                return one
        raise _Refused(500, "unknown_error", "Unknown error")

    def _list_groups(self, request: Request) -> dict[str, Any]:
        name = request.query_params.get("group_name")
        groups = [self._shown_group(one) for one in self.store.groups.values() if name in (None, one.name)]
        return {"group_list": groups, "_metadata": _metadata("group", total=len(groups))}

    def _get_group(self, request: Request) -> dict[str, Any]:
        return self._shown_group(self._group(request))

    def _shown_group(self, group: Group) -> dict[str, Any]:
        made = "2026-01-05T08:00:00Z"
        shown = {"id": group.id, "name": group.name, "is_private": group.is_private, "description": ""}
        return {**shown, "created_at": made, "updated_at": made, "read_only": group.read_only}

    def _group(self, request: Request) -> Group:
        group = self.store.groups.get(request.path_params["group_id"])
        if group is None:
            raise _Refused(404, "not_found", "Group not found")
        return group

    def _content(self, request: Request) -> Content:
        content = self.store.contents.get(request.path_params["content_id"])
        if content is None or request.path_params.get("group_id") not in (None, content.group_id):
            raise _Refused(404, "not_found", "Content not found")
        return content

    # Content

    def _create(self, request: Request) -> dict[str, Any]:
        group = self._group(request)
        if group.read_only:
            raise _Refused(400, "read_only", "This group is read only")
        data = self._content_data(request)
        content_id = str(uuid.uuid4())
        at = _stamp(self.now())
        self.record({"kind": "content_created", "id": content_id, "group_id": group.id, "data": data, "at": at})
        return self._shown(self.store.contents[content_id])

    def _patch(self, request: Request) -> dict[str, Any]:
        content = self._content(request)
        self.record({"kind": "content_changed", "content_id": content.id, "data": self._content_data(request)})
        return self._shown(content)

    def _content_data(self, request: Request) -> dict[str, Any]:
        data = _body(request, _CONTENT_FIELDS)
        for name, keys in _NESTED_FIELDS.items():
            for one in data.get(name, []):
                if not isinstance(one, dict) or one.keys() - keys or not all(isinstance(v, str) for v in one.values()):
                    raise _Refused(400, "invalid_payload", "Bad payload", [f"{name} takes {', '.join(sorted(keys))}"])
        known = {one["id"] for one in self.disclosures}
        unknown = [one for one in data.get("disclosure_list", []) if one.get("disclosure_id") not in known]
        if unknown:
            raise _Refused(400, "invalid_payload", "Bad payload", ["unknown disclosure_id"])
        return data

    def _get_content(self, request: Request) -> dict[str, Any]:
        return self._shown(self._content(request))

    def _delete(self, request: Request) -> Response:
        self.record({"kind": "content_deleted", "content_id": self._content(request).id})
        return Response(status_code=204)

    def _publish(self, request: Request) -> dict[str, Any]:
        content = self._content(request)
        info = _body(request, _PUBLISH_FIELDS)
        for name in info.keys() & {"publish_at", "expire_at", "pinned_end_at"}:
            try:
                moment(info[name])
            except ValueError:
                raise _Refused(400, "invalid_payload", "Bad payload", [f"{name} is no date-time"]) from None
        if content.phase != "draft":
            raise _Refused(400, "invalid_state", "Content is published already")
        info = {"is_pinned": False, "publish_at": _stamp(self.now()), **info}
        phase = "submitted" if self.store.groups[content.group_id].policy == "moderated" else "accepted"
        self.record({"kind": "content_published", "content_id": content.id, "info": info, "phase": phase})
        return self._shown(content)

    def _repost(self, request: Request) -> dict[str, Any]:
        content = self._content(request)
        group_id = _body(request, {"group_id": _TEXT}).get("group_id")
        if group_id not in self.store.groups:
            raise _Refused(404, "not_found", "Group not found")
        self.record({"kind": "content_reposted", "content_id": content.id, "group_id": group_id})
        return self._shown(content)

    def _list_content(self, request: Request) -> dict[str, Any]:
        group, query = self._group(request), request.query_params
        for name, allowed in _LIST_VALUES.items():
            if name in query and query[name] not in allowed:
                raise _Refused(400, "invalid_parameter", f"Bad value of {name}", list(allowed))
        now = self.now()
        found = [one for one in self.store.contents.values() if group.id in (one.group_id, *one.repost_group_ids)]
        if "approval_status" in query:
            found = [one for one in found if one.status(now) == query["approval_status"]]
        if "content_type" in query:
            found = [one for one in found if one.content_type() == query["content_type"]]
        keys: dict[str, Callable[[Content], str]] = {
            "created_at": lambda one: one.created_at.isoformat(),
            "publish_at": lambda one: str(one.info.get("publish_at", "")),
            "title": lambda one: str(one.data.get("title", "")),
            "content_type": lambda one: one.content_type(),
            "group_title": lambda one: group.name,
        }
        found.sort(key=keys[query.get("sort_by", "created_at")], reverse=query.get("sort_dir") == "desc")
        start = 0
        if "next_id" in query:
            ids = [one.id for one in found]
            if query["next_id"] not in ids:
                raise _Refused(400, "invalid_parameter", "Unknown next_id")
            start = ids.index(query["next_id"])
        end = start + self.options.page_size
        page = found[start:end]
        following = found[end].id if end < len(found) else None
        if following and self.options.next_is_address:
            again = {key: value for key, value in query.items() if key != "next_id"}
            following = f"/v1/group/{group.id}/content?{urlencode({**again, 'next_id': following})}"
        metadata = _metadata("content", total=len(found), next=following)
        return {"content_list": [self._shown(one) for one in page], "_metadata": metadata}

    def _shown(self, content: Content) -> dict[str, Any]:
        # Requests are flat, answers are nested; disclosure_list is write only and comes back as disclosures.
        data = {key: value for key, value in content.data.items() if key != "disclosure_list"}
        data["disclosures"] = content.data.get("disclosure_list", [])
        shown: dict[str, Any] = {
            "id": content.id,
            "content_data": data,
            "group_id": content.group_id,
            "repost_group_ids": content.repost_group_ids,
            "reactions": "0",
            "comments": "0",
            "shared_by": [one["user"] for one in self.store.shares.values() if one["content_id"] == content.id],
            "status": content.status(self.now()),
            "created_by": {"id": "u-9", "full_name": "API Owner", "email_address": "api@example.com"},
            "created_at": _stamp(content.created_at),
            "media": content.media,
            "_metadata": _metadata("content", self_=f"/v1/content/{content.id}"),
        }
        if content.phase != "draft":
            address = f"https://acme.everyonesocial.app/content/{content.id}"
            embedded = {
                "embedded_content_url": f"{address}/embed",
                "embedded_content_code": f'<iframe src="{address}">',
            }
            shown["publish_info"] = {**content.info, "html_url": address, **embedded}
        return shown

    # Files

    def _image_form(self, request: Request) -> dict[str, Any]:
        return self._form(self._content(request), "image")

    def _video_form(self, request: Request) -> dict[str, Any]:
        return self._form(self._content(request), "video")

    def _form(self, content: Content, kind: str) -> dict[str, Any]:
        if content.phase != "draft":
            raise _Refused(400, "invalid_state", "Media must be attached before publishing")
        key = f"uploads/{uuid.uuid4()}"
        fields = {"key": key, "policy": uuid.uuid4().hex, "x-amz-signature": uuid.uuid4().hex}
        ends_at = _stamp(self.now() + _FORM_LIFE)
        ticket = {"key": key, "fields": fields, "type": kind, "content_id": content.id, "ends_at": ends_at}
        self.record({"kind": "ticket_made", **ticket})
        return {"method": "POST", "url": f"{self.options.upload_url}/", "post_data": json.dumps(fields)}

    async def _store_file(self, request: Request) -> Response:
        parts = _form_parts(request.headers.get("content-type", ""), await request.body())
        fields = {name: value.decode("utf-8", "replace") for name, value, _ in parts if name != "file"}
        ticket = self.store.tickets.get(fields.get("key", ""))
        if "authorization" in request.headers or ticket is None or fields != ticket["fields"]:
            return _store_says(403, "AccessDenied")
        if moment(ticket["ends_at"]) <= self.now():
            return _store_says(403, "AccessDenied")
        if not parts or parts[-1][0] != "file" or not parts[-1][1]:
            return _store_says(400, "InvalidArgument")
        media_type = parts[-1][2]
        if not media_type.startswith(f"{ticket['type']}/"):
            return _store_says(403, "AccessDenied")
        url = f"https://media.everyonesocial.app/{ticket['key']}"
        media = {"url": url, "media_type": media_type, "width": 1200, "height": 627}
        self.record({"kind": "file_stored", "key": ticket["key"], "content_id": ticket["content_id"], "media": media})
        return Response(status_code=204)

    # Numbers

    def _share_stat(self, request: Request) -> dict[str, Any]:
        query = request.query_params
        try:
            start, end = (date.fromisoformat(query[name]) if name in query else None for name in ("start", "end"))
        except ValueError:
            raise _Refused(400, "invalid_parameter", "start and end are dates") from None
        if query.get("branded", "true") not in ("true", "false"):
            raise _Refused(400, "invalid_parameter", "branded is true or false")
        if end is not None and not self.options.end_is_included:
            end -= timedelta(days=1)
        items = []
        for (share_id, on), event in sorted(self.store.stats.items()):
            share, day = self.store.shares[share_id], date.fromisoformat(on)
            known = {**share, "share_id": share_id, "post_id": share["content_id"], "user_id": share["user"]["id"]}
            if moment(event["visible_at"]) > self.now() or (start and day < start) or (end and day > end):
                continue
            if all(known.get(name) in query.getlist(name) for name in _STAT_IDS if name in query):
                items.append({"share": {"id": share_id}, "date": on, **event["counters"]})
        return {"@items": items}

    # What only people do there

    async def _make_group(self, request: Request) -> Response:
        """`{"name", "policy"?: immediate|moderated, "is_private"?, "read_only"?}`"""
        asked = await request.json()
        group = {"id": str(uuid.uuid5(_SPACE, asked["name"])), **asked}
        self.record({"kind": "group_made", "group": group})
        return JSONResponse(group)

    async def _moderate(self, request: Request) -> Response:
        """`{"content_id", "decision": approved|removed}`: a moderator lets an item through, or takes it away."""
        asked = await request.json()
        content = self.store.contents.get(asked.get("content_id"))
        if content is None or asked.get("decision") not in ("approved", "removed"):
            return JSONResponse({"error": "content_id of an item and decision approved or removed"}, status_code=400)
        phase = "accepted" if asked["decision"] == "approved" else "removed"
        self.record({"kind": "content_judged", "content_id": content.id, "phase": phase})
        return JSONResponse(self._shown(content))

    async def _share(self, request: Request) -> Response:
        """`{"content_id", "full_name", "email_address"}`: a member shares an item."""
        asked = await request.json()
        content = self.store.contents.get(asked.get("content_id"))
        if content is None or content.status(self.now()) != "approved":
            return JSONResponse({"error": "content_id of an item that members see"}, status_code=400)
        user = {"id": f"u-{asked['email_address']}", **{k: asked[k] for k in ("full_name", "email_address")}}
        share = {"id": f"sh-{501 + len(self.store.shares)}", "content_id": content.id, "user": user}
        self.record({"kind": "shared", "share": {**share, "group_id": content.group_id}})
        return JSONResponse(share)

    async def _count(self, request: Request) -> Response:
        """`{"share_id", "date", "late_hours"?: up to 24, counters}`: networks counted, and it shows later."""
        asked = await request.json()
        late = timedelta(hours=float(asked.get("late_hours", 24)))
        if asked.get("share_id") not in self.store.shares or not timedelta() <= late <= _LATEST_STATS:
            return JSONResponse({"error": "share_id of a share and late_hours from 0 to 24"}, status_code=400)
        counters = {name: int(asked.get(name, 0)) for name in COUNTERS}
        event = {"share_id": asked["share_id"], "date": date.fromisoformat(asked["date"]).isoformat()}
        visible_at = _stamp(self.now() + late)
        self.record({"kind": "stats_counted", **event, "counters": counters, "visible_at": visible_at})
        return JSONResponse(event)

    async def _be_active(self, request: Request) -> Response:
        """`{"name", "date", "posts"?, "shares"?, "clicks"?, "engagement"?, "reach"?}`: a day of a member."""
        asked = await request.json()
        day = {"date": date.fromisoformat(asked["date"]).isoformat(), "name": str(asked["name"])}
        numbers = {name: int(asked.get(name, 0)) for name in files.ACTIVITY}
        self.record({"kind": "active", **day, "numbers": numbers})
        return JSONResponse(day)

    async def _import_invitations(self, request: Request) -> Response:
        """The CSV file of Admin > Invitations as the body: all of it is taken, or nothing."""
        people, problem = files.read_invitations(
            await request.body(), departments=self.options.departments, locations=self.options.locations
        )
        if problem:
            return JSONResponse({"error": problem}, status_code=400)
        # Each address is mailed once, however often it is in a file.
        known = {one["email"].casefold() for one in self.store.invitations}
        new = list({one["email"].casefold(): one for one in people if one["email"].casefold() not in known}.values())
        self.record({"kind": "invited", "people": new})
        return JSONResponse({"invited": len(new)})

    async def _report(self, request: Request) -> Response:
        """`?start=&end=`: the report of users that an administrator downloads."""
        start, end = request.query_params.get("start", ""), request.query_params.get("end", "9999-12-31")
        body = files.user_report([one for one in self.store.activity if start <= one["date"] <= end])
        return Response(body, media_type="text/csv; charset=utf-8")


class _Refused(Exception):
    """An answer in the API's own error body."""

    def __init__(self, status: int, reason: str, message: str, info: Sequence[str] = ()) -> None:
        super().__init__(message)
        self._status = status
        self._body = {"reason": reason, "message": message, "additional_info": list(info)}

    def response(self) -> Response:
        return JSONResponse({**self._body, "_metadata": _metadata("error")}, status_code=self._status)


def _body(request: Request, fields: Mapping[str, type]) -> dict[str, Any]:
    """The JSON body, if it holds nothing but these fields (`additionalProperties: false`)."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise _Refused(400, "invalid_payload", "Content-Type must be application/json")
    try:
        body = json.loads(request.state.body)
    except ValueError:
        raise _Refused(400, "invalid_payload", "The body is not JSON") from None
    if not isinstance(body, dict):
        raise _Refused(400, "invalid_payload", "The body must be an object")
    if unknown := sorted(body.keys() - fields):
        raise _Refused(400, "invalid_payload", "Unknown properties", unknown)
    if wrong := sorted(name for name, value in body.items() if not isinstance(value, fields[name])):
        raise _Refused(400, "invalid_payload", "Wrong types", wrong)
    return body


def _metadata(
    object_type: str, *, total: int | None = None, next: str | None = None, self_: str = ""
) -> dict[str, Any]:
    found: dict[str, Any] = {"object_type": object_type, "self": self_, "total_count": total, "next": next}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _form_parts(content_type: str, body: bytes) -> list[tuple[str, bytes, str]]:
    """Name, content and type of each part of a multipart form, in order; empty for anything else."""
    if not content_type.startswith("multipart/form-data"):
        return []
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts: list[tuple[str, bytes, str]] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        parts.append((str(name), content if isinstance(content, bytes) else b"", part.get_content_type()))
    return parts


def _store_says(status: int, code: str) -> Response:
    return Response(f"<Error><Code>{code}</Code></Error>", status_code=status, media_type="application/xml")
