"""Every query on organizations, keys, roles and one-time tokens."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.kit.db import advocacy_now, organization_of
from services.core.organizations.models import ApiKey, OneTimeToken, Organization, Role, RoleGrant


async def get_organization(session: AsyncSession) -> Organization:
    """The organization of this session."""
    return (await session.exec(select(Organization).where(Organization.id == organization_of(session)))).one()


def keys(session: AsyncSession) -> SelectOfScalar[ApiKey]:
    """All keys of the organization."""
    return select(ApiKey).where(ApiKey.organization_id == organization_of(session))


async def find_key(session: AsyncSession, key_id: UUID) -> ApiKey | None:
    """One key."""
    return (await session.exec(keys(session).where(ApiKey.id == key_id))).first()


async def list_live_keys(
    session: AsyncSession, *, employee_id: UUID | None = None, name: str | None = None
) -> list[ApiKey]:
    """Keys that still work, of a person or with a name; oldest first."""
    statement = keys(session).where(col(ApiKey.revoked_at).is_(None), col(ApiKey.expires_at) > advocacy_now())
    if employee_id is not None:
        statement = statement.where(ApiKey.employee_id == employee_id)
    if name is not None:
        statement = statement.where(ApiKey.name == name, col(ApiKey.employee_id).is_(None))
    return list((await session.exec(statement.order_by(col(ApiKey.id)))).all())


def grants(session: AsyncSession) -> SelectOfScalar[RoleGrant]:
    """All role grants of the organization."""
    return select(RoleGrant).where(RoleGrant.organization_id == organization_of(session))


async def find_grant(session: AsyncSession, grant_id: UUID) -> RoleGrant | None:
    """One grant."""
    return (await session.exec(grants(session).where(RoleGrant.id == grant_id))).first()


async def find_same_grant(
    session: AsyncSession, *, employee_id: UUID, role: Role, program_id: UUID | None
) -> RoleGrant | None:
    """The grant that already says this."""
    statement = grants(session).where(
        RoleGrant.employee_id == employee_id,
        RoleGrant.role == role,
        col(RoleGrant.program_id).is_not_distinct_from(program_id),
    )
    return (await session.exec(statement)).first()


async def list_grants_of(session: AsyncSession, employee_id: UUID) -> list[RoleGrant]:
    """The roles of a person."""
    return list((await session.exec(grants(session).where(RoleGrant.employee_id == employee_id))).all())


async def list_open_tokens(session: AsyncSession, employee_id: UUID) -> list[OneTimeToken]:
    """One-time links of a person that still work."""
    statement = select(OneTimeToken).where(
        OneTimeToken.organization_id == organization_of(session),
        OneTimeToken.employee_id == employee_id,
        col(OneTimeToken.used_at).is_(None),
        col(OneTimeToken.expires_at) > advocacy_now(),
    )
    return list((await session.exec(statement)).all())


async def list_owners(session: AsyncSession) -> list[RoleGrant]:
    """Who owns the organization and can act on it: live keys, and people who have one. Locked for this transaction."""
    live = select(ApiKey.id).where(
        ApiKey.organization_id == organization_of(session),
        col(ApiKey.revoked_at).is_(None),
        col(ApiKey.expires_at) > advocacy_now(),
        (col(ApiKey.id) == col(RoleGrant.api_key_id)) | (col(ApiKey.employee_id) == col(RoleGrant.employee_id)),
    )
    statement = grants(session).where(RoleGrant.role == Role.OWNER, col(RoleGrant.program_id).is_(None), live.exists())
    return list((await session.exec(statement.with_for_update())).all())


async def take_token(session: AsyncSession, token_id: UUID) -> OneTimeToken | None:
    """The token, locked for this transaction, if it still works."""
    statement = (
        select(OneTimeToken)
        .where(
            OneTimeToken.organization_id == organization_of(session),
            OneTimeToken.id == token_id,
            col(OneTimeToken.used_at).is_(None),
            col(OneTimeToken.expires_at) > advocacy_now(),
        )
        .with_for_update()
    )
    return (await session.exec(statement)).first()
