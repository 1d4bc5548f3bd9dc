"""Chaining the audit's entries, writing the chain's head down elsewhere, and letting go what was kept its time."""

from __future__ import annotations

import asyncio
from uuid import UUID

from services.core.audit import chain, heads, repository
from services.core.kit import crypto
from services.core.kit.logging import get_logger
from services.core.organizations import hot as organizations
from services.scheduler.worker.tools import Tools

_log = get_logger("audit")


async def chain_waiting(tools: Tools) -> None:
    """Chain every entry that waits."""
    master = crypto.Sealer(tools.settings.master_keys)
    async with tools.database.hot(None) as connection:
        organization_ids = await repository.find_to_chain(connection)
    for organization_id in organization_ids:
        try:
            done = 1
            while done:
                async with tools.database.transaction(organization_id) as session:
                    done = await chain.advance(session, master=master)
        # One organization's broken key does not keep the others waiting.
        except crypto.CannotOpen as error:
            _log.error("audit.chain_stopped", organization_id=str(organization_id), exc_info=error)


async def daily(tools: Tools) -> None:
    """Go through every chain; where all is well, write its head down elsewhere and let old entries go."""
    async with tools.database.hot(None) as connection:
        organization_ids = await organizations.list_organization_ids(connection)
    for organization_id in organization_ids:
        try:
            await _look_after(tools, organization_id)
        except (OSError, crypto.CannotOpen, heads.HeadsUnreadable) as error:
            _log.error("audit.head_not_exported", organization_id=str(organization_id), exc_info=error)


async def _look_after(tools: Tools, organization_id: UUID) -> None:
    master = crypto.Sealer(tools.settings.master_keys)
    directory = heads.directory_of(tools.settings)
    exported = await asyncio.to_thread(heads.read, directory, organization_id)
    async with tools.database.session(organization_id) as session:
        verdict = await chain.verify(session, master=master, exported=exported)
    async with tools.database.transaction(organization_id) as session:
        await chain.note_verdict(session, verdict)
    if verdict.flaw is not None:
        _log.error(
            "audit.chain_broken", organization_id=str(organization_id), flaw=verdict.flaw.value,
            position=verdict.position,
        )  # fmt: skip
        return
    async with tools.database.transaction(organization_id) as session:
        head = await chain.note_export(session)
        if head is not None:
            # Before the commit: what is said to be written down is.
            await asyncio.to_thread(heads.append, directory, organization_id, head)
    async with tools.database.transaction(organization_id) as session:
        await chain.forget_old(session, master=master)
