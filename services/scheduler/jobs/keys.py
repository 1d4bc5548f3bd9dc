"""Changing the master key while everything runs: what an older one has sealed is sealed with the one in use."""

from __future__ import annotations

from uuid import UUID

from services.core.audit import chain
from services.core.employees import sealing
from services.core.kit import crypto
from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.core.organizations import identity
from services.core.platforms import repository as platforms
from services.core.platforms.vendors import sealed_anew
from services.scheduler.worker.tools import Tools

_log = get_logger("keys")

#: Keys of one transaction: few enough that nobody waits for a row of theirs.
_MOST = 500
_FIRST = UUID(int=0)


async def wrap_anew(tools: Tools) -> None:
    """Bring everything under the first of the master keys. With one key alone there is nothing to do.

    A run that finds nothing to do says so in the log; then the older keys can be taken out of the settings.
    """
    keys = tools.settings.master_keys
    if len(keys) < 2:
        return
    master = crypto.Sealer(keys)
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    done = damaged = 0
    for organization_id in organization_ids:
        for work in (_wrap_people, _wrap_platforms, _wrap_audit, _wrap_providers):
            wrapped, broken = await work(tools, organization_id, master)
            done, damaged = done + wrapped, damaged + broken
    _log.info("keys.wrapped_anew", done=done, damaged=damaged, older_keys_can_go=done + damaged == 0)


async def _wrap_people(tools: Tools, organization_id: UUID, master: crypto.Sealer) -> tuple[int, int]:
    done, damaged, after = 0, 0, _FIRST
    while True:
        async with tools.database.transaction(organization_id) as session:
            wrapped = await sealing.wrap_anew(session, master=master, after=after, most=_MOST)
        for row_id in wrapped.damaged:
            _log.error("keys.cannot_open", data_key_id=str(row_id))
        done, damaged = done + wrapped.done, damaged + len(wrapped.damaged)
        if wrapped.last is None:
            return done, damaged
        after = wrapped.last


async def _wrap_platforms(tools: Tools, organization_id: UUID, master: crypto.Sealer) -> tuple[int, int]:
    done = damaged = 0
    async with tools.database.transaction(organization_id) as session:
        for row in (await session.exec(platforms.connections(session))).all():
            connection = await platforms.get_connection(session, row.id, lock=True)
            try:
                values = sealed_anew(connection, master=master)
            except crypto.CannotOpen:
                _log.error("keys.cannot_open", platform_connection_id=str(connection.id))
                damaged += 1
                continue
            if values:
                await platforms.save_sealed(session, connection.id, values)
                done += 1
    return done, damaged


async def _wrap_audit(tools: Tools, organization_id: UUID, master: crypto.Sealer) -> tuple[int, int]:
    try:
        async with tools.database.transaction(organization_id) as session:
            return int(await chain.wrap_anew(session, master=master)), 0
    except crypto.CannotOpen:
        _log.error("keys.cannot_open", audit_chain_of=str(organization_id))
        return 0, 1


async def _wrap_providers(tools: Tools, organization_id: UUID, master: crypto.Sealer) -> tuple[int, int]:
    async with tools.database.transaction(organization_id) as session:
        done, damaged = await identity.seal_anew(session, master=master)
    for provider_id in damaged:
        _log.error("keys.cannot_open", identity_provider_id=str(provider_id))
    return done, len(damaged)
