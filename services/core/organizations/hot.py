"""Who a key belongs to: asked on every request, so in plain statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
        grants=frozenset(
            Grant(Role(role), UUID(program_id) if program_id else None)
            for role, program_id in orjson.loads(row["grants"])
        ),
        scopes=frozenset(orjson.loads(row["scopes"])),
    )
