"""What a person wants, over all programs: theirs alone to read and change. Flushes, never commits.

Left out of events and audit, which employer roles read.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository, rules
from services.core.ambassadors.models import Preferences
from services.core.ambassadors.schemas import EffectiveRead, PreferencesRead, PreferencesUpdate, PreferencesWrite
from services.core.employees import service as employees
from services.core.kit.errors import Invalid, PreconditionFailed
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor


async def read(session: AsyncSession, actor: Actor) -> Preferences:
    """The caller's preferences; who has not said any has the defaults, as version 0."""
    employee_id = actor.person()
    found = await repository.get_preferences(session, employee_id)
    return found or Preferences(organization_id=actor.tenant(), employee_id=employee_id, version=0)


async def view(session: AsyncSession, preferences: Preferences) -> PreferencesRead:
    """Preferences as their person sees them, with what counts where they have said nothing."""
    employee = await employees.get_employee(session, preferences.employee_id)
    organization = await organizations.get_organization(session)
    zone, source = rules.effective_zone(
        own=preferences.time_zone, directory=employee.time_zone, organization=organization.time_zone
    )
    effective = EffectiveRead(time_zone=zone, time_zone_from=source, country=preferences.country or employee.country)
    return PreferencesRead.model_validate({**_values(preferences), "effective": effective})


async def replace(session: AsyncSession, actor: Actor, preferences: Preferences, body: PreferencesWrite) -> Preferences:
    """Say all preferences anew; raise Invalid for what does not fit together."""
    return await _save(session, actor, preferences, body.model_dump(mode="json", by_alias=True))


async def update(session: AsyncSession, actor: Actor, preferences: Preferences, body: PreferencesUpdate) -> Preferences:
    """Merge patch; null takes a limit away. Raises Invalid for what does not fit together."""
    defaults = PreferencesWrite().model_dump(mode="json")
    changes = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    merged = {
        **_values(preferences), **{name: defaults[name] if value is None else value for name, value in changes.items()}
    }  # fmt: skip
    return await _save(session, actor, preferences, merged)


async def _save(session: AsyncSession, actor: Actor, preferences: Preferences, values: dict[str, Any]) -> Preferences:
    employee_id = actor.person()
    employee = await employees.get_employee(session, employee_id)
    problems = rules.problems_with_preferences(values, directory_country=employee.country)
    if problems:
        raise Invalid(problems=problems)
    if preferences.version == 0:
        # Two devices may both have read that there are none.
        if not await repository.add_preferences(session, employee_id, values):
            raise PreconditionFailed()
        return await _found(session, employee_id)
    for name, value in values.items():
        setattr(preferences, name, value)
    session.add(preferences)
    await session.flush()
    return preferences


async def _found(session: AsyncSession, employee_id: UUID) -> Preferences:
    found = await repository.get_preferences(session, employee_id)
    assert found is not None  # noqa: S101  # it was written a moment ago, in this transaction
    return found


def _values(preferences: Preferences) -> dict[str, Any]:
    return {name: getattr(preferences, name) for name in PreferencesWrite.model_fields}
