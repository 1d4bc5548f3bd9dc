"""Members of the simulated Hootsuite's organization, over REST and over SCIM."""

import json
import re
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.hootsuite.simulator.answers import Refused
from connectors.hootsuite.simulator.store import ORGANIZATION_ID, Document

if TYPE_CHECKING:
    from connectors.hootsuite.simulator.app import Caller, HootsuiteSimulator

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_FILTER = re.compile(r'userName eq ("(?:[^"\\]|\\.)*")')


class People:
    """`/v1/me`, `/v1/members` and `/scim/v2/Users`: two ways to the same seats."""

    def __init__(self, simulator: "HootsuiteSimulator") -> None:
        self._sim = simulator

    async def me(self, request: Request, caller: "Caller") -> Response:
        """The calling member."""
        return JSONResponse({"data": _member(caller.member)})

    async def organizations(self, request: Request, caller: "Caller") -> Response:
        """The one organization."""
        return JSONResponse({"data": [{"id": ORGANIZATION_ID, "name": "Corp", "logoUrl": None}]})

    async def create_member(self, request: Request, caller: "Caller") -> Response:
        """Seats a member, while there are seats."""
        body = await self._sim.json_body(request)
        ids, email, name = body.get("organizationIds"), body.get("email"), body.get("fullName")
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids) or not isinstance(email, str):
            raise Refused(400, 4000, "organizationIds (integers), email and fullName are required")
        if not isinstance(name, str) or not 2 <= len(name) <= 100:
            raise Refused(400, 2002, "fullName must have 2 to 100 characters")
        if self._by_email(email) is not None:
            raise Refused(400, 3010, "The e-mail address is in use")
        if sum(1 for one in self._sim.rows("members") if one["active"]) >= self._sim.options.seats:
            raise Refused(400, 2008, "No seat is left")
        return JSONResponse({"data": _member(self._add(email, name, active=True, language="en"))})

    async def list_users(self, request: Request, caller: "Caller") -> Response:
        """A page of users; the one filter is `userName eq`."""
        users = list(self._sim.rows("members"))
        asked = request.query_params.get("filter")
        if asked is not None:
            found = _FILTER.fullmatch(asked)
            if found is None:
                raise Refused(400, 0, "The only filter is userName eq", scim_type="invalidValue")
            email = json.loads(found.group(1)).casefold()
            users = [one for one in users if one["email"].casefold() == email]
        count, start = (
            request.query_params.get(name, default) for name, default in (("count", "100"), ("startIndex", "1"))
        )
        if not count.isdecimal() or not start.isdecimal() or int(start) < 1:
            raise Refused(400, 0, "count and startIndex must be numbers", scim_type="invalidValue")
        size = min(int(count), self._sim.options.users_per_page)
        page = users[int(start) - 1 : int(start) - 1 + size]
        body = {
            "schemas": [LIST],
            "totalResults": len(users),
            "startIndex": int(start),
            "itemsPerPage": len(page),
            "Resources": [_user(one) for one in page],
        }
        return JSONResponse(body)

    async def create_user(self, request: Request, caller: "Caller") -> Response:
        """A new user; the same userName twice is refused."""
        body = await self._sim.json_body(request)
        if body.get("schemas") != [USER]:
            raise Refused(400, 0, "schemas is missing", scim_type="invalidSyntax")
        email, name, active = body.get("userName"), body.get("displayName"), body.get("active")
        if not isinstance(email, str) or not isinstance(name, str) or not isinstance(active, bool):
            raise Refused(400, 0, "userName, displayName and active are required", scim_type="invalidValue")
        if self._by_email(email) is not None:
            raise Refused(400, 0, "userName is in use", scim_type="uniqueness")
        language = str(body.get("preferredLanguage", "en"))
        return JSONResponse(_user(self._add(email, name, active=active, language=language)))

    async def read_user(self, request: Request, caller: "Caller") -> Response:
        """One user."""
        return JSONResponse(_user(self._found(request)))

    async def patch_user(self, request: Request, caller: "Caller") -> Response:
        """Changes `active`, which is how somebody is let out: there is no DELETE."""
        member, body = self._found(request), await self._sim.json_body(request)
        operations = body.get("Operations")
        if body.get("schemas") != [PATCH] or not isinstance(operations, list):
            raise Refused(400, 0, "not a PatchOp", scim_type="invalidSyntax")
        for operation in operations:
            if operation.get("op") not in {"add", "replace", "remove"}:
                raise Refused(400, 0, "unknown op", scim_type="invalidSyntax")
            if operation.get("path") != "active" or not isinstance(operation.get("value"), bool):
                raise Refused(400, 0, "only active can be changed", scim_type="mutability")
            member = {**member, "active": operation["value"]}
        self._sim.put("members", member["id"], member)
        return JSONResponse(_user(member))

    def _found(self, request: Request) -> Document:
        member = self._sim.table("members").get(request.path_params["user_id"])
        if member is None:
            raise Refused(404, 0, "User not found")
        return member

    def _by_email(self, email: str) -> Document | None:
        return next((one for one in self._sim.rows("members") if one["email"].casefold() == email.casefold()), None)

    def _add(self, email: str, name: str, *, active: bool, language: str) -> Document:
        member_id = str(814990 + self._sim.created("members"))
        member = {
            "id": member_id,
            "email": email,
            "name": name,
            "active": active,
            "rights": "with_approval",
            "is_content_admin": False,
            "language": language,
        }
        self._sim.put("members", member_id, member)
        return member


def _member(member: Document) -> Document:
    return {
        "id": member["id"],
        "email": member["email"],
        "isActive": member["active"],
        "fullName": member["name"],
        "companyName": "Corp",
        "bio": None,
        "timezone": "America/Vancouver",
        "language": member["language"],
    }


def _user(member: Document) -> Document:
    return {
        "schemas": [USER],
        "id": member["id"],
        "userName": member["email"],
        "displayName": member["name"],
        "active": member["active"],
        "emails": [{"primary": True, "value": member["email"], "type": "work"}],
        "preferredLanguage": member["language"],
    }
