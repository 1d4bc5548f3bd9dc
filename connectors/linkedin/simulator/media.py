"""Files at the simulated LinkedIn: a place for each, signed addresses to put bytes to, and the work done on them.

Of a file only what it is gets kept, never its bytes. Uploads lie on the API's host here, since the simulator does not
know under which address its other host is reached; the real ones are on www.linkedin.com.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from connectors.linkedin.simulator.answers import api_error, denied, read_object
from connectors.linkedin.simulator.posts import PERSON
from connectors.linkedin.simulator.store import File, Token

if TYPE_CHECKING:
    from connectors.linkedin.simulator.app import LinkedInSimulator

PART_BYTES = 4_194_304
MIN_VIDEO_BYTES = 75_000
MAX_VIDEO_BYTES = 500_000_000
MAX_DOCUMENT_BYTES = 100_000_000
MAX_PIXELS = 36_152_320
_RESOURCES = {"images": "image", "videos": "video", "documents": "document"}
_SIGNS = {
    "image": (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"),
    "document": (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
}


class MediaDesk:
    """The part of the simulator that takes files."""

    def __init__(self, world: LinkedInSimulator) -> None:
        self._world = world

    def routes(self) -> Sequence[BaseRoute]:
        """Of the API's host."""
        operation = self._world.operation
        made: list[BaseRoute] = []
        for resource, kind in _RESOURCES.items():
            path = f"/rest/{resource}"
            opened = operation(path, self._initialize, name=f"initialize_{kind}", methods=["POST"])
            closed = operation(path, self._finalize, name=f"finalize_{kind}", methods=["POST"])
            made += [
                Route(path, _ByAction(opened, closed), methods=["POST"]),
                operation(f"{path}/{{key:path}}", self._look, name=f"read_{kind}", methods=["GET"]),
            ]
        return [*made, operation("/dms-uploads/{rest:path}", self._put, name="put_file", methods=["PUT"])]

    def control_routes(self) -> Sequence[BaseRoute]:
        """What only LinkedIn decides: how long it works on files, and whether it can read them."""
        return [Route("/_sim/media", self._set_rules, methods=["POST"])]

    def state_of(self, file: File) -> str:
        """As the API names it."""
        if file.uploaded_at is None:
            return "WAITING_UPLOAD"
        if self._world.now() < file.uploaded_at + timedelta(seconds=file.processing_seconds):
            return "PROCESSING"
        return "PROCESSING_FAILED" if file.problem else "AVAILABLE"

    def check(self, urn: object, kinds: tuple[str, ...], *, sub: str) -> Response | None:
        """Why a member's post can't show a file, or None."""
        kind = urn.split(":")[2] if isinstance(urn, str) and urn.count(":") == 3 else ""
        if kind not in kinds:
            return api_error(400, "INVALID_URN_TYPE", f"/content :: one of {', '.join(kinds)} is needed")
        file = self._world.store.files.get(str(urn))
        if file is None or file.sub != sub:
            return api_error(400, "INVALID_URN_ID", "/content :: no such file of this author")
        match self.state_of(file):
            case "AVAILABLE":
                return None
            case "PROCESSING_FAILED":
                return api_error(400, "MEDIA_ASSET_PROCESSING_FAILED", f"The file {urn} could not be processed")
            case _:
                return api_error(400, "MEDIA_ASSET_WAITING_UPLOAD", f"The file {urn} is not ready")

    async def _initialize(self, request: Request) -> Response:
        kind = _RESOURCES[request.url.path.rsplit("/", 1)[-1]]
        token = self._world.rest_token(request, scope="w_member_social", resource=f"{kind}.ACTION")
        if isinstance(token, Response):
            return token
        if request.query_params.get("action") != "initializeUpload":
            return api_error(400, "ILLEGAL_ARGUMENT", "Unknown action")
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        asked = body.get("initializeUploadRequest")
        owner = asked.get("owner") if isinstance(asked, dict) else None
        if not isinstance(asked, dict) or not isinstance(owner, str):
            return api_error(400, "MISSING_FIELD", "/initializeUploadRequest/owner :: field is required")
        if not PERSON.fullmatch(owner):
            return api_error(400, "INVALID_URN_TYPE", "/initializeUploadRequest/owner :: a person is needed")
        if owner != f"urn:li:person:{token.sub}":
            return denied(f"{kind}.ACTION: the owner is not the member of the token")
        size = asked.get("fileSizeBytes")
        if kind == "video":
            if isinstance(size, bool) or not isinstance(size, int):
                return api_error(400, "MISSING_FIELD", "/initializeUploadRequest/fileSizeBytes :: field is required")
            if not MIN_VIDEO_BYTES <= size <= MAX_VIDEO_BYTES:
                return api_error(
                    400,
                    "INVALID_VALUE_FOR_FIELD",
                    f"/initializeUploadRequest/fileSizeBytes :: must be {MIN_VIDEO_BYTES} to {MAX_VIDEO_BYTES}",
                )
        else:
            size = None
        return self._open(request, kind, size, token)

    def _open(self, request: Request, kind: str, size: int | None, token: Token) -> Response:
        name = ("C4" if kind == "image" else "C5" if kind == "video" else "D4") + secrets.token_hex(8)
        urn = f"urn:li:{kind}:{name}"
        count = 1 if size is None else -(-size // PART_BYTES)
        # Escapes in small letters, an escaped tilde and a plain one: whoever decodes and encodes anew sends another.
        targets = [
            f"/dms-uploads/{name}/{index}?ca=vector%5ffeedshare&m=AQ%2b~{secrets.token_urlsafe(24)}%7E"
            for index in range(count)
        ]
        ends_at = self._world.now() + self._world.options.upload_life
        upload_token = "" if size is None else secrets.token_urlsafe(12)
        self._world.record(
            {
                "kind": "upload_opened",
                "urn": urn,
                "sub": token.sub,
                "targets": targets,
                "size": size,
                "token": upload_token,
                "ends_at": ends_at.isoformat(),
            }
        )
        base = f"{request.url.scheme}://{request.headers['host']}"
        ends_ms = int(ends_at.timestamp() * 1000)
        if size is None:
            value: dict[str, object] = {"uploadUrl": base + targets[0], "uploadUrlExpiresAt": ends_ms, kind: urn}
        else:
            value = {
                "video": urn,
                "uploadToken": upload_token,
                "uploadUrlsExpireAt": ends_ms,
                "uploadInstructions": [
                    {
                        "uploadUrl": base + target,
                        "firstByte": index * PART_BYTES,
                        "lastByte": min(size, (index + 1) * PART_BYTES) - 1,
                    }
                    for index, target in enumerate(targets)
                ],
            }
        return JSONResponse({"value": value})

    async def _put(self, request: Request) -> Response:
        raw = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        found = self._world.store.find_upload(raw.decode("ascii", "replace"))
        content = await request.body()
        if found is None:
            return api_error(403, "ACCESS_DENIED", "The signature of the upload address does not fit")
        file, index = found
        if file.ends_at <= self._world.now():
            return api_error(400, "EXPIRED_UPLOAD_URL", "The upload address has expired")
        if file.kind == "video":
            return self._put_part(request, file, index, content)
        token = self._world.token(request)
        if isinstance(token, Response):
            return token
        if token.sub != file.sub:
            return denied("upload: the owner is not the member of the token")
        self._complete(file, _problem(file.kind, content))
        return Response(status_code=201)

    def _put_part(self, request: Request, file: File, index: int, content: bytes) -> Response:
        if "authorization" in request.headers:
            return api_error(400, "ILLEGAL_ARGUMENT", "A signed address takes no Authorization header")
        if request.headers.get("content-type") != "application/octet-stream":
            return api_error(400, "ILLEGAL_ARGUMENT", "The content type must be application/octet-stream")
        assert file.size is not None  # noqa: S101  # a video
        if len(content) != min(PART_BYTES, file.size - index * PART_BYTES):
            return api_error(400, "ILLEGAL_ARGUMENT", "These are not the bytes that were asked for")
        etag = hashlib.sha256(content).hexdigest()[:32] + f"-{index}"
        problem = _problem("video", content) if index == 0 else None
        self._world.record({"kind": "part_uploaded", "urn": file.urn, "index": index, "etag": etag, "problem": problem})
        return Response(status_code=200, headers={"ETag": etag})

    async def _finalize(self, request: Request) -> Response:
        token = self._world.rest_token(request, scope="w_member_social", resource="video.ACTION")
        if isinstance(token, Response):
            return token
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        asked = body.get("finalizeUploadRequest")
        asked = asked if isinstance(asked, dict) else {}
        for name in ("video", "uploadToken", "uploadedPartIds"):
            if name not in asked:
                return api_error(400, "MISSING_FIELD", f"/finalizeUploadRequest/{name} :: field is required")
        file = self._world.store.files.get(str(asked["video"]))
        if file is None or file.sub != token.sub or file.token != asked["uploadToken"]:
            return api_error(400, "INVALID_URN_ID", "/finalizeUploadRequest :: no such upload of this member")
        if asked["uploadedPartIds"] != [file.etags.get(index) for index in range(len(file.targets))]:
            return api_error(400, "INVALID_VALUE_FOR_FIELD", "uploadedPartIds :: not the parts, or not in order")
        self._complete(file, file.problem)
        return Response(status_code=200)

    def _complete(self, file: File, problem: str | None) -> None:
        self._world.record(
            {
                "kind": "upload_completed",
                "urn": file.urn,
                "at": self._world.now().isoformat(),
                "problem": problem or self._world.store.media_problem,
                "processing_seconds": self._world.store.processing_seconds,
            }
        )

    async def _look(self, request: Request) -> Response:
        kind = _RESOURCES[request.url.path.split("/")[2]]
        token = self._world.rest_token(request, scope="w_member_social", resource=f"{kind}.GET")
        if isinstance(token, Response):
            return token
        if not self._world.is_vetted(token) and (kind == "image" or not self._world.options.self_serve_reads_videos):
            return denied(f"{kind}.GET")
        urn = self._world.path_key(request, 3)
        if isinstance(urn, Response):
            return urn
        file = self._world.store.files.get(urn)
        if file is None or file.kind != kind or file.sub != token.sub:
            return api_error(404, "NOT_FOUND", "There is no such file")
        answer: dict[str, object] = {"id": urn, "owner": f"urn:li:person:{file.sub}", "status": self.state_of(file)}
        if answer["status"] == "PROCESSING_FAILED":
            answer["processingFailureReason"] = file.problem
        return JSONResponse(answer)

    async def _set_rules(self, request: Request) -> Response:
        body = await read_object(request)
        if isinstance(body, Response):
            return body
        seconds, problem = body.get("processing_seconds", 0), body.get("problem")
        if not isinstance(seconds, int | float) or seconds < 0 or not isinstance(problem, str | None):
            return JSONResponse({"error": "processing_seconds is a number, problem a text or null"}, status_code=400)
        self._world.record({"kind": "media_rules_set", "processing_seconds": seconds, "problem": problem})
        return Response(status_code=204)


class _ByAction:
    """One address for two actions, each of which can fail by its own name; only videos are ever closed."""

    def __init__(self, opened: Route, closed: Route) -> None:
        self._opened, self._closed = opened, closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("ascii", "replace")
        closes = scope["path"].endswith("/videos") and "action=finalizeUpload" in query.split("&")
        route = self._closed if closes else self._opened
        await route.endpoint(scope, receive, send)


def _problem(kind: str, content: bytes) -> str | None:
    """Why LinkedIn could not read a file; of the pixels only PNG and GIF are looked at."""
    if kind == "video":
        return None if content[4:8] == b"ftyp" else "UNSUPPORTED_FORMAT"
    if not content.startswith(_SIGNS[kind]):
        return "UNSUPPORTED_FORMAT"
    if kind == "document":
        return "FILE_TOO_LARGE" if len(content) > MAX_DOCUMENT_BYTES else None
    width = height = 0
    if content.startswith(b"\x89PNG") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
    elif content.startswith(b"GIF8") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
    return "IMAGE_TOO_LARGE" if width * height >= MAX_PIXELS else None
