"""Who a key belongs to: asked on every request, so in plain statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from services.core.kit.db import Database
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Grant


@dataclass(frozen=True)
class FoundKey:
    """A key as stored, before its secret is compared."""

    organization_id: UUID
    id: UUID
    secret_hash: bytes


async def find_key(database: Database, key_id: str) -> FoundKey | None:
    """The key with this public id, in whatever organization."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id, secret_hash from find_api_key($1)", key_id)
    return FoundKey(row["organization_id"], row["id"], row["secret_hash"]) if row else None


async def find_token(database: Database, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """Organization and id of the one-time token with this hash."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id from find_one_time_token($1)", token_hash)
    return (row["organization_id"], row["id"]) if row else None


async def list_organization_ids(connection: asyncpg.Connection[asyncpg.Record]) -> list[UUID]:
    """Every organization of the installation, for work that goes round all of them."""
    return [row[0] for row in await connection.fetch("select list_organization_ids()")]


_CALLER = """
select k.employee_id, k.scopes,
       k.revoked_at is null and k.expires_at > advocacy_now()
         and coalesce(e.status in ('pending', 'active', 'on_leave'), true) as is_live,
       k.last_used_at,
       (select coalesce(json_agg(json_build_array(g.role, g.program_id)), '[]')
          from role_grants g
         where g.organization_id = k.organization_id
           and (g.api_key_id = k.id or g.employee_id = k.employee_id)) as grants
  from api_keys k
  left join employees e on e.organization_id = k.organization_id and e.id = k.employee_id
 where k.organization_id = $1 and k.id = $2
"""

_TOUCH = """
update api_keys set last_used_at = advocacy_now()
 where organization_id = $1 and id = $2
   and (last_used_at is null or last_used_at < advocacy_now() - interval '1 hour')
"""


async def load_actor(database: Database, found: FoundKey) -> Actor | None:
    """The caller behind a key whose secret was right; None if it is revoked, expired, or its person has left."""
    async with database.hot(found.organization_id) as connection:
        row = await connection.fetchrow(_CALLER, found.organization_id, found.id)
        if row is None or not row["is_live"]:
            return None
        last_used_at: datetime | None = row["last_used_at"]
        if last_used_at is None or (datetime.now(last_used_at.tzinfo) - last_used_at).total_seconds() > 3600:
            await connection.execute(_TOUCH, found.organization_id, found.id)
    return Actor(
        organization_id=found.organization_id,
        key_id=found.id,
        employee_id=row["employee_id"],
        grants=_read_grants(row["grants"]),
        scopes=frozenset(orjson.loads(row["scopes"])),
    )


async def find_sign_in(database: Database, state_hash: bytes) -> tuple[UUID, UUID] | None:
    """Organization and id of the sign-in with this state."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id from find_sign_in($1)", state_hash)
    return (row["organization_id"], row["id"]) if row else None


async def find_browser_session(database: Database, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """Organization and id of the browser's session with this hash."""
    async with database.hot(None) as connection:
        row = await connection.fetchrow("select organization_id, id from find_browser_session($1)", token_hash)
    return (row["organization_id"], row["id"]) if row else None


async def find_providers(database: Database, issuer: str) -> list[tuple[UUID, UUID, str]]:
    """Organization, id and audience of each provider with this issuer whose tokens are taken."""
    async with database.hot(None) as connection:
        rows = await connection.fetch("select organization_id, id, audience from find_identity_providers($1)", issuer)
    return [(row["organization_id"], row["id"], row["audience"]) for row in rows]


async def now(database: Database) -> datetime:
    """The product's time, for a request that has no session yet."""
    async with database.hot(None) as connection:
        moment: datetime = await connection.fetchval("select advocacy_now()")
    return moment


_GRANTS = """
       (select coalesce(json_agg(json_build_array(g.role, g.program_id)), '[]')
          from role_grants g
         where g.organization_id = e.organization_id and g.employee_id = e.id) as grants
"""

_SESSION = f"""
select s.employee_id, s.expires_at,
       s.expires_at > advocacy_now() and s.last_seen_at > advocacy_now() - $3::interval as is_fresh,
       e.status in ('pending', 'active', 'on_leave') as is_present,
       s.last_seen_at < advocacy_now() - interval '1 minute' as is_news,
       {_GRANTS}
  from browser_sessions s
  join employees e on e.organization_id = s.organization_id and e.id = s.employee_id
 where s.organization_id = $1 and s.id = $2
"""  # noqa: S608  # made of constants

_SEEN = "update browser_sessions set last_seen_at = advocacy_now() where organization_id = $1 and id = $2"
_ENDED = "delete from browser_sessions where organization_id = $1 and id = $2"


async def load_session(
    database: Database, organization_id: UUID, session_id: UUID, *, idle: timedelta
) -> tuple[Actor, UUID, datetime] | None:
    """The person of a session that is open, and until when; one that ran out, or whose person is out, ends here."""
    async with database.hot(organization_id) as connection:
        row = await connection.fetchrow(_SESSION, organization_id, session_id, idle)
        if row is None:
            return None
        if not (row["is_fresh"] and row["is_present"]):
            await connection.execute(_ENDED, organization_id, session_id)
            return None
        if row["is_news"]:
            await connection.execute(_SEEN, organization_id, session_id)
    actor = Actor(
        organization_id=organization_id,
        key_id=session_id,
        employee_id=row["employee_id"],
        grants=_read_grants(row["grants"]),
    )
    return actor, session_id, row["expires_at"]


_ACCOUNT = f"""
select i.id, i.employee_id, {_GRANTS}
  from identities i
  join employees e on e.organization_id = i.organization_id and e.id = i.employee_id
 where i.organization_id = $1 and i.provider_id = $2 and i.subject_hash = $3
   and e.status in ('pending', 'active', 'on_leave')
"""  # noqa: S608  # made of constants


async def load_account(
    database: Database, organization_id: UUID, provider_id: UUID, subject_hash: bytes
) -> Actor | None:
    """The person whose account at a provider this is, if they are there."""
    async with database.hot(organization_id) as connection:
        row = await connection.fetchrow(_ACCOUNT, organization_id, provider_id, subject_hash)
    if row is None:
        return None
    return Actor(
        organization_id=organization_id,
        key_id=row["id"],
        employee_id=row["employee_id"],
        grants=_read_grants(row["grants"]),
    )


def _read_grants(told: str) -> frozenset[Grant]:
    return frozenset(
        Grant(Role(role), UUID(program_id) if program_id else None) for role, program_id in orjson.loads(told)
    )
