"""Every query on identity providers, accounts at them, sign-ins under way, and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound
from services.core.organizations.models import (
    ApiKey,
    BrowserSession,
    Identity,
    IdentityGrant,
    IdentityProvider,
    OneTimeToken,
    RoleGrant,
    SignIn,
    SignInLinkRequest,
    TokenPurpose,
)

_PROVIDERS: Any = sa.inspect(IdentityProvider).local_table


def providers(session: AsyncSession) -> SelectOfScalar[IdentityProvider]:
    """The identity providers of the organization."""
    return select(IdentityProvider).where(IdentityProvider.organization_id == organization_of(session))


async def get_provider(session: AsyncSession, provider_id: UUID) -> IdentityProvider:
    """One of them; raise NotFound."""
    found = (await session.exec(providers(session).where(IdentityProvider.id == provider_id))).first()
    if found is None:
        raise NotFound(thing="identity provider")
    return found


async def find_enabled(session: AsyncSession, provider_id: UUID | None = None) -> IdentityProvider | None:
    """The provider to sign in with: the one named, else the first."""
    statement = providers(session).where(IdentityProvider.is_enabled)
    if provider_id is not None:
        statement = statement.where(IdentityProvider.id == provider_id)
    return (await session.exec(statement.order_by(col(IdentityProvider.id)).limit(1))).first()


async def find_same_provider(session: AsyncSession, *, issuer: str, client_id: str) -> IdentityProvider | None:
    """The provider that is registered like this already."""
    statement = providers(session).where(IdentityProvider.issuer == issuer, IdentityProvider.client_id == client_id)
    return (await session.exec(statement)).first()


async def save_secret(session: AsyncSession, provider: IdentityProvider, sealed: bytes) -> None:
    """The same secret under another key; nothing that people would have to match."""
    statement = sa.update(_PROVIDERS).where(
        _PROVIDERS.c.organization_id == organization_of(session),
        _PROVIDERS.c.id == provider.id,
        _PROVIDERS.c.sealed_client_secret == provider.sealed_client_secret,
    )
    await (await session.connection()).execute(statement.values(sealed_client_secret=sealed))


async def find_identity(session: AsyncSession, *, provider_id: UUID, subject_hash: bytes) -> Identity | None:
    """The account, if it is known whose it is."""
    statement = select(Identity).where(
        Identity.organization_id == organization_of(session),
        Identity.provider_id == provider_id,
        Identity.subject_hash == subject_hash,
    )
    return (await session.exec(statement)).first()


async def delete_identities_of(session: AsyncSession, employee_id: UUID) -> None:
    """Forget which accounts are a person's."""
    await session.exec(
        sa.delete(Identity).where(
            col(Identity.organization_id) == organization_of(session), col(Identity.employee_id) == employee_id
        )
    )


async def is_invited(session: AsyncSession, employee_id: UUID) -> bool:
    """Whether somebody has given this person a role, a key or an invitation."""
    organization_id = organization_of(session)
    role = select(RoleGrant.id).where(
        RoleGrant.organization_id == organization_id, RoleGrant.employee_id == employee_id
    )
    key = select(ApiKey.id).where(ApiKey.organization_id == organization_id, ApiKey.employee_id == employee_id)
    letter = select(OneTimeToken.id).where(
        OneTimeToken.organization_id == organization_id,
        OneTimeToken.employee_id == employee_id,
        OneTimeToken.purpose == TokenPurpose.INVITATION,
    )
    statement = sa.select(sa.or_(role.exists(), key.exists(), letter.exists()))
    return bool((await (await session.connection()).execute(statement)).scalar_one())


async def take_sign_in(session: AsyncSession, sign_in_id: UUID) -> SignIn | None:
    """The sign-in, locked for this transaction, if it is still under way."""
    statement = (
        select(SignIn)
        .where(
            SignIn.organization_id == organization_of(session),
            SignIn.id == sign_in_id,
            col(SignIn.used_at).is_(None),
            col(SignIn.expires_at) > advocacy_now(),
        )
        .with_for_update()
    )
    return (await session.exec(statement)).first()


async def delete_old_sign_ins(session: AsyncSession, *, before: datetime) -> None:
    """Forget what ran out before this moment: sign-ins under way, and who asked for links."""
    organization_id = organization_of(session)
    await session.exec(
        sa.delete(SignIn).where(col(SignIn.organization_id) == organization_id, col(SignIn.expires_at) < before)
    )
    await session.exec(
        sa.delete(SignInLinkRequest).where(
            col(SignInLinkRequest.organization_id) == organization_id, col(SignInLinkRequest.created_at) < before
        )
    )


async def delete_old_sessions(session: AsyncSession) -> None:
    """Forget the sessions of the organization that have run out."""
    await session.exec(
        sa.delete(BrowserSession).where(
            col(BrowserSession.organization_id) == organization_of(session),
            col(BrowserSession.expires_at) <= advocacy_now(),
        )
    )


async def end_sessions(
    session: AsyncSession, *, employee_id: UUID | None = None, provider_id: UUID | None = None
) -> None:
    """End every session of a person, or every one that a provider opened."""
    statement = sa.delete(BrowserSession).where(col(BrowserSession.organization_id) == organization_of(session))
    if employee_id is not None:
        statement = statement.where(col(BrowserSession.employee_id) == employee_id)
    if provider_id is not None:
        statement = statement.where(col(BrowserSession.provider_id) == provider_id)
    await session.exec(statement)


async def end_session(session: AsyncSession, token_hash: bytes) -> None:
    """End one session."""
    await session.exec(
        sa.delete(BrowserSession).where(
            col(BrowserSession.organization_id) == organization_of(session),
            col(BrowserSession.token_hash) == token_hash,
        )
    )


async def list_given(session: AsyncSession, *, provider_id: UUID, employee_id: UUID | None = None) -> list[RoleGrant]:
    """The roles that groups at a provider gave, to one person or to all."""
    statement = (
        select(RoleGrant)
        .join(
            IdentityGrant,
            (col(IdentityGrant.organization_id) == RoleGrant.organization_id)
            & (col(IdentityGrant.role_grant_id) == RoleGrant.id),
        )
        .where(RoleGrant.organization_id == organization_of(session), IdentityGrant.provider_id == provider_id)
    )
    if employee_id is not None:
        statement = statement.where(IdentityGrant.employee_id == employee_id)
    return list((await session.exec(statement)).all())


async def count_link_requests(session: AsyncSession, *, since: datetime, mail_hash: bytes | None = None) -> int:
    """How often links were asked for lately: for a mailbox, or in the whole organization."""
    statement = (
        select(sa.func.count())
        .select_from(SignInLinkRequest)
        .where(SignInLinkRequest.organization_id == organization_of(session), SignInLinkRequest.created_at > since)
    )
    if mail_hash is not None:
        statement = statement.where(SignInLinkRequest.mail_hash == mail_hash)
    return int((await session.exec(statement)).one())
