"""A person's own connections to networks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import (
    CapabilityMissing,
    ConfigurationInvalid,
    ConnectorError,
    ReauthRequired,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.manifest import OAuth2Code
from connectors.sdk.models import Account, Credentials
from connectors.sdk.ports import AuthorizesMembers, Checks, Connector, port
from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.connections import repository, service, tokens
from services.core.connections.errors import (
    CannotPublish,
    CodeRefused,
    NotConfigured,
    NothingToCheck,
    NothingToReconnect,
    UnknownConnector,
)
from services.core.connections.models import Connection
from services.core.connections.names import STATE_NAMES
from services.core.connections.schemas import (
    AccountRead,
    CheckResult,
    ConnectionChecked,
    ConnectionConfirm,
    ConnectionCreate,
    ConnectionRead,
    ConnectionStarted,
)
from services.core.connections.texts import after_failed_check, next_step
from services.core.connections.vendors import vendor_context
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.kit.settings import PREFIX, Settings
from services.core.organizations.rules import Door
from services.core.shares import service as shares

router: APIRouter = Router(tags=["Connections"])
_log = get_logger("connection")


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


async def sign_in_url(settings: Settings, connector: Connector, state: str) -> str:
    """Where to send somebody's browser, so that they allow us at the network."""
    slug = connector.manifest.slug
    async with vendor_context(settings, slug) as ctx:
        return port(connector, Capability.AUTHORIZE, AuthorizesMembers).authorization_url(
            replace(ctx, code_verifier=service.code_verifier(settings, state)),
            state=state,
            redirect_uri=redirect_uri(settings, slug),
        )


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
    url = await sign_in_url(call.settings, connector, state) if state is not None else None
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


@router.post(
    "/v1/me/connections/{connection_id}/reconnect",
    operation_id="me_connections_reconnect",
    summary="Renew the access to your account",
    dependencies=[allow(Door.PERSON)],
)
async def reconnect(connection_id: UUID, call: Current) -> ConnectionStarted:
    """Sends you to the network once more: open `authorization_url`. The same account needs no confirmation.

    What is connected goes on working until the new access is in place, and keeps what is planned.
    """
    connection = await _own(call, connection_id)
    connector = find_connector(connection.connector)
    if not isinstance(connector.manifest.auth, OAuth2Code):
        raise NothingToReconnect(state=STATE_NAMES[connection.state])
    check_configured(connector, call.settings)
    state = await service.ask_network(call.session, connection, settings=call.settings)
    url = await sign_in_url(call.settings, connector, state)
    call.answers(connection)
    return ConnectionStarted(**(await _read(call, connection)).model_dump(), authorization_url=url)


@router.post(
    "/v1/me/connections/{connection_id}/check",
    operation_id="me_connections_check",
    summary="Try whether your account can be used",
    dependencies=[allow(Door.PERSON)],
)
async def check_connection(connection_id: UUID, call: Current) -> ConnectionChecked:
    """Asks the network, posting nothing. A network that is down or busy changes nothing; only a refusal does."""
    # No transaction of this request is open while the network is asked.
    async with call.database.transaction(call.actor.tenant()) as reading:
        connection = await repository.get_own(reading, employee_id=call.actor.person(), connection_id=connection_id)
        if connection.state not in repository.KEPT_ALIVE:
            raise NothingToCheck(state=STATE_NAMES[connection.state])
        credentials = await service.open_credentials(reading, connection, settings=call.settings)
    trouble = await _try(call.settings, connection, credentials)
    if isinstance(trouble, ReauthRequired) and credentials is not None:
        # Perhaps only the access token is dead, and the next one works.
        renewed = await tokens.renew(
            call.database,
            call.settings,
            call.actor.tenant(),
            connection_id,
            refused_version=connection.token_version,
        )
        if renewed:
            async with call.database.transaction(call.actor.tenant()) as reading:
                connection = await repository.get_connection(reading, connection_id)
                credentials = await service.open_credentials(reading, connection, settings=call.settings)
            trouble = await _try(call.settings, connection, credentials)
    current = await repository.get_own(
        call.session, employee_id=call.actor.person(), connection_id=connection_id, lock=True
    )
    result = _result(trouble)
    if result is CheckResult.REFUSED and current.token_version == connection.token_version:
        await service.mark_needs_reconnect(call.session, current, problem=trouble.code if trouble else "")
    call.answers(current)
    shown = (await _read(call, current)).model_dump()
    if result in (CheckResult.WRONGLY_SET, CheckResult.UNREACHABLE):
        step = after_failed_check(
            network=find_connector(current.connector).manifest.title,
            is_wrongly_set=result is CheckResult.WRONGLY_SET,
            language=call.language,
        )
        shown |= {"next_step": step.words, "whose_move": step.whose}
    return ConnectionChecked(**shown, result=result, result_code=trouble.code if trouble else None)


async def _try(settings: Settings, connection: Connection, credentials: Credentials | None) -> ConnectorError | None:
    """Ask the network whether it lets us in; the trouble, or None."""
    connector = find_connector(connection.connector)
    try:
        checks = port(connector, Capability.CHECK, Checks)
        async with (
            vendor_context(settings, connection.connector, credentials=credentials) as ctx,
            asyncio.timeout(settings.publish_deadline_seconds),
        ):
            await checks.check(ctx)
    except ConnectorError as trouble:
        return trouble
    except TimeoutError:
        return VendorUnavailable("no answer in time")
    return None


def _result(trouble: ConnectorError | None) -> CheckResult:
    match trouble:
        case None:
            return CheckResult.WORKS
        case ReauthRequired() | ScopeMissing():
            return CheckResult.REFUSED
        case CapabilityMissing():
            return CheckResult.NOT_SUPPORTED
        case ConfigurationInvalid():
            _log.error("connection.wrongly_set", detail=trouble.detail)
            return CheckResult.WRONGLY_SET
        case _:
            _log.warning("connection.check_failed", code=trouble.code)
            return CheckResult.UNREACHABLE


@router.post(
    "/v1/me/connections/{connection_id}/resume",
    operation_id="me_connections_resume",
    summary="Let a paused connection go on",
    dependencies=[allow(Door.PERSON)],
)
async def resume_connection(connection_id: UUID, call: Current) -> ConnectionRead:
    """Ends the pause that three failures in a row brought; what waited for it is planned again."""
    connection = await repository.get_own(
        call.session, employee_id=call.actor.person(), connection_id=connection_id, lock=True
    )
    await service.resume(call.session, connection)
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
    """Destroys what opens the account and cancels what was planned through it. Your posts stay yours.

    `next_step` of the connection then says whether the network lets us take the access back there too.
    """
    connection = await _own(call, connection_id)
    call.must_match(connection)
    await service.disconnect(call.session, call.actor, connection)
    await shares.cancel_planned(call.session, connection_id=connection.id, reason="disconnected")


async def _own(call: Call, connection_id: UUID) -> Connection:
    return await repository.get_own(call.session, employee_id=call.actor.person(), connection_id=connection_id)


async def _read(call: Call, connection: Connection) -> ConnectionRead:
    account = await service.open_account(call.session, connection, settings=call.settings)
    new_account = await service.open_new_account(call.session, connection, settings=call.settings)
    network, needs_account = connection.connector, True
    try:
        manifest = registry.get_connector(connection.connector).manifest
        network, needs_account = manifest.title, isinstance(manifest.auth, OAuth2Code)
    except registry.ConnectorNotFound:
        # It was there when this account was connected; what is said of it can be read all the same.
        _log.warning("connector.gone", connector=connection.connector)
    step = next_step(
        connection,
        network=network,
        needs_account=needs_account,
        now=await db.now(call.session),
        language=call.language,
    )
    return ConnectionRead(
        id=connection.id,
        connector=connection.connector,
        state=connection.state,
        account=_account(account),
        new_account=_account(new_account),
        scopes=connection.scopes,
        token_expires_at=connection.token_expires_at,
        is_renewable=connection.is_renewable,
        grant_ends_at=connection.grant_ends_at,
        problem=connection.problem,
        next_step=step.words,
        whose_move=step.whose,
        confirmed_at=connection.confirmed_at,
        created_at=connection.created_at,
    )


def _account(account: Account | None) -> AccountRead | None:
    return AccountRead(display_name=account.display_name, profile_url=account.profile_url) if account else None
