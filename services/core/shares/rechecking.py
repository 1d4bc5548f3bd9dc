"""Looking at planned posts anew when a rule or an embargo changes: hits are held, what is clean again is put back.

Rules lie above shares and do not know of them: whoever changes one asks for this in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import sealing
from services.core.events import service as events
from services.core.kit import crypto, db, jobs
from services.core.kit.crypto import CannotOpen
from services.core.kit.logging import get_logger
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.policies import service as policies
from services.core.policies.service import BindingRules, RuleHit
from services.core.shares import hot, service
from services.core.shares.models import Evidence, EvidenceKind, Publication, PublicationState
from services.core.shares.rules import Hold
from services.core.shares.stops import NOT_STOPPED
from services.core.training.hot import IS_CERTIFIED

_log = get_logger("rechecking")

#: Looks at the planned posts of an organization, a program or an item anew; may be repeated.
RECHECK_JOB = "queue.recheck"

#: Tells a person which rule stands against their post; may be repeated.
TELL_RULE_JOB = "publication.held_by_rule"

#: Holds that a change of rules can end.
_BY_RULES = (Hold.POLICY_RULE, Hold.EMBARGO)
#: Holds whose person is told which rule it is.
BY_RULES = (*_BY_RULES, Hold.POLICY_REVIEW)


@dataclass(frozen=True)
class Found:
    """What rules say about agreed bytes at the moment they would be out."""

    #: Without what an editor has read and let pass.
    hits: tuple[RuleHit, ...]
    has_rule_hit: bool
    is_embargoed: bool
    #: An editor reads it first, as its person has agreed; without that agreement the person decides.
    needs_review: bool

    @property
    def reason(self) -> Hold:
        """Why it is held."""
        if self.has_rule_hit:
            return Hold.POLICY_RULE
        return Hold.POLICY_REVIEW if self.needs_review and not self.is_embargoed else Hold.EMBARGO


def find_rules(
    versions: Sequence[BindingRules],
    document: dict[str, Any],
    *,
    network: str,
    at: datetime,
    reviewed: Collection[str] | None,
    settings: Settings,
) -> Found:
    """Ask the rules of ``at`` about a consent's document; ``reviewed`` are rules that an editor has read it for."""
    language = document.get("language")
    hits = service.rule_hits(
        versions,
        str(document["text"]),
        document.get("first_comment"),
        at=at,
        network=network,
        language=Language(language) if language else None,
        settings=settings,
    )
    if not hits:
        return NOTHING
    stops = policies.stops(hits)
    unread = policies.unread(versions, hits, reviewed)
    embargoes = [hit for hit in stops if hit.until is not None]
    agreed = bool(document.get("editor_reads_first"))
    return Found(
        (*stops, *unread),
        has_rule_hit=len(stops) > len(embargoes) or (bool(unread) and not agreed),
        is_embargoed=bool(embargoes),
        needs_review=bool(unread) and agreed,
    )


NOTHING = Found((), has_rule_hit=False, is_embargoed=False, needs_review=False)


async def ask(session: AsyncSession, *, subject_id: UUID) -> None:
    """Have the queue of an organization, a program or an item looked at anew, once this transaction is committed."""
    await jobs.enqueue(session, RECHECK_JOB, subject_id=subject_id)


@dataclass(frozen=True)
class HeldByRule:
    """A post that rules stand against: which, and whose it is."""

    publication_id: UUID
    employee_id: UUID
    program_id: UUID
    item_title: str
    network: str
    text: str
    hits: tuple[RuleHit, ...]
    #: The end of the item's own embargo, if that stands against it too.
    item_until: datetime | None
    reason: Hold

    @property
    def key(self) -> UUID:
        """The same for the same post and the same rules: a person is told once of these, and again of others."""
        rules = sorted(f"{hit.policy_version_id}{_pointer(hit)}" for hit in self.hits)
        return uuid5(self.publication_id, "|".join([*rules, str(self.item_until)]))


def _pointer(hit: RuleHit) -> str:
    return f"/rules/{hit.rule_index}/phrases/{hit.phrase_index}"


@dataclass(frozen=True)
class Batch:
    """What one step did, and where the next one starts; None when there is no more."""

    next_after: UUID | None
    looked: int
    held: tuple[HeldByRule, ...] = ()
    released: int = 0


# The primary key is the way through: what a step does not find any more, it need not look at.
_PLANNED = """
select p.id, p.program_id, p.employee_id, p.network, p.state, p.reason, p.scheduled_at, p.consent_id,
       p.reviewed_rules, advocacy_now() as now,
       c.sealed_content, k.id as key_id, k.wrapped as key_wrapped, i.title, i.embargo_until
  from publications p
  join consents c on c.organization_id = p.organization_id and c.id = p.consent_id
  join content_items i on i.organization_id = p.organization_id and i.id = p.item_id
  join data_keys k on k.organization_id = p.organization_id and k.employee_id = p.employee_id
 where p.organization_id = $1 and p.id > $2 and p.state in ('scheduled', 'waiting', 'held')
   and ($3::uuid in ($1, p.program_id, p.item_id, p.id))
 order by p.id
 limit $4
"""

_HOLD = """
update publications p
   set state = 'held', reason = w.reason, lease_until = null, version = version + 1, updated_at = advocacy_now()
  from unnest($2::uuid[], $3::text[]) as w(id, reason)
 where p.organization_id = $1 and p.id = w.id
   and (p.state in ('scheduled', 'waiting')
        or (p.state = 'held' and p.reason in ('policy_rule', 'embargo') and p.reason <> w.reason))
returning p.id, p.item_id
"""

# What a stop covers waits for its release; the rest goes at the time agreed on, and too late is said then.
_RELEASE = f"""
update publications p
   set state = case when {NOT_STOPPED} then 'scheduled' else 'held' end,
       reason = case when {NOT_STOPPED} then null else 'stopped' end,
       due_at = p.scheduled_at, version = version + 1, updated_at = advocacy_now()
 where p.organization_id = $1 and p.id = any($2::uuid[]) and p.state = 'held' and p.reason in ('policy_rule', 'embargo')
returning p.id, p.item_id, p.state
"""  # noqa: S608  # constants of ours


class Rechecker:
    """One run over the queue of an organization, a program or an item, or over one publication.

    Keeps the people's opened keys from step to step, and nothing else of them.
    """

    def __init__(self, *, subject_id: UUID, settings: Settings) -> None:
        self._subject_id = subject_id
        self._settings = settings
        self._master = crypto.Sealer(settings.master_keys)
        self._sealers: dict[UUID, crypto.Sealer] = {}

    async def look_at(self, session: AsyncSession) -> HeldByRule | None:
        """What stands against the one publication that this is made for, if it is held for it."""
        connection = await db.driver_connection(session)
        organization_id = db.organization_of(session)
        for row in await connection.fetch(_PLANNED, organization_id, UUID(int=0), self._subject_id, 1):
            if row["state"] == "held" and row["reason"] in BY_RULES:
                return self._look(organization_id, row, await policies.list_rules(session, row["program_id"]))
        return None

    async def step(self, session: AsyncSession, *, after: UUID, most: int) -> Batch:
        """Look at the next ``most`` planned posts after ``after``; what it holds is held when this commits."""
        connection = await db.driver_connection(session)
        organization_id = db.organization_of(session)
        rows = await connection.fetch(_PLANNED, organization_id, after, self._subject_id, most)
        versions = {
            program_id: await policies.list_rules(session, program_id)
            for program_id in {row["program_id"] for row in rows}
        }
        against = {}
        for row in rows:
            found = self._look(organization_id, row, versions[row["program_id"]])
            if found is not None:
                against[row["id"]] = found
        held = await self._hold(session, connection, against)
        clean = [
            row["id"]
            for row in rows
            if row["id"] not in against and row["state"] == "held" and row["reason"] in _BY_RULES
        ]
        released = await connection.fetch(_RELEASE, organization_id, clean) if clean else []
        for row in released:
            events.emit(session, f"publication.{row['state']}", publication_id=row["id"], item_id=row["item_id"])
        await session.flush()
        return Batch(rows[-1]["id"] if len(rows) == most else None, len(rows), held, len(released))

    def _look(self, organization_id: UUID, row: asyncpg.Record, versions: Sequence[BindingRules]) -> HeldByRule | None:
        try:
            document = self._open(organization_id, row)
        except CannotOpen:
            # Their key is gone, and with it the post: the check before sending says so.
            _log.warning("rechecking.not_opened", publication_id=str(row["id"]))
            return None
        # What is late goes out now at the earliest, by the rules of now.
        out_at = max(row["scheduled_at"], row["now"])
        found = find_rules(
            versions, document, network=row["network"], at=out_at, reviewed=hot.document_of(row["reviewed_rules"]),
            settings=self._settings,
        )  # fmt: skip
        until = row["embargo_until"]
        item_until = until if until is not None and until > out_at else None
        if not found.hits and item_until is None:
            return None
        return HeldByRule(
            row["id"], row["employee_id"], row["program_id"], row["title"], row["network"], str(document["text"]),
            found.hits, item_until, replace(found, is_embargoed=found.is_embargoed or item_until is not None).reason,
        )  # fmt: skip

    def _open(self, organization_id: UUID, row: asyncpg.Record) -> dict[str, Any]:
        sealer = self._sealers.get(row["employee_id"])
        if sealer is None:
            sealer = self._sealers[row["employee_id"]] = sealing.open_key(
                row["key_wrapped"], row_id=row["key_id"], organization_id=organization_id, master=self._master
            )
        return sealing.open_document(
            sealer, row["sealed_content"], place=service.consent_place(organization_id, row["consent_id"])
        )

    async def _hold(
        self, session: AsyncSession, connection: asyncpg.Connection[Any], against: dict[UUID, HeldByRule]
    ) -> tuple[HeldByRule, ...]:
        if not against:
            return ()
        organization_id = db.organization_of(session)
        reasons = [one.reason for one in against.values()]
        moved = await connection.fetch(_HOLD, organization_id, list(against), reasons)
        # A mail for each takes longer than holding them all, so it has a job of its own.
        await jobs.enqueue_each(connection, organization_id, TELL_RULE_JOB, [row["id"] for row in moved])
        for row in moved:
            one = against[row["id"]]
            events.emit(session, "publication.held", publication_id=row["id"], item_id=row["item_id"])
            session.add(
                Evidence(
                    organization_id=organization_id,
                    publication_id=one.publication_id,
                    kind=EvidenceKind.RULE_FOUND,
                    detail={
                        # Places in the version, not the words: these are the person's text too, which is sealed.
                        "rules": [
                            {
                                "policy_version_id": hit.policy_version_id,
                                "pointer": _pointer(hit),
                            }
                            for hit in one.hits
                        ],
                        "item_embargo_until": one.item_until.isoformat() if one.item_until else None,
                    },
                )
            )
        return tuple(against[row["id"]] for row in moved)


@dataclass(frozen=True)
class HeldForTraining:
    """A post that waits until its person has completed what the program asks for."""

    publication_id: UUID
    item_id: UUID
    employee_id: UUID


_HOLD_UNCERTIFIED = f"""
with t as materialized (select advocacy_now() as now)
update publications p
   set state = 'held', reason = '{Hold.TRAINING}', lease_until = null, version = version + 1, updated_at = t.now
  from t
 where p.organization_id = $1 and p.program_id = $2 and p.state in ('scheduled', 'waiting')
   and ($3::uuid is null or p.employee_id = $3)
   and not ({IS_CERTIFIED})
returning p.id, p.item_id, p.employee_id
"""  # noqa: S608  # constants of ours


async def hold_uncertified(
    session: AsyncSession, *, program_id: UUID, employee_id: UUID | None = None
) -> list[HeldForTraining]:
    """Hold the planned posts of a program (of one person) whose person lacks a certificate that it asks for.

    What is held so is put back by ``publishing.recheck_held`` once the certificate is there.
    """
    connection = await db.driver_connection(session)
    await session.flush()
    rows = await connection.fetch(_HOLD_UNCERTIFIED, db.organization_of(session), program_id, employee_id)
    for row in rows:
        events.emit(session, "publication.held", publication_id=row["id"], item_id=row["item_id"])
    await session.flush()
    return [HeldForTraining(row["id"], row["item_id"], row["employee_id"]) for row in rows]


async def list_held_for_training(session: AsyncSession, *, employee_id: UUID) -> list[UUID]:
    """Planned posts of a person that wait for a certificate."""
    statement = select(Publication.id).where(
        Publication.organization_id == db.organization_of(session),
        Publication.employee_id == employee_id,
        Publication.state == PublicationState.HELD,
        Publication.reason == Hold.TRAINING,
    )
    return list((await session.exec(statement)).all())


async def count_held_by_rules(session: AsyncSession, program_id: UUID) -> tuple[int, int]:
    """How many posts of a program wait because of rules or embargoes, and of how many people."""
    statement = select(sa.func.count(), sa.func.count(sa.distinct(col(Publication.employee_id)))).where(
        Publication.organization_id == db.organization_of(session),
        Publication.program_id == program_id,
        Publication.state == PublicationState.HELD,
        col(Publication.reason).in_(_BY_RULES),
    )
    posts, people = (await session.exec(statement)).one()
    return posts, people
