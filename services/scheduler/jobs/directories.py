"""Reading directories that are due: HR systems that are asked, and files that were dropped."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import (
    ConfigurationInvalid,
    ConnectorError,
    RateLimited,
    ReauthRequired,
    ScopeMissing,
)
from connectors.sdk.manifest import ClientCredentials
from connectors.sdk.models import Context
from connectors.sdk.ports import AuthenticatesOrganizations, ListsDirectory, port
from services.core.connections import service as connections
from services.core.connections.vendors import vendor_context
from services.core.employees import directory, repository, sources
from services.core.employees.errors import DirectoryFileRefused
from services.core.employees.models import DirectorySync, SyncMode, SyncState
from services.core.employees.sources import ToRead
from services.core.kit import db
from services.core.kit.logging import get_logger
from services.core.kit.texts import DEFAULT_LANGUAGE
from services.core.shares import service as shares
from services.scheduler.worker.tools import Tools

_log = get_logger("directories")

_MOST = 50
#: Each holds a whole list of people in memory.
_AT_ONCE = 2
_BY = "system"
MAX_FILE_BYTES = 64 * 1024 * 1024


@dataclass
class _Told:
    """What a connector has told so far."""

    people: list[dict[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    is_full: bool = True
    cursor: str | None = None
    hidden_fields: frozenset[str] = frozenset()


async def read_due(tools: Tools) -> None:
    """Read every source whose turn it is."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_sources_due(connection, most=_MOST)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, source_id: UUID) -> None:
        async with places:
            await read(tools, organization_id, source_id)

    await asyncio.gather(*(one(*ids) for ids in due))


async def read(tools: Tools, organization_id: UUID, source_id: UUID) -> None:
    """Read one source if it is due; what goes wrong is said on it, and does not hold up the others."""
    async with tools.database.transaction(organization_id) as session:
        wanted = await sources.take(session, source_id, settings=tools.settings)
    if wanted is None:
        return
    try:
        if wanted.source == sources.CSV_SOURCE:
            await _look_into_folder(tools, organization_id, wanted)
        else:
            await _pull(tools, organization_id, wanted)
    except ConnectorError as error:
        needs_somebody = isinstance(error, ConfigurationInvalid | ReauthRequired | ScopeMissing)
        retry_at = error.retry_at if isinstance(error, RateLimited) else None
        await _note(
            tools,
            organization_id,
            source_id,
            error.code,
            error.message,
            retry_at=retry_at,
            needs_somebody=needs_somebody,
        )
    except registry.ConnectorNotFound as error:
        await _note(tools, organization_id, source_id, error.code, str(error), needs_somebody=True)
    except DirectoryFileRefused as refused:
        await _note(tools, organization_id, source_id, *_words(refused))
    except db.TROUBLE:
        raise
    # A plugin is foreign code and a list is anybody's: what our readers trip over concerns that source alone.
    except Exception as error:
        _log.error("directory.broken", source_id=str(source_id), exc_info=error)
        await _note(tools, organization_id, source_id, "broken", type(error).__name__)


async def _pull(tools: Tools, organization_id: UUID, wanted: ToRead) -> None:
    async with vendor_context(tools.settings, wanted.source, given=wanted.settings, http=tools.http) as ctx:
        told = await _ask(ctx, wanted)
    _log.info(
        "directory.told",
        source_id=str(wanted.source_id),
        people=len(told.people),
        gone=len(told.gone),
        full=told.is_full,
    )
    async with tools.database.transaction(organization_id) as session:
        sync = await directory.compare_directory(
            session,
            source=wanted.source,
            told=told.people,
            gone=told.gone,
            mode=SyncMode.FULL if told.is_full else SyncMode.DELTA,
            cursor=told.cursor,
            settings=tools.settings,
            by=_BY,
        )
        cursor = told.cursor if sync is None else None
        is_automatic = await sources.note_read(
            session, wanted.source_id, cursor=cursor, hidden_fields=told.hidden_fields
        )
    if sync is not None and is_automatic:
        await _apply(tools, organization_id, sync)


async def _ask(ctx: Context, wanted: ToRead) -> _Told:
    connector = registry.get_connector(wanted.source)
    lister = port(connector, Capability.LIST_DIRECTORY, ListsDirectory)
    if isinstance(connector.manifest.auth, ClientCredentials):
        opener = port(connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
        ctx = replace(ctx, credentials=await opener.authenticate(ctx))
    told = _Told()
    since = wanted.cursor if wanted.mode is SyncMode.DELTA else None
    async for page in lister.list_directory(ctx, since=since):
        told.people += ({"source_id": one.external_id, **one.values} for one in page.people)
        told.gone += page.gone
        told.is_full = page.is_full
        told.cursor = page.cursor or told.cursor
        told.hidden_fields |= page.hidden_fields
    return told


async def _apply(tools: Tools, organization_id: UUID, sync: DirectorySync) -> None:
    """A run that is held, or that somebody was quicker with, is left to people."""
    if sync.state is not SyncState.READY:
        return
    async with tools.database.transaction(organization_id) as session:
        await directory.apply_run(session, sync.id, by=_BY)
        await shares.cancel_for_leavers(session)
        await connections.cut_leavers(session)


async def _look_into_folder(tools: Tools, organization_id: UUID, wanted: ToRead) -> None:
    root = tools.settings.directory_drop_dir
    found = _files(root / str(organization_id)) if root is not None else {}
    whole = next((path for path, size in found.items() if _is_whole(path, size, wanted)), None)
    growing = {path.name: size for path, size in found.items() if path != whole}
    if whole is None:
        async with tools.database.transaction(organization_id) as session:
            await sources.note_read(session, wanted.source_id, growing=growing)
        return
    if found[whole] > MAX_FILE_BYTES:
        _put_away(whole, "refused", await _now(tools, organization_id))
        await _note(tools, organization_id, wanted.source_id, "file_too_large", f"{whole.name}: 64 MiB")
        return
    content = await asyncio.to_thread(whole.read_bytes)
    try:
        sync, is_automatic = await _read_file(tools, organization_id, wanted, content, growing)
    except DirectoryFileRefused:
        _put_away(whole, "refused", await _now(tools, organization_id))
        raise
    # Put away only now: after a crash in between, the same bytes are met again and change nothing.
    _put_away(whole, "processed", await _now(tools, organization_id))
    if sync is not None and is_automatic:
        await _apply(tools, organization_id, sync)


async def _read_file(
    tools: Tools, organization_id: UUID, wanted: ToRead, content: bytes, growing: dict[str, int]
) -> tuple[DirectorySync | None, bool]:
    async with tools.database.transaction(organization_id) as session:
        last = await repository.find_last_sync(session, sources.CSV_SOURCE)
        sync = None
        if last is None or last.sha256 != hashlib.sha256(content).hexdigest() or last.state is SyncState.SUPERSEDED:
            sync, _ = await directory.compare_file(
                session, content=content, mode=wanted.mode, settings=tools.settings, by=_BY
            )
        is_automatic = await sources.note_read(session, wanted.source_id, growing=growing)
        # A run of these bytes that was made right before a crash goes on from where it was.
        return sync or last, is_automatic


def _files(folder: Path) -> dict[Path, int]:
    """Lists of people in a folder and their bytes, the oldest first; a link leads nowhere."""
    return {path: size for _, path, size in sorted(_entries(folder))}


def _entries(folder: Path) -> Iterator[tuple[float, Path, int]]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if sources.is_list_of_people(entry.name) and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                yield stat.st_mtime, Path(entry.path), stat.st_size


def _is_whole(path: Path, size: int, wanted: ToRead) -> bool:
    """Whether nobody writes a file any more: it has not grown since the last look, or its sender says so."""
    return wanted.growing.get(path.name) == size or path.with_name(path.name + ".done").is_file()


def _put_away(path: Path, where: str, at: datetime) -> None:
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    path.replace(folder / f"{at:%Y%m%dT%H%M%S%fZ}-{path.name}")
    path.with_name(path.name + ".done").unlink(missing_ok=True)


async def _now(tools: Tools, organization_id: UUID) -> datetime:
    async with tools.database.transaction(organization_id) as session:
        return await db.now(session)


def _words(refused: DirectoryFileRefused) -> tuple[str, str]:
    """The first problem of a refused list: its code, and what to do."""
    problem = refused.problems[0]
    return problem.code, problem.in_language(DEFAULT_LANGUAGE)


async def _note(
    tools: Tools,
    organization_id: UUID,
    source_id: UUID,
    code: str,
    words: str,
    *,
    retry_at: datetime | None = None,
    needs_somebody: bool = False,
) -> None:
    _log.info("directory.not_read", source_id=str(source_id), code=code)
    async with tools.database.transaction(organization_id) as session:
        await sources.note_trouble(
            session, source_id, code=code, words=words, retry_at=retry_at, needs_somebody=needs_somebody
        )
