"""Bringing a post's files to the network before anything is armed: nobody sees them there, so it may be repeated."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import RateLimited, StillProcessing
from connectors.sdk.http import before_each_call
from connectors.sdk.models import Media, UploadedMedia
from connectors.sdk.ports import UploadsMedia, port
from services.core.assets.files import own_name
from services.core.assets.storage import Storage
from services.core.connections import budgets
from services.core.connections.vendors import vendor_context
from services.core.kit.crash import crash_point
from services.core.kit.logging import get_logger
from services.core.shares import publishing
from services.core.shares import repository as shares
from services.core.shares.media import Shown
from services.core.shares.publishing import Ready
from services.core.shares.rules import Outcome, OutcomeKind
from services.scheduler.worker import outcomes
from services.scheduler.worker.tools import Tools

_log = get_logger("publication")

#: The bytes are not where their row says.
FILE_GONE = Outcome(OutcomeKind.NEEDS_ADMINISTRATOR, "file_gone")
#: The claim ran out meanwhile: whoever has it now sees to it.
_CLAIM_LOST = Outcome(OutcomeKind.NOT_SENT, "claim_lost")


@dataclass(frozen=True)
class Brought:
    """All files of a post as they lie with the vendor."""

    media: tuple[UploadedMedia, ...]
    #: Whether calls were made for that, so that time has passed since the check.
    took_calls: bool


async def bring(tools: Tools, organization_id: UUID, ready: Ready) -> Brought | None:
    """Bring all files of a checked post to the vendor; None when it was moved on, with the reason.

    A file that the vendor still works on lets the post wait, and this worker go.
    """
    async with tools.database.transaction(organization_id) as session:
        rows = await shares.list_uploads(session, ready.claim.publication_id, connection_id=ready.connection_id)
        known = {sha256: (row.external_id, row.is_ready) for sha256, row in rows.items()}
    brought: list[UploadedMedia] = []
    took_calls = False
    outcome: Outcome | None = None
    try:
        async with _claim_kept(tools, organization_id, ready):
            for shown in ready.shown:
                external_id, is_ready = known.get(shown.sha256, (None, False))
                if external_id is not None and is_ready:
                    brought.append(UploadedMedia(external_id, shown.kind, alt_text=shown.alt_text, title=shown.title))
                    continue
                took_calls = True
                brought.append(await _bring_one(tools, organization_id, ready, shown, external_id=external_id))
                crash_point("publish.after_upload")
    except FileNotFoundError:
        outcome = FILE_GONE
    except registry.ConnectorNotFound:
        outcome = outcomes.CONNECTOR_GONE
    # Whatever a connector raises: a file on its way is seen by nobody, so that it may be sent again.
    except Exception as error:
        outcome = outcomes.of_error(error)
        if outcome.kind is OutcomeKind.UNKNOWN:
            outcome = Outcome(OutcomeKind.NOT_SENT, outcome.code, message=outcome.message)
            _log.warning("publication.upload_failed", publication_id=str(ready.claim.publication_id), exc_info=error)
    # Only the claim's end cancels this from within.
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        outcome = _CLAIM_LOST
    if outcome is None:
        return Brought(tuple(brought), took_calls)
    async with tools.database.transaction(organization_id) as session:
        await publishing.turn_back(session, ready, outcome, settings=tools.settings)
    _log.info(
        "publication.files_not_brought",
        organization_id=str(organization_id),
        publication_id=str(ready.claim.publication_id),
        code=outcome.code,
    )
    return None


async def _bring_one(
    tools: Tools, organization_id: UUID, ready: Ready, shown: Shown, *, external_id: str | None
) -> UploadedMedia:
    uploader = port(registry.get_connector(ready.connector), Capability.UPLOAD_MEDIA, UploadsMedia)
    data = await asyncio.to_thread(Storage(tools.settings.data_dir, organization_id).read, shown.sha256)
    if data is None:
        raise FileNotFoundError(shown.sha256)
    file = Media(
        kind=shown.kind,
        content_type=shown.content_type,
        data=data,
        filename=own_name(shown.sha256, shown.content_type),
        alt_text=shown.alt_text,
        title=shown.title,
    )

    async def ask() -> None:
        await _spend(tools, organization_id, ready)

    async def note(lies_at: str, *, is_ready: bool) -> None:
        async with tools.database.transaction(organization_id) as session:
            await shares.note_upload(
                session,
                ready.claim.publication_id,
                connection_id=ready.connection_id,
                sha256=shown.sha256,
                external_id=lies_at,
                is_ready=is_ready,
            )

    async with vendor_context(tools.settings, ready.connector, credentials=ready.credentials, http=tools.http) as ctx:
        try:
            with before_each_call(ask):
                uploaded = await uploader.upload_media(
                    ctx, author=ready.request.author, media=file, external_id=external_id
                )
        except StillProcessing as error:
            await note(error.external_id, is_ready=False)
            raise
    await note(uploaded.external_id, is_ready=True)
    return uploaded


async def _spend(tools: Tools, organization_id: UUID, ready: Ready) -> None:
    """Each call counts for the account like a post does; raise RateLimited when the day's calls are spent."""
    limits = registry.get_connector(ready.connector).manifest.budgets
    async with tools.database.hot(organization_id) as connection:
        allowed = await budgets.spend(
            connection, organization_id, connector=ready.connector, budgets=limits,
            connection_ids=[ready.connection_id], capability=Capability.UPLOAD_MEDIA,
        )  # fmt: skip
        if not allowed:
            again_at = await budgets.next_period(connection, limits, Capability.UPLOAD_MEDIA)
            raise RateLimited(again_at, "the account's calls are spent")


@asynccontextmanager
async def _claim_kept(tools: Tools, organization_id: UUID, ready: Ready) -> AsyncIterator[None]:
    """Within the block the claim is made anew again and again; the block is cancelled when it is lost."""
    work = asyncio.current_task()
    every = timedelta(seconds=tools.settings.publish_lease_seconds) / 3
    lost = False

    async def keep() -> None:
        nonlocal lost
        while True:
            async with tools.database.hot(organization_id) as connection:
                is_ours = await publishing.keep_claim(connection, organization_id, ready.claim, settings=tools.settings)
            if not is_ours:
                lost = True
                assert work is not None  # noqa: S101  # run inside a task
                work.cancel()
                return
            await asyncio.sleep(every.total_seconds())

    keeping = asyncio.create_task(keep())
    try:
        yield
    except asyncio.CancelledError:
        if lost and work is not None:
            work.uncancel()
        raise
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
