"""Groups that identity systems push, and what being in one gives here."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs
from services.core.scim import mappings, repository
from services.core.scim.models import GroupMapping, ScimGroup
from services.core.scim.schemas import GroupMappingCreate, GroupMappingRead, GroupRead

router: APIRouter = Router(tags=["Groups"])

_ROLES = [allow(Permission.ROLES_MANAGE)]


@router.get("/v1/groups", operation_id="groups_list", summary="List groups", dependencies=_ROLES)
async def list_groups(call: Current, page: Page) -> Listing[GroupRead]:
    """Lists the groups that identity systems have pushed, and how many are in each."""
    found = await paginate(
        call.session,
        repository.groups(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=ScimGroup.id,
        sorts={"created_at": ScimGroup.created_at, "display_name": ScimGroup.display_name_key},
        default_sort="display_name",
    )
    counts = await repository.count_members(call.session, [row.id for row in found.rows])
    data = [GroupRead.model_validate({**row.model_dump(), "members": counts.get(row.id, 0)}) for row in found.rows]
    return Listing(data=data, next_cursor=found.next_cursor)


@router.get(
    "/v1/groups/{group_id}/mappings", operation_id="group_mappings_list", summary="What a group gives",
    dependencies=_ROLES,
)  # fmt: skip
async def list_mappings(group_id: UUID, call: Current, page: Page) -> Listing[GroupMappingRead]:
    """Lists the roles that everybody in the group has because of it."""
    group = await mappings.get_group(call.session, call.actor, group_id)
    found = await paginate(
        call.session,
        repository.mappings(call.session, group.id),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=GroupMapping.id,
        sorts={"created_at": GroupMapping.created_at},
        default_sort="created_at",
    )
    return Listing(data=[GroupMappingRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.post(
    "/v1/groups/{group_id}/mappings", status_code=201, operation_id="group_mappings_create",
    summary="Let a group give a role", dependencies=_ROLES,
)  # fmt: skip
async def create_mapping(group_id: UUID, body: GroupMappingCreate, call: Current) -> GroupMappingRead:
    """Gives the role to everybody in the group, now and later; who leaves the group loses it again."""
    group = await mappings.get_group(call.session, call.actor, group_id)
    if body.program_id is not None:
        await programs.get_program(call.session, body.program_id)
    mapping = await mappings.add(call.session, call.actor, group, body)
    call.headers["Location"] = f"/v1/groups/{group_id}/mappings/{mapping.id}"
    return GroupMappingRead.model_validate(mapping)


@router.delete(
    "/v1/groups/{group_id}/mappings/{mapping_id}", status_code=204, operation_id="group_mappings_delete",
    summary="Let a group give a role no more", dependencies=_ROLES,
)  # fmt: skip
async def delete_mapping(group_id: UUID, mapping_id: UUID, call: Current) -> None:
    """Takes the role from everybody who has it because of the group; roles given by hand stay."""
    group = await mappings.get_group(call.session, call.actor, group_id)
    await mappings.remove(call.session, call.actor, await mappings.get_mapping(call.session, group, mapping_id))
