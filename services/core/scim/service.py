"""People, as identity systems push them: made, replaced, changed, taken away, found. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import lifecycle, tombstones
from services.core.employees import repository as employees
from services.core.employees import service as employment
from services.core.employees.models import Employee
from services.core.events import service as events
from services.core.kit.db import organization_of
from services.core.kit.errors import NotAllowed, NotFound
from services.core.kit.logging import get_logger
from services.core.kit.settings import Settings
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Permission
from services.core.scim import changes, documents, filters, mappings, people, repository
from services.core.scim.attributes import ENTERPRISE, USERS, ResourceKind
from services.core.scim.documents import Document
from services.core.scim.models import ScimGroup, ScimUser

_log = get_logger(__name__)

DEFAULT_COUNT = 100
MAX_COUNT = 500


@dataclass(frozen=True)
class Client:
    """An identity system that is calling: all keys of one name are the same system, so that they can be rotated."""

    name: str
    actor: str


@dataclass(frozen=True)
class Query:
    """What is looked for (RFC 7644 section 3.4.2)."""

    filter: str | None = None
    sort_by: str | None = None
    is_descending: bool = False
    start_index: int = 1
    count: int = DEFAULT_COUNT

    @property
    def skip(self) -> int:
        """How many come before the page."""
        return max(self.start_index, 1) - 1

    @property
    def most(self) -> int:
        """How many the page has at the most."""
        return min(max(self.count, 0), MAX_COUNT)


@dataclass(frozen=True)
class Found:
    """One page of what was found, and how many there are in all."""

    total: int
    rows: Sequence[ScimUser | ScimGroup]


@dataclass(frozen=True)
class Saved:
    """A person after a change, and their employee record if there is one."""

    user: ScimUser
    employee: Employee | None


async def identify(session: AsyncSession, actor: Actor) -> Client:
    """The identity system behind a key; raise NotAllowed for a person: nobody is one."""
    actor.require(Permission.SCIM_PUSH)
    key = await organizations.find_key(session, actor.key_id) if actor.key_id is not None else None
    if key is None or actor.employee_id is not None:
        raise NotAllowed(permission=Permission.SCIM_PUSH.value)
    return Client(key.name, actor.name)


async def get_user(session: AsyncSession, text: str, *, lock: bool = False) -> ScimUser:
    """One person by their id as it was sent; raise NotFound."""
    user_id = filters.as_id(text)
    user = await repository.find_user(session, user_id, lock=lock) if user_id else None
    if user is None:
        raise NotFound(thing="User")
    return user


async def find(
    session: AsyncSession, client: Client, kind: ResourceKind, query: Query, *, is_shared: bool = False
) -> Found:
    """Those whom a filter means, in a stable order; raise InvalidFilter."""
    store = repository.store(session, kind, client=client.name)
    statement: Any = repository.users(session) if kind is USERS else repository.groups(session)
    if query.filter:
        statement = statement.where(filters.condition(store, filters.parse(query.filter), is_shared=is_shared))
    total = await repository.count(session, statement)
    if query.most == 0 or query.skip >= total:
        return Found(total, [])
    if query.sort_by:
        by = filters.order(store, query.sort_by)
        statement = statement.order_by(by.desc() if query.is_descending else by.asc())
    model = ScimUser if kind is USERS else ScimGroup
    statement = statement.order_by(col(model.id)).offset(query.skip).limit(query.most)
    return Found(total, (await session.exec(statement)).all())


def whole(user: ScimUser, external_id: str | None) -> Document:
    """A person as one document."""
    named = {"userName": user.user_name, **user.document}
    return {**named, "externalId": external_id} if external_id is not None else named


async def create_user(session: AsyncSession, client: Client, body: Any) -> Saved:
    """Add a person; the one employee whom they are is found or made. Raises InvalidValue, InvalidSyntax, NotUnique."""
    document = documents.read(USERS, body)
    document.setdefault("active", True)
    external_id = document.pop("externalId", None)
    user = ScimUser(
        organization_id=organization_of(session),
        user_name=document["userName"],
        user_name_key=document.pop("userName").casefold(),
        is_active=document["active"],
        document=document,
    )
    session.add(user)
    await session.flush()
    if external_id is not None:
        await repository.set_external_id(session, USERS, user.id, client=client.name, external_id=external_id)
    _record(session, client, user, "create")
    saved = await _reconcile(session, client, user, is_new=True)
    if external_id is not None:
        await _resolve_reports(session, client, external_id, user)
    return saved


async def replace_user(session: AsyncSession, client: Client, user: ScimUser, body: Any) -> Saved:
    """Let a person be what the body says, and nothing besides; ``active`` and listed extensions stay if not sent."""
    document = documents.read(USERS, body)
    if "active" not in document and "active" in user.document:
        document["active"] = user.document["active"]
    listed = body.get("schemas")
    is_listed = isinstance(listed, list) and any(str(one).lower() == ENTERPRISE.lower() for one in listed)
    is_sent = any(key.lower().startswith(ENTERPRISE.lower()) for key in body)
    if is_listed and not is_sent and ENTERPRISE in user.document:
        document[ENTERPRISE] = user.document[ENTERPRISE]
    return await _save(session, client, user, document)


async def patch_user(session: AsyncSession, client: Client, user: ScimUser, body: Any) -> Saved:
    """Apply all operations of a PATCH, or none."""
    operations = changes.read_operations(body)
    external_id = (await repository.list_external_ids(session, [user.id], client=client.name)).get(user.id)
    return await _save(session, client, user, changes.apply(USERS, whole(user, external_id), operations))


async def delete_user(session: AsyncSession, client: Client, user: ScimUser, *, settings: Settings) -> Employee | None:
    """Let a person go for good and forget who they were; answer the record that stays as the author of what was."""
    names = await repository.list_all_external_ids(session, user.id)
    employee = await employees.find_employee(session, user.employee_id) if user.employee_id else None
    if employee is not None:
        was_owner = await _is_owner(session, employee)
        keys = [*names, employee.source_id, employee.employee_number]
        await lifecycle.let_go(session, employee, source=people.SOURCE, actor=client.actor)
        await lifecycle.make_nobody(session, employee)
        await _tell_without_owner(session, is_possible=was_owner)
    else:
        keys = list(names)
    await tombstones.remember(session, keys, settings=settings)
    await repository.forget_external_ids(session, user.id)
    _record(session, client, user, "delete")
    await session.delete(user)
    await session.flush()
    return employee


async def _save(session: AsyncSession, client: Client, user: ScimUser, document: Document) -> Saved:
    document = dict(document)
    external_id = document.pop("externalId", None)
    user_name = document.pop("userName")
    before = (await repository.list_external_ids(session, [user.id], client=client.name)).get(user.id)
    is_active = document.get("active", user.is_active)
    is_changed = (user_name, is_active, document) != (user.user_name, user.is_active, user.document)
    if external_id != before:
        await repository.set_external_id(session, USERS, user.id, client=client.name, external_id=external_id)
    if is_changed or external_id != before:
        user.user_name, user.user_name_key = user_name, user_name.casefold()
        user.is_active = is_active
        user.document = document
        # What it is called is not in this row, and is a change of the resource all the same.
        flag_modified(user, "user_name")
        session.add(user)
        _record(session, client, user, "update")
        await session.flush()
    saved = await _reconcile(session, client, user)
    if external_id is not None and external_id != before:
        await _resolve_reports(session, client, external_id, user)
    return saved


async def _reconcile(session: AsyncSession, client: Client, user: ScimUser, *, is_new: bool = False) -> Saved:
    was_alone = user.employee_id is None and not is_new
    employee = await people.reconcile(session, user, client=client.name, actor=client.actor)
    await session.flush()
    if employee is not None and was_alone:
        await mappings.settle(session, {employee.id}, actor=client.actor)
    if employee is not None and not user.is_active:
        await _tell_without_owner(session, is_possible=await _is_owner(session, employee))
    return Saved(user, employee)


async def _resolve_reports(session: AsyncSession, client: Client, external_id: str, user: ScimUser) -> None:
    """Somebody came whom others have named as their manager before: their records name them rightly now."""
    for report in await repository.list_reports_to(session, external_id, besides=user.id):
        await people.reconcile(session, report, client=client.name, actor=client.actor)


async def _is_owner(session: AsyncSession, employee: Employee) -> bool:
    grants = await organizations.list_grants_of(session, employee.id)
    return any(grant.role is Role.OWNER and grant.program_id is None for grant in grants)


async def _tell_without_owner(session: AsyncSession, *, is_possible: bool) -> None:
    """Say it loudly when an identity system has taken the last owner: it is obeyed all the same."""
    if not is_possible:
        return
    owners = await organizations.list_owners(session)
    people_ids: list[UUID] = [one.employee_id for one in owners if one.employee_id is not None]
    present = await employment.find_present_ids(session, people_ids)
    if not present and all(one.employee_id is not None for one in owners):
        events.emit(session, "organization.without_owner", organization_id=organization_of(session))
        _log.error("organization.without_owner", organization_id=str(organization_of(session)))


def _record(session: AsyncSession, client: Client, user: ScimUser, verb: str) -> None:
    audit.record(
        session, actor=client.actor, action=f"scim_user.{verb}", subject=user,
        after={"source": people.SOURCE, "is_active": user.is_active, "employee_id": user.employee_id},
    )  # fmt: skip
