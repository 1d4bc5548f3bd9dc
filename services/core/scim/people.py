"""From what an identity system says of a person to the one employee record: who it is, what is taken over, what not.

The HR system's word goes before the identity system's, so a record that comes from elsewhere is only filled up;
``active: false`` wins over everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import lifecycle
from services.core.employees import repository as employees
from services.core.employees.csv_file import COUNTRY, EMAIL, LOCALE, clean, known_zones
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events import service as events
from services.core.scim import repository
from services.core.scim.attributes import ENTERPRISE, USERS
from services.core.scim.documents import Document
from services.core.scim.errors import NotUnique
from services.core.scim.filters import as_id
from services.core.scim.models import ScimUser

SOURCE = "scim"

#: Never empty in a record: what is not said leaves them as they are.
_NEVER_EMPTY = frozenset({"work_email", "first_name", "last_name", "display_name"})
#: How far up a chain of managers a loop is looked for.
_LONGEST_CHAIN = 50


def told(user_name: str, document: Document) -> dict[str, str | None]:
    """What a document says of the fields of an employee, in their form; None for what it does not say. Pure."""
    name: Mapping[str, Any] = document.get("name") or {}
    work: Mapping[str, Any] = document.get(ENTERPRISE) or {}
    address = _typed(document, "addresses", "work") or {}
    first, last = _text(name.get("givenName")), _text(name.get("familyName"))
    shown = _text(document.get("displayName")) or _text(name.get("formatted"))
    whole = " ".join(part for part in (first, last) if part)
    zone, language = _text(document.get("timezone")), document.get("preferredLanguage") or document.get("locale")
    country = (_text(address.get("country")) or "").upper()
    tag = (_text(language) or "").replace("_", "-")
    manager = work.get("manager") or {}
    return {
        "work_email": _work_email(user_name, document),
        "login": _text(user_name),
        "first_name": first or shown or _text(user_name),
        "last_name": last or "",
        "display_name": shown or whole or _text(user_name),
        "title": _text(document.get("title")),
        "employee_number": _text(work.get("employeeNumber")),
        "department": _text(work.get("department")),
        "division": _text(work.get("division")),
        "location": _text(address.get("locality")),
        "country": country if COUNTRY.fullmatch(country) else None,
        "locale": tag if LOCALE.fullmatch(tag) else None,
        "time_zone": zone if zone in known_zones() else None,
        "employment_type": _text(document.get("userType")),
        "manager_ref": _text(manager.get("value")),
    }


def _text(value: Any) -> str | None:
    return (clean(value) or None) if isinstance(value, str) else None


def _typed(document: Document, name: str, kind: str) -> Mapping[str, Any] | None:
    values = document.get(name) or []
    return next((one for one in values if str(one.get("type", "")).lower() == kind), None)


def _work_email(user_name: str, document: Document) -> str | None:
    """The address at work; a private one is never taken, unless it is called the primary one."""
    primary = next((one for one in document.get("emails") or [] if one.get("primary") is True), None)
    for value in ((_typed(document, "emails", "work") or {}).get("value"), (primary or {}).get("value"), user_name):
        text = _text(value)
        if text and EMAIL.fullmatch(text):
            return text
    return None


async def reconcile(session: AsyncSession, user: ScimUser, *, client: str, actor: str) -> Employee | None:
    """Bring the employee of a person up to date; None while nobody has said where they can be reached.

    Raises NotUnique if their address is another's whom an identity system has told of already.
    """
    await employees.lock_directory(session, shared=True)
    values: dict[str, Any] = dict(told(user.user_name, user.document))
    values["manager_ref"] = await _manager_ref(session, user, values["manager_ref"], client=client)
    employee = await employees.find_employee(session, user.employee_id) if user.employee_id else None
    if employee is None:
        if values["work_email"] is None:
            return None
        employee = await _match(session, values["work_email"])
        is_new = employee is None
        if employee is None:
            employee = Employee(
                organization_id=user.organization_id,
                source=SOURCE,
                source_id=str(user.id),
                status=EmploymentStatus.ACTIVE,
                **values,
            )
            session.add(employee)
            await session.flush()
            events.emit(session, "employee.created", employee_id=employee.id)
        user.employee_id = employee.id
        session.add(user)
        audit.record(
            session, actor=actor, action="employee.create" if is_new else "employee.link", subject=employee,
            after={"source": SOURCE, "scim_user_id": user.id},
        )  # fmt: skip
    await _update(session, employee, values, actor=actor)
    if user.is_active:
        await lifecycle.bring_back(session, employee, source=SOURCE, actor=actor)
    else:
        await lifecycle.suspend(session, employee, source=SOURCE, actor=actor)
    return employee


async def _match(session: AsyncSession, work_email: str) -> Employee | None:
    """The record of another source that has this address. One that was told of already is somebody else."""
    found = await employees.find_employed_at(session, work_email)
    if found is not None and await repository.find_user_of(session, found.id) is not None:
        raise NotUnique(attribute="emails")
    return found


async def _update(session: AsyncSession, employee: Employee, values: Mapping[str, str | None], *, actor: str) -> None:
    is_ours = employee.source == SOURCE
    changed = []
    for name, value in values.items():
        before = getattr(employee, name)
        if value == before or (value is None and (name in _NEVER_EMPTY or not is_ours)):
            continue
        if is_ours or not before or name == "login":
            setattr(employee, name, value)
            changed.append(name)
    if changed:
        session.add(employee)
        # Which fields, and never what they say.
        audit.record(
            session, actor=actor, action="employee.update", subject=employee,
            after={"source": SOURCE, "fields": sorted(changed)},
        )  # fmt: skip
        await session.flush()


async def _manager_ref(session: AsyncSession, user: ScimUser, value: str | None, *, client: str) -> str | None:
    """How the record names the manager: kept as it came while they are not known; none where it would be a loop."""
    if value is None:
        return None
    manager = await _find_manager(session, value, client=client)
    if manager is None:
        return value
    if await _closes_loop(session, user, manager, client=client):
        audit.record(
            session, actor="system", action="scim_user.manager_loop", subject=user, after={"manager": manager.id}
        )
        return None
    boss = await employees.find_employee(session, manager.employee_id) if manager.employee_id else None
    if boss is None:
        return value
    # A directory of another source does not know our ids; it knows addresses.
    return boss.source_id if boss.source == SOURCE else boss.work_email


async def _find_manager(session: AsyncSession, value: str, *, client: str) -> ScimUser | None:
    """Whom a manager's value means: our id, or what the identity system calls them."""
    manager_id = as_id(value) or await repository.find_named(session, USERS, client=client, external_id=value)
    return await repository.find_user(session, manager_id) if manager_id else None


async def _closes_loop(session: AsyncSession, user: ScimUser, manager: ScimUser, *, client: str) -> bool:
    above: ScimUser | None = manager
    for _ in range(_LONGEST_CHAIN):
        if above is None:
            return False
        if above.id == user.id:
            return True
        named = ((above.document.get(ENTERPRISE) or {}).get("manager") or {}).get("value")
        above = await _find_manager(session, named, client=client) if named else None
    return False
