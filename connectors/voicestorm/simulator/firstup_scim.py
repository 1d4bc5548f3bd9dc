"""The SCIM side of the simulated Firstup, with the ways in which it is its own."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.voicestorm.simulator.firstup_store import Store
from connectors.voicestorm.simulator.wire import json_object, scim_error, scim_list, whole_number

USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN_SCHEMA = "urn:SocialChorus:1.0:User"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: From low to high; the application acts as a program manager.
ROLES = ("member", "publisher", "program_manager", "administrator")
CALLER = "program_manager"
_FILTER = re.compile(r'(\w+) eq "((?:[^"\\]|\\.)*)"')
_FIELDS = {
    "schemas",
    "userName",
    "name",
    "externalId",
    "emails",
    "active",
    "nickName",
    "title",
    "roles",
    ENTERPRISE_SCHEMA,
    OWN_SCHEMA,
}
_PATHS = {"userName", "externalId", "emails", "active", "nickName", "title", "roles"}
_NAMES = {"givenName", "familyName"}

Save = Callable[[dict[str, Any]], None]


class Scim:
    """Users and groups of one region; `save` records an event."""

    def __init__(self, store: Store, *, save: Save, now: datetime) -> None:
        self._store = store
        self._save = save
        self._now = now

    def list_users(self, request: Request) -> Response:
        query = request.query_params
        start, count = whole_number(query.get("startIndex"), 1), whole_number(query.get("count"), 100)
        if start is None or count is None:
            return scim_error(400, "startIndex and count must be positive numbers")
        users = list(self._store.users.values())
        if "filter" in query:
            match = _FILTER.fullmatch(query["filter"])
            if match is None or match.group(1) not in {"userName", "role"}:
                return scim_error(400, "only eq on userName and role", scim_type="invalidFilter")
            name, value = match.group(1), match.group(2).casefold()
            users = [user for user in users if value in _filtered(user, name)]
        return JSONResponse(scim_list(users, start=start, count=min(count, 100)))

    def read_user(self, key: str) -> Response:
        user = self._store.user_of(key)
        return JSONResponse(user) if user else scim_error(404, "no such user")

    async def create_user(self, request: Request) -> Response:
        body = await json_object(request)
        if body is None or not isinstance(body.get("schemas"), list):
            return scim_error(400, "a JSON object with schemas is needed", scim_type="invalidSyntax")
        if unknown := body.keys() - _FIELDS:
            return scim_error(400, f"not accepted: {sorted(unknown)}", scim_type="invalidValue")
        user_id = str(30_000 + len(self._store.users) + 1)
        user: dict[str, Any] = {"active": True, "roles": [{"value": "member"}], **body, "id": user_id}
        user.setdefault(OWN_SCHEMA, {"onboardingStatus": "created"})
        return self._refuse(user, None) or self._saved(user, status=201)

    async def patch_user(self, request: Request, key: str) -> Response:
        user = self._store.user_of(key)
        if user is None:
            return scim_error(404, "no such user")
        body = await json_object(request)
        operations = body.get("Operations") if body else None
        if body is None or body.get("schemas") != [PATCH_SCHEMA] or not isinstance(operations, list):
            return scim_error(400, "a PatchOp is needed", scim_type="invalidSyntax")
        changed: dict[str, Any] = {**user, "name": dict(user["name"]), OWN_SCHEMA: dict(user.get(OWN_SCHEMA, {}))}
        for operation in operations:
            path = str(operation.get("path")) if isinstance(operation, dict) else ""
            if not isinstance(operation, dict) or operation.get("op") not in {"add", "replace"}:
                return scim_error(400, "op must be add or replace", scim_type="invalidSyntax")
            parent, colon, leaf = path.rpartition(":")
            if path in _PATHS:
                changed[path] = operation.get("value")
            elif colon and parent == "name" and leaf in _NAMES:
                changed["name"][leaf] = operation.get("value")
            elif colon and parent == OWN_SCHEMA:
                changed[OWN_SCHEMA][leaf] = operation.get("value")
            else:
                return scim_error(400, f"no such path: {path}", scim_type="invalidPath")
        return self._refuse(changed, user["id"]) or self._saved(changed, status=200)

    async def create_group(self, request: Request) -> Response:
        body = await json_object(request)
        if body is None or not isinstance(body.get("displayName"), str) or not body["displayName"]:
            return scim_error(400, "displayName is required", scim_type="invalidValue")
        group_id = 900 + len(self._store.groups) + 1
        shown = {
            "schemas": body.get("schemas", []),
            "id": group_id,
            "displayName": body["displayName"],
            "meta": {"resourceType": "Group", "jobId": str(uuid4())},
        }
        group = {**shown, "members": body.get("members", []), "created_at": self._now.isoformat()}
        self._save({"kind": "group_saved", "group": group})
        return JSONResponse(shown, status_code=201)

    def list_groups(self) -> Response:
        groups = [self._store.group(group_id, now=self._now) or {} for group_id in self._store.groups]
        return JSONResponse(scim_list(groups, start=1, count=100))

    def read_group(self, key: str) -> Response:
        group = self._store.group(int(key), now=self._now) if key.isdecimal() else None
        return JSONResponse(group) if group else scim_error(404, "no such group")

    def _saved(self, user: dict[str, Any], *, status: int) -> Response:
        self._save({"kind": "user_saved", "user": user})
        return JSONResponse(user, status_code=status)

    def _refuse(self, user: dict[str, Any], own_id: str | None) -> Response | None:
        name, roles = user.get("name"), user.get("roles")
        if not isinstance(user.get("userName"), str) or not user["userName"]:
            return scim_error(400, "userName is required", scim_type="invalidValue")
        if not isinstance(name, dict) or not all(isinstance(name.get(part), str) and name[part] for part in _NAMES):
            return scim_error(400, "name.givenName and name.familyName are required", scim_type="invalidValue")
        if not isinstance(user.get("active"), bool):
            return scim_error(400, "active must be true or false", scim_type="invalidValue")
        if not isinstance(roles, list) or len(roles) != 1:
            return scim_error(400, "exactly one role", scim_type="invalidValue")
        role = roles[0].get("value") if isinstance(roles[0], dict) else roles[0]
        if role not in ROLES:
            return scim_error(400, "no such role", scim_type="invalidValue")
        if ROLES.index(role) > ROLES.index(CALLER):
            return scim_error(403, "a role above your own")
        for other in self._store.users.values():
            if other["id"] != own_id and other["userName"].casefold() == user["userName"].casefold():
                return scim_error(409, "userName is taken", scim_type="uniqueness")
        return None


def _filtered(user: dict[str, Any], name: str) -> set[str]:
    if name == "userName":
        return {user["userName"].casefold()}
    return {str(role.get("value") if isinstance(role, dict) else role).casefold() for role in user["roles"]}


def discovery(kind: str) -> Response:
    """`/Schemas`, `/ResourceTypes` and `/ServiceProviderConfig`, as far as a client can lean on them."""
    if kind == "ServiceProviderConfig":
        return JSONResponse({"patch": {"supported": True}, "filter": {"supported": True, "maxResults": 100}})
    resources: list[dict[str, object]] = (
        [{"id": "User", "endpoint": "/Users", "schema": USER_SCHEMA}, {"id": "Group", "endpoint": "/Groups"}]
        if kind == "ResourceTypes"
        else [{"id": USER_SCHEMA}, {"id": ENTERPRISE_SCHEMA}, {"id": OWN_SCHEMA}]
    )
    return JSONResponse(scim_list(resources, start=1, count=100))
