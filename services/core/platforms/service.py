"""Connecting, changing and cutting a platform. Flushes, never commits; the vendor is asked by the caller, between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConnectorError, VendorUnavailable
from connectors.sdk.manifest import ClientCredentials, Manifest, OAuth2Code
from connectors.sdk.models import Credentials
from connectors.sdk.ports import AuthenticatesOrganizations, Checks, Connector, port
from services.core.audit import service as audit
from services.core.connections import rules as token_rules
from services.core.events import service as events
from services.core.kit import db, jobs
from services.core.kit.errors import FieldProblem
from services.core.kit.settings import Settings
from services.core.organizations.rules import Actor, Permission
from services.core.platforms import access, budgets, repository, rules
from services.core.platforms.errors import SettingsRefused, SetupOrderRefused
from services.core.platforms.models import PlatformConnection, PlatformSettings, PlatformState, SetupOrder
from services.core.platforms.schemas import PlatformConnectionCreate, PlatformSettingsUpdate, Terms
from services.core.platforms.setup import read_setup
from services.core.platforms.vendors import (
    find_platform,
    manifest_of,
    open_settings,
    platform_context,
    seal_credentials,
    seal_settings,
)
from services.core.programs import repository as programs
from services.core.programs import rules as program_rules
from services.core.programs.models import FOR_DESIGN, Program, ProgramState
from services.core.programs.setup import Facts, before_connectors, list_steps

#: Ask the vendor to take its grant back.
REVOKE_JOB = "platform.revoke"
#: How long a vendor is asked to take its grant back; then the token is destroyed here in any case.
WITHDRAWAL = timedelta(hours=1)
CHECK_EVERY = timedelta(days=1)


async def update_settings(
    session: AsyncSession, actor: Actor, row: PlatformSettings, body: PlatformSettingsUpdate
) -> PlatformSettings:
    """Change how platforms are handled; an owner's decision."""
    actor.require(Permission.ORGANIZATION_WRITE)
    before = row.setup_order
    if body.setup_order is not None:
        row.setup_order = body.setup_order
    session.add(row)
    audit.record(
        session, actor=actor.name, action="platform_settings.update", subject=row,
        before={"setup_order": before.value}, after={"setup_order": row.setup_order.value},
    )  # fmt: skip
    await session.flush()
    return row


def check_settings(connector: Connector, given: Mapping[str, str], *, settings: Settings) -> None:
    """Make sure that settings are those of the connector, and whole; raise SettingsRefused."""
    manifest = connector.manifest
    problems = rules.settings_problems(
        manifest, given, operators=settings.connectors.get(manifest.slug, {}), allow=settings.outbound_allow
    )
    if problems:
        raise SettingsRefused(problems=problems, words="")


async def check_setup(
    session: AsyncSession, actor: Actor, manifest: Manifest, given: Mapping[str, str], *, settings: Settings
) -> list[FieldProblem]:
    """What should have come before a platform; raise SetupOrderRefused where the organization does not only warn.

    One program is enough whose goals, people, policy, recruitment and monitoring are there. A simulator reaches nobody,
    and may come at any time.
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    if rules.is_rehearsal(manifest, {**settings.connectors.get(manifest.slug, {}), **given}):
        return []
    problems = await _missing_foundations(session, settings=settings)
    if problems and (await repository.get_settings(session)).setup_order is SetupOrder.REFUSE:
        raise SetupOrderRefused(problems=problems)
    return problems


async def check_still_in_order(
    session: AsyncSession,
    actor: Actor,
    connection: PlatformConnection,
    given: Mapping[str, str],
    *,
    settings: Settings,
) -> None:
    """``check_setup`` for settings that turn a simulator into the real thing; new secrets are no such step."""
    manifest = find_platform(connection.connector).manifest
    operators = settings.connectors.get(manifest.slug, {})
    if rules.is_rehearsal(manifest, {**operators, **open_settings(connection, settings=settings)}):
        await check_setup(session, actor, manifest, given, settings=settings)


async def _missing_foundations(session: AsyncSession, *, settings: Settings) -> list[FieldProblem]:
    """What the program lacks that is furthest; without any program, what a first one would need."""
    there = (await session.exec(programs.programs(session).where(col(Program.state) != ProgramState.CLOSED))).all()
    found = [before_connectors(await read_setup(session, program, settings=settings)) for program in there]
    if found:
        return min(found, key=len)
    no_program = Facts(
        goals=program_rules.missing_goals([], employed=()),
        owners=program_rules.missing_holders([], employed=(), mandatory=FOR_DESIGN),
        policy=program_rules.missing_for_quiet(has_published_policy=False, has_persona=True),
        recruitment=program_rules.missing_for_quiet(has_published_policy=True, has_persona=False),
        has_goals=False,
        unmeasured=(),
        has_connector=False,
    )
    return before_connectors(list_steps(no_program))


async def try_out(
    connector: Connector,
    given: Mapping[str, str],
    *,
    database: db.Database,
    organization_id: UUID,
    connection_id: UUID | None,
    settings: Settings,
) -> Credentials | None:
    """Whether the platform lets us in with these settings; answer the token that it gave, if it gives any.

    Runs outside of any transaction, and before anything is stored. One that people sign in to is tried when they have.
    Raises PlatformRefused and PlatformNotReached with the connector's words.
    """
    manifest = connector.manifest
    if isinstance(manifest.auth, OAuth2Code):
        return None
    credentials: Credentials | None = None

    def counting(capability: Capability) -> AbstractContextManager[None]:
        return budgets.counting(
            database, organization_id, connection_id, connector=manifest.slug, capability=capability
        )

    try:
        async with asyncio.timeout(settings.publish_deadline_seconds):
            if isinstance(manifest.auth, ClientCredentials):
                opens = port(connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
                async with platform_context(settings, manifest.slug, given) as ctx:
                    with counting(Capability.AUTHENTICATE):
                        credentials = await opens.authenticate(ctx)
                token_rules.check_life(credentials, now=ctx.now())
            with counting(Capability.CHECK):
                await check(connector, given, credentials=credentials, settings=settings)
    except TimeoutError:
        raise access.as_refusal(VendorUnavailable("no answer in time"), connector=manifest.slug) from None
    except ConnectorError as refused:
        raise access.as_refusal(refused, connector=manifest.slug) from refused
    return credentials


async def check(
    connector: Connector, given: Mapping[str, str], *, credentials: Credentials | None, settings: Settings
) -> None:
    """Ask the platform whether all works, if it can be asked; raise ConnectorError."""
    manifest = connector.manifest
    if Capability.CHECK not in manifest.capabilities:
        return
    async with platform_context(settings, manifest.slug, given, credentials=credentials) as ctx:
        await port(connector, Capability.CHECK, Checks).check(ctx)


async def create(
    session: AsyncSession,
    actor: Actor,
    body: PlatformConnectionCreate,
    *,
    credentials: Credentials | None,
    settings: Settings,
) -> PlatformConnection:
    """Keep a platform whose settings were tried, sealed; one that people sign in to waits for that."""
    actor.require(Permission.PLATFORMS_MANAGE)
    manifest = find_platform(body.connector).manifest
    waits = isinstance(manifest.auth, OAuth2Code)
    now = await db.now(session)
    connection = PlatformConnection(
        organization_id=actor.tenant(),
        connector=manifest.slug,
        title=body.title,
        state=PlatformState.AWAITING_AUTHORIZATION if waits else PlatformState.ACTIVE,
        destination_id=body.destination_id,
        checked_at=None if waits else now,
        check_at=None if waits else now + CHECK_EVERY,
        **body.terms.model_dump(),
    )
    seal_settings(connection, body.settings, settings=settings)
    if credentials is not None:
        _keep_token(connection, credentials, settings=settings)
    session.add(connection)
    await session.flush()
    _record(session, actor, connection, "create", after={"connector": manifest.slug, "settings": sorted(body.settings)})
    if not waits:
        events.emit(session, "platform_connection.activated", platform_connection_id=connection.id)
    await session.flush()
    return connection


def _keep_token(connection: PlatformConnection, credentials: Credentials, *, settings: Settings) -> None:
    connection.sealed_credentials = seal_credentials(connection, credentials, settings=settings)
    connection.token_expires_at = credentials.expires_at
    connection.token_version += 1
    # Whoever renews the token of before finds that its version has moved.
    connection.refresh_lease_until = None


def merged_settings(
    connection: PlatformConnection, changes: Mapping[str, str | None], *, settings: Settings
) -> dict[str, str]:
    """The settings as a merge patch leaves them: null removes.

    Where a change leads to another address, secrets that were entered for the old one are not kept: they would be sent
    there. Whoever may change an address need not be able to read a key.
    """
    stored = open_settings(connection, settings=settings)
    merged: dict[str, str | None] = {**stored, **changes}
    manifest = manifest_of(connection)
    if manifest is not None and rules.leads_elsewhere(stored, changes):
        for setting in manifest.settings:
            if setting.secret and setting.name not in changes:
                merged[setting.name] = None
    return {name: value for name, value in merged.items() if value is not None}


async def update(
    session: AsyncSession,
    actor: Actor,
    connection: PlatformConnection,
    *,
    changes: Mapping[str, Any],
    given: Mapping[str, str] | None,
    credentials: Credentials | None,
    settings: Settings,
) -> PlatformConnection:
    """Change a platform; new settings (``given``) were tried before, and end an incident."""
    actor.require(Permission.PLATFORMS_MANAGE)
    if changes.get("title"):
        connection.title = changes["title"]
    if "destination_id" in changes:
        connection.destination_id = changes["destination_id"]
    if "terms" in changes:
        terms = changes["terms"] or Terms()
        named = terms.changes() if changes["terms"] is not None else Terms().model_dump()
        for name, value in named.items():
            setattr(connection, name, value)
    if given is not None:
        manifest = manifest_of(connection)
        is_elsewhere = rules.leads_elsewhere(open_settings(connection, settings=settings), given)
        seal_settings(connection, given, settings=settings)
        if credentials is not None:
            _keep_token(connection, credentials, settings=settings)
        elif is_elsewhere and connection.sealed_credentials is not None:
            # A token of the old address opens nothing at the new one, and is not sent there.
            connection.sealed_credentials = None
            connection.token_version += 1
            if manifest is not None and isinstance(manifest.auth, OAuth2Code):
                connection.state = PlatformState.AWAITING_AUTHORIZATION
        # One with a sign-in was not tried by this: its health is found out by its check.
        if manifest is not None and not isinstance(manifest.auth, OAuth2Code):
            await access.mark_healthy(session, connection)
            await access.try_again(session, connection.id)
    session.add(connection)
    await session.flush()
    _record(session, actor, connection, "update", after={"fields": sorted(changes)})
    return connection


async def cut(session: AsyncSession, actor: Actor, connection: PlatformConnection) -> None:
    """Disconnect a platform: what opens it is destroyed here and now.

    Where the vendor lets us take its grant back, the sealed token is kept for that one job, an hour at the most. What
    lies in the platform, and who is in it, stays as it is: without access nothing can be taken back.
    """
    actor.require(Permission.PLATFORMS_MANAGE)
    can_revoke = Capability.REVOKE_CREDENTIALS in _capabilities(connection)
    connection.state = PlatformState.REVOKED
    connection.sealed_grant = connection.confirmation_hash = None
    connection.problem = connection.problem_words = connection.incident_id = None
    connection.check_at = None
    connection.token_version += 1
    if connection.sealed_credentials is not None and can_revoke:
        connection.revoke_until = await db.now(session) + WITHDRAWAL
        await jobs.enqueue(session, REVOKE_JOB, subject_id=connection.id)
    else:
        destroy_secrets(connection)
    session.add(connection)
    await session.flush()
    _record(session, actor, connection, "revoke", after={"connector": connection.connector})
    events.emit(session, "platform_connection.revoked", platform_connection_id=connection.id)
    await session.flush()


def _capabilities(connection: PlatformConnection) -> frozenset[Capability]:
    manifest = manifest_of(connection)
    return manifest.capabilities if manifest else frozenset()


def destroy_secrets(connection: PlatformConnection) -> None:
    """Nothing that opens the platform is left."""
    connection.sealed_settings = None
    connection.sealed_credentials = None
    connection.sealed_grant = None
    connection.settings_set = []
    connection.token_expires_at = None
    connection.revoke_until = None


async def destroy_revoked(session: AsyncSession, connection_id: UUID, *, at_vendor: bool) -> None:
    """The vendor has taken its grant back (``at_vendor``), or we stop asking: what opened it goes."""
    connection = await repository.get_connection(session, connection_id, lock=True)
    if at_vendor:
        connection.withdrawn_at = await db.now(session)
    destroy_secrets(connection)
    session.add(connection)
    await session.flush()


def _record(
    session: AsyncSession, actor: Actor, connection: PlatformConnection, deed: str, *, after: Mapping[str, Any]
) -> None:
    audit.record(session, actor=actor.name, action=f"platform_connection.{deed}", subject=connection, after=after)
