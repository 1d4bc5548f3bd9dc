"""When a person may be reminded of something: in their own hours, or by day where they have set none."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.employees.models import Employee
from services.core.organizations import repository as organization_rows
from services.core.shares.calendar import Hours

#: Of who has set neither windows nor quiet hours, in their zone.
_USUAL_WINDOW = {"days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "18:00"}


async def hours_of(session: AsyncSession, employee: Employee) -> Hours:
    """The hours of one person; ``judge`` says what stands against a moment."""
    preferences = await ambassadors.get_preferences(session, employee.id)
    zone = preferences.time_zone if preferences and preferences.time_zone else employee.time_zone
    if zone is None:
        zone = (await organization_rows.get_organization(session)).time_zone
    if preferences is None:
        return Hours.read(zone=zone, own_windows=[_USUAL_WINDOW])
    has_own = bool(preferences.windows) or preferences.quiet_from is not None
    return Hours.read(
        zone=zone,
        country=preferences.country or employee.country,
        subdivision=preferences.subdivision,
        observes_holidays=preferences.observes_holidays,
        working_days=preferences.working_days,
        quiet_from=preferences.quiet_from,
        quiet_to=preferences.quiet_to,
        own_windows=preferences.windows if has_own else [_USUAL_WINDOW],
    )
