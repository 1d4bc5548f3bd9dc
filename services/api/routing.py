"""How every route is served: one request, one transaction, committed before the answer leaves.

Order: known query parameters, the caller, the gate, the idempotency key, the work, the stored answer, the commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.orm.exc import StaleDataError

from services.api.auth import callers
from services.api.dependencies import Call, Gate
from services.api.errors import language_of
from services.core.kit import db, idempotency
from services.core.kit.errors import BadRequest, FieldProblem, PreconditionFailed
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Door

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_UNKNOWN_PARAMETER = Text(
    en="This list has no parameter of that name. Known: {known}.",
    he="אין פרמטר בשם זה. המוכרים: {known}.",
)

#: What of an answer is kept with it, for the same request again.
_KEPT_HEADERS = ("content-type", "location", "etag")


class Route(APIRoute):
    """A route of ours. Endpoints never open, commit or roll back a session."""

    @property
    def gate(self) -> Gate:
        """The gate declared with ``allow``; raise TypeError for a route without one."""
        for dependency in self.dependencies:
            if isinstance(dependency.dependency, Gate):
                return dependency.dependency
        raise TypeError(f"{self.path} has no gate: add dependencies=[allow(...)]")

    @property
    def needs_idempotency_key(self) -> bool:
        """Whether the route creates or sends."""
        return "POST" in (self.methods or ()) and not (self.openapi_extra or {}).get("x-idempotent-by-nature")

    def get_route_handler(self) -> Handler:
        """FastAPI's handler inside our order of things."""
        work = super().get_route_handler()
        gate, known = self.gate, sorted(_query_names(self.dependant))

        async def serve(request: Request) -> Response:
            _refuse_unknown(request, known)
            actor = await _authenticate(request, gate)
            gate.check(actor)
            scope = await self._idempotency_scope(request, actor)
            if scope is not None:
                stored = await idempotency.begin(request.app.state.database, scope, sealer=request.app.state.sealer)
                if stored is not None:
                    headers = {**stored.headers, "Idempotency-Replayed": "true"}
                    return Response(stored.body, stored.status, headers=headers)
            try:
                return await _in_transaction(request, actor, work, scope)
            except BaseException:
                if scope is not None:
                    await idempotency.release(request.app.state.database, scope)
                raise

        return serve

    async def _idempotency_scope(self, request: Request, actor: Actor) -> idempotency.Scope | None:
        if request.method != "POST":
            return None
        key = idempotency.check_key(request.headers.get("idempotency-key"), required=self.needs_idempotency_key)
        if key is None or not self.needs_idempotency_key:
            return None
        body = await request.body()
        digest = hashlib.sha256(request.url.query.encode() + b"\0" + body).digest()
        return idempotency.Scope(
            organization_id=actor.organization_id or db.OPERATOR_ORGANIZATION,
            caller=actor.name,
            route=request.url.path,
            key=key,
            body_hash=digest,
        )


async def _in_transaction(request: Request, actor: Actor, work: Handler, scope: idempotency.Scope | None) -> Response:
    state = request.app.state
    async with state.database.session(actor.organization_id) as session:
        call = Call(
            actor=actor,
            session=session,
            settings=state.settings,
            database=state.database,
            sealer=state.sealer,
            language=language_of(request),
            request=request,
        )
        request.state.call = call
        try:
            response = await work(request)
            response.headers.update(call.headers)
            await _keep_answer(call, scope, response)
            await session.commit()
        except StaleDataError:
            await session.rollback()
            raise PreconditionFailed() from None
        except BaseException:
            await session.rollback()
            raise
    return _not_modified(request, response)


async def _keep_answer(call: Call, scope: idempotency.Scope | None, response: Response) -> None:
    if scope is None:
        return
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = idempotency.StoredAnswer(response.status_code, headers, bytes(response.body))
    await call.session.flush()
    # The operator's call made an organization and acts for it now; the key is the operator's own.
    await db.act_for(call.session, scope.organization_id)
    await idempotency.finish(call.session, scope, answer, sealer=call.sealer)


def _not_modified(request: Request, response: Response) -> Response:
    wanted = request.headers.get("if-none-match")
    current = response.headers.get("etag")
    if request.method in ("GET", "HEAD") and wanted and current and current in [t.strip() for t in wanted.split(",")]:
        return Response(status_code=304, headers={"ETag": current})
    return response


async def _authenticate(request: Request, gate: Gate) -> Actor:
    if gate.opens_for is Door.ANYBODY:
        return Actor(organization_id=None)
    return await callers.identify(request)


def _refuse_unknown(request: Request, known: list[str]) -> None:
    strange = [name for name in request.query_params if name not in known]
    if strange:
        values: dict[str, object] = {"known": ", ".join(known) or "-"}
        raise BadRequest(
            problems=[FieldProblem(f"/{name}", "unknown_parameter", _UNKNOWN_PARAMETER, values) for name in strange]
        )


def _query_names(dependant: Dependant) -> Iterable[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


class Router(APIRouter):
    """An APIRouter whose routes are ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, **options)
