"""Amplify at the simulated Hootsuite: topics, posts that nothing lists or deletes, and hashes of members."""

import secrets
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.hootsuite.simulator.answers import Refused
from connectors.hootsuite.simulator.store import ORGANIZATION_ID, Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import Caller, HootsuiteSimulator

_NETWORKS = {"linkedin", "facebook", "facebookpage", "instagram", "twitter", "tiktokbusiness"}
_FLAGS = {"isPublished", "isShareable", "isEditable", "isPinned", "isSuggested", "isNativeShareEnabled"}
_KNOWN = _FLAGS | {
    "text",
    "topics",
    "publishedDate",
    "expiryDate",
    "suggestionReason",
    "shareableNetworks",
    "photoUrl",
    "photoUriBase64",
    "owlyPhotoAttachment",
    "videoAttachment",
    "pdfAttachment",
    "srcNetwork",
    "srcUser",
    "privacySettings",
}
MOST_HASHES = 500


class Amplify:
    """`/amplify/v1`."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    async def me(self, request: Request, caller: "Caller") -> Response:
        """Who calls, and whether they may put content in."""
        roles = ["subscriber", *(["content_admin"] if caller.member["is_content_admin"] else [])]
        return JSONResponse({"data": {"email": caller.member["email"], "name": caller.member["name"], "roles": roles}})

    async def organizations(self, request: Request, caller: "Caller") -> Response:
        """The organization of the caller."""
        one = {"id": "5f0c0ffee0", "hootId": int(ORGANIZATION_ID), "name": "Corp", "enabledNetworks": ["linkedin"]}
        return JSONResponse({"data": [one]})

    async def topics(self, request: Request, caller: "Caller") -> Response:
        """A page of topics, with the way to the next one in the `Link` header alone."""
        if not self._sim.options.has_amplify:
            raise Refused(403, 3001, "no permission")
        page, per_page = (
            request.query_params.get(name, default) for name, default in (("page", "1"), ("per_page", "30"))
        )
        if not page.isdecimal() or not per_page.isdecimal() or int(page) < 1 or not 1 <= int(per_page) <= 100:
            raise Refused(400, 4000, "page from 1, per_page from 1 to 100")
        size = min(int(per_page), self._sim.options.topics_per_page)
        rows = list(self._sim.rows("topics"))
        first = (int(page) - 1) * size
        found = [
            {**one, "count": self._count(one["name"]), "lastActivityDate": None} for one in rows[first : first + size]
        ]
        headers = {}
        base = f"{str(request.base_url).rstrip('/')}/amplify/v1/me/topics?per_page={per_page}"
        links = [f'<{base}&page=1>; rel="first"']
        if first + size < len(rows):
            links.append(f'<{base}&page={int(page) + 1}>; rel="next"')
        headers["Link"] = ", ".join(links)
        return JSONResponse({"data": found}, headers=headers)

    def _count(self, topic: str) -> int:
        return sum(1 for post in self._sim.rows("posts") if topic in post["topics"])

    async def create_topic(self, request: Request, caller: "Caller") -> Response:
        """A topic, by its name."""
        self._require_content_admin(caller)
        body = await self._sim.json_body(request)
        name, privacy = body.get("name"), body.get("privacy")
        if not isinstance(name, str) or not name or privacy not in {"opened", "closed"}:
            raise Refused(400, 4000, "name and privacy (opened or closed) are required")
        self._sim.put("topics", name, {"name": name, "privacy": privacy})
        return JSONResponse({"data": self._sim.table("topics")[name]})

    async def create_message(self, request: Request, caller: "Caller") -> Response:
        """A curated post; a suggested one is a draft for the administrators."""
        self._require_content_admin(caller)
        body = await self._sim.json_body(request)
        self._require_shape(body)
        post_id = f"64f1c0ffee0160ba6e{self._sim.created('posts'):06x}"
        post: Document = {
            **{flag: flag == "isShareable" for flag in _FLAGS},
            **body,
            "id": post_id,
            "createdDate": self._sim.now().isoformat(),
            "state": "draft" if body.get("isSuggested") or not body.get("isPublished") else "published",
        }
        self._sim.put("posts", post_id, post)
        answer = {
            "id": post_id,
            "createdDate": post["createdDate"],
            "text": body.get("text", ""),
            "topics": body.get("topics", []),
            "url": next((word for word in body.get("text", "").split() if word.startswith("http")), None),
            "content": {},
            "raw_message": {},
            "isDeleted": False,
            "isReshareable": True,
            "isReshareableWithThoughts": True,
        }
        return JSONResponse({"data": answer})

    def _require_shape(self, body: Document) -> None:
        if unknown := sorted(body.keys() - _KNOWN):
            raise Refused(400, 4000, f"Unknown fields: {unknown}")
        if any(not isinstance(body[flag], bool) for flag in _FLAGS & body.keys()):
            raise Refused(400, 4000, "flags are true or false")
        networks = body.get("shareableNetworks", {})
        if not isinstance(networks, dict) or networks.keys() - _NETWORKS:
            raise Refused(400, 4000, "shareableNetworks has unknown networks")
        topics = body.get("topics", [])
        if not isinstance(topics, list) or any(topic not in self._sim.table("topics") for topic in topics):
            raise Refused(404, 2000, "topic not found")

    def _require_content_admin(self, caller: "Caller") -> None:
        if not caller.member["is_content_admin"]:
            raise Refused(403, 3001, "no permission")

    async def not_there(self, request: Request, caller: "Caller") -> Response:
        """Nothing published lists, reads or deletes posts."""
        raise Refused(404, 2000, "not found")

    async def deobfuscate(self, request: Request, caller: "Caller") -> Response:
        """Hash to member, at most 500 at once."""
        ids = (await self._sim.json_body(request)).get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise Refused(400, 4000, "ids must be a list of strings")
        if len(ids) > MOST_HASHES:
            raise Refused(400, 4000, f"at most {MOST_HASHES} ids")
        known = self._sim.table("hashes")
        data = [{"obfuscatedID": one, "memberID": known[one]["member"]} for one in ids if one in known]
        return JSONResponse({"data": data})

    def invent_hash(self, member_id: str) -> str:
        """What stands in the link of an advocate who shares: the control endpoints ask for it."""
        value = "u" + secrets.token_hex(6)
        self._sim.put("hashes", value, {"member": member_id})
        return value
