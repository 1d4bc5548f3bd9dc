"""What people ask of what is known of them: a file with all of it, or that it goes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees.models import Employee
from services.core.employees.service import get_employee
from services.core.kit import db
from services.core.kit.crash import crash_point
from services.core.kit.db import Database
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.privacy import erasing, exporting, repository
from services.core.privacy.errors import HoldReleased, NothingToConfirm, RequestOpen, TooLateToCancel
from services.core.privacy.models import AT_WORK, LegalHold, PrivacyRequest, RequestKind, RequestState
from services.core.privacy.names import STATE_NAMES
from services.core.privacy.schemas import LegalHoldCreate

#: An export is there by then, an erasure too unless the law holds it; a preview waits so long for its confirmation.
EXPORT_WITHIN = timedelta(minutes=10)
ERASED_WITHIN = timedelta(hours=24)
CONFIRM_WITHIN = timedelta(hours=24)


async def ask(session: AsyncSession, actor: Actor, kind: RequestKind) -> PrivacyRequest:
    """Begin a request; an erasure shows first what it would do, and waits for its confirmation. Raises RequestOpen."""
    employee = await get_employee(session, actor.person())
    now = await db.now(session)
    there = await repository.find_open(session, employee_id=employee.id, kind=kind)
    if there is not None and not (there.state is RequestState.AWAITING_CONFIRMATION and there.due_at <= now):
        raise RequestOpen(request_id=there.id)
    if there is not None:
        there.state, there.finished_at = RequestState.CANCELLED, now
        session.add(there)
    is_export = kind is RequestKind.EXPORT
    request = PrivacyRequest(
        organization_id=actor.tenant(),
        employee_id=employee.id,
        kind=kind,
        state=RequestState.QUEUED if is_export else RequestState.AWAITING_CONFIRMATION,
        counts={} if is_export else await erasing.preview(session, employee),
        confirmed_at=now if is_export else None,
        due_at=now + (EXPORT_WITHIN if is_export else CONFIRM_WITHIN),
    )
    session.add(request)
    await session.flush()
    return request


async def confirm(session: AsyncSession, request: PrivacyRequest) -> PrivacyRequest:
    """The person has read what goes, and means it. Raises NothingToConfirm."""
    now = await db.now(session)
    if request.state is not RequestState.AWAITING_CONFIRMATION or request.due_at <= now:
        raise NothingToConfirm(state=STATE_NAMES[request.state])
    request.state, request.confirmed_at, request.due_at = RequestState.QUEUED, now, now + ERASED_WITHIN
    if await repository.is_held(session, request.employee_id):
        request.state = RequestState.HELD
    session.add(request)
    await session.flush()
    return request


async def cancel(session: AsyncSession, request: PrivacyRequest) -> PrivacyRequest:
    """Take a request back that has not begun; raise TooLateToCancel."""
    if request.state in (RequestState.CLOSING, RequestState.DONE):
        raise TooLateToCancel(state=STATE_NAMES[request.state])
    if request.state is not RequestState.CANCELLED:
        request.state, request.finished_at = RequestState.CANCELLED, await db.now(session)
        session.add(request)
        await session.flush()
    return request


def erasure_of_leaver(employee: Employee, *, now: datetime) -> PrivacyRequest:
    """An erasure that nobody asked for, of somebody who has left and whose time is over."""
    return PrivacyRequest(
        organization_id=employee.organization_id, employee_id=employee.id, kind=RequestKind.ERASURE,
        state=RequestState.QUEUED, confirmed_at=now, due_at=now + ERASED_WITHIN,
    )  # fmt: skip


async def work(database: Database, settings: Settings, organization_id: UUID, request_id: UUID) -> None:
    """Bring a request as far as it goes now. Each step is committed by itself and can be done again."""
    while await _step(database, settings, organization_id, request_id):
        crash_point("erasure.between_steps")
    await _export(database, settings, organization_id, request_id)


async def _step(database: Database, settings: Settings, organization_id: UUID, request_id: UUID) -> bool:
    """One step; answer whether there may be another one now."""
    async with database.transaction(organization_id) as session:
        request = await repository.get_locked(session, request_id)
        if request.kind is not RequestKind.ERASURE or request.state not in AT_WORK:
            return False
        if await repository.is_held(session, request.employee_id):
            # What has ended stays ended; nothing that is there is erased.
            request.state = RequestState.HELD
            session.add(request)
            return False
        if request.state is RequestState.HELD:
            # Its time begins anew: networks have not been asked as long as it was held.
            request.due_at = await db.now(session) + ERASED_WITHIN
        if request.state is not RequestState.CLOSING:
            await erasing.close(session, request, settings=settings)
            return True
        if await erasing.is_let_go(session, request):
            await erasing.empty(session, request, settings=settings)
        return False


async def _export(database: Database, settings: Settings, organization_id: UUID, request_id: UUID) -> None:
    """Read, pack, keep. Packing takes its time, so no transaction is open meanwhile and nobody else waits for it."""
    async with database.transaction(organization_id) as session:
        request = await repository.get_locked(session, request_id)
        if not _is_to_export(request):
            return
        gathered = await exporting.gather(session, request, settings=settings)
    kept = await asyncio.to_thread(exporting.seal, gathered, request_id)
    async with database.transaction(organization_id) as session:
        request = await repository.get_locked(session, request_id)
        if not _is_to_export(request):
            return
        session.add(kept)
        request.state, request.progress, request.finished_at = RequestState.DONE, 100, await db.now(session)
        session.add(request)
        await session.flush()


def _is_to_export(request: PrivacyRequest) -> bool:
    return request.kind is RequestKind.EXPORT and request.state is RequestState.QUEUED


async def place_hold(session: AsyncSession, actor: Actor, body: LegalHoldCreate) -> LegalHold:
    """Keep a person's records because the law wants it; it wins over every erasure. Raises NotFound."""
    actor.require(Permission.PRIVACY_MANAGE)
    # A step of an erasure that is being taken ends first; the next one sees this hold.
    await repository.find_open(session, employee_id=body.employee_id, kind=RequestKind.ERASURE, lock=True)
    employee = await get_employee(session, body.employee_id)
    hold = LegalHold(organization_id=actor.tenant(), employee_id=employee.id, reason=body.reason, placed_by=actor.name)
    session.add(hold)
    audit.record(session, actor=actor.name, action="legal_hold.place", subject=hold, after={"employee_id": employee.id})
    await session.flush()
    return hold


async def release_hold(session: AsyncSession, actor: Actor, hold: LegalHold) -> LegalHold:
    """The law wants it no more: an erasure that waited goes on. Raises HoldReleased."""
    actor.require(Permission.PRIVACY_MANAGE)
    if hold.released_at is not None:
        raise HoldReleased()
    hold.released_at, hold.released_by = await db.now(session), actor.name
    session.add(hold)
    audit.record(
        session, actor=actor.name, action="legal_hold.release", subject=hold, after={"employee_id": hold.employee_id}
    )
    await session.flush()
    return hold
