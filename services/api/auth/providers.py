"""The identity providers of an organization: who runs it says whom to ask, and what groups there give here."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Request

from connectors.sdk.errors import ConnectorError
from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.kit.outbound import check_address
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.settings import Settings
from services.core.organizations import identity
from services.core.organizations import identity_repository as repository
from services.core.organizations.identity_errors import IssuerUnusable
from services.core.organizations.identity_schemas import (
    GroupRole,
    IdentityProviderCreate,
    IdentityProviderRead,
    IdentityProviderUpdate,
)
from services.core.organizations.identity_tokens import Issuers
from services.core.organizations.models import IdentityProvider
from services.core.organizations.rules import Permission
from services.core.programs import repository as programs

router: APIRouter = Router(tags=["Sign-in"])


@router.post(
    "/v1/identity-providers",
    status_code=201,
    operation_id="identity_providers_create",
    summary="Let people sign in with an OpenID provider",
    dependencies=[allow(Permission.IDENTITY_MANAGE)],
)
async def create_provider(body: IdentityProviderCreate, call: Current, request: Request) -> IdentityProviderRead:
    """Asks the issuer who it is, keeps the client secret sealed, and answers the redirect address to register there."""
    await _look_at(request.app.state.issuers, body.issuer, settings=call.settings)
    await _check_programs(call, body.group_roles)
    provider = await identity.create_provider(call.session, call.actor, body, settings=call.settings)
    call.answers(provider)
    call.headers["Location"] = f"/v1/identity-providers/{provider.id}"
    return _read(provider, call.settings)


@router.get(
    "/v1/identity-providers",
    operation_id="identity_providers_list",
    summary="List identity providers",
    dependencies=[allow(Permission.IDENTITY_MANAGE)],
)
async def list_providers(call: Current, page: Page) -> Listing[IdentityProviderRead]:
    """Lists the providers, without their secrets."""
    found = await paginate(
        call.session,
        repository.providers(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=IdentityProvider.id,
        sorts={"created_at": IdentityProvider.created_at},
        default_sort="created_at",
    )
    return Listing(data=[_read(row, call.settings) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/identity-providers/{identity_provider_id}",
    operation_id="identity_providers_get",
    summary="Read an identity provider",
    dependencies=[allow(Permission.IDENTITY_MANAGE)],
)
async def get_provider(identity_provider_id: UUID, call: Current) -> IdentityProviderRead:
    """Answers one provider, without its secret."""
    provider = await repository.get_provider(call.session, identity_provider_id)
    call.answers(provider)
    return _read(provider, call.settings)


@router.patch(
    "/v1/identity-providers/{identity_provider_id}",
    operation_id="identity_providers_update",
    summary="Change an identity provider",
    dependencies=[allow(Permission.IDENTITY_MANAGE)],
)
async def update_provider(
    identity_provider_id: UUID, body: IdentityProviderUpdate, call: Current
) -> IdentityProviderRead:
    """Merge patch. Roles that a group gave and gives no more end at once; disabling ends the provider's sessions."""
    provider = await repository.get_provider(call.session, identity_provider_id)
    call.must_match(provider)
    await _check_programs(call, body.group_roles or ())
    provider = await identity.update_provider(call.session, call.actor, provider, body, settings=call.settings)
    call.answers(provider)
    return _read(provider, call.settings)


@router.delete(
    "/v1/identity-providers/{identity_provider_id}",
    status_code=204,
    operation_id="identity_providers_delete",
    summary="Remove an identity provider",
    dependencies=[allow(Permission.IDENTITY_MANAGE)],
)
async def delete_provider(identity_provider_id: UUID, call: Current) -> None:
    """Ends its sessions and what its groups gave, and forgets its accounts."""
    provider = await repository.get_provider(call.session, identity_provider_id)
    call.must_match(provider)
    await identity.delete_provider(call.session, call.actor, provider)


async def _look_at(issuers: Issuers, issuer: str, *, settings: Settings) -> None:
    """Raise IssuerUnusable unless the issuer can be reached and is what it is called. No transaction is open yet."""
    try:
        await check_address(issuer, settings=settings)
        await issuers.discover(issuer)
    except ConnectorError as refused:
        raise IssuerUnusable(reason=str(refused)) from refused


async def _check_programs(call: Call, group_roles: Iterable[GroupRole]) -> None:
    for program_id in {line.program_id for line in group_roles if line.program_id is not None}:
        await programs.get_program(call.session, program_id)


def _read(provider: IdentityProvider, settings: Settings) -> IdentityProviderRead:
    return IdentityProviderRead(
        **provider.model_dump(include=set(IdentityProviderRead.model_fields)),
        has_client_secret=provider.sealed_client_secret is not None,
        redirect_uri=identity.redirect_uri(settings),
    )
