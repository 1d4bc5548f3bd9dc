"""Connectors that are installed, and a person's own connections through them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import OAuth2Code
from connectors.sdk.ports import AuthorizesMembers, Connector, port
from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.connections import repository, service
from services.core.connections.errors import CannotPublish, CodeRefused, NotConfigured, UnknownConnector
from services.core.connections.models import Connection
from services.core.connections.schemas import (
    AccountRead,
    ConnectionConfirm,
    ConnectionCreate,
    ConnectionRead,
    ConnectionStarted,
    ConnectorRead,
)
from services.core.connections.vendors import vendor_context
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.settings import PREFIX, Settings
from services.core.organizations.rules import Door
from services.core.shares import service as shares

router: APIRouter = Router(tags=["Connections"])


def redirect_uri(settings: Settings, connector: str) -> str:
    """Where a network sends people back to: one address per connector, registered there exactly."""
    return f"{settings.public_url}/v1/connections/callback/{connector}"


def find_connector(slug: str) -> Connector:
    """The installed connector of this name; raise UnknownConnector."""
    try:
        return registry.get_connector(slug)
    except registry.ConnectorNotFound:
        raise UnknownConnector(slug=slug) from None


def check_configured(connector: Connector, settings: Settings) -> None:
    """Make sure the installation has what the connector needs; raise NotConfigured naming the settings."""
    manifest = connector.manifest
    missing = manifest.missing_settings(settings.connectors.get(manifest.slug, {}))
    if missing:
        names = ", ".join(f"{PREFIX}CONNECTORS__{manifest.slug.upper()}__{name.upper()}" for name in missing)
        raise NotConfigured(names=names)


@router.get(
    "/v1/connectors",
    operation_id="connectors_list",
    summary="List connectors",
    dependencies=[allow(Door.KNOWN)],
)
async def list_connectors(call: Current) -> Listing[ConnectorRead]:
    """Lists the connectors that are installed, with what each can do."""
    found = []
    for connector in registry.list_connectors():
        manifest = connector.manifest
        given = call.settings.connectors.get(manifest.slug, {})
        found.append(
            ConnectorRead(
                slug=manifest.slug,
                title=manifest.title,
                capabilities=sorted(manifest.capabilities),
                networks=list(manifest.networks),
                needs_account=isinstance(manifest.auth, OAuth2Code),
                is_configured=not manifest.missing_settings(given),
                text_max_chars=manifest.advisory.text_max_chars,
            )
        )
    return Listing(data=found, next_cursor=None)


@router.post(
    "/v1/me/connections",
    status_code=201,
    operation_id="me_connections_create",
    summary="Connect your account",
    dependencies=[allow(Door.PERSON)],
)
async def create_connection(body: ConnectionCreate, call: Current) -> ConnectionStarted:
    """Starts connecting: open `authorization_url` in your browser, allow it there, then confirm the account here."""
    connector = find_connector(body.connector)
    manifest = connector.manifest
    if not manifest.capabilities & {Capability.PUBLISH_AS_MEMBER, Capability.SHARE_LINK}:
        raise CannotPublish(slug=manifest.slug)
    check_configured(connector, call.settings)
    connection, state = await service.start(
        call.session,
        call.actor,
        connector=manifest.slug,
        needs_account=isinstance(manifest.auth, OAuth2Code),
        settings=call.settings,
    )
    url = None
    if state is not None:
        async with vendor_context(call.settings, manifest.slug) as ctx:
            url = port(connector, Capability.AUTHORIZE, AuthorizesMembers).authorization_url(
                ctx, state=state, redirect_uri=redirect_uri(call.settings, manifest.slug)
            )
    call.answers(connection)
    call.headers["Location"] = f"/v1/me/connections/{connection.id}"
    return ConnectionStarted(**(await _read(call, connection)).model_dump(), authorization_url=url)


@router.get(
    "/v1/me/connections",
    operation_id="me_connections_list",
    summary="List your connections",
    dependencies=[allow(Door.PERSON)],
)
async def list_connections(call: Current, page: Page) -> Listing[ConnectionRead]:
    """Lists your own connections; nobody else sees them."""
    found = await paginate(
        call.session,
        repository.connections_of(call.session, call.actor.person()),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=Connection.id,
        sorts={"created_at": Connection.created_at},
        default_sort="created_at",
    )
    return Listing(data=[await _read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/me/connections/{connection_id}",
    operation_id="me_connections_get",
    summary="Read one of your connections",
    dependencies=[allow(Door.PERSON)],
)
async def get_connection(connection_id: UUID, call: Current) -> ConnectionRead:
    """Answers one connection, with the account that came back, so that you can check whose it is."""
    connection = await _own(call, connection_id)
    call.answers(connection)
    return await _read(call, connection)


@router.post(
    "/v1/me/connections/{connection_id}/confirm",
    operation_id="me_connections_confirm",
    summary="Confirm that the account is yours",
    dependencies=[allow(Door.PERSON)],
)
async def confirm_connection(connection_id: UUID, body: ConnectionConfirm, call: Current) -> ConnectionRead:
    """Activates a connection, with the code shown in the browser that allowed it. Look at the account first."""
    # A wrong code is counted in a transaction of its own: the refusal rolls this request's back.
    async with call.database.transaction(call.actor.tenant()) as counting:
        tried = await repository.get_own(
            counting, employee_id=call.actor.person(), connection_id=connection_id, lock=True
        )
        is_right = await service.check_code(counting, tried, code=body.code, settings=call.settings)
    if not is_right:
        raise CodeRefused(most=service.MOST_WRONG_CODES)
    connection = await service.confirm(call.session, call.actor, await _own(call, connection_id))
    await shares.release_held(call.session, connection_id=connection.id)
    call.answers(connection)
    return await _read(call, connection)


@router.delete(
    "/v1/me/connections/{connection_id}",
    status_code=204,
    operation_id="me_connections_delete",
    summary="Disconnect your account",
    dependencies=[allow(Door.PERSON)],
)
async def delete_connection(connection_id: UUID, call: Current) -> None:
    """Destroys what opens the account and cancels what was planned through it. Your posts stay yours."""
    connection = await _own(call, connection_id)
    call.must_match(connection)
    await service.disconnect(call.session, call.actor, connection)
    await shares.cancel_planned(call.session, connection_id=connection.id, reason="disconnected")


async def _own(call: Call, connection_id: UUID) -> Connection:
    return await repository.get_own(call.session, employee_id=call.actor.person(), connection_id=connection_id)


async def _read(call: Call, connection: Connection) -> ConnectionRead:
    account = await service.open_account(call.session, connection, settings=call.settings)
    return ConnectionRead(
        id=connection.id,
        connector=connection.connector,
        state=connection.state,
        account=AccountRead(display_name=account.display_name, profile_url=account.profile_url) if account else None,
        scopes=connection.scopes,
        token_expires_at=connection.token_expires_at,
        problem=connection.problem,
        confirmed_at=connection.confirmed_at,
        created_at=connection.created_at,
    )
