"""People who change their minds at the worst moment: what they do races with workers for the same rows.

Started by a nursery; everything goes through the product's own services, as it would from an API process. Each thing
done is one line of the log (``did cancel``).
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx2
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.models import NoticeKind, VendorNotice
from services.core.connections import notices, tokens
from services.core.kit import db
from services.core.kit.db import Database
from services.core.kit.errors import DomainError
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings, load_settings
from services.core.organizations.rules import Actor
from services.core.shares import editing, repository
from services.core.shares import service as shares
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs import settling
from services.scheduler.worker.tools import Tools

#: How often somebody does something, the seed of who and what, and the one thing that is done (all, if not set).
EVERY = "CHAOS_PEOPLE_EVERY_SECONDS"
SEED = "CHAOS_PEOPLE_SEED"
ONLY = "CHAOS_PEOPLE_ONLY"

# Around the moment at which a worker takes it: a little before, or already claimed or armed.
_CLOSE = """
select organization_id, id from publications
 where (state in ('scheduled', 'waiting') and due_at < advocacy_now() + interval '2 seconds')
    or state in ('claimed', 'sending')
 order by random() limit 1
"""
_REPLACEABLE = """
select organization_id, id from publications
 where connector = 'demo' and state in ('scheduled', 'waiting', 'cancelled') order by random() limit 1
"""
_OPEN = """
select organization_id, id from publications
 where connector = 'demo' and state in ('sending', 'unknown') order by random() limit 1
"""
# The token has come of age, and its person asks whether the connection works.
_OLD_TOKEN = """
update connections set renew_at = advocacy_now() where id = (
  select id from connections where connector = 'linkedin' and state = 'active' order by random() limit 1)
returning organization_id, id
"""
# The vendor has hinted that a look is worth while.
_HINTED = """
update publications set look_up_at = advocacy_now() where id = (
  select id from publications where connector = 'demo' and state = 'unknown' order by random() limit 1)
returning organization_id, id
"""
_NOTICE = "select organization_id, id from webhook_receipts order by random() limit 1"


def main() -> int:
    """Go on until killed."""
    asyncio.run(_live(load_settings(), random.Random(int(os.environ[SEED]))))
    return 0


async def _live(settings: Settings, chance: random.Random) -> None:
    every = float(os.environ[EVERY])
    while True:
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
                await People(settings, chance, http).go_on(every)
        except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError):
            # The database is being restarted.
            await asyncio.sleep(0.2)


Act = Callable[[Database, UUID, UUID], Awaitable[None]]


class People:
    """Everybody who can do something to a publication."""

    def __init__(self, settings: Settings, chance: random.Random, http: httpx2.AsyncClient) -> None:
        self._settings = settings
        self._chance = chance
        self._http = http

    async def go_on(self, every: float) -> None:
        """Do one thing after the other; raises what a database that restarts raises."""
        # What is done, to what, and how often beside the others.
        acts: dict[str, tuple[Act, str, float]] = {
            "cancel": (self._cancel, _CLOSE, 2),
            "edit": (self._edit, _CLOSE, 3),
            "move": (self._move, _CLOSE, 3),
            "agree": (self._agree_anew, _REPLACEABLE, 2),
            "hear": (self._hear, _OPEN, 1),
            "refresh": (self._renew, _OLD_TOKEN, 1),
            "look_up": (self._look_up, _HINTED, 0.2),
            "notice": (self._settle_notice, _NOTICE, 0.2),
        }
        names = [os.environ[ONLY]] if ONLY in os.environ else list(acts)
        database = Database(self._settings.database_url, pool_size=2)
        looking = await asyncpg.connect(self._settings.database_url)
        try:
            await database.open()
            while True:
                await asyncio.sleep(self._chance.expovariate(1 / every))
                name = self._chance.choices(names, [acts[one][2] for one in names])[0]
                act, find, _ = acts[name]
                row = await looking.fetchrow(find)
                if row is not None:
                    await self._do(name, act, database, row["organization_id"], row["id"])
        finally:
            looking.terminate()
            await database.close()

    async def _do(self, name: str, act: Act, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        try:
            await act(database, organization_id, subject_id)
        except (DomainError, httpx2.HTTPError) as no:
            # Too late, most of the time: the worker was first.
            os.write(1, f"tried {name}: {type(no).__name__}\n".encode())
        else:
            os.write(1, f"did {name}\n".encode())

    async def _cancel(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        async with database.transaction(organization_id) as session:
            publication = await repository.get_publication(session, subject_id, lock=True)
            await shares.cancel(session, await repository.get_share(session, publication.share_id))

    async def _edit(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        async with database.transaction(organization_id) as session:
            publication = await repository.get_publication(session, subject_id, lock=True)
            share = await repository.get_share(session, publication.share_id)
            looked = await shares.view(session, share, settings=self._settings)
            text = f"Again and better {self._chance.randrange(1 << 30)}: {looked.text}"[-400:]
            await self._change(session, publication, text, replace(looked, text=text).content_hash)

    async def _move(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        async with database.transaction(organization_id) as session:
            publication = await repository.get_publication(session, subject_id, lock=True)
            await self._change(session, publication, None, None)

    async def _change(
        self, session: AsyncSession, publication: Publication, text: str | None, content_hash: str | None
    ) -> None:
        now = await db.now(session)
        await editing.change(
            session,
            self._actor(publication),
            publication,
            text=text,
            content_hash=content_hash,
            local=(now + timedelta(seconds=self._chance.uniform(0, 3))).replace(tzinfo=None),
            zone="UTC",
            networks=registry.get_connector(publication.connector).manifest.networks,
            by_hand=False,
            allow_duplicate=True,
            keep_similar=True,
            settings=self._settings,
        )

    async def _agree_anew(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        """Somebody takes a post back, and shares the item in other words after all."""
        async with database.transaction(organization_id) as session:
            publication = await repository.get_publication(session, subject_id)
            if publication.state is not PublicationState.CANCELLED:
                await shares.cancel(session, await repository.get_share(session, publication.share_id))
        async with database.transaction(organization_id) as session:
            await self._agree(session, publication)

    async def _agree(self, session: AsyncSession, publication: Publication) -> None:
        old = await repository.get_share(session, publication.share_id)
        actor = self._actor(publication)
        text = f"After all {new_id()}"
        share = await shares.create(session, actor, offer_id=old.offer_id, text=text, settings=self._settings)
        looked = await shares.view(session, share, settings=self._settings)
        now = await db.now(session)
        await shares.approve(
            session,
            actor,
            share,
            content_hash=looked.content_hash,
            connection_id=publication.connection_id,
            by_hand=False,
            networks=registry.get_connector(publication.connector).manifest.networks,
            local=(now + timedelta(seconds=2)).replace(tzinfo=None),
            zone="UTC",
            allow_duplicate=True,
            keep_similar=True,
            settings=self._settings,
        )

    async def _hear(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        """The vendor says by itself what it has, if it has it."""
        url = self._settings.connectors["demo"]["api_url"]
        answer = await self._http.get(f"{url}/posts", params={"idempotency_key": str(subject_id)})
        if answer.status_code != 200:
            return
        notice = VendorNotice(
            event_id=str(new_id()),
            kind=NoticeKind.POST_CREATED,
            external_id=answer.json()["id"],
            idempotency_key=str(subject_id),
        )
        async with database.transaction(organization_id) as session:
            publication = await repository.get_publication(session, subject_id)
            await notices.keep(session, publication.connection_id, [notice])

    async def _renew(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        await tokens.renew(database, self._settings, organization_id, subject_id)

    async def _look_up(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        await settling.look_up_one(Tools(database, self._settings), organization_id, subject_id)

    async def _settle_notice(self, database: Database, organization_id: UUID, subject_id: UUID) -> None:
        await settling.settle_notice(Tools(database, self._settings), organization_id, subject_id)

    def _actor(self, publication: Publication) -> Actor:
        return Actor(organization_id=publication.organization_id, key_id=new_id(), employee_id=publication.employee_id)
