"""Signing in to a platform on behalf of the organization: started, granted at the vendor, confirmed by who started it.

What comes back activates nothing by itself: the page that the vendor leads back to shows a code, in that browser and
nowhere else, and whoever started enters it. So nobody can have somebody else allow what they then use.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.manifest import OAuth2Code
from connectors.sdk.models import Credentials
from services.core.audit import service as audit
from services.core.connections import rules as token_rules
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access, repository
from services.core.platforms.errors import (
    AuthorizationRefused,
    GrantCodeRefused,
    NothingPending,
    NothingToAuthorize,
)
from services.core.platforms.models import PlatformAuthorization, PlatformConnection, PlatformState
from services.core.platforms.names import STATE_NAMES
from services.core.platforms.service import CHECK_EVERY
from services.core.platforms.vendors import manifest_of, open_grant, seal_credentials, seal_grant

STATE_MINUTES = 10
_STATE_LENGTH = 43
_CODE_DIGITS = 6
MOST_WRONG_CODES = 5


async def start(
    session: AsyncSession, actor: Actor, connection: PlatformConnection, *, settings: Settings
) -> tuple[str, datetime]:
    """Let an administrator sign in at the vendor; answer the state to send along, and until when it is good.

    What is there stays in use until the new grant is confirmed. Raises NothingToAuthorize.
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    manifest = manifest_of(connection)
    if connection.state is PlatformState.REVOKED or manifest is None or not isinstance(manifest.auth, OAuth2Code):
        raise NothingToAuthorize(state=STATE_NAMES[connection.state])
    state = crypto.random_text(_STATE_LENGTH)
    expires_at = await db.now(session) + timedelta(minutes=STATE_MINUTES)
    session.add(
        PlatformAuthorization(
            organization_id=connection.organization_id,
            platform_connection_id=connection.id,
            state_hash=_hash_state(settings, state),
            started_by=actor.name,
            expires_at=expires_at,
        )
    )
    audit.record(session, actor=actor.name, action="platform_connection.authorize", subject=connection)
    await session.flush()
    return state, expires_at


async def find_returned(database: db.Database, settings: Settings, state: str) -> tuple[UUID, UUID] | None:
    """Organization and authorization of somebody whom a vendor sends back; None for a state that is none of these."""
    return await repository.find_authorization(database, _hash_state(settings, state))


async def take(session: AsyncSession, authorization_id: UUID, *, connector: str) -> tuple[PlatformConnection, str]:
    """Use the state up before the vendor is asked anything; answer the platform and who started."""
    authorization = await repository.take_authorization(session, authorization_id)
    if authorization is None:
        raise AuthorizationRefused()
    connection = await repository.get_connection(session, authorization.platform_connection_id)
    if connection.connector != connector or connection.state is PlatformState.REVOKED:
        raise AuthorizationRefused()
    authorization.used_at = await db.now(session)
    session.add(authorization)
    await session.flush()
    return connection, authorization.started_by


async def store(
    session: AsyncSession, connection_id: UUID, *, credentials: Credentials, started_by: str, settings: Settings
) -> str:
    """Keep a grant that was tried, sealed, until who started enters the code; answer the code for that browser alone.

    Raises ProtocolViolation for an end that cannot be right.
    """
    connection = await repository.get_connection(session, connection_id, lock=True)
    if connection.state is PlatformState.REVOKED:
        raise AuthorizationRefused()
    token_rules.check_life(credentials, now=await db.now(session))
    code = crypto.random_digits(_CODE_DIGITS)
    connection.sealed_grant = seal_grant(connection, credentials, settings=settings)
    connection.confirmation_hash = _hash_code(settings, connection, code)
    connection.wrong_codes = 0
    connection.authorized_by = started_by
    if connection.state is PlatformState.AWAITING_AUTHORIZATION:
        connection.state = PlatformState.AWAITING_CONFIRMATION
    session.add(connection)
    await session.flush()
    return code


async def is_code(
    session: AsyncSession, actor: Actor, connection: PlatformConnection, *, code: str, settings: Settings
) -> bool:
    """Whether this is the code, from who started; a wrong one is counted, and the last one destroys the grant.

    Raises NothingPending.
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    if connection.sealed_grant is None or connection.confirmation_hash is None:
        raise NothingPending(state=STATE_NAMES[connection.state])
    given = _hash_code(settings, connection, code.strip())
    if connection.authorized_by == actor.name and crypto.same(connection.confirmation_hash, given):
        return True
    connection.wrong_codes += 1
    if connection.wrong_codes >= MOST_WRONG_CODES:
        connection.sealed_grant = connection.confirmation_hash = None
        if connection.state is PlatformState.AWAITING_CONFIRMATION:
            connection.state = PlatformState.AWAITING_AUTHORIZATION
    session.add(connection)
    await session.flush()
    return False


async def confirm(
    session: AsyncSession, actor: Actor, connection: PlatformConnection, *, settings: Settings
) -> PlatformConnection:
    """The grant is in use from now on, in place of the one before."""
    credentials = open_grant(connection, settings=settings)
    if credentials is None:
        raise GrantCodeRefused(most=MOST_WRONG_CODES)
    now = await db.now(session)
    connection.sealed_credentials = seal_credentials(connection, credentials, settings=settings)
    connection.token_expires_at = credentials.expires_at
    connection.token_version += 1
    connection.refresh_lease_until = None
    connection.sealed_grant = connection.confirmation_hash = None
    connection.state = PlatformState.ACTIVE
    connection.problem = connection.problem_words = connection.incident_id = None
    connection.checked_at, connection.check_at = now, now + CHECK_EVERY
    session.add(connection)
    audit.record(session, actor=actor.name, action="platform_connection.confirm", subject=connection)
    events.emit(session, "platform_connection.activated", platform_connection_id=connection.id)
    await access.try_again(session, connection.id)
    return connection


def _hash_state(settings: Settings, state: str) -> bytes:
    pepper = settings.key_pepper.get_secret_value()
    return crypto.keyed_hash(pepper, purpose="platform_authorization_state", value=state)


def _hash_code(settings: Settings, connection: PlatformConnection, code: str) -> bytes:
    pepper = settings.key_pepper.get_secret_value()
    return crypto.keyed_hash(pepper, purpose=f"platform_confirmation:{connection.id}", value=code)
