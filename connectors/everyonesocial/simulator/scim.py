"""The simulated SCIM service: another host, another token, users and no groups (RFC 7644)."""

import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

if TYPE_CHECKING:
    from connectors.everyonesocial.simulator.app import EveryoneSocialSimulator

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_FILTER = re.compile(r'\s*userName\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)
_KEPT = ("userName", "externalId", "name", "emails", "displayName", "preferredLanguage")


class Scim:
    """What the host "scim" answers."""

    def __init__(self, simulator: "EveryoneSocialSimulator") -> None:
        self._simulator = simulator

    def routes(self) -> Sequence[BaseRoute]:
        served: list[tuple[str, str, str, Callable[[Request], Response]]] = [
            ("GET", "/ServiceProviderConfig", "scim_config", self._config),
            ("GET", "/Schemas", "scim_schemas", self._schemas),
            ("GET", "/ResourceTypes", "scim_resource_types", self._resource_types),
            ("GET", "/Groups", "scim_groups", lambda request: _listed([], start=1, total=0)),
            ("GET", "/Users", "scim_list_users", self._list),
            ("POST", "/Users", "scim_create_user", self._create),
            ("GET", "/Users/{user_id}", "scim_get_user", self._get),
            ("PATCH", "/Users/{user_id}", "scim_patch_user", self._patch),
        ]
        operation = self._simulator.operation
        return [operation(path, self._guard(work), name=name, methods=[verb]) for verb, path, name, work in served]

    def _guard(self, work: Callable[[Request], Response]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self._simulator.options.scim_token}":
                return _error(401, "Authorization failure")
            request.state.body = await request.body()
            return work(request)

        return handle

    def _config(self, request: Request) -> Response:
        options, no = self._simulator.options, {"supported": False}
        config = {
            "schemas": [_CONFIG],
            "patch": {"supported": options.scim_patch},
            "filter": {"supported": options.scim_filter, "maxResults": options.scim_page_size},
            "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
            "changePassword": no,
            "sort": no,
            "etag": no,
            "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Bearer token", "description": "A token"}],
        }
        return _scim(config)

    def _schemas(self, request: Request) -> Response:
        attributes = [{"name": name, "type": "string", "multiValued": False} for name in ("userName", "active")]
        return _listed([{"id": _USER, "name": "User", "attributes": attributes}], start=1, total=1)

    def _resource_types(self, request: Request) -> Response:
        return _listed([{"id": "User", "name": "User", "endpoint": "/Users", "schema": _USER}], start=1, total=1)

    def _list(self, request: Request) -> Response:
        query, options = request.query_params, self._simulator.options
        users = list(self._simulator.store.users.values())
        if "filter" in query:
            wanted = _FILTER.fullmatch(query["filter"])
            if wanted is None or not options.scim_filter:
                return _error(400, "The filter is not supported", "invalidFilter")
            name = json.loads(wanted.group(1)).casefold()
            users = [user for user in users if user["userName"].casefold() == name]
        try:
            start = max(1, int(query.get("startIndex", "1")))
            count = min(options.scim_page_size, max(0, int(query.get("count", "100"))))
        except ValueError:
            return _error(400, "startIndex and count are numbers", "invalidValue")
        return _listed(users[start - 1 : start - 1 + count], start=start, total=len(users))

    def _create(self, request: Request) -> Response:
        body = _json(request)
        name = body.get("userName") if body else None
        if body is None or _USER not in body.get("schemas", []) or not isinstance(name, str) or not name:
            return _error(400, "A user needs schemas and a userName", "invalidValue")
        users = self._simulator.store.users
        if any(user["userName"].casefold() == name.casefold() for user in users.values()):
            return _error(409, "The userName is taken", "uniqueness")
        kept = {key: body[key] for key in _KEPT if key in body}
        user = {"schemas": [_USER], "id": f"eu-{len(users) + 1001}", "active": body.get("active", True) is True, **kept}
        self._simulator.record({"kind": "user_put", "user": user})
        return _scim(user, status=201)

    def _get(self, request: Request) -> Response:
        user = self._simulator.store.users.get(request.path_params["user_id"])
        return _error(404, "No such user") if user is None else _scim(user)

    def _patch(self, request: Request) -> Response:
        user = self._simulator.store.users.get(request.path_params["user_id"])
        if user is None:
            return _error(404, "No such user")
        body = _json(request)
        operations = body.get("Operations") if body else None
        if body is None or _PATCH not in body.get("schemas", []) or not isinstance(operations, list) or not operations:
            return _error(400, "A PatchOp with Operations is needed", "invalidSyntax")
        changed = dict(user)
        for operation in operations:
            value = operation.get("value")
            pairs = value if "path" not in operation and isinstance(value, dict) else {operation.get("path"): value}
            if str(operation.get("op")).lower() != "replace" or not pairs.keys() <= {"active", *_KEPT}:
                return _error(400, "Only replace of attributes that are here", "invalidPath")
            if not isinstance(pairs.get("active", True), bool):
                return _error(400, "active is true or false", "invalidValue")
            changed |= pairs
        self._simulator.record({"kind": "user_put", "user": changed})
        return _scim(changed)


def _json(request: Request) -> dict[str, Any] | None:
    if request.headers.get("content-type", "").partition(";")[0] not in ("application/scim+json", "application/json"):
        return None
    try:
        body = json.loads(request.state.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _scim(body: object, *, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status, media_type="application/scim+json")


def _listed(resources: Sequence[object], *, start: int, total: int) -> Response:
    counted = {"totalResults": total, "startIndex": start, "itemsPerPage": len(resources)}
    return _scim({"schemas": [_LIST], **counted, "Resources": list(resources)})


def _error(status: int, detail: str, scim_type: str | None = None) -> Response:
    body = {"schemas": [_ERROR], "status": str(status), "detail": detail}
    return _scim({**body, "scimType": scim_type} if scim_type else body, status=status)
