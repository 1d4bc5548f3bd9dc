"""Every query on what SCIM keeps: people, groups, their members, and what identity systems call them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.employees.models import Employee, EmploymentStatus
from services.core.employees.repository import any_of
from services.core.kit.db import organization_of
from services.core.kit.ids import new_id
from services.core.organizations.models import Role, RoleGrant
from services.core.scim.attributes import ENTERPRISE, GROUPS, USERS, ResourceKind
from services.core.scim.filters import Column, Condition, Rows, Store
from services.core.scim.models import GroupGrant, GroupMapping, ScimExternalId, ScimGroup, ScimMember, ScimUser

#: Who has which role, everywhere or in one program.
RoleKey = tuple[UUID, Role, UUID | None]


@dataclass(frozen=True)
class Moved:
    """A person or a group that came into a group, or went."""

    user_id: UUID | None
    member_group_id: UUID | None


_MEMBERS: Any = sa.inspect(ScimMember).local_table


def users(session: AsyncSession) -> SelectOfScalar[ScimUser]:
    """All people of the organization that identity systems have told of."""
    return select(ScimUser).where(ScimUser.organization_id == organization_of(session))


def groups(session: AsyncSession) -> SelectOfScalar[ScimGroup]:
    """All groups of the organization."""
    return select(ScimGroup).where(ScimGroup.organization_id == organization_of(session))


async def find_user(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> ScimUser | None:
    """One person."""
    statement = users(session).where(ScimUser.id == user_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def find_group(session: AsyncSession, group_id: UUID, *, lock: bool = False) -> ScimGroup | None:
    """One group."""
    statement = groups(session).where(ScimGroup.id == group_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def find_user_of(session: AsyncSession, employee_id: UUID) -> ScimUser | None:
    """The person whom an employee is."""
    return (await session.exec(users(session).where(ScimUser.employee_id == employee_id))).first()


def store(session: AsyncSession, kind: ResourceKind, *, client: str) -> Store:
    """Where filters find what they compare; ``externalId`` is the one of ``client``."""
    organization_id = organization_of(session)
    model = ScimUser if kind is USERS else ScimGroup
    external_id = (
        sa.select(col(ScimExternalId.external_id))
        .where(
            col(ScimExternalId.organization_id) == organization_id,
            col(ScimExternalId.client) == client,
            col(ScimExternalId.resource_id) == col(model.id),
        )
        .scalar_subquery()
    )

    def called(text: str) -> Condition:
        # Found from what the client says, not by looking at everybody.
        named = sa.select(col(ScimExternalId.resource_id)).where(
            col(ScimExternalId.organization_id) == organization_id,
            col(ScimExternalId.client) == client,
            col(ScimExternalId.resource_type) == kind.name,
            col(ScimExternalId.external_id) == text,
        )
        return col(model.id).in_(named)

    common = {
        "id": Column(col(model.id), is_id=True),
        "externalid": Column(external_id, equals=called),
        "meta.created": Column(col(model.created_at)),
        "meta.lastmodified": Column(col(model.updated_at)),
    }
    constants = {"meta.resourcetype": kind.name}
    memberships = sa.select(sa.literal(1)).where(col(ScimMember.organization_id) == organization_id)
    if kind is USERS:
        own = {
            "username": Column(col(ScimUser.user_name_key), is_folded=True),
            "active": Column(col(ScimUser.is_active)),
        }
        of_user = Rows(
            {"value": Column(col(ScimMember.group_id), is_id=True)},
            memberships.where(col(ScimMember.user_id) == col(ScimUser.id)),
        )
        return Store(kind, col(ScimUser.document), {**common, **own}, {"groups": of_user}, constants)
    named = {"displayname": Column(col(ScimGroup.display_name_key), is_folded=True)}
    of_group = Rows(member_parts(), memberships.where(col(ScimMember.group_id) == col(ScimGroup.id)))
    return Store(kind, None, {**common, **named}, {"members": of_group}, constants)


def member_parts() -> dict[str, Column]:
    """What a filter may say of a member."""
    return {
        "value": Column(sa.func.coalesce(col(ScimMember.user_id), col(ScimMember.member_group_id)), is_id=True),
        "type": Column(sa.case((col(ScimMember.user_id).is_(None), GROUPS.name), else_=USERS.name)),
    }


def is_member(ids: Collection[UUID]) -> Condition:
    """Members that are one of these people and groups."""
    found: Condition = member_parts()["value"].value == any_of(ids)
    return found


async def list_reports_to(session: AsyncSession, name: str, *, besides: UUID) -> list[ScimUser]:
    """Everybody but ``besides`` whose manager is called ``name``."""
    named = col(ScimUser.document)[ENTERPRISE]["manager"]["value"].astext
    return list((await session.exec(users(session).where(named == name, ScimUser.id != besides))).all())


async def count(session: AsyncSession, statement: SelectOfScalar[Any]) -> int:
    """How many rows a statement has."""
    return (await session.exec(select(sa.func.count()).select_from(statement.subquery()))).one()


async def list_external_ids(session: AsyncSession, ids: Collection[UUID], *, client: str) -> dict[UUID, str]:
    """What ``client`` calls these."""
    if not ids:
        return {}
    statement = select(ScimExternalId.resource_id, ScimExternalId.external_id).where(
        ScimExternalId.organization_id == organization_of(session),
        ScimExternalId.client == client,
        col(ScimExternalId.resource_id) == any_of(ids),
    )
    return dict((await session.exec(statement)).all())


async def list_all_external_ids(session: AsyncSession, resource_id: UUID) -> list[str]:
    """What anybody calls this one."""
    statement = select(ScimExternalId.external_id).where(
        ScimExternalId.organization_id == organization_of(session), ScimExternalId.resource_id == resource_id
    )
    return list((await session.exec(statement)).all())


async def find_named(session: AsyncSession, kind: ResourceKind, *, client: str, external_id: str) -> UUID | None:
    """Whom ``client`` calls so."""
    statement = select(ScimExternalId.resource_id).where(
        ScimExternalId.organization_id == organization_of(session),
        ScimExternalId.client == client,
        ScimExternalId.resource_type == kind.name,
        ScimExternalId.external_id == external_id,
    )
    return (await session.exec(statement)).first()


async def set_external_id(
    session: AsyncSession, kind: ResourceKind, resource_id: UUID, *, client: str, external_id: str | None
) -> None:
    """Let ``client`` call this one so, or nothing."""
    if external_id is None:
        await session.exec(
            sa.delete(ScimExternalId).where(
                col(ScimExternalId.organization_id) == organization_of(session),
                col(ScimExternalId.resource_id) == resource_id,
                col(ScimExternalId.client) == client,
            )
        )
        return
    values = {
        "organization_id": organization_of(session),
        "id": new_id(),
        "client": client,
        "resource_type": kind.name,
        "resource_id": resource_id,
        "external_id": external_id,
    }
    await session.exec(
        insert(ScimExternalId)
        .values(values)
        .on_conflict_do_update(
            index_elements=["organization_id", "resource_id", "client"], set_={"external_id": external_id}
        )
    )


async def forget_external_ids(session: AsyncSession, resource_id: UUID) -> None:
    """Nobody calls this one anything any more."""
    await session.exec(
        sa.delete(ScimExternalId).where(
            col(ScimExternalId.organization_id) == organization_of(session),
            col(ScimExternalId.resource_id) == resource_id,
        )
    )


async def list_members(session: AsyncSession, group_ids: Collection[UUID]) -> list[ScimMember]:
    """Who is in these groups."""
    if not group_ids:
        return []
    statement = (
        select(ScimMember)
        .where(ScimMember.organization_id == organization_of(session), col(ScimMember.group_id) == any_of(group_ids))
        .order_by(col(ScimMember.id))
    )
    return list((await session.exec(statement)).all())


async def list_groups_of(session: AsyncSession, user_ids: Collection[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Person, group and name of the group, for these people."""
    if not user_ids:
        return []
    statement = (
        select(ScimMember.user_id, ScimGroup.id, ScimGroup.display_name)
        .join(
            ScimGroup,
            (col(ScimGroup.organization_id) == ScimMember.organization_id) & (col(ScimGroup.id) == ScimMember.group_id),
        )
        .where(ScimMember.organization_id == organization_of(session), col(ScimMember.user_id) == any_of(user_ids))
        .order_by(col(ScimGroup.id))
    )
    return [(user_id, group_id, name) for user_id, group_id, name in (await session.exec(statement)).all() if user_id]


async def count_members(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many are in each of these groups; those with nobody are not among them."""
    statement = (
        select(ScimMember.group_id, sa.func.count())
        .where(ScimMember.organization_id == organization_of(session), col(ScimMember.group_id) == any_of(group_ids))
        .group_by(col(ScimMember.group_id))
    )
    return dict((await session.exec(statement)).all())


async def known_ids(session: AsyncSession, ids: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Which of these are people, and which are groups."""
    found_users = await session.exec(
        select(ScimUser.id).where(ScimUser.organization_id == organization_of(session), col(ScimUser.id) == any_of(ids))
    )
    people = set(found_users.all())
    rest = set(ids) - people
    if not rest:
        return people, set()
    found_groups = await session.exec(
        select(ScimGroup.id).where(
            ScimGroup.organization_id == organization_of(session), col(ScimGroup.id) == any_of(rest)
        )
    )
    return people, set(found_groups.all())


async def add_members(
    session: AsyncSession, group_id: UUID, *, people: Collection[UUID], member_groups: Collection[UUID]
) -> list[Moved]:
    """Put these into a group; answer those who were not in it."""
    rows: Sequence[dict[str, Any]] = [
        {
            "organization_id": organization_of(session),
            "id": new_id(),
            "group_id": group_id,
            "user_id": user_id,
            "member_group_id": member_group_id,
        }
        for user_id, member_group_id in [
            *((one, None) for one in sorted(people)),
            *((None, one) for one in sorted(member_groups)),
        ]
    ]
    added: list[Moved] = []
    connection = await session.connection()
    for start in range(0, len(rows), 5000):
        chunk = insert(_MEMBERS).values(rows[start : start + 5000]).on_conflict_do_nothing()
        added += _moved(await connection.execute(chunk.returning(_MEMBERS.c.user_id, _MEMBERS.c.member_group_id)))
    return added


async def remove_members(session: AsyncSession, group_id: UUID, *conditions: Any) -> list[Moved]:
    """Take those out of a group to whom all conditions apply; answer them."""
    statement = (
        sa.delete(_MEMBERS)
        .where(_MEMBERS.c.organization_id == organization_of(session), _MEMBERS.c.group_id == group_id, *conditions)
        .returning(_MEMBERS.c.user_id, _MEMBERS.c.member_group_id)
    )
    return _moved(await (await session.connection()).execute(statement))


def _moved(result: Any) -> list[Moved]:
    return [Moved(user_id, group_id) for user_id, group_id in result]


async def employees_of(session: AsyncSession, user_ids: Collection[UUID]) -> set[UUID]:
    """The employees whom these people are."""
    statement = select(ScimUser.employee_id).where(
        ScimUser.organization_id == organization_of(session),
        col(ScimUser.id) == any_of(user_ids),
        col(ScimUser.employee_id).is_not(None),
    )
    return {one for one in (await session.exec(statement)).all() if one is not None}


async def employees_in(session: AsyncSession, group_id: UUID) -> set[UUID]:
    """The employees who are in a group."""
    statement = (
        select(ScimUser.employee_id)
        .join(
            ScimMember,
            (col(ScimMember.organization_id) == ScimUser.organization_id) & (col(ScimMember.user_id) == ScimUser.id),
        )
        .where(
            ScimUser.organization_id == organization_of(session),
            ScimMember.group_id == group_id,
            col(ScimUser.employee_id).is_not(None),
        )
    )
    return {one for one in (await session.exec(statement)).all() if one is not None}


def mappings(session: AsyncSession, group_id: UUID) -> SelectOfScalar[GroupMapping]:
    """What a group gives."""
    return select(GroupMapping).where(
        GroupMapping.organization_id == organization_of(session), GroupMapping.group_id == group_id
    )


async def find_mapping(session: AsyncSession, group_id: UUID, mapping_id: UUID) -> GroupMapping | None:
    """One of what a group gives."""
    return (await session.exec(mappings(session, group_id).where(GroupMapping.id == mapping_id))).first()


async def find_same_mapping(
    session: AsyncSession, group_id: UUID, *, role: Role, program_id: UUID | None
) -> GroupMapping | None:
    """What gives a group this very role."""
    same = mappings(session, group_id).where(
        GroupMapping.role == role, col(GroupMapping.program_id).is_not_distinct_from(program_id)
    )
    return (await session.exec(same)).first()


async def list_mapped_roles(session: AsyncSession, employee_ids: Collection[UUID]) -> set[RoleKey]:
    """The roles that these people's groups give them."""
    statement = (
        sa.select(col(ScimUser.employee_id), col(GroupMapping.role), col(GroupMapping.program_id))
        .select_from(GroupMapping)
        .join(
            ScimMember,
            (col(ScimMember.organization_id) == col(GroupMapping.organization_id))
            & (col(ScimMember.group_id) == col(GroupMapping.group_id)),
        )
        .join(
            ScimUser,
            (col(ScimUser.organization_id) == col(ScimMember.organization_id))
            & (col(ScimUser.id) == col(ScimMember.user_id)),
        )
        .where(
            col(GroupMapping.organization_id) == organization_of(session),
            col(ScimUser.employee_id) == any_of(employee_ids),
        )
        .distinct()
    )
    found = (await (await session.connection()).execute(statement)).all()
    return {(employee_id, role, program_id) for employee_id, role, program_id in found if employee_id is not None}


async def list_given_grants(session: AsyncSession, employee_ids: Collection[UUID]) -> dict[RoleKey, RoleGrant]:
    """Of these people's roles, those that groups have given."""
    statement = (
        select(RoleGrant)
        .join(
            GroupGrant,
            (col(GroupGrant.organization_id) == RoleGrant.organization_id)
            & (col(GroupGrant.role_grant_id) == RoleGrant.id),
        )
        .where(
            RoleGrant.organization_id == organization_of(session),
            col(GroupGrant.employee_id) == any_of(employee_ids),
        )
    )
    rows = (await session.exec(statement)).all()
    return {(row.employee_id, row.role, row.program_id): row for row in rows if row.employee_id is not None}


async def list_roles_of(session: AsyncSession, employee_ids: Collection[UUID]) -> set[RoleKey]:
    """All roles of these people, whoever gave them."""
    statement = select(RoleGrant).where(
        RoleGrant.organization_id == organization_of(session), col(RoleGrant.employee_id) == any_of(employee_ids)
    )
    rows = (await session.exec(statement)).all()
    return {(row.employee_id, row.role, row.program_id) for row in rows if row.employee_id is not None}


async def find_employed_as(session: AsyncSession, name: str) -> UUID | None:
    """The employee whom the directory or an identity system calls ``name``, if that is one person and not two."""
    organization_id = organization_of(session)
    by_system = (
        sa.select(col(ScimUser.employee_id))
        .join(
            ScimExternalId,
            (col(ScimExternalId.organization_id) == col(ScimUser.organization_id))
            & (col(ScimExternalId.resource_id) == col(ScimUser.id)),
        )
        .where(
            col(ScimUser.organization_id) == organization_id,
            col(ScimUser.employee_id).is_not(None),
            col(ScimExternalId.resource_type) == USERS.name,
            col(ScimExternalId.external_id) == name,
        )
    )
    by_directory = sa.select(col(Employee.id)).where(
        col(Employee.organization_id) == organization_id,
        col(Employee.source_id) == name,
        col(Employee.status) != EmploymentStatus.LEFT,
    )
    found = (await (await session.connection()).execute(by_system.union(by_directory))).scalars().all()
    return found[0] if len(found) == 1 else None
