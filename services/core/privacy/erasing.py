"""Forgetting a person: first every access ends, then networks and platforms let go, then what says who it was is gone.

The record itself stays, as that of nobody: what was published has an author, and numbers stay what they were. Each step
is one transaction and can be done again, so that a process that dies leaves nothing half done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.connections import service as connections
from services.core.connections.models import Connection
from services.core.connections.repository import RETURNABLE
from services.core.employees import lifecycle, sealing, tombstones
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import get_employee
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.crash import crash_point
from services.core.kit.db import organization_of
from services.core.kit.idempotency import IdempotencyKey
from services.core.kit.settings import Settings
from services.core.needs.models import Need, NeedMessage
from services.core.organizations.rules import Actor
from services.core.platforms.models import AudienceMember, MemberState
from services.core.privacy import registry, repository
from services.core.privacy.models import PrivacyRequest, RequestState
from services.core.proposals.models import Proposal
from services.core.recruitment.models import Application, Nomination
from services.core.scim import repository as scim
from services.core.shares import service as shares
from services.core.shares.models import Publication, PublicationState

#: How long before it is due the record goes in any case, whether networks and platforms have let go or not.
AT_THE_LATEST = timedelta(hours=1)
_SOURCE = "privacy_request"
_ON_THE_WAY = (PublicationState.CLAIMED, PublicationState.SENDING)
_AT_A_PLATFORM = (MemberState.ADDING, MemberState.ADDED, MemberState.REMOVING)
_DASH = "–"


async def preview(session: AsyncSession, employee: Employee) -> dict[str, Any]:
    """What an erasure would do, in rows by table: ``deleted``, and ``without_a_name`` of what stays for the numbers."""
    found: dict[str, dict[str, int]] = {"deleted": {}, "without_a_name": {}}
    for rule in registry.RULES:
        if rule.is_personal and (count := await repository.count_rows(session, rule, employee.id)):
            found["deleted" if rule.fate is registry.Fate.DELETE else "without_a_name"][rule.table] = count
    return found


async def close(session: AsyncSession, request: PrivacyRequest, *, settings: Settings) -> None:
    """End every access, cancel what is planned, and remember, without a name, who must not come back by a file."""
    employee = await get_employee(session, request.employee_id)
    actor = Actor(organization_of(session), employee_id=employee.id).name
    if employee.source != lifecycle.ERASED_SOURCE:
        user = await scim.find_user_of(session, employee.id)
        names = await scim.list_all_external_ids(session, user.id) if user is not None else []
        await tombstones.remember(session, [*names, employee.source_id, employee.employee_number], settings=settings)
    await shares.cancel_planned(session, employee_id=employee.id, reason="person_left")
    statement = select(Connection).where(
        Connection.organization_id == organization_of(session),
        Connection.employee_id == employee.id,
        col(Connection.state).in_(RETURNABLE),
    )
    for connection in (await session.exec(statement.with_for_update())).all():
        await connections.cut(session, connection, actor=actor, reason="erasure")
    await lifecycle.let_go(session, employee, source=_SOURCE, actor=actor)
    request.state, request.progress = RequestState.CLOSING, 30
    session.add(request)
    await session.flush()


async def is_let_go(session: AsyncSession, request: PrivacyRequest) -> bool:
    """Whether networks and platforms have let go of the person, or have had their time."""
    organization_id, employee_id = organization_of(session), request.employee_id
    waits = (
        select(Connection.id).where(
            Connection.organization_id == organization_id,
            Connection.employee_id == employee_id,
            col(Connection.revoke_until).is_not(None),
        ),
        select(Publication.id).where(
            Publication.organization_id == organization_id,
            Publication.employee_id == employee_id,
            col(Publication.state).in_(_ON_THE_WAY),
        ),
        select(AudienceMember.id).where(
            AudienceMember.organization_id == organization_id,
            AudienceMember.employee_id == employee_id,
            col(AudienceMember.state).in_(_AT_A_PLATFORM),
        ),
    )
    if await db.now(session) >= request.due_at - AT_THE_LATEST:
        return True
    for statement in waits:
        if (await session.exec(statement.limit(1))).first() is not None:
            return False
    return True


async def empty(session: AsyncSession, request: PrivacyRequest, *, settings: Settings) -> None:
    """Destroy the person's key and everything that says who they were."""
    employee = await get_employee(session, request.employee_id)
    await employees.lock_directory(session, shared=True)
    await repository.delete_directory_rows(session, employee.source_id)
    user = await scim.find_user_of(session, employee.id)
    if user is not None:
        await scim.forget_external_ids(session, user.id)
    await _forget_answers(session, employee)
    await _leave_nominations(session, employee)
    connection = await session.connection()
    organization_id = organization_of(session)
    done: dict[str, dict[str, int]] = {"deleted": {}, "without_a_name": {}}
    for rule in registry.RULES:
        if not rule.is_personal:
            continue
        wanted = registry.of_person(rule, organization_id=organization_id, employee_id=employee.id)
        if rule.fate is registry.Fate.DELETE:
            result = await connection.execute(sa.delete(rule.columns).where(wanted))
            _count(done["deleted"], rule, result.rowcount)
        elif rule.blank:
            result = await connection.execute(sa.update(rule.columns).where(wanted).values(_emptied(rule)))
            _count(done["without_a_name"], rule, result.rowcount)
    await connection.execute(sa.select(sa.func.erase_evidence(organization_id, employee.id)))
    request_id, employee_id = request.id, employee.id
    # What was read before is not what is there now.
    session.expire_all()
    await lifecycle.make_nobody(session, await get_employee(session, employee_id))
    await _seal_nothing(session, employee_id, settings=settings)
    crash_point("erasure.before_commit")
    request = await repository.get_locked(session, request_id)
    request.state, request.progress, request.counts = RequestState.DONE, 100, done
    request.finished_at = await db.now(session)
    session.add(request)
    events.emit(session, "employee.erased", employee_id=employee_id)
    await session.flush()


def _count(into: dict[str, int], rule: registry.Rule, rows: int) -> None:
    if rows:
        into[rule.table] = rows


def _emptied(rule: registry.Rule) -> dict[str, Any]:
    table = rule.columns
    values: dict[str, Any] = {}
    for name, value in rule.blank.items():
        if isinstance(value, str) and value.endswith("{id}"):
            prefix = sa.literal(value.removesuffix("{id}"), sa.Text())
            # What never was there is not invented.
            values[name] = sa.case((table.c[name].is_(None), None), else_=prefix + sa.cast(table.c.id, sa.Text()))
        else:
            values[name] = value
    return values


async def _forget_answers(session: AsyncSession, employee: Employee) -> None:
    """Answers that are kept for a request said again."""
    await session.exec(
        sa.delete(IdempotencyKey).where(
            col(IdempotencyKey.organization_id) == organization_of(session),
            col(IdempotencyKey.caller) == Actor(organization_of(session), employee_id=employee.id).name,
        )
    )


async def _leave_nominations(session: AsyncSession, employee: Employee) -> None:
    """What others applied with stays theirs, without the nomination that goes."""
    organization_id = organization_of(session)
    own = select(Nomination.id).where(
        Nomination.organization_id == organization_id,
        sa.or_(col(Nomination.nominee_id) == employee.id, col(Nomination.nominator_id) == employee.id),
    )
    await session.exec(
        sa.update(Application)
        .where(col(Application.organization_id) == organization_id, col(Application.nomination_id).in_(own))
        .values(nomination_id=None)
    )


async def _seal_nothing(session: AsyncSession, employee_id: UUID, *, settings: Settings) -> None:
    """What a desk still lists has words to open: a dash, under a new key that seals nothing else."""
    organization_id = organization_of(session)
    rows: list[tuple[Any, str, bytes]] = []
    for need in await _all(session, Need, Need.employee_id == employee_id):
        rows += [(need, "sealed_text", _DASH.encode()), (need, "sealed_outcome", _DASH.encode())]
        rows += [
            (message, "sealed_text", _DASH.encode())
            for message in await _all(session, NeedMessage, NeedMessage.need_id == need.id)
        ]
    for proposal in await _all(session, Proposal, Proposal.employee_id == employee_id):
        content = {"title": _DASH, "url": None, "text": _DASH, "why": _DASH}
        rows += [(proposal, "sealed_content", orjson.dumps(content)), (proposal, "sealed_answer", _DASH.encode())]
    for application in await _all(session, Application, Application.employee_id == employee_id):
        rows.append((application, "sealed_content", orjson.dumps({"words": None, "nomination": None, "answer": None})))
    if not rows:
        return
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    for row, name, plain in rows:
        if getattr(row, name) is not None:
            place = crypto.Place(organization_id, row.id, f"{row.__tablename__}.{name}")
            setattr(row, name, sealer.seal(plain, place=place))
            session.add(row)
    await session.flush()


async def _all(session: AsyncSession, model: Any, condition: Any) -> list[Any]:
    statement = select(model).where(model.organization_id == organization_of(session), condition)
    return list((await session.exec(statement)).all())
