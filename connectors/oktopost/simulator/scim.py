"""Oktopost's SCIM 2.0 hosts: one provisions platform users, the other one advocates. Only what is known of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.oktopost.simulator.store import Store, Thing
from connectors.sdk.testing.simulator import Handler

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_FILTER = re.compile(r'userName eq "([^"]*)"')


class _Owner(Protocol):
    store: Store

    def put(self, kind: str, thing_id: str | None = None, **values: Any) -> Thing: ...
    def operation(self, path: str, handler: Handler, *, name: str, methods: Sequence[str]) -> Route: ...


class ScimHost:
    """`/scim/v2/Users` for one kind of people; `userName` is the key, `active` says whether they may do anything."""

    def __init__(self, owner: _Owner, *, kind: str, token: Callable[[], str]) -> None:
        self._owner = owner
        self._kind = kind
        self._token = token

    def routes(self) -> Sequence[BaseRoute]:
        """One entry per method."""
        entries: list[tuple[str, str, Handler]] = [
            ("GET", "/scim/v2/Users", self._list),
            ("POST", "/scim/v2/Users", self._create),
            ("GET", "/scim/v2/Users/{user_id}", self._read),
            ("PUT", "/scim/v2/Users/{user_id}", self._change),
            ("PATCH", "/scim/v2/Users/{user_id}", self._change),
        ]
        return [
            self._owner.operation(path, self._guarded(handler), name=f"scim_{method.lower()}", methods=[method])
            for method, path, handler in entries
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self._token()}":
                return _error(401, "Not authorized")
            return await handler(request)

        return guarded

    async def _list(self, request: Request) -> Response:
        wanted = _FILTER.fullmatch(request.query_params.get("filter", ""))
        found = [_show(one) for one in self._people().values() if not wanted or _is(one, wanted.group(1))]
        return JSONResponse({"schemas": [_LIST], "totalResults": len(found), "Resources": found})

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        name = body.get("userName") if isinstance(body, dict) else None
        if not isinstance(name, str) or not name:
            return _error(400, "userName is missing")
        known = next((one for one in self._people().values() if _is(one, name)), None)
        if known and known.get("_is_provisioned"):
            return _error(409, "userName is taken", scim_type="uniqueness")
        values = {"Email": name, "Name": _full_name(body), "_is_provisioned": True, **_status(body)}
        if known is None:
            values = {"Status": "active", "BoardIds": [], "Profiles": [], **values}
        made = self._owner.put(self._kind, known["Id"] if known else None, **values)
        return JSONResponse(_show(made), status_code=201)

    async def _read(self, request: Request) -> Response:
        person = self._people().get(request.path_params["user_id"])
        return JSONResponse(_show(person)) if person else _error(404, "There is no such user")

    async def _change(self, request: Request) -> Response:
        person, body = self._people().get(request.path_params["user_id"]), await request.json()
        if person is None:
            return _error(404, "There is no such user")
        changes: dict[str, Any] = dict(body)
        for operation in body.get("Operations", ()):
            value = operation.get("value")
            changes |= value if isinstance(value, dict) else {str(operation.get("path")): value}
        return JSONResponse(_show(self._owner.put(self._kind, person["Id"], **_status(changes))))

    def _people(self) -> dict[str, Thing]:
        return self._owner.store.things[self._kind]


def _status(values: Mapping[str, Any]) -> dict[str, Any]:
    active = values.get("active")
    if active is None:
        return {}
    # Some identity providers send it as a text.
    return {"Status": "active" if str(active).lower() == "true" else "inactive"}


def _full_name(body: Mapping[str, Any]) -> str:
    name = body.get("name") or {}
    return " ".join(part for part in (name.get("givenName"), name.get("familyName")) if part)


def _is(person: Thing, name: str) -> bool:
    return str(person["Email"]).casefold() == name.casefold()


def _show(person: Thing) -> dict[str, Any]:
    active = person["Status"] == "active"
    return {"schemas": [_USER], "id": person["Id"], "userName": person["Email"], "active": active}


def _error(status: int, detail: str, *, scim_type: str | None = None) -> Response:
    body = {"schemas": [_ERROR], "status": str(status), "detail": detail}
    return JSONResponse({**body, "scimType": scim_type} if scim_type else body, status_code=status)
