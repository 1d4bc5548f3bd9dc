"""Organizations, their keys and roles; and who the caller is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.communication import service as communication
from services.core.employees import service as employees
from services.core.kit.errors import NotFound
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations import repository, service
from services.core.organizations.models import ApiKey, RoleGrant
from services.core.organizations.rules import Door, Permission
from services.core.organizations.schemas import (
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
    Me,
    OrganizationCreate,
    OrganizationCreated,
    OrganizationRead,
    OrganizationUpdate,
    RoleGrantCreate,
    RoleGrantRead,
)
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Organizations"])


@router.post(
    "/v1/organizations",
    status_code=201,
    operation_id="organizations_create",
    summary="Create an organization",
    dependencies=[allow(Door.OPERATOR)],
)
async def create_organization(body: OrganizationCreate, call: Current) -> OrganizationCreated:
    """Makes a tenant and answers its owner's key, shown this once. Operator only."""
    organization, owner_key = await service.create_organization(call.session, call.actor, body, settings=call.settings)
    call.answers(organization)
    call.headers["Location"] = f"/v1/organizations/{organization.id}"
    return OrganizationCreated(organization=OrganizationRead.model_validate(organization), owner_api_key=owner_key)


@router.get(
    "/v1/organizations/{organization_id}",
    operation_id="organizations_get",
    summary="Read your organization",
    dependencies=[allow(Permission.ORGANIZATION_READ)],
)
async def get_organization(organization_id: UUID, call: Current) -> OrganizationRead:
    """Answers the organization the key belongs to; any other id is not found."""
    if organization_id != call.actor.organization_id:
        raise NotFound(thing="organization")
    organization = await repository.get_organization(call.session)
    call.answers(organization)
    return OrganizationRead.model_validate(organization)


@router.patch(
    "/v1/organizations/{organization_id}",
    operation_id="organizations_update",
    summary="Change your organization",
    dependencies=[allow(Permission.ORGANIZATION_WRITE)],
)
async def update_organization(organization_id: UUID, body: OrganizationUpdate, call: Current) -> OrganizationRead:
    """Merge patch of name, default language and time zone."""
    if organization_id != call.actor.organization_id:
        raise NotFound(thing="organization")
    organization = await repository.get_organization(call.session)
    call.must_match(organization)
    organization = await service.update_organization(call.session, call.actor, organization, body)
    call.answers(organization)
    return OrganizationRead.model_validate(organization)


@router.get(
    "/v1/me",
    operation_id="me_get",
    summary="Who am I?",
    dependencies=[allow(Permission.ORGANIZATION_READ)],
)
async def get_me(call: Current) -> Me:
    """Answers the caller's organization, person, roles and permissions."""
    actor = call.actor
    return Me(
        organization_id=actor.tenant(),
        employee_id=actor.employee_id,
        roles=sorted({grant.role.value for grant in actor.grants}),
        permissions=sorted(p.value for p in Permission if actor.may(p, anywhere=True)),
    )


@router.post(
    "/v1/api-keys",
    status_code=201,
    operation_id="api_keys_create",
    summary="Create a key for a service",
    dependencies=[allow(Permission.KEYS_MANAGE)],
)
async def create_key(body: ApiKeyCreate, call: Current) -> ApiKeyCreated:
    """Makes a key for a service, shown this once. People get theirs through a one-time link."""
    if body.program_id is not None:
        await programs.get_program(call.session, body.program_id)
    key = await service.create_service_key(call.session, call.actor, body, settings=call.settings)
    call.answers(key.row)
    return ApiKeyCreated(**ApiKeyRead.model_validate(key.row).model_dump(), api_key=key.secret)


@router.get(
    "/v1/api-keys",
    operation_id="api_keys_list",
    summary="List keys",
    dependencies=[allow(Permission.KEYS_MANAGE)],
)
async def list_keys(call: Current, page: Page) -> Listing[ApiKeyRead]:
    """Lists the organization's keys without their secrets."""
    found = await paginate(
        call.session,
        repository.keys(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=ApiKey.id,
        sorts={"created_at": ApiKey.created_at},
        default_sort="created_at",
    )
    return Listing(data=[ApiKeyRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.delete(
    "/v1/api-keys/{key_id}",
    status_code=204,
    operation_id="api_keys_revoke",
    summary="Revoke a key",
    dependencies=[allow(Permission.ORGANIZATION_READ)],
)
async def revoke_key(key_id: UUID, call: Current) -> None:
    """Ends a key at once: a person their own, an owner any."""
    call.must_match(await service.find_revocable_key(call.session, call.actor, key_id))
    await service.revoke_key(call.session, call.actor, key_id)


@router.post(
    "/v1/role-grants",
    status_code=201,
    operation_id="role_grants_create",
    summary="Give a person a role",
    dependencies=[allow(Permission.ROLES_MANAGE)],
)
async def grant_role(body: RoleGrantCreate, call: Current) -> RoleGrantRead:
    """Gives a role and mails the person a one-time sign-in link, good for a key of their own."""
    employee = await employees.get_present(call.session, body.employee_id)
    if body.program_id is not None:
        await programs.get_program(call.session, body.program_id)
    grant = await service.grant_role(call.session, call.actor, body)
    await communication.send_sign_in_link(call.session, employee, settings=call.settings)
    return RoleGrantRead.model_validate(grant)


@router.get(
    "/v1/role-grants",
    operation_id="role_grants_list",
    summary="List roles",
    dependencies=[allow(Permission.ROLES_MANAGE)],
)
async def list_grants(call: Current, page: Page) -> Listing[RoleGrantRead]:
    """Lists who has which role."""
    found = await paginate(
        call.session,
        repository.grants(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=RoleGrant.id,
        sorts={"created_at": RoleGrant.created_at},
        default_sort="created_at",
    )
    return Listing(data=[RoleGrantRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.delete(
    "/v1/role-grants/{grant_id}",
    status_code=204,
    operation_id="role_grants_revoke",
    summary="Take a role away",
    dependencies=[allow(Permission.ROLES_MANAGE)],
)
async def revoke_role(grant_id: UUID, call: Current) -> None:
    """Takes a role away; the last owner stays."""
    await service.revoke_role(call.session, call.actor, grant_id)
