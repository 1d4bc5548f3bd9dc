"""Who a request comes from: a key, a token of the organization's issuer, or the cookie of a browser's session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy.exc import IntegrityError

from services.api.auth.people import person_of
from services.core.kit.db import Database
from services.core.kit.errors import DomainError, Unauthenticated
from services.core.kit.settings import Settings
from services.core.organizations import hot, identity, sessions
from services.core.organizations import identity_repository as repository
from services.core.organizations import service as keys
from services.core.organizations.identity_errors import CsrfRefused
from services.core.organizations.identity_rules import origin_of
from services.core.organizations.identity_tokens import Issuers, peek_issuer
from services.core.organizations.rules import Actor

#: ``__Host-``: only over https, only from this very host, for all of it; no other host of the domain can set it.
SESSION_COOKIE = "__Host-advocacy"
SIGN_IN_COOKIE = "__Host-advocacy-sign-in"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(request: Request) -> Actor:
    """The caller; raise Unauthenticated, or CsrfRefused for a change that another site could have asked for."""
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    given = request.headers.get("authorization")
    if given is None:
        return await _by_cookie(request, database, settings)
    scheme, _, presented = given.partition(" ")
    if scheme.lower() != "bearer" or not presented.strip():
        raise Unauthenticated()
    presented = presented.strip()
    if presented.count(".") == 2 and (issuer := peek_issuer(presented)) is not None:
        return await _by_token(request.app.state.issuers, database, settings, presented, issuer)
    return await keys.authenticate(database, settings, presented)


async def _by_cookie(request: Request, database: Database, settings: Settings) -> Actor:
    presented = request.cookies.get(SESSION_COOKIE)
    known = await sessions.find(database, settings, presented) if presented else None
    if presented is None or known is None:
        raise Unauthenticated()
    if request.method not in _SAFE:
        check_origin(request, settings)
        if not sessions.is_csrf_token(settings, presented, request.headers.get(CSRF_HEADER, "")):
            raise CsrfRefused()
    request.state.session_expires_at = known.expires_at
    return known.actor


async def _by_token(issuers: Issuers, database: Database, settings: Settings, presented: str, issuer: str) -> Actor:
    """The person whom a token names, made out by the issuer of an organization to that organization's API."""
    proven: list[tuple[UUID, UUID, dict[str, Any]]] = []
    now = await hot.now(database)
    for organization_id, provider_id, audience in await hot.find_providers(database, issuer):
        try:
            claims = await issuers.bearer(presented, issuer, audience, now=now)
        except DomainError:
            continue
        proven.append((organization_id, provider_id, claims))
    for found in proven:
        actor = await _account(database, settings, *found)
        if actor is not None:
            return actor
    # Where several organizations trust the same issuer for the same audience, the person says by signing in which.
    if len(proven) == 1 and await _link(database, settings, *proven[0]):
        actor = await _account(database, settings, *proven[0])
        if actor is not None:
            return actor
    raise Unauthenticated()


async def _account(
    database: Database, settings: Settings, organization_id: UUID, provider_id: UUID, claims: Mapping[str, Any]
) -> Actor | None:
    subject_hash = identity.hash_subject(settings, provider_id, claims["sub"])
    return await hot.load_account(database, organization_id, provider_id, subject_hash)


async def _link(
    database: Database, settings: Settings, organization_id: UUID, provider_id: UUID, claims: Mapping[str, Any]
) -> bool:
    """Find the person of an account that comes for the first time, by the rules of a sign-in."""
    try:
        async with database.transaction(organization_id) as session:
            provider = await repository.find_enabled(session, provider_id)
            if provider is None:
                return False
            await person_of(session, provider, claims, token_id=None, settings=settings)
    except DomainError:
        return False
    except IntegrityError:
        # Another request of the same account was a moment faster.
        return True
    return True


def check_origin(request: Request, settings: Settings) -> None:
    """Raise CsrfRefused for a request that a browser says was made by a page of somebody else."""
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in known_origins(settings):
        raise CsrfRefused()
    if origin is None and request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise CsrfRefused()


def known_origins(settings: Settings) -> frozenset[str]:
    """Ours, and those of the installation's frontends."""
    return frozenset({origin_of(settings.public_url), *(origin.lower() for origin in settings.cors_origins)})


def give_session(response: Response, opened: sessions.Opened) -> None:
    """Let the browser hold a session."""
    seconds = int(sessions.ABSOLUTE.total_seconds())
    _set_cookie(response, SESSION_COOKIE, opened.secret, seconds=seconds)


def give_sign_in(response: Response, browser: str) -> None:
    """Let the browser hold what proves that it began a sign-in."""
    _set_cookie(response, SIGN_IN_COOKIE, browser, seconds=int(identity.SIGN_IN_FOR.total_seconds()))


def forget(response: Response, name: str) -> None:
    """Let the browser forget a cookie of ours."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def _set_cookie(response: Response, name: str, value: str, *, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
