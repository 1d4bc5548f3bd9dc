"""How long an ambassador waits for their offers, ranked over all that is open for them, in a large organization.

Requests are sent at their agreed times, whether those before are answered or not, so that a slow answer does not slow
the load down; what is counted is the time from the agreed moment. The load comes from this process, which shares the
machine with the API and the database.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx2
import orjson

from services.cli.processes import free_port
from services.core.kit.db import Database
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.organizations import service as organizations
from services.core.organizations.models import TokenPurpose
from tests.fixtures.processes import environment, running

P95_MARK_MS = 150.0
_PROCESSES = 2
_AT_ONCE = 16
#: A client that has to wait for a free connection waits on the clock of its request, too.
_MOST_CONNECTIONS = 64


@dataclass(frozen=True)
class Size:
    """How much there is, and how long it is asked for."""

    people: int
    items: int
    offers_per_person: int
    callers: int
    per_second: int
    seconds: float


FULL = Size(people=60_000, items=50_000, offers_per_person=16, callers=400, per_second=200, seconds=15)
QUICK = Size(people=3_000, items=2_500, offers_per_person=16, callers=60, per_second=100, seconds=5)

#: Half of the people have goals, a third of the items have been voted on.
_SEED = (
    "insert into organizations (id, name, default_language, time_zone, version) values ($1, 'Crowd', 'en', 'UTC', 1)",
    """insert into programs (organization_id, id, version, name, state, languages, default_language, networks,
                             disclosure)
       values ($1, $2, 1, 'Voices', 'loud', '["en"]', 'en', '["linkedin"]', '{}')""",
    """insert into topics (organization_id, id, version, slug, names)
       select $1, gen_random_uuid(), 1, 'topic-' || n, jsonb_build_object('en', 'Topic ' || n)
         from generate_series(0, 39) n""",
    """insert into employees (organization_id, id, version, source, source_id, work_email, first_name, last_name,
                              display_name, department, country, status)
       select $1, md5('e' || n)::uuid, 1, 'bench', n::text, 'p' || n || '@crowd.example', 'P', 'N', 'P N',
              'Department ' || n % 40, (array['IL', 'DE', 'US', 'FR'])[1 + n % 4], 'active'
         from generate_series(1, $3::int) n""",
    """insert into ambassadors (organization_id, id, version, program_id, employee_id, state, language)
       select $1, gen_random_uuid(), 1, $2, md5('e' || n)::uuid, 'active', 'en' from generate_series(1, $3::int) n""",
    """insert into interests (organization_id, id, version, employee_id, goals, audience)
       select $1, gen_random_uuid(), 1, md5('e' || n)::uuid,
              (select jsonb_agg(jsonb_build_object('topic', 'topic-' || (n + g * 7) % 40, 'kind', 'professional'))
                 from generate_series(1, 3) g), '["peers", "customers"]'
         from generate_series(1, $3::int, 2) n""",
    """insert into content_items (organization_id, id, version, program_id, title, destination_url, topics, audience,
                                  audience_tags, state, author_key_id, written_by, offered_at)
       select $1, md5('i' || n)::uuid, 1, $2, 'Item ' || n, 'https://crowd.example/' || n,
              jsonb_build_array('topic-' || n % 40, 'topic-' || n % 17), '{}',
              case n % 3 when 0 then '["peers"]' when 1 then '["investors"]' else '[]' end::jsonb,
              'offered', $2, '[]', advocacy_now()
         from generate_series(1, $4::int) n""",
    """insert into variants (organization_id, id, version, item_id, network, language, text, why_share, link_title)
       select $1, gen_random_uuid(), 1, md5('i' || n)::uuid, 'linkedin', 'en', repeat('What it says. ', 30),
              'Why to share it.', 'Its title' from generate_series(1, $4::int) n""",
    """insert into item_feedback (organization_id, id, item_id, taken_at, votes, reasons, offered, with_goals,
                                  unmatched)
       select $1, gen_random_uuid(), md5('i' || n)::uuid, advocacy_now(),
              (select jsonb_object_agg(g, jsonb_build_object('good', n % 30, 'ok', 5, 'weak', n % 23))
                 from (select 'all' as g union all select 'department:Department ' || d from generate_series(0, 39) d
                       union all select 'country:' || c from unnest(array['IL', 'DE', 'US', 'FR']) c) every),
              '{}', 30, 0, 0
         from generate_series(1, $4::int, 3) n""",
    """insert into offers (organization_id, id, version, program_id, item_id, employee_id, language, state, reasons,
                           created_at)
       select $1, gen_random_uuid(), 1, $2, md5('i' || 1 + (n * 31 + o * 104729) % $4::int)::uuid, md5('e' || n)::uuid,
              'en', case when o % 8 = 0 then 'dismissed' else 'offered' end, '["everybody"]',
              advocacy_now() - make_interval(hours => o * 9)
         from generate_series(1, $3::int) n cross join generate_series(1, $5::int) o on conflict do nothing""",
)


@dataclass(frozen=True)
class _Caller:
    employee_id: UUID
    key: str


async def measure_offers(
    say: Callable[..., None], note: Callable[[str], None], *, url: str, settings: Settings, folder: Path, size: Size
) -> None:
    """Print the figures with ``say``, over a fresh database at ``url``."""
    organization_id = new_id()
    note(f"writing {size.people} ambassadors and {size.items} items")
    began = time.monotonic()
    offers = await _seed(url, organization_id, size)
    say("offers_seeded", offers, "count", f"{time.monotonic() - began:.0f} seconds")
    callers = await _callers(url, settings, organization_id, size)
    env = environment(settings.model_copy(update={"database_url": url}))
    ports = [free_port() for _ in range(_PROCESSES)]
    with ExitStack() as processes:
        for port in ports:
            processes.enter_context(
                running("-m", "tests.bench.offers_server", str(port), env=env, log=folder / "offers.log")
            )
        load = Load(ports, callers, organization_id)
        await load.until_ready()
        await load.keep_going(load.offers, seconds=2)
        rates = {}
        for name, ask in (("offers", load.offers), ("offers_bare", load.bare)):
            times = await load.at_rate(ask, per_second=size.per_second, seconds=size.seconds)
            p50, p95 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.95))
            mark = f"mark <={P95_MARK_MS:g} {'ok' if p95 <= P95_MARK_MS else 'missed'}" if name == "offers" else ""
            say(f"{name}_p95_ms", f"{p95:.1f}", "milliseconds", f"at {size.per_second}/s", *([mark] if mark else []))
            say(f"{name}_p50_ms", f"{p50:.1f}", "milliseconds")
        for name, ask in (("offers", load.offers), ("offers_bare", load.bare)):
            rates[name] = await load.keep_going(ask, seconds=size.seconds / 2)
        say("offers_rps", round(rates["offers"]), "per_second", f"{rates['offers'] / rates['offers_bare']:.2f}")
        say("offers_bare_rps", round(rates["offers_bare"]), "per_second")
        load.close()


async def _seed(url: str, organization_id: UUID, size: Size) -> int:
    connection = await asyncpg.connect(url, timeout=30, command_timeout=600)
    values = (organization_id, new_id(), size.people, size.items, size.offers_per_person)
    try:
        async with connection.transaction():
            await connection.execute("select set_config('app.organization_id', $1, true)", str(organization_id))
            # What is written points where it should; looking each row up again would take minutes.
            await connection.execute("set local session_replication_role = replica")
            for statement in _SEED:
                used = [place for place in range(1, 6) if f"${place}" in statement]
                for new, old in enumerate(used, start=1):
                    statement = statement.replace(f"${old}", f"${new}")
                await connection.execute(statement, *(values[place - 1] for place in used))
        await connection.execute("vacuum analyze")
        return int(await connection.fetchval("select count(*) from offers"))
    finally:
        await connection.close()


async def _callers(url: str, settings: Settings, organization_id: UUID, size: Size) -> list[_Caller]:
    database = Database(url)
    await database.open()
    try:
        made = []
        async with database.hot(organization_id) as connection:
            rows = await connection.fetch(
                "select id from employees where organization_id = $1 order by id limit $2",
                organization_id,
                size.callers,
            )
        for row in rows:
            async with database.transaction(organization_id) as session:
                token = await organizations.issue_token(
                    session, employee_id=row["id"], purpose=TokenPurpose.SIGN_IN, settings=settings
                )
            _, token_id = await organizations.find_token_organization(database, settings, token)
            async with database.transaction(organization_id) as session:
                key = await organizations.exchange_token(session, token_id, settings=settings)
            made.append(_Caller(row["id"], key.secret))
        return made
    finally:
        await database.close()


class Load:
    """Requests of many people to several processes, over plain sockets: a full client would take the machine's time."""

    def __init__(self, ports: Sequence[int], callers: Sequence[_Caller], organization_id: UUID) -> None:
        self._ports = ports
        self._callers = callers
        self._organization_id = organization_id
        self._random = random.Random(60)
        self._idle: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {port: [] for port in ports}

    async def until_ready(self) -> None:
        """Wait until every process answers."""
        async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(retries=40), trust_env=False) as client:
            for port in self._ports:
                (await client.get(f"http://127.0.0.1:{port}/livez")).raise_for_status()

    async def offers(self) -> None:
        """What may I share?"""
        answer = await self._get("/v1/me/offers", key=self._random.choice(self._callers).key)
        assert len(orjson.loads(answer)["data"]) == 3, answer

    async def bare(self) -> None:
        """Three rows."""
        employee_id = self._random.choice(self._callers).employee_id
        answer = await self._get(f"/bare?organization={self._organization_id}&employee={employee_id}", key="none")
        assert len(orjson.loads(answer)) == 3, answer

    async def _get(self, path: str, *, key: str) -> bytes:
        port = self._random.choice(self._ports)
        idle = self._idle[port]
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
        idle.append((reader, writer))
        assert head.startswith(b"HTTP/1.1 200"), head + body
        return body

    def close(self) -> None:
        """Give every connection back."""
        for idle in self._idle.values():
            for _, writer in idle:
                writer.close()

    async def at_rate(self, ask: Callable[[], Awaitable[None]], *, per_second: int, seconds: float) -> list[float]:
        """The seconds from the agreed moment of each request to its answer, smallest first."""
        free = asyncio.Semaphore(_MOST_CONNECTIONS)
        began = time.monotonic()

        async def one(number: int) -> float:
            at = began + number / per_second
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            async with free:
                await ask()
            return time.monotonic() - at

        return sorted(await asyncio.gather(*(one(number) for number in range(int(per_second * seconds)))))

    async def keep_going(self, ask: Callable[[], Awaitable[None]], *, seconds: float) -> float:
        """Answers per second to callers who each ask again as soon as they are answered."""
        began = time.monotonic()

        async def one() -> int:
            answered = 0
            while time.monotonic() - began < seconds:
                await ask()
                answered += 1
            return answered

        answered = sum(await asyncio.gather(*(one() for _ in range(_AT_ONCE))))
        return answered / (time.monotonic() - began)
