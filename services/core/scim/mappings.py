"""What being in a group gives: roles, by mappings that somebody made by hand, and nothing by a name."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.organizations.models import Role, RoleGrant
from services.core.organizations.rules import Actor, Permission
from services.core.scim import repository
from services.core.scim.errors import MappingExists, OwnersAreMadeByHand
from services.core.scim.models import GroupGrant, GroupMapping, ScimGroup
from services.core.scim.repository import RoleKey
from services.core.scim.schemas import GroupMappingCreate


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
    if await repository.find_same_mapping(session, group.id, role=body.role, program_id=body.program_id) is not None:
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
    found = await repository.find_mapping(session, group.id, mapping_id)
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
    wanted = await repository.list_mapped_roles(session, employee_ids)
    given = await repository.list_given_grants(session, employee_ids)
    for key in sorted(given.keys() - wanted, key=str):
        grant = given[key]
        audit.record(session, actor=actor, action="role.revoke", subject=grant, before=_said(key))
        await session.delete(grant)
    await session.flush()
    missing = wanted - given.keys()
    by_hand = await repository.list_roles_of(session, {key[0] for key in missing}) if missing else set()
    new = {
        (employee_id, role, program_id): RoleGrant(
            organization_id=organization_of(session), employee_id=employee_id, role=role, program_id=program_id
        )
        for employee_id, role, program_id in sorted(missing - by_hand, key=str)
    }
    session.add_all(new.values())
    # All at once, however many people a group has; what is kept of a grant refers to it.
    await session.flush()
    for key, grant in new.items():
        session.add(GroupGrant(organization_id=organization_of(session), role_grant_id=grant.id, employee_id=key[0]))
        audit.record(session, actor=actor, action="role.grant", subject=grant, after=_said(key))
    await session.flush()


def _said(key: RoleKey) -> dict[str, object]:
    return {"employee_id": key[0], "role": key[1].value, "program_id": key[2], "source": "group"}
