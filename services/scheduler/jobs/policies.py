"""Policies and time: ambassadors are told of a version before it takes effect, and its moment is marked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.core.ambassadors import agreements
from services.core.communication import service as communication
from services.core.communication.texts import IN_FORCE, IN_FORCE_FROM, MessageKind
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.texts import Language
from services.core.policies import changes, repository, service
from services.core.policies.models import VersionState
from services.core.shares import rechecking
from services.scheduler.worker.tools import Tools

_log = get_logger("policies")

_MOST = 100
#: People of one transaction.
_PEOPLE = 100
_FIRST = UUID(int=0)
#: More lines than these are read at the version's own address.
_MOST_LINES = 15


async def look_at_due(tools: Tools) -> None:
    """Tell those whom a version that takes effect soon, or just did, will bind; mark versions whose moment has come.

    What binds is decided by the versions' dates: if this is late, only the telling is.
    """
    async with tools.database.hot(None) as connection:
        due = await repository.find_due(connection, most=_MOST)
    for organization_id, version_id in due:
        try:
            await look_at(tools, organization_id, version_id)
        # One that cannot be looked at does not keep the others waiting.
        except Exception as error:
            _log.error("policy.failed", policy_version_id=str(version_id), exc_info=error)


async def look_at(tools: Tools, organization_id: UUID, version_id: UUID) -> None:
    """Tell each member once, then wait for the version's moment, or mark it."""
    after: UUID | None = _FIRST
    told = 0
    while after is not None:
        after, more = await _tell(tools, organization_id, version_id, after)
        told += more
    async with tools.database.transaction(organization_id) as session:
        version = await repository.get_any_version(session, version_id)
        policy = await repository.get_policy(session, version.policy_id)
        if await service.arrive(session, version_id):
            # What waits past its time goes out by the rules of now.
            await rechecking.ask(session, subject_id=policy.program_id or organization_id)
    _log.info("policy.looked_at", policy_version_id=str(version_id), told=told)


async def _tell(tools: Tools, organization_id: UUID, version_id: UUID, after: UUID) -> tuple[UUID | None, int]:
    async with tools.database.transaction(organization_id) as session:
        version = await repository.get_any_version(session, version_id)
        if version.due_at is None or version.state in (VersionState.DRAFT, VersionState.SUPERSEDED):
            return None, 0
        policy = await repository.get_policy(session, version.policy_id)
        before = await repository.find_version_before(session, version)
        changed = service.compare(before, version)
        now = await db.now(session)
        members = await agreements.list_to_tell(session, policy, version, after=after, most=_PEOPLE)
        people = {one.id: one for one in await employees.list_by_ids(session, [one.employee_id for one in members])}
        path = f"/v1/policies/{policy.id}"
        told = 0
        for member in members:
            employee = people.get(member.employee_id)
            if employee is None or employee.status not in PRESENT:
                continue
            language = member.language
            lines = changes.in_words(changed, language, is_first=before is None)
            written = await communication.write(
                session, employee, MessageKind.POLICY_TO_READ, settings=tools.settings, language=language,
                subject_id=version.id,
                values={
                    "title": policy.title, "number": version.number,
                    "when": _when(version.effective_from, now, employee.time_zone, language),
                    "changes": "\n".join(f"- {line}" for line in lines[:_MOST_LINES]),
                    "path": f"{path}/versions/{version.id}", "agree": f"{path}/acknowledgements",
                },
            )  # fmt: skip
            told += written is not None
    return (members[-1].employee_id if len(members) == _PEOPLE else None), told


def _when(effective_from: datetime | None, now: datetime, zone: str | None, language: Language) -> str:
    if effective_from is None or effective_from <= now:
        return IN_FORCE.in_language(language)
    place = zone or "UTC"
    local = effective_from.astimezone(ZoneInfo(place))
    return IN_FORCE_FROM.in_language(language, when=local.strftime("%Y-%m-%d %H:%M"), zone=place)
