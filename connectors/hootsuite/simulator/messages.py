"""Scheduled messages and media of the simulated Hootsuite; what time does to them happens at the next look."""

import base64
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.hootsuite.simulator.answers import Refused
from connectors.hootsuite.simulator.store import Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import Caller, HootsuiteSimulator

_ZULU = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_KNOWN = {
    "text",
    "socialProfileIds",
    "scheduledSendTime",
    "webhookUrls",
    "tags",
    "targeting",
    "privacy",
    "location",
    "emailNotification",
    "mediaUrls",
    "media",
    "extendedInfo",
}
_STATES = {"SCHEDULED", "PENDING_APPROVAL", "SENT", "SEND_FAILED_PERMANENTLY", "REJECTED"}
_DELETABLE = {"SCHEDULED", "PENDING_APPROVAL", "REJECTED", "SEND_FAILED_PERMANENTLY"}
_MIME_TYPES = {"video/mp4", "image/gif", "image/jpeg", "image/jpg", "image/png"}
_NOT_PUBLISHABLE = {"TIKTOKBUSINESS", "YOUTUBECHANNEL", "INSTAGRAMBUSINESS"}
_WINDOW = timedelta(weeks=4)
_UPLOAD_LIFE = timedelta(seconds=1799)
_MEDIA_LIFE = timedelta(days=90)


class Messages:
    """`/v1/messages` and `/v1/media`."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    # Time

    def tick(self) -> None:
        """Lets everything happen that is due."""
        now = self._sim.now()
        for message in self._sim.rows("messages"):
            due = _at(message["scheduledSendTime"])
            if due > now:
                continue
            if message["state"] == "SCHEDULED":
                self._send(message)
            elif message["state"] == "SUBMITTED" and due + self._sim.options.video_delay <= now:
                self._sent(message)
            elif message["state"] == "PENDING_APPROVAL" and not _has(message, "EXPIRE"):
                self._sim.put("messages", message["id"], self._logged(message, "EXPIRE", actor="SYSTEM"))

    def _send(self, message: Document) -> None:
        if self._sim.table("profiles")[message["profile"]]["isReauthRequired"]:
            self._move(message, "SEND_FAILED_PERMANENTLY", "SENDFAIL", actor="SYSTEM")
        elif message["has_video"]:
            self._move(message, "SUBMITTED", "SCHEDULE", actor="SYSTEM")
            if _at(message["scheduledSendTime"]) + self._sim.options.video_delay <= self._sim.now():
                self._sent(self._sim.table("messages")[message["id"]])
        else:
            self._sent(message)

    def _sent(self, message: Document) -> None:
        profile = self._sim.table("profiles")[message["profile"]]
        post_id = f"{profile['socialNetworkId']}_{message['id']}"
        has_address = profile["type"].startswith(("LINKEDIN", "FACEBOOK"))
        post = {"postId": post_id, "postUrl": f"https://network.example/{post_id}" if has_address else None}
        self._move({**message, **post}, "SENT", "SEND", actor="SYSTEM")

    def _move(self, message: Document, state: str, action: str, *, actor: str, event: str | None = None) -> None:
        moved = {**message, "state": state, "sequenceNumber": message["sequenceNumber"] + 1}
        self._sim.put("messages", message["id"], self._logged(moved, action, actor=actor))
        self._sim.hooks.notify(moved, event or state)

    def _logged(self, message: Document, action: str, *, actor: str) -> Document:
        entry = {
            "actorType": "SYSTEM" if actor == "SYSTEM" else "MEMBER",
            "actorId": None if actor == "SYSTEM" else actor,
            "actionType": action,
            "timestamp": self._sim.now().isoformat(),
        }
        return {**message, "history": [*message["history"], entry]}

    # Create

    async def create(self, request: Request, caller: "Caller") -> Response:
        """One message per profile; what fails for one does not fail for the others."""
        body = await self._sim.json_body(request)
        self._require_shape(body)
        profiles: list[Document] = []
        errors: list[dict[str, object]] = []
        status = 400
        for profile_id in dict.fromkeys(body["socialProfileIds"]):
            try:
                profiles.append(self._usable_profile(profile_id, body, caller))
            except Refused as refused:
                status = refused.status
                resource = {"type": "socialProfile", "id": profile_id}
                errors.append({**refused.entry(), "resource": resource})
        if not profiles:
            return JSONResponse({"errors": errors}, status_code=status)
        types = [profile["type"] for profile in profiles]
        if types.count("TWITTER") > 1:
            raise Refused(400, 40023, "Only one Twitter profile per message")
        if "PINTEREST" in types and len(types) > 1:
            raise Refused(400, 4000, "A Pinterest profile can't be combined with others")
        queued = [one for one in self._sim.rows("messages") if one["state"] in {"SCHEDULED", "PENDING_APPROVAL"}]
        if len(queued) + len(profiles) > self._sim.options.most_scheduled:
            raise Refused(400, 40025, "The limit of scheduled messages is reached")
        has_video = self._require_media(body.get("media") or [])
        data = [self._create_one(body, profile, caller, has_video=has_video) for profile in profiles]
        return JSONResponse({"data": data, **({"errors": errors} if errors else {})})

    def _require_shape(self, body: Document) -> None:
        if unknown := sorted(body.keys() - _KNOWN):
            raise Refused(400, 4000, f"Unknown fields: {unknown}")
        ids = body.get("socialProfileIds")
        if not isinstance(body.get("text"), str) or not isinstance(ids, list) or not ids:
            raise Refused(400, 4000, "text and socialProfileIds are required")
        if not all(isinstance(one, str) for one in ids):
            raise Refused(400, 4000, "socialProfileIds must be strings")
        sent = body.get("scheduledSendTime")
        if sent is not None:
            if not isinstance(sent, str) or not _ZULU.fullmatch(sent):
                raise Refused(400, 4000, "scheduledSendTime must be ISO 8601 in UTC and end in Z")
            if self._sim.options.lead is not None and _at(sent) < self._sim.now() + self._sim.options.lead:
                raise Refused(400, 4000, "scheduledSendTime is too early")
        visibility = ((body.get("privacy") or {}).get("linkedIn") or {}).get("visibility", [])
        if not isinstance(visibility, list) or len(visibility) > 1 or set(visibility) - {"anyone", "connectionsOnly"}:
            raise Refused(400, 4000, "privacy.linkedIn.visibility is not valid")
        for address in body.get("mediaUrls") or []:
            if not re.match(
                r"https?://(www\.)?ow\.ly/", str(address.get("url") if isinstance(address, dict) else address)
            ):
                raise Refused(400, 40004, "mediaUrls takes addresses of ow.ly only")

    def _usable_profile(self, profile_id: str, body: Document, caller: "Caller") -> Document:
        profile = self._sim.table("profiles").get(profile_id)
        if profile is None:
            raise Refused(404, 4001, "Social profile not found")
        if caller.member["rights"] == "none":
            raise Refused(403, 4002, "No permission to publish on this profile")
        if profile["type"] in _NOT_PUBLISHABLE:
            raise Refused(400, 4000, "This type of profile is not supported")
        tags = body.get("tags") or []
        if tags and profile["owner"] != "ORGANIZATION":
            raise Refused(400, 40001, "Tags need a profile of an organization")
        if set(tags) - self._sim.options.tags and caller.member["rights"] != "editor":
            raise Refused(400, 40005, "No permission to create tags")
        return profile

    def _require_media(self, given: list[Any]) -> bool:
        has_video = False
        for one in given:
            media = self._sim.table("media").get(one.get("id", "") if isinstance(one, dict) else "")
            if media is None or self._is_purged(media):
                raise Refused(404, 4001, "Media not found")
            if self._media_state(media) != "READY":
                raise Refused(400, 40021, "Media is not ready")
            has_video = has_video or media["mimeType"].startswith("video/")
            self._sim.put("media", media["id"], {**media, "used_at": self._sim.now().isoformat()})
        return has_video

    def _create_one(self, body: Document, profile: Document, caller: "Caller", *, has_video: bool) -> Document:
        message_id = str(4138476039 + self._sim.created("messages"))
        waits = caller.member["rights"] == "with_approval"
        state = "PENDING_APPROVAL" if waits else "SCHEDULED"
        message: Document = {
            "id": message_id,
            "state": state,
            "text": body["text"],
            "profile": profile["id"],
            "scheduledSendTime": body.get("scheduledSendTime") or _zulu(self._sim.now()),
            "postId": None,
            "postUrl": None,
            "created_by": caller.member["id"],
            "sequenceNumber": 1,
            "reviewers": [{"id": "814984", "type": "ADMIN_AND_EDITOR"}] if waits else [],
            "tags": body.get("tags") or [],
            "media": body.get("media") or [],
            "webhookUrls": body.get("webhookUrls") or [],
            "is_organization": profile["owner"] == "ORGANIZATION",
            "has_video": has_video,
            "history": [],
        }
        message = self._logged(message, "CREATE", actor=caller.member["id"])
        self._sim.put("messages", message_id, message)
        self._sim.hooks.notify(message, state)
        return self._view(message)

    # Read, list, delete

    async def read(self, request: Request, caller: "Caller") -> Response:
        """One message, as an object or, by option, as an array of one."""
        view = self._view(self._message(request))
        return JSONResponse({"data": [view] if self._sim.options.message_as_array else view})

    async def history(self, request: Request, caller: "Caller") -> Response:
        """All that happened to a message."""
        return JSONResponse({"data": self._message(request)["history"]})

    async def delete(self, request: Request, caller: "Caller") -> Response:
        """Takes an editor, and a message that was not sent."""
        message = self._message(request)
        if caller.member["rights"] != "editor":
            raise Refused(403, 4003, "No permission to delete")
        if message["state"] not in _DELETABLE:
            raise Refused(400, 40003, "The message can't be deleted in its state")
        self._sim.remove("messages", message["id"])
        self._sim.hooks.notify(message, "DELETED")
        return Response(status_code=200) if self._sim.options.empty_delete_body else JSONResponse({"data": {}})

    async def list_window(self, request: Request, caller: "Caller") -> Response:
        """Within at most four weeks, by scheduled time, in pages both ways."""
        query = parse_qs(request.url.query, keep_blank_values=True)
        start, end = (query.get(name, [""])[0] for name in ("startTime", "endTime"))
        if not _ZULU.fullmatch(start) or not _ZULU.fullmatch(end):
            raise Refused(400, 4000, "startTime and endTime are required, in UTC with a Z")
        if _at(end) - _at(start) > _WINDOW:
            raise Refused(400, 40020, "At most four weeks at once")
        state = query.get("state", [None])[0]
        if state is not None and state not in _STATES:
            raise Refused(400, 40019, "This state can't be filtered by")
        if query.get("includeUnscheduledReviewMsgs", ["true"])[0] not in {"true", "false"}:
            raise Refused(400, 40022, "includeUnscheduledReviewMsgs must be true or false")
        limit = query.get("limit", ["50"])[0]
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise Refused(400, 4000, "limit must be 1 to 100")
        profiles = set(query.get("socialProfileIds", []))
        found = sorted(
            (
                one
                for one in self._sim.rows("messages")
                if _at(start) <= _at(one["scheduledSendTime"]) <= _at(end)
                and (state is None or one["state"] == state)
                and (not profiles or one["profile"] in profiles)
            ),
            key=_key,
        )
        first = self._first(found, query.get("cursor", [None])[0])
        page = found[first : first + int(limit)]
        after, before = first + int(limit), max(0, first - int(limit))
        cursor = {
            "next": _cursor(found[after]) if after < len(found) else None,
            "previous": _cursor(found[before]) if first > 0 else None,
        }
        return JSONResponse({"data": [self._view(one) for one in page], "metadata": {"cursor": cursor}})

    def _first(self, found: list[Document], cursor: str | None) -> int:
        if cursor is None:
            return 0
        parts = re.fullmatch(r"(\d{1,16}):(\d{1,20}):0", cursor)
        if parts is None:
            raise Refused(400, 3020, "The cursor is not valid")
        wanted = (int(parts.group(1)), parts.group(2))
        return sum(1 for one in found if _key(one) < wanted)

    # Approval

    async def approve(self, request: Request, caller: "Caller") -> Response:
        """Lets a waiting message go out at its time."""
        message = await self._reviewed(request, caller)
        moved = {**message, "state": "SCHEDULED"}
        self._move(moved, "SCHEDULED", "APPROVE", actor=caller.member["id"], event="APPROVED")
        return JSONResponse({"data": {}})

    async def reject(self, request: Request, caller: "Caller") -> Response:
        """Ends a waiting message."""
        self._move(await self._reviewed(request, caller), "REJECTED", "REJECT", actor=caller.member["id"])
        return JSONResponse({"data": {}})

    async def _reviewed(self, request: Request, caller: "Caller") -> Document:
        message, body = self._message(request), await self._sim.json_body(request)
        if body.get("reviewerType") not in {"MEMBER", "EXTERNAL"}:
            raise Refused(400, 4000, "reviewerType must be MEMBER or EXTERNAL")
        if body.get("sequenceNumber") != message["sequenceNumber"]:
            raise Refused(400, 4000, "The message was changed: another sequenceNumber")
        if caller.member["rights"] != "editor":
            raise Refused(403, 4004, "No permission to review")
        if message["state"] != "PENDING_APPROVAL":
            raise Refused(400, 40003, "The message waits for no approval")
        return message

    # Media

    async def create_media(self, request: Request, caller: "Caller") -> Response:
        """A place to upload to, for half an hour."""
        body = await self._sim.json_body(request)
        size, mime_type = body.get("sizeBytes"), body.get("mimeType")
        if not isinstance(size, int) or size < 1 or mime_type not in _MIME_TYPES:
            raise Refused(400, 4000, "sizeBytes and a known mimeType are required")
        media_id = base64.b64encode(f"https://media/{self._sim.created('media')}?".encode()).decode()
        document = {
            "id": media_id,
            "sizeBytes": size,
            "mimeType": mime_type,
            "slot": secrets.token_urlsafe(12),
            "slot_ends_at": (self._sim.now() + _UPLOAD_LIFE).isoformat(),
            "uploaded_at": None,
            "used_at": None,
            "first_bytes": "",
        }
        self._sim.put("media", media_id, document)
        upload_url = f"{str(request.base_url).rstrip('/')}/storage/{document['slot']}?sig=s"
        data = {"id": media_id, "uploadUrl": upload_url, "uploadUrlDurationSeconds": 1799}
        return JSONResponse({"data": data})

    async def upload(self, request: Request) -> Response:
        """The storage behind the signed address: no token, exact type and length, the first one wins."""
        media = next((one for one in self._sim.rows("media") if one["slot"] == request.path_params["slot"]), None)
        data = await request.body()
        if media is None or datetime.fromisoformat(media["slot_ends_at"]) <= self._sim.now():
            return Response("signature expired", status_code=403)
        if request.headers.get("authorization"):
            return Response("only one way to sign is allowed", status_code=400)
        if request.headers.get("content-type") != media["mimeType"] or len(data) != media["sizeBytes"]:
            return Response("type or length differ from what was signed", status_code=403)
        if media["uploaded_at"] is None:
            changes = {"uploaded_at": self._sim.now().isoformat(), "first_bytes": data[:16].hex()}
            self._sim.put("media", media["id"], {**media, **changes})
        return Response(status_code=200)

    async def read_media(self, request: Request, caller: "Caller") -> Response:
        """QUEUED until the file is there and worked on, then READY."""
        media = self._sim.table("media").get(request.path_params["media_id"])
        if media is None or self._is_purged(media):
            raise Refused(404, 4001, "Media not found")
        state = self._media_state(media)
        address = {"downloadUrl": "https://s3.example/media", "downloadUrlDurationSeconds": 1800}
        return JSONResponse({"data": {"id": media["id"], "state": state, **(address if state == "READY" else {})}})

    def _media_state(self, media: Document) -> str:
        if media["uploaded_at"] is None:
            return "QUEUED"
        ready_at = datetime.fromisoformat(media["uploaded_at"]) + self._sim.options.media_delay
        return "READY" if ready_at <= self._sim.now() else "QUEUED"

    def _is_purged(self, media: Document) -> bool:
        return (
            media["used_at"] is not None and datetime.fromisoformat(media["used_at"]) + _MEDIA_LIFE <= self._sim.now()
        )

    # Helpers

    def _message(self, request: Request) -> Document:
        message = self._sim.table("messages").get(request.path_params["message_id"])
        if message is None:
            raise Refused(404, 4001, "Message not found")
        return message

    def _view(self, message: Document) -> Document:
        hidden = {"profile", "created_by", "is_organization", "has_video", "history", "webhookUrls"}
        return {
            **{key: value for key, value in message.items() if key not in hidden},
            "socialProfile": {"id": message["profile"]},
            "createdByMember": {"id": message["created_by"]},
            "lastUpdatedByMember": {"id": message["created_by"]},
        }


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _zulu(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(message: Document) -> tuple[int, str]:
    return int(_at(message["scheduledSendTime"]).timestamp() * 1000), message["id"]


def _cursor(message: Document) -> str:
    return f"{_key(message)[0]}:{message['id']}:0"


def _has(message: Document, action: str) -> bool:
    return any(entry["actionType"] == action for entry in message["history"])
