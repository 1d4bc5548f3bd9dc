"""Signing in with the organization's identity provider: there, and back with a session."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.sdk.errors import ConnectorError
from services.api.auth import callers
from services.api.auth.people import person_of
from services.api.errors import STATUS, language_of
from services.api.pages.rendering import message
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.errors import DomainError, Unavailable
from services.core.kit.logging import get_logger
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.organizations import identity, service, sessions
from services.core.organizations import identity_repository as repository
from services.core.organizations.errors import TokenRefused
from services.core.organizations.identity_errors import IssuerUnusable, NoProvider, ProviderSaidNo
from services.core.organizations.identity_rules import return_path
from services.core.organizations.identity_tokens import Issuers

router = APIRouter(include_in_schema=False)
_log = get_logger(__name__)

_DONE_TITLE = Text(en="You are signed in", he="הכניסה הושלמה")
_DONE = Text(en="You can close this page and go on.", he="ניתן לסגור את הדף ולהמשיך.")


@router.get("/v1/auth/login")
async def sign_in(
    request: Request,
    organization: str = "",
    provider: str = "",
    return_to: str = "",
    invitation: str = "",
) -> Response:
    """Sends the browser to the organization's provider: code flow with PKCE, bound to this browser."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    issuers: Issuers = request.app.state.issuers
    try:
        back = return_path(return_to, origins=callers.known_origins(settings))
        organization_id, provider_id = _id(organization), _id(provider) if provider else None
        token_id = await _invitation(database, settings, invitation, organization_id) if invitation else None
        async with database.transaction(organization_id) as session:
            found = await repository.find_enabled(session, provider_id)
        if found is None:
            raise NoProvider(thing="identity provider")
        metadata = await issuers.discover(found.issuer)
        async with database.transaction(organization_id) as session:
            begun = await identity.begin(
                session,
                found,
                return_to=back,
                token_id=token_id,
                browser=request.cookies.get(callers.SIGN_IN_COOKIE),
                settings=settings,
            )
        address = await issuers.authorization_url(
            metadata,
            identity.client_of(found, settings=settings),
            state=begun.state,
            nonce=begun.nonce,
            verifier=begun.verifier,
            scope=identity.SCOPE,
        )
    except DomainError as refused:
        return _refused(request, refused)
    except ConnectorError as trouble:
        _log.warning("sign_in.provider_unreachable", reason=type(trouble).__name__)
        return _refused(request, Unavailable())
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    callers.give_sign_in(response, begun.browser)
    return response


@router.get("/v1/auth/callback")
async def come_back(
    request: Request, state: str = "", code: str = "", iss: str | None = None, error: str | None = None
) -> Response:
    """Uses the sign-in up, proves who the person is, and opens a session made now: none from before is kept."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    issuers: Issuers = request.app.state.issuers
    browser = request.cookies.get(callers.SIGN_IN_COOKIE, "")
    try:
        organization_id, sign_in_id = await identity.find_sign_in(database, settings, state)
        async with database.transaction(organization_id) as session:
            begun_row, provider, begun = await identity.take_sign_in(
                session, sign_in_id, state=state, browser=browser, settings=settings
            )
            now = await db.now(session)
        metadata = await issuers.discover(provider.issuer)
        identity.check_answered(issuer=provider.issuer, tells_issuer=metadata.tells_issuer, told=iss)
        if error is not None or not code:
            _log.info("sign_in.refused_by_provider", error=(error or "")[:100])
            raise ProviderSaidNo()
        claims = await issuers.exchange_code(
            metadata,
            identity.client_of(provider, settings=settings),
            code=code,
            nonce=begun.nonce,
            verifier=begun.verifier,
            now=now,
        )
        async with database.transaction(organization_id) as session:
            employee_id = await person_of(session, provider, claims, token_id=begun_row.token_id, settings=settings)
            opened = await sessions.open_session(
                session,
                employee_id,
                provider_id=provider.id,
                instead_of=request.cookies.get(callers.SESSION_COOKIE),
                settings=settings,
            )
    except DomainError as refused:
        _log.info("sign_in.refused", code=refused.code)
        return _refused(request, refused)
    except ConnectorError as trouble:
        _log.warning("sign_in.provider_unreachable", reason=type(trouble).__name__)
        return _refused(request, Unavailable())
    response: Response
    if begun_row.return_to is not None:
        response = RedirectResponse(begun_row.return_to, 303, headers={"Cache-Control": "no-store"})
    else:
        response = _page(request, _DONE_TITLE, _DONE.in_language(language_of(request)))
    callers.give_session(response, opened)
    callers.forget(response, callers.SIGN_IN_COOKIE)
    return response


async def _invitation(database: Database, settings: Settings, token: str, organization_id: UUID) -> UUID:
    of, token_id = await service.find_token_organization(database, settings, token)
    if of != organization_id:
        raise TokenRefused()
    return token_id


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoProvider(thing="identity provider") from None


def _refused(request: Request, refused: DomainError) -> HTMLResponse:
    if isinstance(refused, IssuerUnusable):
        refused = Unavailable()
    language = language_of(request)
    return _page(request, refused.title, refused.in_language(language), status=STATUS[refused.kind])


def _page(request: Request, title: Text, words: str, *, status: int = 200) -> HTMLResponse:
    language = language_of(request)
    return message(language, title.in_language(language), words, status=status)
