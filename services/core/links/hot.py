"""Following a link: the click is stored before the answer leaves, so in plain statements."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg

from services.core.kit.db import Database
from services.core.kit.ids import new_id
from services.core.links import rules


@dataclass(frozen=True)
class Visit:
    """Somebody who follows a link, as their request describes them. The address is hashed, never stored."""

    address: str
    agent: str
    #: Asked with HEAD, or said to be a prefetch: nobody reads the page.
    is_fetch: bool = False


@dataclass(frozen=True)
class Visitor:
    """Somebody, as one day's salt tells them apart from others."""

    hash: bytes
    day_on: date


# One round trip: find the link, say whose rows the rest of the transaction sees, and bring time and salt along. The
# salt is not kept in the process: asking costs nothing here, and what is destroyed is then gone everywhere.
_FIND = """
select l.organization_id, l.id, t.now, s.salt,
       set_config('app.organization_id', l.organization_id::text, true) as entered
  from find_tracked_link($1) l
  cross join (select advocacy_now() as now) t
  left join daily_salts s on s.day_on = (t.now at time zone 'UTC')::date
"""

_LINK = """
select l.destination_url, l.published_at, l.owner_visitor_hash, l.owner_visitor_on,
       (select s.passes_click_id from link_settings s where s.organization_id = l.organization_id) as passes_click_id
  from tracked_links l where l.organization_id = $1 and l.id = $2
"""

_CLICK = """
insert into clicks (organization_id, clicked_at, id, link_id, kind, device_class, visitor_hash, previewer)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""

_TODAY = "(advocacy_now() at time zone 'UTC')::date"


async def follow(database: Database, code: str, visit: Visit, *, quiet: timedelta) -> str | None:
    """Store a click, durably, and answer where the link leads; None for an unknown code.

    With the click's id along, where the organization wants that: by it a conversion can name the click later.
    """
    # Any other character cannot be in a code, and a null would make PostgreSQL refuse the statement.
    if not (code.isascii() and code.isalnum()):
        return None
    for _ in range(2):
        async with database.hot(None) as connection:
            found = await connection.fetchrow(_FIND, code)
            if found is None:
                return None
            if found["salt"] is not None:
                return await _record(connection, found, code, visit, quiet=quiet)
        # The day's first click of all. The salt is committed by itself, so that every process uses the same one.
        await _ensure_salt(database)
    raise RuntimeError("the day's salt was neither found nor made")


async def _record(
    connection: asyncpg.Connection[asyncpg.Record], found: asyncpg.Record, code: str, visit: Visit, *, quiet: timedelta
) -> str:
    organization_id, link_id, now = found["organization_id"], found["id"], found["now"]
    link = await connection.fetchrow(_LINK, organization_id, link_id)
    if link is None:
        raise RuntimeError("a link that was just found is not there")
    visitor = rules.visitor_hash(found["salt"], address=visit.address, agent=visit.agent)
    kind = rules.click_kind(
        is_own=rules.is_owner(
            visitor, now.date(), owner_hash=link["owner_visitor_hash"], owner_on=link["owner_visitor_on"]
        ),
        looks_like_machine=visit.is_fetch or rules.is_machine(visit.agent[: rules.LONGEST_AGENT]),
        clicked_at=now,
        published_at=link["published_at"],
        quiet=quiet,
    )
    agent = visit.agent[: rules.LONGEST_AGENT]
    device, previewer = rules.device_class(agent), rules.previewer(agent)
    click_id = new_id()
    await connection.execute(_CLICK, organization_id, now, click_id, link_id, kind.value, device, visitor, previewer)
    destination: str = link["destination_url"]
    return rules.with_click(destination, code=code, click_id=click_id) if link["passes_click_id"] else destination


async def identify(database: Database, visit: Visit) -> Visitor:
    """Who is asking, as a click of theirs would be hashed today: what an owner's own clicks are recognised by."""
    await _ensure_salt(database)
    async with database.hot(None) as connection:
        row = await connection.fetchrow(f"select day_on, salt from daily_salts where day_on = {_TODAY}")  # noqa: S608
    if row is None:
        raise RuntimeError("the day's salt was neither found nor made")
    return Visitor(rules.visitor_hash(row["salt"], address=visit.address, agent=visit.agent), row["day_on"])


async def purge_salts(connection: asyncpg.Connection[asyncpg.Record]) -> int:
    """Destroy the salts of days that are over: their hashes can then be made by nobody. Answer how many."""
    done: str = await connection.execute(f"delete from daily_salts where day_on < {_TODAY}")  # noqa: S608
    return int(done.split()[-1])


async def _ensure_salt(database: Database) -> None:
    async with database.hot(None) as connection:
        await connection.execute(
            f"insert into daily_salts (day_on, salt) values ({_TODAY}, $1) on conflict do nothing",  # noqa: S608
            secrets.token_bytes(32),
        )
