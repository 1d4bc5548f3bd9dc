"""The SCIM 2.0 server under /scim/v2: who is calling, which operation it is, one transaction, and SCIM's own errors.

It stands beside our routes and not among them: its bodies, its errors, its media type and its rule for parameters that
nobody knows (they are passed over) are all of RFC 7644.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import orjson
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from services.api.edge import BodyTooLong
from services.api.scim import bulk, discovery, errors, handlers, rendering
from services.api.scim.handlers import Answer, Asked, Handler
from services.core.kit.errors import NotAllowed, TooLarge, Unauthenticated, UnsupportedMedia
from services.core.organizations import service as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.scim import service
from services.core.scim.errors import InvalidSyntax

_ACCEPTED = ("application/scim+json", "application/json")
_VERSION = "/v2"
_LISTS = ("attributes", "excludedAttributes")

#: By address and method; ``*`` stands for an id.
OPERATIONS: dict[str, dict[str, Handler]] = {
    "/Users": {"GET": handlers.list_users, "POST": handlers.create_user},
    "/Users/.search": {"POST": handlers.search_users},
    "/Users/*": {
        "GET": handlers.get_user,
        "PUT": handlers.replace_user,
        "PATCH": handlers.patch_user,
        "DELETE": handlers.delete_user,
    },
    "/Groups": {"GET": handlers.list_groups, "POST": handlers.create_group},
    "/Groups/.search": {"POST": handlers.search_groups},
    "/Groups/*": {
        "GET": handlers.get_group,
        "PUT": handlers.replace_group,
        "PATCH": handlers.patch_group,
        "DELETE": handlers.delete_group,
    },
    "/.search": {"POST": handlers.search_all},
}
_WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Found:
    """The operation that an address and a method mean."""

    handler: Handler
    place: str
    id: str = ""


def find(method: str, path: str) -> Found:
    """The operation at an address; raise NoSuchPlace or MethodRefused."""
    place, resource_id = path, ""
    if place not in OPERATIONS:
        collection, _, rest = path.removeprefix("/").partition("/")
        place, resource_id = f"/{collection}/*", unquote(rest)
    methods = OPERATIONS.get(place)
    if methods is None or (place.endswith("*") and (not resource_id or "/" in resource_id)):
        raise errors.NoSuchPlace()
    if method not in methods:
        raise errors.MethodRefused(allowed=", ".join(methods))
    return Found(methods[method], place, resource_id)


class ScimServer:
    """ASGI application for everything under /scim."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        scope["route"] = SimpleNamespace(path="/scim")
        try:
            response = await self._serve(request)
        except BodyTooLong:
            raise
        except Exception as error:
            response = errors.response(request, error)
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        actor = await _authenticate(request)
        path = request.url.path.removeprefix("/scim")
        if not path.startswith(f"{_VERSION}/"):
            raise errors.NoSuchPlace()
        path = path.removeprefix(_VERSION).rstrip("/")
        base_url = handlers.base_url(request.app.state.settings)
        page = discovery.pages(base_url).get(path)
        if page is not None:
            request.scope["route"] = SimpleNamespace(path=f"/scim/v2{path}")
            return _describe(request, page)
        if path == "/Me" or path.startswith("/Me/"):
            raise errors.NotImplementedHere()
        body = await _read(request)
        if path == "/Bulk":
            request.scope["route"] = SimpleNamespace(path="/scim/v2/Bulk")
            if request.method != "POST":
                raise errors.MethodRefused(allowed="POST")
            return _json(await bulk.run(body, lambda one: self._one_of_bulk(request, actor, one)))
        found = find(request.method, path)
        request.scope["route"] = SimpleNamespace(path=f"/scim/v2{found.place}")
        if body is None and request.method in _WITH_BODY:
            raise InvalidSyntax(where="/")
        answer = await _in_transaction(
            request, actor, found, body=body, query=_query(request), if_match=request.headers.get("if-match")
        )
        return _not_modified(request, answer)

    async def _one_of_bulk(self, request: Request, actor: Actor, one: bulk.Operation) -> Answer:
        try:
            found = find(one.method, one.path)
            if one.method == "GET" or found.place.endswith(".search"):
                raise errors.MethodRefused(allowed="POST, PUT, PATCH, DELETE")
            return await _in_transaction(request, actor, found, body=one.data, query={}, if_match=one.version)
        except Exception as error:
            status, body, headers = errors.explain(request, error)
            return Answer(status, body, headers)


async def _authenticate(request: Request) -> Actor:
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented.strip():
        raise Unauthenticated()
    state = request.app.state
    actor = await organizations.authenticate(state.database, state.settings, presented.strip())
    if actor.organization_id is None or actor.employee_id is not None or not actor.may(Permission.SCIM_PUSH):
        raise NotAllowed(permission=Permission.SCIM_PUSH.value)
    return actor


async def _in_transaction(
    request: Request, actor: Actor, found: Found, *, body: Any, query: Mapping[str, str], if_match: str | None
) -> Answer:
    state = request.app.state
    async with state.database.session(actor.organization_id) as session:
        try:
            asked = Asked(
                session=session,
                client=await service.identify(session, actor),
                settings=state.settings,
                id=found.id,
                body=body,
                query=query,
                if_match=if_match,
            )
            answer = await found.handler(asked)
            await session.commit()
        except BaseException:
            await session.rollback()
            raise
    return answer


async def _read(request: Request) -> Any:
    """The body as JSON, None for none; raise UnsupportedMedia or InvalidSyntax."""
    raw = await request.body()
    if not raw or request.method not in _WITH_BODY:
        return None
    media = request.headers.get("content-type", _ACCEPTED[0]).partition(";")[0].strip().lower()
    if media not in _ACCEPTED:
        raise UnsupportedMedia(expected=" / ".join(_ACCEPTED))
    if request.url.path.endswith("/Bulk") and len(raw) > discovery.MOST_BULK_BYTES:
        raise TooLarge(limit=discovery.MOST_BULK_BYTES)
    try:
        return orjson.loads(raw)
    except ValueError:
        raise InvalidSyntax(where="/") from None


def _query(request: Request) -> dict[str, str]:
    """The parameters, those we do not know too: they are passed over where nobody asks for them."""
    found = dict(request.query_params)
    return found | {
        name: ",".join(request.query_params.getlist(name)) for name in _LISTS if name in request.query_params
    }


def _describe(request: Request, page: discovery.Page) -> Response:
    if request.method != "GET":
        raise errors.MethodRefused(allowed="GET")
    if "filter" in request.query_params:
        raise errors.NoFilterHere()
    headers = {"ETag": page.etag}
    if _is_current(request, page.etag):
        return Response(status_code=304, headers=headers)
    return Response(page.body, media_type=errors.MEDIA_TYPE, headers=headers)


def _is_current(request: Request, etag: str) -> bool:
    return rendering.names(request.headers.get("if-none-match", ""), etag)


def _not_modified(request: Request, answer: Answer) -> Response:
    etag = answer.headers.get("ETag")
    if request.method == "GET" and etag is not None and _is_current(request, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return _json(answer)


def _json(answer: Answer) -> Response:
    content = orjson.dumps(answer.body) if answer.body is not None else None
    media_type = errors.MEDIA_TYPE if content is not None else None
    return Response(content, answer.status, media_type=media_type, headers=answer.headers)
