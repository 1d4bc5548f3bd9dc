"""What may happen to organizations, keys and roles, and what follows. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit import crypto, db
from services.core.kit.errors import NotAllowed, NotFound, Unauthenticated
from services.core.kit.settings import Settings
from services.core.organizations import hot, identity_repository, repository
from services.core.organizations.errors import GrantExists, LastOwner, TokenRefused, TooManyKeys, UnknownScopes
from services.core.organizations.models import ApiKey, OneTimeToken, Organization, Role, RoleGrant, TokenPurpose
from services.core.organizations.rules import ALL_SCOPES, Actor, Permission, known_scopes
from services.core.organizations.schemas import (
    ApiKeyCreate,
    OrganizationCreate,
    OrganizationUpdate,
    RoleGrantCreate,
)

KEY_PREFIX = "adv_live_"
_KEY_ID_LENGTH = 12
#: 32 characters of base 62 are 190 bits.
_SECRET_LENGTH = 32
_CHECKSUM_LENGTH = 6
PERSON_KEY_DAYS = 365
OWNER_KEY_DAYS = 365
TOKEN_DAYS = 14


@dataclass(frozen=True)
class NewKey:
    """A key row and the secret that only its receiver ever sees."""

    row: ApiKey
    secret: str


async def authenticate(database: db.Database, settings: Settings, presented: str) -> Actor:
    """Who presents this key; raise Unauthenticated for anything but a live one."""
    if crypto.same(presented.encode(), settings.operator_key.get_secret_value().encode()):
        return Actor(organization_id=None, is_operator=True)
    key_id = _public_part(presented)
    found = await hot.find_key(database, key_id) if key_id else None
    if found is None or not crypto.same(found.secret_hash, _hash_key(settings, presented)):
        raise Unauthenticated()
    actor = await hot.load_actor(database, found)
    if actor is None:
        raise Unauthenticated()
    return actor


async def create_organization(
    session: AsyncSession, actor: Actor, body: OrganizationCreate, *, settings: Settings
) -> tuple[Organization, str]:
    """Make a tenant and its owner's key. The session acts for the new organization from here on."""
    organization = Organization.model_validate(body.model_dump())
    await db.act_for(session, organization.id)
    session.add(organization)
    await session.flush()
    key = await _issue(session, settings, name="Owner", employee_id=None, scopes=["*"], days=OWNER_KEY_DAYS)
    session.add(RoleGrant(organization_id=organization.id, api_key_id=key.row.id, role=Role.OWNER))
    audit.record(session, actor=actor.name, action="organization.create", subject=organization)
    await session.flush()
    return organization, key.secret


async def update_organization(
    session: AsyncSession, actor: Actor, organization: Organization, body: OrganizationUpdate
) -> Organization:
    """Change an organization's own settings."""
    actor.require(Permission.ORGANIZATION_WRITE)
    before = {name: getattr(organization, name) for name in body.changes()}
    for name, value in body.changes().items():
        if value is not None:
            setattr(organization, name, value)
    session.add(organization)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="organization.update", subject=organization, before=before,
        after=body.changes(),
    )  # fmt: skip
    return organization


async def create_service_key(session: AsyncSession, actor: Actor, body: ApiKeyCreate, *, settings: Settings) -> NewKey:
    """Make a key for a service; raise UnknownScopes or TooManyKeys."""
    actor.require(Permission.KEYS_MANAGE)
    if not known_scopes(body.scopes):
        raise UnknownScopes(known=", ".join(Permission))
    actor.must_not_exceed(body.role, program_id=body.program_id)
    if ALL_SCOPES not in actor.scopes and not set(body.scopes) <= actor.scopes:
        raise NotAllowed(permission=", ".join(sorted(set(body.scopes) - actor.scopes)))
    if len(await repository.list_live_keys(session, name=body.name)) >= 2:
        raise TooManyKeys()
    key = await _issue(session, settings, name=body.name, employee_id=None, scopes=body.scopes, days=body.days_valid)
    session.add(
        RoleGrant(organization_id=actor.tenant(), api_key_id=key.row.id, role=body.role, program_id=body.program_id)
    )
    audit.record(session, actor=actor.name, action="api_key.create", subject=key.row, after={"role": body.role.value})
    await session.flush()
    return key


async def find_revocable_key(session: AsyncSession, actor: Actor, key_id: UUID) -> ApiKey:
    """A key that this caller may end: their own, or any for who manages keys. Any other is not found."""
    key = await repository.find_key(session, key_id)
    is_own = key is not None and (
        key.id == actor.key_id or (actor.employee_id is not None and key.employee_id == actor.employee_id)
    )
    if key is None or not (is_own or actor.may(Permission.KEYS_MANAGE)):
        raise NotFound(thing="API key")
    return key


async def revoke_key(session: AsyncSession, actor: Actor, key_id: UUID) -> None:
    """End a key at once. A person may end their own; an owner any."""
    key = await find_revocable_key(session, actor, key_id)
    if key.revoked_at is None:
        key.revoked_at = await db.now(session)
        session.add(key)
        audit.record(session, actor=actor.name, action="api_key.revoke", subject=key)
        await session.flush()


async def end_access_of(session: AsyncSession, employee_id: UUID, *, actor: str) -> None:
    """End keys, sessions, one-time links and roles of somebody who is not coming back.

    They may have been the last owner.
    """
    now = await db.now(session)
    for key in await repository.list_live_keys(session, employee_id=employee_id):
        key.revoked_at = now
        session.add(key)
        audit.record(session, actor=actor, action="api_key.revoke", subject=key, after={"reason": "person_left"})
    await identity_repository.end_sessions(session, employee_id=employee_id)
    await identity_repository.delete_identities_of(session, employee_id)
    for token in await repository.list_open_tokens(session, employee_id):
        token.expires_at = now
        session.add(token)
    for grant in await repository.list_grants_of(session, employee_id):
        audit.record(session, actor=actor, action="role.revoke", subject=grant, before={"role": grant.role.value})
        await session.delete(grant)
    await session.flush()


async def grant_role(session: AsyncSession, actor: Actor, body: RoleGrantCreate) -> RoleGrant:
    """Give a person a role; raise GrantExists. The caller has made sure that person and program exist."""
    actor.require(Permission.ROLES_MANAGE)
    actor.must_not_exceed(body.role, program_id=body.program_id)
    same = await repository.find_same_grant(
        session, employee_id=body.employee_id, role=body.role, program_id=body.program_id
    )
    if same is not None:
        raise GrantExists()
    grant = RoleGrant(organization_id=actor.tenant(), **body.model_dump())
    session.add(grant)
    audit.record(session, actor=actor.name, action="role.grant", subject=grant, after=body.model_dump(mode="json"))
    await session.flush()
    return grant


async def revoke_role(session: AsyncSession, actor: Actor, grant_id: UUID) -> None:
    """Take a role away; raise LastOwner rather than leave an organization without one."""
    actor.require(Permission.ROLES_MANAGE)
    grant = await repository.find_grant(session, grant_id)
    if grant is None:
        raise NotFound(thing="role grant")
    if grant.role is Role.OWNER and grant.program_id is None and len(await repository.list_owners(session)) == 1:
        raise LastOwner()
    audit.record(session, actor=actor.name, action="role.revoke", subject=grant, before={"role": grant.role.value})
    await session.delete(grant)
    await session.flush()


async def issue_token(session: AsyncSession, *, employee_id: UUID, purpose: TokenPurpose, settings: Settings) -> str:
    """A fresh one-time token for a person's mailbox; only its hash is stored."""
    token = crypto.random_text(_SECRET_LENGTH)
    session.add(
        OneTimeToken(
            organization_id=db.organization_of(session),
            token_hash=_hash_token(settings, token),
            purpose=purpose,
            employee_id=employee_id,
            expires_at=await db.now(session) + timedelta(days=TOKEN_DAYS),
        )
    )
    await session.flush()
    return token


async def find_token_organization(database: db.Database, settings: Settings, token: str) -> tuple[UUID, UUID]:
    """Organization and id of a one-time token; raise TokenRefused."""
    found = await hot.find_token(database, _hash_token(settings, token))
    if found is None:
        raise TokenRefused()
    return found


async def exchange_token(session: AsyncSession, token_id: UUID, *, settings: Settings) -> NewKey:
    """Use a one-time token up, and give its person a key of their own; raise TokenRefused.

    A person keeps two live keys at the most: the oldest is revoked.
    """
    token = await repository.take_token(session, token_id)
    if token is None:
        raise TokenRefused()
    now = await db.now(session)
    token.used_at = now
    session.add(token)
    live = await repository.list_live_keys(session, employee_id=token.employee_id)
    for old in live[:-1]:
        old.revoked_at = now
        session.add(old)
    key = await _issue(
        session, settings, name="Personal", employee_id=token.employee_id, scopes=["*"], days=PERSON_KEY_DAYS
    )
    audit.record(
        session, actor=f"person:{token.employee_id}", action="api_key.create", subject=key.row,
        after={"by": token.purpose.value},
    )  # fmt: skip
    await session.flush()
    return key


async def _issue(
    session: AsyncSession, settings: Settings, *, name: str, employee_id: UUID | None, scopes: list[str], days: int
) -> NewKey:
    key_id = crypto.random_text(_KEY_ID_LENGTH)
    body = f"{KEY_PREFIX}{key_id}_{crypto.random_text(_SECRET_LENGTH)}"
    secret = body + crypto.checksum(body)
    row = ApiKey(
        organization_id=db.organization_of(session),
        key_id=key_id,
        secret_hash=_hash_key(settings, secret),
        name=name,
        employee_id=employee_id,
        scopes=scopes,
        expires_at=await db.now(session) + timedelta(days=days),
    )
    session.add(row)
    await session.flush()
    return NewKey(row, secret)


def _public_part(presented: str) -> str | None:
    """The key id of something that looks like a key of ours, checksum included."""
    if not presented.startswith(KEY_PREFIX) or not presented.isascii():
        return None
    body, check = presented[:-_CHECKSUM_LENGTH], presented[-_CHECKSUM_LENGTH:]
    if crypto.checksum(body) != check:
        return None
    return body.removeprefix(KEY_PREFIX).partition("_")[0]


def _hash_key(settings: Settings, secret: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="api_key", value=secret)


def _hash_token(settings: Settings, token: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose="one_time_token", value=token)
