"""What lies in platforms: items put there and taken back, and the numbers that come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from services.api.dependencies import Call, Current, Page, allow
from services.api.routing import Router
from services.core.content import repository as content_rows
from services.core.content import service as content
from services.core.goals.models import Method
from services.core.kit.errors import TooLarge
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.platforms import metrics, pushes, removals, repository, rules
from services.core.platforms.models import ContentPush, PushState, ReportImport
from services.core.platforms.schemas import (
    LossRead,
    PlatformMetrics,
    PreviewRead,
    PushCreate,
    PushCreated,
    PushRead,
    PushReadings,
    PushResolve,
    ReadingRead,
    RemovalRead,
    ReportedRead,
    ReportImportCreate,
    ReportImportRead,
)
from services.core.platforms.texts import PEOPLE_NOTE, next_step

router: APIRouter = Router(tags=["Platforms"])

_PUSH = [allow(Permission.CONTENT_OFFER)]
_READ = [allow(Permission.CONTENT_READ)]
#: Of so many days the last reading is shown.
_MOST_DAYS = 30
MOST_REPORT_BYTES = 10_000_000


@router.post(
    "/v1/content-items/{item_id}/pushes",
    status_code=201,
    operation_id="content_pushes_create",
    summary="Put an item into a platform",
    dependencies=_PUSH,
)
async def create_push(item_id: UUID, body: PushCreate, call: Current) -> PushCreated:
    """Plans to put an approved item there, once; with `validate_only` only says what people would find.

    The push is made by a job right after. Where its answer gets lost it is `unknown`, and never sent again by itself.
    """
    push, preview = await pushes.plan(call.session, call.actor, item_id, body, settings=call.settings)
    losses = [LossRead.model_validate(loss) for loss in preview.losses]
    answer = PushCreated(push=None, preview=PreviewRead(fields=dict(preview.fields), losses=losses))
    if push is None:
        return answer
    call.answers(push)
    call.headers["Location"] = f"/v1/content-pushes/{push.id}"
    return answer.model_copy(update={"push": await _read(call, push)})


@router.get(
    "/v1/content-items/{item_id}/pushes",
    operation_id="content_pushes_list",
    summary="List an item's pushes",
    dependencies=_READ,
)
async def list_pushes(
    item_id: UUID,
    call: Current,
    page: Page,
    state: Annotated[list[PushState] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[PushRead]:
    """Lists in which platforms an item lies, or did."""
    await content.read_item(call.session, call.actor, item_id)
    statement = repository.pushes(call.session).where(ContentPush.item_id == item_id)
    if state:
        statement = statement.where(col(ContentPush.state).in_(state))
    found = await paginate(
        call.session,
        statement,
        page=call.page(
            limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(one for one in state or []))
        ),
        id_column=ContentPush.id,
        sorts={"created_at": ContentPush.created_at},
        default_sort="created_at",
    )
    return Listing(data=await _read_all(call, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/content-pushes/{push_id}",
    operation_id="content_pushes_get",
    summary="Read a push",
    dependencies=_READ,
)
async def get_push(push_id: UUID, call: Current) -> PushRead:
    """Answers how an item stands in a platform, and what comes next."""
    push = await repository.get_push(call.session, push_id)
    call.actor.require(Permission.CONTENT_READ, program_id=push.program_id)
    call.answers(push)
    return await _read(call, push)


@router.post(
    "/v1/content-pushes/{push_id}/resolve",
    operation_id="content_pushes_resolve",
    summary="Say whether an item arrived",
    dependencies=_PUSH,
)
async def resolve_push(push_id: UUID, body: PushResolve, call: Current) -> PushRead:
    """A person's word on a push whose outcome nobody knows. Nothing is sent by it."""
    push = await repository.get_push(call.session, push_id, lock=True)
    await pushes.resolve(call.session, call.actor, push, is_there=body.is_there, external_id=body.external_id)
    call.answers(push)
    return await _read(call, push)


@router.post(
    "/v1/content-pushes/{push_id}/withdraw",
    operation_id="content_pushes_withdraw",
    summary="Take an item out of a platform",
    dependencies=_PUSH,
)
async def withdraw_push(push_id: UUID, call: Current) -> PushRead:
    """What is only planned never goes there; what is there is taken back by a job right after."""
    push = await repository.get_push(call.session, push_id, lock=True)
    await pushes.withdraw(call.session, call.actor, push)
    call.answers(push)
    return await _read(call, push)


@router.post(
    "/v1/content-pushes/{push_id}/removed",
    operation_id="content_pushes_removed",
    summary="Say that an item is removed",
    dependencies=[allow(Door.KNOWN)],
)
async def removed_push(push_id: UUID, call: Current) -> PushRead:
    """For whoever answers for the program's content: you removed it in a platform that takes nothing back."""
    push = await repository.get_push(call.session, push_id, lock=True)
    await removals.done(call.session, call.actor, push)
    call.answers(push)
    return await _read(call, push)


@router.get(
    "/v1/content-removals",
    operation_id="content_removals_list",
    summary="List what is to be removed by hand",
    dependencies=[allow(Door.KNOWN)],
)
async def list_removals(call: Current, page: Page) -> Listing[PushRead]:
    """Lists items that lie in a platform that takes nothing back, as far as removing them is yours to do."""
    found = await paginate(
        call.session,
        await removals.open_tasks(call.session, call.actor),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=ContentPush.id,
        sorts={"created_at": ContentPush.created_at},
        default_sort="created_at",
    )
    return Listing(data=await _read_all(call, found.rows), next_cursor=found.next_cursor)


@router.get(
    "/v1/content-items/{item_id}/platform-metrics",
    operation_id="platform_metrics_get",
    summary="Read an item's numbers in platforms",
    dependencies=[allow(Permission.REPORTS_READ)],
)
async def get_metrics(item_id: UUID, call: Current) -> PlatformMetrics:
    """Answers each platform's numbers as it gave them, with coverage and freshness; nothing is added up.

    Numbers with few people behind them are missing, with that reason.
    """
    item = await content_rows.get_item(call.session, item_id)
    call.actor.require(Permission.REPORTS_READ, program_id=item.program_id)
    k = call.settings.min_group_size
    read = [await _readings(call, push, k=k) for push in await repository.list_pushes_of(call.session, item_id)]
    reports = []
    for row, imported in await repository.list_report_rows(call.session, item_id):
        counts, missing = rules.show_counts(row.counts, {}, k=k)
        reports.append(
            ReportedRead(
                import_id=imported.id,
                report=imported.name,
                method=Method.IMPORTED.value,
                counts=counts,
                missing=missing,
                since_on=row.since_on,
                until_on=row.until_on,
                imported_at=imported.created_at,
            )
        )
    return PlatformMetrics(item_id=item_id, fewest_people=k, pushes=read, reports=reports)


async def _readings(call: Call, push: ContentPush, *, k: int) -> PushReadings:
    readings = []
    for row in await repository.list_readings(call.session, push.id, most=_MOST_DAYS):
        counts, missing = rules.show_counts(row.counts, row.missing, k=k)
        readings.append(
            ReadingRead(
                day_on=row.day_on,
                counts=counts,
                missing=missing,
                covers=row.covers,
                counted_until=row.counted_until,
                read_at=row.read_at,
            )
        )
    return PushReadings(
        push_id=push.id,
        platform_connection_id=push.platform_connection_id,
        state=push.state,
        method=Method.MEASURED.value,
        readings=readings,
    )


@router.post(
    "/v1/platform-connections/{platform_connection_id}/report-imports",
    status_code=201,
    operation_id="platform_reports_import",
    summary="Import a platform's report",
    dependencies=[allow(Permission.PLATFORMS_MANAGE)],
)
async def import_report(platform_connection_id: UUID, body: ReportImportCreate, call: Current) -> ReportImportRead:
    """Reads a file that you downloaded there. Rows about items are kept; of rows about people only their sum."""
    if len(body.data) > MOST_REPORT_BYTES:
        raise TooLarge(limit=MOST_REPORT_BYTES)
    async with call.database.transaction(call.actor.tenant()) as looking:
        connection = await repository.get_connection(looking, platform_connection_id)
    reading = await metrics.read_report(connection, name=body.name, data=body.data, settings=call.settings)
    kept, matched = await metrics.store_report(
        call.session, call.actor, connection, name=body.name, data=body.data, reading=reading
    )
    return _read_import(call, kept, matched=matched)


def _read_import(call: Call, kept: ReportImport, *, matched: int) -> ReportImportRead:
    return ReportImportRead(
        id=kept.id,
        name=kept.name,
        items=kept.items,
        matched=matched,
        people=kept.people,
        people_sums=dict(metrics.shown_sums(kept, k=call.settings.min_group_size)),
        people_note=PEOPLE_NOTE.in_language(call.language) if kept.people else None,
        skipped=kept.skipped,
        created_at=kept.created_at,
    )


async def _read(call: Call, push: ContentPush) -> PushRead:
    (read,) = await _read_all(call, [push])
    return read


async def _read_all(call: Call, rows: Sequence[ContentPush]) -> list[PushRead]:
    to_remove = {push.program_id for push in rows if removals.is_open(push)}
    responsible = await removals.responsible_for(call.session, to_remove)
    return [await _read_one(call, push, responsible) for push in rows]


async def _read_one(call: Call, push: ContentPush, responsible: Mapping[UUID, list[UUID]]) -> PushRead:
    return PushRead(
        id=push.id,
        platform_connection_id=push.platform_connection_id,
        program_id=push.program_id,
        item_id=push.item_id,
        destination_id=push.destination_id,
        topic_ids=list(push.content["topic_ids"]),
        state=push.state,
        reason=push.reason,
        words=push.words,
        next_step=next_step(push, call.language),
        losses=[LossRead.model_validate(loss) for loss in push.losses],
        link_url=await pushes.link_url(call.session, push, settings=call.settings),
        publish_at=push.publish_at,
        external_id=push.external_id,
        url=push.url,
        pushed_at=push.pushed_at,
        unknown_at=push.unknown_at,
        next_look_at=push.due_at,
        removal=_removal(push, responsible),
        created_at=push.created_at,
    )


def _removal(push: ContentPush, responsible: Mapping[UUID, list[UUID]]) -> RemovalRead | None:
    if push.removal_asked_at is None:
        return None
    is_open = removals.is_open(push)
    return RemovalRead(
        is_open=is_open,
        asked_at=push.removal_asked_at,
        responsible=responsible[push.program_id] if is_open else [],
        reminders=push.removal_reminders,
        next_reminder_at=push.removal_remind_at if is_open else None,
        removed_by=push.removed_by,
        removed_at=push.removed_at,
    )
