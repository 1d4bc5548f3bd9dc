"""What being in a group gives: roles, by mappings that somebody made by hand, and nothing by a name."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.audit import service as audit
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.organizations.models import Role, RoleGrant
from services.core.organizations.rules import Actor, Permission
from services.core.scim import repository
from services.core.scim.errors import MappingExists, OwnersAreMadeByHand
from services.core.scim.models import GroupGrant, GroupMapping, ScimGroup, ScimMember, ScimUser
from services.core.scim.schemas import GroupMappingCreate

Key = tuple[UUID, Role, UUID | None]


def mappings(session: AsyncSession, group_id: UUID) -> SelectOfScalar[GroupMapping]:
    """What a group gives."""
    return select(GroupMapping).where(
        GroupMapping.organization_id == organization_of(session), GroupMapping.group_id == group_id
    )


async def get_group(session: AsyncSession, actor: Actor, group_id: UUID) -> ScimGroup:
    """A group, for who manages roles; raise NotFound."""
    actor.require(Permission.ROLES_MANAGE)
    group = await repository.find_group(session, group_id)
    if group is None:
        raise NotFound(thing="group")
    return group


async def add(session: AsyncSession, actor: Actor, group: ScimGroup, body: GroupMappingCreate) -> GroupMapping:
    """Let everybody in a group have a role, from now on; raise OwnersAreMadeByHand or MappingExists."""
    if body.role is Role.OWNER:
        raise OwnersAreMadeByHand()
    actor.must_not_exceed(body.role, program_id=body.program_id)
    same = mappings(session, group.id).where(
        GroupMapping.role == body.role, col(GroupMapping.program_id).is_not_distinct_from(body.program_id)
    )
    if (await session.exec(same)).first() is not None:
        raise MappingExists()
    mapping = GroupMapping(organization_id=actor.tenant(), group_id=group.id, **body.model_dump())
    session.add(mapping)
    audit.record(
        session, actor=actor.name, action="group_mapping.create", subject=mapping, after=body.model_dump(mode="json")
    )
    await session.flush()
    await settle(session, await repository.employees_in(session, group.id), actor=actor.name)
    return mapping


async def get_mapping(session: AsyncSession, group: ScimGroup, mapping_id: UUID) -> GroupMapping:
    """One of what a group gives; raise NotFound."""
    found = (await session.exec(mappings(session, group.id).where(GroupMapping.id == mapping_id))).first()
    if found is None:
        raise NotFound(thing="group mapping")
    return found


async def remove(session: AsyncSession, actor: Actor, mapping: GroupMapping) -> None:
    """Take away what a group gave; roles that were given by hand stay."""
    affected = await repository.employees_in(session, mapping.group_id)
    audit.record(
        session, actor=actor.name, action="group_mapping.delete", subject=mapping, before={"role": mapping.role.value}
    )
    await session.delete(mapping)
    await session.flush()
    await settle(session, affected, actor=actor.name)


async def settle(session: AsyncSession, employee_ids: Collection[UUID], *, actor: str) -> None:
    """Give these people the roles that their groups give, and take away what no group of theirs gives any more."""
    if not employee_ids:
        return
    wanted = await _wanted(session, employee_ids)
    given = await _given(session, employee_ids)
    for key in sorted(given.keys() - wanted, key=str):
        grant = given[key]
        audit.record(session, actor=actor, action="role.revoke", subject=grant, before=_said(key))
        await session.delete(grant)
    await session.flush()
    missing = {key for key in wanted if key not in given}
    by_hand = await _existing(session, {key[0] for key in missing})
    for key in sorted(missing - by_hand, key=str):
        employee_id, role, program_id = key
        grant = RoleGrant(
            organization_id=organization_of(session), employee_id=employee_id, role=role, program_id=program_id
        )
        session.add(grant)
        await session.flush()
        session.add(
            GroupGrant(organization_id=organization_of(session), role_grant_id=grant.id, employee_id=employee_id)
        )
        audit.record(session, actor=actor, action="role.grant", subject=grant, after=_said(key))
    await session.flush()


def _said(key: Key) -> dict[str, object]:
    return {"employee_id": key[0], "role": key[1].value, "program_id": key[2], "source": "group"}


async def _wanted(session: AsyncSession, employee_ids: Collection[UUID]) -> set[Key]:
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
            col(ScimUser.employee_id) == repository.any_of(employee_ids),
        )
        .distinct()
    )
    found: set[Key] = set()
    for employee_id, role, program_id in (await (await session.connection()).execute(statement)).all():
        if employee_id is not None:
            found.add((employee_id, role, program_id))
    return found


async def _given(session: AsyncSession, employee_ids: Collection[UUID]) -> dict[Key, RoleGrant]:
    statement = (
        select(RoleGrant)
        .join(
            GroupGrant,
            (col(GroupGrant.organization_id) == RoleGrant.organization_id)
            & (col(GroupGrant.role_grant_id) == RoleGrant.id),
        )
        .where(
            RoleGrant.organization_id == organization_of(session),
            col(GroupGrant.employee_id) == repository.any_of(employee_ids),
        )
    )
    rows = (await session.exec(statement)).all()
    return {(row.employee_id, row.role, row.program_id): row for row in rows if row.employee_id is not None}


async def _existing(session: AsyncSession, employee_ids: Collection[UUID]) -> set[Key]:
    if not employee_ids:
        return set()
    statement = select(RoleGrant).where(
        RoleGrant.organization_id == organization_of(session),
        col(RoleGrant.employee_id) == repository.any_of(employee_ids),
    )
    found: set[Key] = set()
    for row in (await session.exec(statement)).all():
        if row.employee_id is not None:
            found.add((row.employee_id, row.role, row.program_id))
    return found
