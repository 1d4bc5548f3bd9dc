"""Sessions of browsers: a cookie whose hash is a row, that ends by itself, with its person, or when they say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.organizations import hot, identity_repository, repository
from services.core.organizations.errors import TokenRefused
from services.core.organizations.identity_errors import TooManyLinks
from services.core.organizations.models import BrowserSession, SignInLinkRequest
from services.core.organizations.rules import Actor

#: How long a session lives, and how long without being used.
ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=1)
_SECRET_LENGTH = 43

LINKS_OF_A_MAILBOX = 3
LINKS_OF_AN_ORGANIZATION = 600
_LINKS_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Opened:
    """A new session and the secret that only its browser ever sees."""

    row: BrowserSession
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Known:
    """Who is at the browser, and until when."""

    actor: Actor
    session_id: UUID
    expires_at: datetime


async def open_session(
    session: AsyncSession,
    employee_id: UUID,
    *,
    provider_id: UUID | None,
    instead_of: str | None,
    settings: Settings,
) -> Opened:
    """Let a person in with a secret made now; ``instead_of``, what the browser held before, ends here."""
    if instead_of is not None:
        await identity_repository.end_session(session, _hash(settings, instead_of))
    await identity_repository.delete_old_sessions(session)
    now = await db.now(session)
    secret = crypto.random_text(_SECRET_LENGTH)
    row = BrowserSession(
        organization_id=db.organization_of(session),
        token_hash=_hash(settings, secret),
        employee_id=employee_id,
        provider_id=provider_id,
        expires_at=now + ABSOLUTE,
        last_seen_at=now,
    )
    session.add(row)
    await session.flush()
    by = "identity_provider" if provider_id is not None else "one_time_link"
    audit.record(session, actor=f"person:{employee_id}", action="session.open", subject=row, after={"by": by})
    return Opened(row, secret)


async def exchange_token(
    session: AsyncSession, token_id: UUID, *, instead_of: str | None, settings: Settings
) -> Opened:
    """Use a one-time token up for a session; raise TokenRefused."""
    token = await repository.take_token(session, token_id)
    if token is None:
        raise TokenRefused()
    token.used_at = await db.now(session)
    session.add(token)
    return await open_session(session, token.employee_id, provider_id=None, instead_of=instead_of, settings=settings)


async def find(database: db.Database, settings: Settings, presented: str) -> Known | None:
    """Who holds this cookie; None if it ended, ran out, lay idle, or its person has left or is suspended."""
    if not (presented.isascii() and presented.isalnum() and len(presented) == _SECRET_LENGTH):
        return None
    found = await hot.find_browser_session(database, _hash(settings, presented))
    if found is None:
        return None
    known = await hot.load_session(database, *found, idle=IDLE)
    return Known(*known) if known is not None else None


async def end(session: AsyncSession, presented: str, *, settings: Settings) -> None:
    """End the session of a cookie."""
    await identity_repository.end_session(session, _hash(settings, presented))


async def end_all_of(session: AsyncSession, employee_id: UUID) -> None:
    """End every session of somebody who left or is kept out."""
    await identity_repository.end_sessions(session, employee_id=employee_id)


def csrf_token(settings: Settings, presented: str) -> str:
    """What a page of ours sends beside the cookie: made from it, so another session's is good for nothing."""
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="csrf", value=presented).hex()


def is_csrf_token(settings: Settings, presented: str, given: str) -> bool:
    """Whether this is the token of that cookie."""
    return crypto.same(csrf_token(settings, presented).encode(), given.encode())


async def count_link_request(session: AsyncSession, mail: str, *, settings: Settings) -> None:
    """Take note that a sign-in link was asked for, known mailbox or not; raise TooManyLinks."""
    now = await db.now(session)
    since = now - _LINKS_WITHIN
    pepper = settings.key_pepper.get_secret_value()
    mail_hash = crypto.keyed_hash(pepper, purpose="sign_in_link", value=mail.strip().lower())
    await identity_repository.delete_old_sign_ins(session, before=since)
    if (
        await identity_repository.count_link_requests(session, since=since, mail_hash=mail_hash) >= LINKS_OF_A_MAILBOX
        or await identity_repository.count_link_requests(session, since=since) >= LINKS_OF_AN_ORGANIZATION
    ):
        raise TooManyLinks()
    session.add(SignInLinkRequest(organization_id=db.organization_of(session), mail_hash=mail_hash))
    await session.flush()


def _hash(settings: Settings, secret: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="browser_session", value=secret)
