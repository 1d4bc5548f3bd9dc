"""How a person comes by a key of their own, or by a session of their browser, and how they leave."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy.exc import IntegrityError

from services.api.auth import callers
from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.communication import service as communication
from services.core.employees import repository as employees
from services.core.employees.models import PRESENT
from services.core.kit.db import Database
from services.core.kit.settings import Settings
from services.core.organizations import identity_repository, service, sessions
from services.core.organizations.identity_schemas import (
    SessionCreate,
    SessionRead,
    SignInLinkRequest,
    SignInLinkRequested,
)
from services.core.organizations.rules import Door
from services.core.organizations.schemas import TokenExchange, TokenExchanged

router: APIRouter = Router(tags=["Sign-in"])


@router.post(
    "/v1/auth/token",
    operation_id="auth_token",
    summary="Exchange a one-time token for a key",
    dependencies=[allow(Door.ANYBODY)],
    # The token itself works once; storing the answer would store the key.
    openapi_extra={"x-idempotent-by-nature": True},
)
async def exchange_token(body: TokenExchange, call: Current) -> TokenExchanged:
    """Uses up the one-time link of an invitation or sign-in mail and answers that person's own key."""
    organization_id, token_id = await service.find_token_organization(call.database, call.settings, body.token)
    async with call.database.transaction(organization_id) as session:
        key = await service.exchange_token(session, token_id, settings=call.settings)
    employee_id = key.row.employee_id
    assert employee_id is not None  # noqa: S101  # one-time tokens belong to people
    return TokenExchanged(
        api_key=key.secret,
        organization_id=organization_id,
        employee_id=employee_id,
        expires_at=key.row.expires_at,
    )


@router.post(
    "/v1/auth/session",
    operation_id="auth_session_open",
    summary="Exchange a one-time token for a session of this browser",
    dependencies=[allow(Door.ANYBODY)],
    # The token itself works once, and the cookie is for this browser alone.
    openapi_extra={"x-idempotent-by-nature": True},
    responses={
        401: {"description": "The one-time token was used, has run out, or never was."},
        403: {"description": "Asked for by a page of somebody else."},
    },
)
async def open_session(body: SessionCreate, call: Current, request: Request, response: Response) -> SessionRead:
    """Uses up the one-time link of a mail and signs this browser in, with a cookie that scripts cannot read."""
    callers.check_origin(request, call.settings)
    organization_id, token_id = await service.find_token_organization(call.database, call.settings, body.token)
    held = request.cookies.get(callers.SESSION_COOKIE)
    async with call.database.transaction(organization_id) as session:
        opened = await sessions.exchange_token(session, token_id, instead_of=held, settings=call.settings)
    callers.give_session(response, opened)
    return SessionRead(
        organization_id=organization_id,
        employee_id=opened.row.employee_id,
        csrf_token=sessions.csrf_token(call.settings, opened.secret),
        expires_at=opened.row.expires_at,
    )


@router.get(
    "/v1/auth/session",
    operation_id="auth_session_get",
    summary="Who is signed in with this browser?",
    dependencies=[allow(Door.PERSON)],
)
async def get_session(call: Current, request: Request) -> SessionRead:
    """Answers the person, and what has to go into X-CSRF-Token beside the cookie."""
    held = None if "authorization" in request.headers else request.cookies.get(callers.SESSION_COOKIE)
    return SessionRead(
        organization_id=call.actor.tenant(),
        employee_id=call.actor.person(),
        csrf_token=sessions.csrf_token(call.settings, held) if held is not None else None,
        expires_at=request.state.session_expires_at if held is not None else None,
    )


@router.post(
    "/v1/auth/logout",
    status_code=204,
    operation_id="auth_logout",
    summary="Sign out",
    dependencies=[allow(Door.PERSON)],
    openapi_extra={"x-idempotent-by-nature": True},
)
async def sign_out(call: Current, request: Request, response: Response) -> None:
    """Ends the session of this browser, here and not at the identity provider. Keys and tokens stay as they are."""
    held = request.cookies.get(callers.SESSION_COOKIE)
    if held is not None and "authorization" not in request.headers:
        await sessions.end(call.session, held, settings=call.settings)
        callers.forget(response, callers.SESSION_COOKIE)


@router.post(
    "/v1/auth/sign-in-links",
    status_code=202,
    operation_id="auth_sign_in_links_request",
    summary="Have a sign-in link mailed",
    dependencies=[allow(Door.ANYBODY)],
    # Asking again is counted and otherwise harmless; anybody may ask, so there is no caller to keep answers for.
    openapi_extra={"x-idempotent-by-nature": True},
    responses={429: {"description": "Asked for too often; Retry-After says when it is worth trying again."}},
)
async def request_link(body: SignInLinkRequest, call: Current, afterwards: BackgroundTasks) -> SignInLinkRequested:
    """Mails a one-time link where there is no identity provider. Says the same for any address, known or not."""
    try:
        async with call.database.transaction(body.organization_id) as session:
            await sessions.count_link_request(session, body.email, settings=call.settings)
    except IntegrityError:
        # There is no such organization, which is nobody's business.
        return SignInLinkRequested()
    # After the answer: how long a mail takes to write would tell who is known.
    afterwards.add_task(_send_link, call.database, call.settings, body)
    return SignInLinkRequested()


async def _send_link(database: Database, settings: Settings, asked: SignInLinkRequest) -> None:
    async with database.transaction(asked.organization_id) as session:
        if await identity_repository.find_enabled(session) is not None:
            return
        employee = await employees.find_employed_at(session, asked.email)
        if employee is not None and employee.status in PRESENT:
            await communication.send_sign_in_link(session, employee, settings=settings)
