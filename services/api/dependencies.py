"""What an endpoint is given: the caller, the session of this request, and the door it stands behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Query, Request, params
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.kit import crypto
from services.core.kit.db import Database
from services.core.kit.errors import BadRequest, FieldProblem, NotAllowed, PreconditionFailed, PreconditionRequired
from services.core.kit.pagination import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from services.core.kit.settings import Settings
from services.core.kit.texts import Language, Text
from services.core.organizations.errors import OperatorRequired
from services.core.organizations.rules import ORGANIZATION_WIDE, Actor, Door, Permission


@dataclass
class Call:
    """One request while it is served. Its session is committed by the route, before the answer leaves."""

    actor: Actor
    session: AsyncSession
    settings: Settings
    database: Database
    sealer: crypto.Sealer
    language: Language
    request: Request
    headers: dict[str, str] = field(default_factory=dict)

    def answers(self, row: Versioned) -> None:
        """Send ``row``'s version as the ETag of this answer."""
        self.headers["ETag"] = etag(row.version)

    def must_match(self, row: Versioned) -> None:
        """Make sure the caller changes the version it has read; raise PreconditionRequired or PreconditionFailed."""
        wanted = self.request.headers.get("if-match")
        if wanted is None:
            raise PreconditionRequired()
        if wanted.strip() not in (etag(row.version), "*"):
            raise PreconditionFailed()

    def page(self, *, limit: int, cursor: str | None, sort: str | None, filters: str = "") -> PageRequest:
        """What this request asks of a list; its cursors are good for this caller, route and filters alone."""
        if limit < 1:
            raise BadRequest(problems=[FieldProblem("/limit", "too_small", LIMIT_TOO_SMALL)])
        return PageRequest(
            limit=min(limit, MAX_LIMIT),
            cursor=cursor,
            sort=sort,
            scope=f"{self.actor.organization_id}|{self.actor.key_id}|{self.request.url.path}|{filters}",
            pepper=self.settings.key_pepper.get_secret_value(),
        )


LIMIT_TOO_SMALL = Text(en="Ask for at least 1.", he="יש לבקש לפחות 1.")


class Versioned(Protocol):
    """A row with a version."""

    version: int


def etag(version: int) -> str:
    """A strong validator made from a row's version."""
    return f'"{version}"'


def current_call(request: Request) -> Call:
    """The call that the route has prepared."""
    call: Call = request.state.call
    return call


Current = Annotated[Call, Depends(current_call)]


@dataclass(frozen=True)
class Paging:
    """The query parameters every list takes."""

    limit: Annotated[int, Query(description="How many at most; larger than 100 is lowered to 100.")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None
    sort: Annotated[str | None, Query(description="Order; a leading minus turns it round.")] = None


Page = Annotated[Paging, Depends()]


class Gate:
    """Lets callers in who may; also read by the OpenAPI file and by the test that tries every route."""

    def __init__(self, opens_for: Permission | Door) -> None:
        self.opens_for = opens_for

    def check(self, actor: Actor) -> None:
        """Raise NotAllowed, NotAPerson or OperatorRequired for a caller who may not pass."""
        match self.opens_for:
            case Door.ANYBODY | Door.KNOWN:
                return
            case Door.OPERATOR:
                if not actor.is_operator:
                    raise OperatorRequired()
            case Door.PERSON:
                actor.person()
            case Permission() as permission:
                if not actor.may(permission, anywhere=permission not in ORGANIZATION_WIDE):
                    raise NotAllowed(permission=permission.value)

    def __call__(self) -> None:
        """Nothing to resolve: the route asks ``check`` before anything else is read."""


def allow(opens_for: Permission | Door) -> params.Depends:
    """Put a gate before a route. Services ask again, for the very thing that is touched."""
    return params.Depends(Gate(opens_for))
