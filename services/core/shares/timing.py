"""When a person's post may go out: what the calendar needs, read from the tables; and times kept as zone rules change.

Functions here flush at most; nobody but the person ever sees what they find.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.models import Preferences
from services.core.ambassadors.rules import effective_zone
from services.core.content import repository as content
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events import service as events
from services.core.kit import db
from services.core.kit.zones import zone_release
from services.core.organizations import repository as organizations
from services.core.programs import repository as programs
from services.core.programs.models import Channel
from services.core.shares import repository, rules
from services.core.shares.calendar import (
    HORIZON,
    Calendar,
    Cap,
    Hours,
    Interval,
    Proposal,
    Reason,
    next_good_time,
)
from services.core.shares.models import Publication, PublicationState

#: How far from colleagues a proposal lies where no program has said how far.
USUAL_STAGGER = timedelta(minutes=10)
#: Whole ISO weeks at both ends of what a proposal may look at.
_MARGIN = timedelta(days=8)


@dataclass(frozen=True)
class TimeCheck:
    """What a wished time means, why it does not fit if it does not, and the next one that does."""

    #: None if no time was wished for.
    time: rules.WallTime | None
    reasons: tuple[Reason, ...]
    #: None if the wished time fits, or if no time does within four weeks.
    proposal: Proposal | None

    @property
    def is_good(self) -> bool:
        """Whether nothing stands against the wished time."""
        return not self.reasons


async def check_time(
    session: AsyncSession,
    *,
    employee: Employee,
    program_id: UUID,
    item_id: UUID,
    network: str,
    local: datetime | None,
    zone: str,
    exclude_publication_id: UUID | None = None,
) -> TimeCheck:
    """Judge a wall time for a person's post of an item, and propose the next one that fits, in the same zone.

    Without ``local`` there is nothing to judge, only a proposal from now on. ``exclude_publication_id`` is the post
    that is being moved: it does not count against itself. Raises NotFound for an item or program that is not there.
    """
    time = rules.resolve_wall_time(local, zone) if local is not None else None
    calendar = await read_calendar(
        session,
        employee=employee,
        program_id=program_id,
        item_id=item_id,
        network=network,
        around=time.at if time else None,
        exclude_publication_id=exclude_publication_id,
    )
    reasons = tuple(calendar.judge(time.at)) if time is not None else ()
    proposal = None
    if reasons or time is None:
        proposal = next_good_time(time.at if time else None, zone=zone, calendar=calendar)
    return TimeCheck(time, reasons, proposal)


async def take_turns(session: AsyncSession, *, employee_id: UUID, item_id: UUID, network: str) -> None:
    """Let others wait who plan a post of the same item, or of the same person, until this transaction ends.

    Caps, distances and shares of texts are read and then relied on; of two that read at once both would pass. Call it
    before ``check_time`` where a publication is planned or moved.
    """
    # Always in this order, so that two never wait for each other.
    for name in (f"{item_id}|{network}", str(employee_id)):
        await session.exec(
            sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),  # type: ignore[call-overload]  # SQL
            params={"name": f"publications|{name}"},
        )


async def read_calendar(
    session: AsyncSession,
    *,
    employee: Employee,
    program_id: UUID,
    item_id: UUID,
    network: str,
    around: datetime | None,
    exclude_publication_id: UUID | None = None,
) -> Calendar:
    """Everything that times of this person's post of this item are judged by, around an instant (None: now)."""
    now = await db.now(session)
    preferences = await ambassadors.get_preferences(session, employee.id)
    channel = await programs.find_channel(session, program_id=program_id, network=network)
    item = await content.get_item(session, item_id)
    around = max(around or now, now)
    first, last = around - _MARGIN, around + HORIZON + _MARGIN
    planned = (
        select(Publication.scheduled_at, Publication.employee_id, Publication.program_id, Publication.network)
        .where(
            Publication.organization_id == db.organization_of(session),
            col(Publication.state).not_in(repository.NOTHING_OUT),
            col(Publication.scheduled_at).between(first, last),
        )
        .where(*((col(Publication.id) != exclude_publication_id,) if exclude_publication_id is not None else ()))
    )
    own = list((await session.exec(planned.where(Publication.employee_id == employee.id))).all())
    others = await session.exec(
        planned.where(
            Publication.item_id == item_id, Publication.network == network, Publication.employee_id != employee.id
        )
    )
    pauses = await ambassadors.list_pauses(session, employee_id=employee.id, ends_after=now)
    return Calendar(
        hours=await _hours(session, employee, preferences, channel),
        now=now,
        pauses=tuple(
            Interval(pause.starts_at, pause.ends_at) for pause in pauses if pause.program_id in (None, program_id)
        ),
        is_on_leave=employee.status is EmploymentStatus.ON_LEAVE,
        own=Cap(
            preferences.max_per_day if preferences else None,
            preferences.max_per_week if preferences else None,
            tuple(at for at, *_ in own),
        ),
        program=Cap(
            channel.max_per_day if channel else None,
            channel.max_per_week if channel else None,
            tuple(at for at, _, its_program, its_network in own if (its_program, its_network) == (program_id, network)),
        ),
        colleagues=tuple(at for at, *_ in others.all()),
        stagger=timedelta(minutes=channel.stagger_minutes) if channel else timedelta(0),
        usual_stagger=timedelta(0) if channel else USUAL_STAGGER,
        not_before=item.embargo_until,
        not_after=item.expires_at,
    )


async def own_zone(session: AsyncSession, employee: Employee) -> str:
    """The zone in which a person's days and hours are."""
    return await zone_of(session, employee, await ambassadors.get_preferences(session, employee.id))


async def zone_of(session: AsyncSession, employee: Employee, preferences: Preferences | None = None) -> str:
    """The zone in which a person's days and hours are: what they say, else the directory, else the organization."""
    zone, _ = effective_zone(
        own=preferences.time_zone if preferences else None,
        directory=employee.time_zone,
        organization=(await organizations.get_organization(session)).time_zone,
    )
    return zone


async def recompute(session: AsyncSession, publication: Publication) -> bool:
    """Work out anew when a planned wall time is, under the zone rules of this process; True if that moved the instant.

    What was worked out with a newer release is left alone: a process of the version before must not turn it back.
    """
    release = zone_release()
    if publication.zone_data == release or (publication.zone_data or "") > release:
        return False
    at = rules.resolve_wall_time(datetime.fromisoformat(publication.scheduled_local), publication.time_zone).at
    has_moved = at != publication.scheduled_at
    if publication.due_at == publication.scheduled_at or publication.state is not PublicationState.WAITING:
        publication.due_at = at
    else:
        # It waits for something else; it never goes out ahead of the time that was agreed on.
        publication.due_at = max(publication.due_at, at)
    publication.scheduled_at = at
    publication.zone_data = release
    session.add(publication)
    if has_moved:
        events.emit(session, "publication.rezoned", publication_id=publication.id, item_id=publication.item_id)
    await session.flush()
    return has_moved


async def _hours(
    session: AsyncSession, employee: Employee, preferences: Preferences | None, channel: Channel | None
) -> Hours:
    zone = await zone_of(session, employee, preferences)
    windows = channel.windows if channel else ()
    if preferences is None:
        return Hours.read(zone=zone, country=employee.country, program_windows=windows)
    return Hours.read(
        zone=zone,
        country=preferences.country or employee.country,
        subdivision=preferences.subdivision,
        observes_holidays=preferences.observes_holidays,
        working_days=preferences.working_days,
        quiet_from=preferences.quiet_from,
        quiet_to=preferences.quiet_to,
        own_windows=preferences.windows,
        program_windows=windows,
    )
