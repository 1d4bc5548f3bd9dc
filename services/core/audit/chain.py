"""The chain over the audit's entries: each link is a keyed hash of the one before, its position and its entry.

Entries are written in the transaction of the deed and chained a moment later by one job, so that deeds do not queue
behind each other. The key is one per organization, wrapped by the master key: nobody makes a link with the database
alone. It stays what it is when the master key is changed, so that old links can be checked as long as they are kept.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import repository
from services.core.audit.heads import ExportedHead
from services.core.audit.models import AuditHead, AuditLink
from services.core.kit import crypto, db
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id

#: How long entries are kept; the database lets none go that is younger.
KEPT = timedelta(days=400)

_MOST = 1000
_START = bytes(32)


class Flaw(StrEnum):
    """What is wrong with a chain."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_DELETED = "entry_deleted"
    LINK_MISSING = "link_missing"
    CUT_AT_THE_END = "cut_at_the_end"
    CUT_AT_THE_START = "cut_at_the_start"
    HEAD_CHANGED = "head_changed"
    NOT_AS_EXPORTED = "not_as_exported"
    OUTSIDE = "outside_the_chain"


@dataclass(frozen=True)
class Verdict:
    """What going through a chain has found: nothing wrong, or the first thing that is."""

    #: The last position that was looked at, or the one that is wrong.
    position: int
    #: Entries that are not chained yet.
    waiting: int = 0
    flaw: Flaw | None = None
    entry_id: UUID | None = None


async def advance(session: AsyncSession, *, master: crypto.Sealer) -> int:
    """Chain what waits, a bounded number at a time; answer how many."""
    head = await _locked_head(session, master=master)
    waiting = await repository.list_waiting(session, most=_MOST)
    if not waiting:
        return 0
    key, mac, links = _open_key(head, master), head.mac, []
    for position, (entry_id, canonical) in enumerate(waiting, head.position + 1):
        mac = _link(key, mac, position, canonical)
        links.append(AuditLink(organization_id=head.organization_id, id=entry_id, position=position, mac=mac))
    await repository.add_links(session, links)
    head.position, head.mac, head.chained_at = links[-1].position, mac, await db.now(session)
    session.add(head)
    await session.flush()
    return len(links)


async def verify(session: AsyncSession, *, master: crypto.Sealer, exported: list[ExportedHead]) -> Verdict:
    """Go through the whole chain and answer the first row that is wrong. Writing goes on meanwhile.

    The session must be a fresh one: it is given one unchanging view of the database. ``exported`` is what was written
    down elsewhere; without it nobody can tell a chain that was cut at its end. Raises CannotOpen without the key.
    """
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    waiting = await repository.count_waiting(session)
    head = await repository.find_head(session)
    last_exported = max((one.position for one in exported), default=0)
    if head is None:
        outside = await repository.find_outside(session)
        if last_exported or outside is not None:
            return Verdict(0, waiting, Flaw.CUT_AT_THE_END if last_exported else Flaw.OUTSIDE, outside)
        return Verdict(0, waiting)
    key = _open_key(head, master)
    known = {one.position: one.mac for one in exported}
    found = await _walk(session, head, key=key, known=known)
    if found.flaw is None:
        found = await _judge_end(session, head, found.position, last_exported=last_exported)
    return Verdict(found.position, waiting, found.flaw, found.entry_id)


async def _walk(session: AsyncSession, head: AuditHead, *, key: bytes, known: dict[int, bytes]) -> Verdict:
    position, mac = head.checkpoint_position, head.checkpoint_mac or _START
    if position and not crypto.same(_seal(key, position, mac), head.checkpoint_seal or b""):
        return Verdict(position, flaw=Flaw.CUT_AT_THE_START)
    while rows := await repository.list_chained(session, after=position, most=_MOST):
        for row in rows:
            position += 1
            if row.position != position:
                return Verdict(position, flaw=Flaw.LINK_MISSING)
            if row.canonical is None:
                return Verdict(position, flaw=Flaw.ENTRY_DELETED, entry_id=row.entry_id)
            mac = _link(key, mac, position, row.canonical)
            if not crypto.same(mac, row.mac):
                return Verdict(position, flaw=Flaw.ENTRY_CHANGED, entry_id=row.entry_id)
            if position in known and not crypto.same(mac, known[position]):
                return Verdict(position, flaw=Flaw.NOT_AS_EXPORTED, entry_id=row.entry_id)
    if position == head.position and not crypto.same(mac, head.mac):
        return Verdict(position, flaw=Flaw.HEAD_CHANGED)
    return Verdict(position)


async def _judge_end(session: AsyncSession, head: AuditHead, position: int, *, last_exported: int) -> Verdict:
    if position < max(head.position, last_exported):
        return Verdict(position + 1, flaw=Flaw.CUT_AT_THE_END)
    if position > head.position:
        return Verdict(head.position, flaw=Flaw.HEAD_CHANGED)
    outside = await repository.find_outside(session)
    return Verdict(position, flaw=Flaw.OUTSIDE if outside else None, entry_id=outside)


async def note_verdict(session: AsyncSession, verdict: Verdict) -> None:
    """Keep what going through the chain has found, for who asks the API."""
    head = await repository.find_head(session, lock=True)
    if head is not None:
        head.verified_at, head.problem = await db.now(session), verdict.flaw.value if verdict.flaw else None
        session.add(head)
        await session.flush()


async def note_export(session: AsyncSession) -> ExportedHead | None:
    """The head as it is to be written down elsewhere; None where there is no chain yet."""
    head = await repository.find_head(session, lock=True)
    if head is None or not head.position:
        return None
    head.exported_position, head.exported_at = head.position, await db.now(session)
    session.add(head)
    await session.flush()
    return ExportedHead(head.position, head.mac, head.exported_at)


async def forget_old(session: AsyncSession, *, master: crypto.Sealer) -> int:
    """Let go what was kept its time; the chain begins at a sealed checkpoint then. Answers the first position kept."""
    head = await _locked_head(session, master=master)
    last = await repository.find_last_old(session, older_than=KEPT)
    if last is not None:
        position, mac = last
        head.checkpoint_position, head.checkpoint_mac = position, mac
        head.checkpoint_seal = _seal(_open_key(head, master), position, mac)
        session.add(head)
        await session.flush()
        await repository.purge(session, up_to=position)
    return head.checkpoint_position + 1


async def wrap_anew(session: AsyncSession, *, master: crypto.Sealer) -> bool:
    """Bring the chain's key under the master key in use; answer whether it was under another. Raises CannotOpen."""
    head = await repository.find_head(session, lock=True)
    if head is None or head.wrapped_key.startswith(master.prefix):
        return False
    head.wrapped_key = master.seal_anew(head.wrapped_key, place=_place(head.organization_id, head.id))
    session.add(head)
    await session.flush()
    return True


async def _locked_head(session: AsyncSession, *, master: crypto.Sealer) -> AuditHead:
    head = await repository.find_head(session, lock=True)
    if head is None:
        organization_id, head_id = organization_of(session), new_id()
        wrapped = master.seal(crypto.new_data_key(), place=_place(organization_id, head_id))
        fresh = AuditHead(organization_id=organization_id, id=head_id, position=0, mac=_START, wrapped_key=wrapped)
        await repository.add_head(session, fresh)
        head = await repository.find_head(session, lock=True)
    if head is None:
        raise RuntimeError("a chain was neither found nor begun")
    return head


def _place(organization_id: UUID, head_id: UUID) -> crypto.Place:
    return crypto.Place(organization_id, head_id, "audit_heads.wrapped_key")


def _open_key(head: AuditHead, master: crypto.Sealer) -> bytes:
    return master.open(head.wrapped_key, place=_place(head.organization_id, head.id))


def _link(key: bytes, before: bytes, position: int, canonical: bytes) -> bytes:
    return hmac.new(key, b"link" + before + position.to_bytes(8, "big") + canonical, hashlib.sha256).digest()


def _seal(key: bytes, position: int, mac: bytes) -> bytes:
    return hmac.new(key, b"checkpoint" + position.to_bytes(8, "big") + mac, hashlib.sha256).digest()
