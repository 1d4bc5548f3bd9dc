"""Connections kept alive: renewing access, reminding whoever alone can, telling of what broke, cutting what is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, RateLimited, ReauthRequired, VendorUnavailable
from connectors.sdk.ports import RevokesCredentials, port
from services.core.ambassadors import pauses
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections import mail_links, repository, rules, service, tokens
from services.core.connections.models import Connection, ConnectionState
from services.core.connections.texts import describe_problem
from services.core.connections.vendors import vendor_context
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT, language_of
from services.core.kit import crypto, db
from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.core.shares import repository as share_rows
from services.core.shares import service as shares
from services.core.shares.calendar import Hours
from services.core.shares.models import Publication, PublicationState
from services.scheduler.jobs.hours import hours_of
from services.scheduler.worker.tools import Tools

_log = get_logger("connection")

_MOST = 500
_RENEWALS_AT_ONCE = 8
_FIRST_ID = UUID(int=0)

_STEP = timedelta(minutes=15)

#: Posts that still want to go out.
_PLANNED = (PublicationState.SCHEDULED, PublicationState.WAITING, PublicationState.HELD)


async def renew(tools: Tools) -> None:
    """Renew what is due. What fails is put off by itself, and comes up again here."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_to_renew(connection, most=_MOST)
    gate = asyncio.Semaphore(_RENEWALS_AT_ONCE)

    async def one(organization_id: UUID, connection_id: UUID) -> None:
        async with gate:
            await tokens.renew(tools.database, tools.settings, organization_id, connection_id)

    results = await asyncio.gather(*(one(*ids) for ids in due), return_exceptions=True)
    for (_, connection_id), result in zip(due, results, strict=True):
        if isinstance(result, BaseException):
            # Its lease runs out, and the next round takes over; the others are not held up.
            _log.error("connection.renewal_failed", connection_id=str(connection_id), exc_info=result)


async def remind(tools: Tools) -> None:
    """Remind people 14, 7 and 1 days before only they can renew the access, each time once, in their own hours."""
    after_id = _FIRST_ID
    while True:
        async with tools.database.hot(None) as connection:
            page = await repository.find_to_remind(connection, after_id=after_id, most=_MOST)
        for organization_id, connection_id in page:
            try:
                async with tools.database.transaction(organization_id) as session:
                    await _remind(session, connection_id, tools=tools)
            # One person's trouble (a zone that is none, say) does not keep the others from being told.
            except Exception as error:
                _log.error("connection.reminder_failed", connection_id=str(connection_id), exc_info=error)
        if len(page) < _MOST:
            return
        after_id = page[-1][1]


async def _remind(session: AsyncSession, connection_id: UUID, *, tools: Tools) -> None:
    connection = await repository.get_connection(session, connection_id, lock=True)
    now = await db.now(session)
    ends_at = connection.grant_ends_at
    if connection.state not in repository.KEPT_ALIVE or ends_at is None:
        return
    days = rules.due_reminder(ends_at - now, reminded_days=connection.reminded_days)
    employee = await employees.find_employee(session, connection.employee_id)
    if days is None or employee is None or employee.status not in PRESENT:
        return
    is_last = days == min(rules.REMINDERS)
    is_away = await pauses.is_away(session, employee_id=employee.id, program_id=None)
    if not is_last and (connection.state is ConnectionState.PAUSED or is_away):
        return
    hours = await hours_of(session, employee)
    if hours.judge(now) and not (is_last and not _opens_before(hours, now, ends_at)):
        return
    connection.reminded_days = days
    session.add(connection)
    await communication.write(
        session,
        employee,
        MessageKind.CONNECTION_ENDING,
        settings=tools.settings,
        subject_id=uuid5(connection.id, f"{ends_at.isoformat()}|{days}"),
        values={
            "network": _title(connection.connector),
            "until": f"{hours.local(ends_at):%Y-%m-%d %H:%M}",
            "link": mail_links.reconnect_url(connection, now=now, settings=tools.settings),
            "planned": await _count_planned(session, connection, after=ends_at),
        },
    )


def _opens_before(hours: Hours, now: datetime, ends_at: datetime) -> bool:
    """Whether the person's hours come before the end. If not, a word at an odd time is better than none."""
    steps = int((ends_at - now) / _STEP)
    return any(not hours.judge(now + _STEP * step) for step in range(1, steps))


async def _count_planned(session: AsyncSession, connection: Connection, *, after: datetime | None = None) -> int:
    wanted = share_rows.publications(session).where(
        Publication.connection_id == connection.id, col(Publication.state).in_(_PLANNED)
    )
    if after is not None:
        wanted = wanted.where(Publication.scheduled_at > after)
    return (await session.exec(select(sa.func.count()).select_from(wanted.subquery()))).one()


async def end(tools: Tools) -> None:
    """Access that is over, and that nobody but its person can renew: from now on the posts wait for them."""
    async with tools.database.hot(None) as connection:
        rows = await repository.find_ended(connection, most=_MOST)
    for organization_id, connection_id in rows:
        try:
            async with tools.database.transaction(organization_id) as session:
                ended = await repository.get_connection(session, connection_id, lock=True)
                now = await db.now(session)
                ends = (ended.grant_ends_at, ended.token_expires_at)
                if all(at is not None and at <= now for at in ends):
                    await service.mark_needs_reconnect(session, ended, problem="access_ended")
        # One person's row does not keep the others waiting.
        except Exception as error:
            _log.error("connection.end_failed", connection_id=str(connection_id), exc_info=error)


_TOLD = {
    ConnectionState.NEEDS_RECONNECT: MessageKind.CONNECTION_NEEDS_RECONNECT,
    ConnectionState.PAUSED: MessageKind.CONNECTION_PAUSED,
}


async def tell(tools: Tools, organization_id: UUID, connection_id: UUID) -> None:
    """Tell the person of the incident that their connection is in: once, and not if it is over by now."""
    async with tools.database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id)
        kind = _TOLD.get(connection.state)
        employee = await employees.find_employee(session, connection.employee_id)
        if kind is None or connection.incident_id is None or employee is None or employee.status not in PRESENT:
            return
        await communication.write(
            session,
            employee,
            kind,
            settings=tools.settings,
            subject_id=connection.incident_id,
            values={
                "network": _title(connection.connector),
                "problem": describe_problem(connection.problem, language_of(employee)),
                "connection": connection.id,
                "link": mail_links.reconnect_url(connection, now=await db.now(session), settings=tools.settings),
                "planned": await _count_planned(session, connection),
            },
        )


async def withdraw(tools: Tools, organization_id: UUID, connection_id: UUID) -> None:
    """Ask the network to take its grant back, and destroy the token. Raises what makes another try worth while."""
    async with tools.database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id, lock=True)
        if connection.revoke_until is None:
            return
        if connection.revoke_until <= await db.now(session):
            await service.destroy_withdrawn(session, connection, at_network=False)
            return
        try:
            credentials = await service.open_credentials(session, connection, settings=tools.settings)
        except crypto.CannotOpen:
            # The person's key is gone, and so is what it opened.
            credentials = None
    is_taken_back = False
    if credentials is not None:
        try:
            connector = registry.get_connector(connection.connector)
            revokes = port(connector, Capability.REVOKE_CREDENTIALS, RevokesCredentials)
            async with (
                vendor_context(tools.settings, connection.connector, credentials=credentials, http=tools.http) as ctx,
                asyncio.timeout(tools.settings.publish_deadline_seconds),
            ):
                await revokes.revoke_credentials(ctx)
            is_taken_back = True
        except ReauthRequired:
            is_taken_back = True
        except (VendorUnavailable, RateLimited):
            raise
        except (ConnectorError, registry.ConnectorNotFound) as refused:
            _log.warning("connection.withdrawal_refused", connection_id=str(connection_id), exc_info=refused)
    async with tools.database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id, lock=True)
        await service.destroy_withdrawn(session, connection, at_network=is_taken_back)


async def cut(tools: Tools) -> None:
    """Cut the connections of people who have left, and destroy tokens that no network took back within the hour."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
        overdue = await repository.find_to_withdraw(connection, most=_MOST)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            if await service.cut_leavers(session):
                await shares.cancel_for_leavers(session)
    for organization_id, connection_id in overdue:
        await withdraw(tools, organization_id, connection_id)


def _title(connector: str) -> str:
    try:
        return registry.get_connector(connector).manifest.title
    except registry.ConnectorNotFound:
        return connector
