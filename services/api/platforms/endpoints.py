"""Platforms of an organization: connected, tried, changed, cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Credentials, Destination
from connectors.sdk.ports import AuthorizesMembers, Checks, Connector, ListsDestinations, port
from services.api.connections.endpoints import redirect_uri
from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.connections.service import code_verifier
from services.core.kit import db
from services.core.kit.errors import FieldProblem
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.platforms import access, costs, grants, repository, service
from services.core.platforms.errors import GrantCodeRefused, NotUsable
from services.core.platforms.models import PlatformConnection, PlatformState
from services.core.platforms.names import STATE_NAMES
from services.core.platforms.schemas import (
    AuthorizationStarted,
    DestinationRead,
    GrantConfirm,
    MonthCost,
    PlatformConnectionCreate,
    PlatformConnectionRead,
    PlatformConnectionUpdate,
    PlatformCost,
    PlatformSettingsRead,
    PlatformSettingsUpdate,
    SettingRead,
    TermsRead,
)
from services.core.platforms.texts import ASSUMPTIONS
from services.core.platforms.vendors import find_platform, manifest_of, open_settings, platform_context

router: APIRouter = Router(tags=["Platforms"])

_READ = [allow(Permission.PLATFORMS_READ)]
_MANAGE = [allow(Permission.PLATFORMS_MANAGE)]


@router.get(
    "/v1/platform-settings",
    operation_id="platform_settings_get",
    summary="Read how platforms are handled",
    dependencies=_READ,
)
async def get_settings(call: Current) -> PlatformSettingsRead:
    """Answers what happens to platforms that are connected before goals, people and policy are there."""
    row = await repository.get_settings(call.session)
    call.answers(row)
    return PlatformSettingsRead.model_validate(row)


@router.patch(
    "/v1/platform-settings",
    operation_id="platform_settings_update",
    summary="Change how platforms are handled",
    dependencies=[allow(Permission.ORGANIZATION_WRITE)],
)
async def update_settings(body: PlatformSettingsUpdate, call: Current) -> PlatformSettingsRead:
    """An owner decides whether a platform that comes too early is refused, or only warned of."""
    row = await repository.get_settings(call.session)
    call.must_match(row)
    await service.update_settings(call.session, call.actor, row, body)
    call.answers(row)
    return PlatformSettingsRead.model_validate(row)


@router.post(
    "/v1/platform-connections",
    status_code=201,
    operation_id="platform_connections_create",
    summary="Connect a platform",
    dependencies=_MANAGE,
)
async def create_connection(body: PlatformConnectionCreate, call: Current) -> PlatformConnectionRead:
    """Tries the settings at the platform first; only what works is stored, sealed. One with a sign-in waits for it."""
    connector = find_platform(body.connector)
    service.check_settings(connector, body.settings, settings=call.settings)
    # No transaction of this request is open while the platform is asked.
    async with call.database.transaction(call.actor.tenant()) as reading:
        warnings = await service.check_setup(
            reading, call.actor, connector.manifest, body.settings, settings=call.settings
        )
    credentials = await _try_out(call, connector, body.settings, connection_id=None)
    connection = await service.create(call.session, call.actor, body, credentials=credentials, settings=call.settings)
    call.answers(connection)
    call.headers["Location"] = f"/v1/platform-connections/{connection.id}"
    return _read(call, connection, warnings=warnings)


@router.get(
    "/v1/platform-connections",
    operation_id="platform_connections_list",
    summary="List platforms",
    dependencies=_READ,
)
async def list_connections(
    call: Current,
    page: Page,
    state: Annotated[list[PlatformState] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[PlatformConnectionRead]:
    """Lists the organization's platforms, those that were cut too."""
    statement = repository.connections(call.session)
    if state:
        statement = statement.where(col(PlatformConnection.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(
            limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(one for one in state or []))
        ),
        id_column=PlatformConnection.id,
        sorts={"created_at": PlatformConnection.created_at, "title": PlatformConnection.title},
        default_sort="created_at",
    )
    return Listing(data=[_read(call, row) for row in found.rows], next_cursor=found.next_cursor)


@router.get(
    "/v1/platform-connections/{platform_connection_id}",
    operation_id="platform_connections_get",
    summary="Read a platform",
    dependencies=_READ,
)
async def get_connection(platform_connection_id: UUID, call: Current) -> PlatformConnectionRead:
    """Answers how a platform stands, and which of its settings are given; never their values."""
    connection = await repository.get_connection(call.session, platform_connection_id)
    call.answers(connection)
    return _read(call, connection)


@router.patch(
    "/v1/platform-connections/{platform_connection_id}",
    operation_id="platform_connections_update",
    summary="Change a platform",
    dependencies=_MANAGE,
)
async def update_connection(
    platform_connection_id: UUID, body: PlatformConnectionUpdate, call: Current
) -> PlatformConnectionRead:
    """New settings are tried first, and stored only if they work."""
    changes = body.changes()
    async with call.database.transaction(call.actor.tenant()) as reading:
        before = await repository.get_connection(reading, platform_connection_id)
        call.must_match(before)
        _must_not_be_cut(before)
        given, credentials = None, None
        if body.settings is not None:
            connector = find_platform(before.connector)
            given = service.merged_settings(before, body.settings, settings=call.settings)
            service.check_settings(connector, given, settings=call.settings)
            await service.check_still_in_order(reading, call.actor, before, given, settings=call.settings)
    if given is not None:
        credentials = await _try_out(call, connector, given, connection_id=before.id)
    connection = await repository.get_connection(call.session, platform_connection_id, lock=True)
    call.must_match(connection)
    await service.update(
        call.session,
        call.actor,
        connection,
        changes=changes,
        given=given,
        credentials=credentials,
        settings=call.settings,
    )
    call.answers(connection)
    return _read(call, connection)


@router.post(
    "/v1/platform-connections/{platform_connection_id}/check",
    operation_id="platform_connections_check",
    summary="Try whether a platform works",
    dependencies=_MANAGE,
)
async def check_connection(platform_connection_id: UUID, call: Current) -> PlatformConnectionRead:
    """Asks the platform, changing nothing there. What only people can put right stands in `problem` afterwards."""
    async with call.database.transaction(call.actor.tenant()) as reading:
        connection = await repository.get_connection(reading, platform_connection_id)
        access.check_usable(connection, Capability.CHECK, states=access.CHECKABLE)
    checks = port(find_platform(connection.connector), Capability.CHECK, Checks)
    refused: ConnectorError | None = None
    try:
        await access.use(
            call.database,
            call.settings,
            call.actor.tenant(),
            platform_connection_id,
            Capability.CHECK,
            checks.check,
            states=access.CHECKABLE,
        )
    except access.NEEDS_PEOPLE as trouble:
        refused = trouble
    except ConnectorError as trouble:
        raise access.as_refusal(trouble, connector=connection.connector) from trouble
    await repository.note_health(
        call.session, platform_connection_id, check_at=await db.now(call.session) + service.CHECK_EVERY
    )
    connection = await repository.get_connection(call.session, platform_connection_id, lock=True)
    if refused is None:
        await access.mark_healthy(call.session, connection)
    call.answers(connection)
    return _read(call, connection)


@router.delete(
    "/v1/platform-connections/{platform_connection_id}",
    status_code=204,
    operation_id="platform_connections_delete",
    summary="Disconnect a platform",
    dependencies=_MANAGE,
)
async def delete_connection(platform_connection_id: UUID, call: Current) -> None:
    """Destroys what opens the platform. What lies in it stays: withdraw that first if it shall not."""
    connection = await repository.get_connection(call.session, platform_connection_id, lock=True)
    call.must_match(connection)
    _must_not_be_cut(connection)
    await service.cut(call.session, call.actor, connection)


@router.post(
    "/v1/platform-connections/{platform_connection_id}/authorize",
    operation_id="platform_connections_authorize",
    summary="Sign in to a platform",
    dependencies=_MANAGE,
)
async def authorize(platform_connection_id: UUID, call: Current) -> AuthorizationStarted:
    """Open `authorization_url`, allow us there, and confirm with the code of the page that comes after it."""
    connection = await repository.get_connection(call.session, platform_connection_id, lock=True)
    state, expires_at = await grants.start(call.session, call.actor, connection, settings=call.settings)
    given = open_settings(connection, settings=call.settings)
    connector = find_platform(connection.connector)
    async with platform_context(call.settings, connection.connector, given) as ctx:
        url = port(connector, Capability.AUTHORIZE, AuthorizesMembers).authorization_url(
            replace(ctx, code_verifier=code_verifier(call.settings, state)),
            state=state,
            redirect_uri=redirect_uri(call.settings, connection.connector),
        )
    return AuthorizationStarted(authorization_url=url, expires_at=expires_at)


@router.post(
    "/v1/platform-connections/{platform_connection_id}/confirm",
    operation_id="platform_connections_confirm",
    summary="Confirm a sign-in",
    dependencies=_MANAGE,
)
async def confirm(platform_connection_id: UUID, body: GrantConfirm, call: Current) -> PlatformConnectionRead:
    """Whoever started the sign-in enters the code that their browser was shown; from then on the access is in use."""
    # Wrong tries are counted for good, so in a transaction that the refusal does not roll back.
    async with call.database.transaction(call.actor.tenant()) as counting:
        counted = await repository.get_connection(counting, platform_connection_id, lock=True)
        is_right = await grants.is_code(counting, call.actor, counted, code=body.code, settings=call.settings)
    if not is_right:
        raise GrantCodeRefused(most=grants.MOST_WRONG_CODES)
    connection = await repository.get_connection(call.session, platform_connection_id, lock=True)
    await grants.confirm(call.session, call.actor, connection, settings=call.settings)
    call.answers(connection)
    return _read(call, connection)


@router.get(
    "/v1/platform-connections/{platform_connection_id}/destinations",
    operation_id="platform_destinations_list",
    summary="List places in a platform",
    dependencies=_READ,
)
async def list_destinations(platform_connection_id: UUID, call: Current) -> Listing[DestinationRead]:
    """Lists where in the platform content and people can go, as it says right now."""
    async with call.database.transaction(call.actor.tenant()) as reading:
        connection = await repository.get_connection(reading, platform_connection_id)
        access.check_usable(connection, Capability.LIST_DESTINATIONS)
    lists = port(find_platform(connection.connector), Capability.LIST_DESTINATIONS, ListsDestinations)
    try:
        found: tuple[Destination, ...] = await access.use(
            call.database,
            call.settings,
            call.actor.tenant(),
            platform_connection_id,
            Capability.LIST_DESTINATIONS,
            lists.list_destinations,
        )
    except ConnectorError as refused:
        raise access.as_refusal(refused, connector=connection.connector) from refused
    return Listing(data=[DestinationRead.model_validate(one) for one in found], next_cursor=None)


@router.get(
    "/v1/platform-connections/{platform_connection_id}/cost",
    operation_id="platform_connections_cost",
    summary="What a platform costs",
    dependencies=_READ,
)
async def get_cost(platform_connection_id: UUID, call: Current) -> PlatformCost:
    """Answers the cost of this month so far and of the next one, with what that rests on."""
    connection = await repository.get_connection(call.session, platform_connection_id)
    found = await costs.forecast(call.session, connection)
    (month, this), (next_month, following) = found.this_month, found.next_month
    return PlatformCost(
        basis=found.basis.value if found.basis else None,
        unit_price=found.price,
        price_source=found.price_source,
        currency=found.currency,
        monthly_budget=connection.monthly_budget,
        is_budget_reached=found.is_reached,
        this_month=MonthCost(month=month, units=this.units, amount=this.amount),
        next_month=MonthCost(month=next_month, units=following.units, amount=following.amount),
        assumptions=[ASSUMPTIONS[code].in_language(call.language) for code in found.assumptions],
    )


async def _try_out(
    call: Call, connector: Connector, given: Mapping[str, str], *, connection_id: UUID | None
) -> Credentials | None:
    return await service.try_out(
        connector,
        given,
        database=call.database,
        organization_id=call.actor.tenant(),
        connection_id=connection_id,
        settings=call.settings,
    )


def _must_not_be_cut(connection: PlatformConnection) -> None:
    if connection.state is PlatformState.REVOKED:
        raise NotUsable(state=STATE_NAMES[connection.state], words="", connection_id=connection.id)


def _settings(connection: PlatformConnection, manifest: Manifest | None) -> list[SettingRead]:
    return [
        SettingRead(
            name=setting.name,
            title=setting.title,
            is_secret=setting.secret,
            is_required=setting.required,
            is_set=setting.name in connection.settings_set,
        )
        for setting in (manifest.settings if manifest else ())
    ]


def _read(
    call: Call, connection: PlatformConnection, *, warnings: list[FieldProblem] | None = None
) -> PlatformConnectionRead:
    manifest = manifest_of(connection)
    return PlatformConnectionRead(
        id=connection.id,
        connector=connection.connector,
        title=connection.title,
        state=connection.state,
        capabilities=sorted(manifest.capabilities) if manifest else [],
        settings=_settings(connection, manifest),
        destination_id=connection.destination_id,
        terms=TermsRead(
            unit_price=connection.unit_price,
            currency=connection.currency,
            monthly_budget=connection.monthly_budget,
        ),
        problem=connection.problem,
        problem_words=connection.problem_words,
        warnings=[problem.in_language(call.language) for problem in warnings or ()],
        checked_at=connection.checked_at,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )
