"""Platforms kept alive and in step: health, content put there and taken back, people let in and out, numbers read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import (
    CapabilityMissing,
    ConfigurationInvalid,
    ConnectorError,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.http import starting_before, steady
from connectors.sdk.models import AudienceMember as VendorMember
from connectors.sdk.models import AudiencePage, Context, MetricReading, Pushed
from connectors.sdk.ports import (
    Checks,
    FindsContent,
    PushesContent,
    ReadsContentMetrics,
    RevokesCredentials,
    SyncsAudience,
    WithdrawsContent,
    port,
)
from services.core.communication import service as communication
from services.core.communication.texts import MessageKind
from services.core.connections.vendors import utc_now
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from services.core.employees.service import PRESENT, language_of
from services.core.kit import crypto, db
from services.core.kit.crash import crash_point
from services.core.kit.errors import DomainError
from services.core.kit.logging import get_logger
from services.core.organizations import repository as organizations
from services.core.platforms import access, audiences, metrics, pushes, removals, repository, rules, service
from services.core.platforms.budgets import OverBudget
from services.core.platforms.errors import CannotDoThat, NotUsable
from services.core.platforms.models import AudienceSyncState, ContentPush, MemberState, PlatformState, PushState
from services.core.platforms.texts import removal_place, sync_next_step
from services.core.platforms.vendors import Account, open_account, platform_context, title_of
from services.scheduler.worker.tools import Tools

_log = get_logger("platform")

_MOST = 200
_AT_ONCE = 4
#: A platform that its owners have to put right is tried again after this.
_NOT_USABLE_WAIT = timedelta(minutes=15)
#: Whoever looks holds a push for so long; longer than any call takes.
_LOOK_LEASE = timedelta(minutes=2)


async def _each(
    tools: Tools, rows: list[tuple[UUID, UUID]], work: Callable[[Tools, UUID, UUID], Awaitable[None]], *, failed: str
) -> None:
    """Work on many, a few at once; one that cannot be worked on does not keep the others waiting."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(organization_id: UUID, row_id: UUID) -> None:
        async with gate:
            await work(tools, organization_id, row_id)

    results = await asyncio.gather(*(one(*ids) for ids in rows), return_exceptions=True)
    for (_, row_id), result in zip(rows, results, strict=True):
        if isinstance(result, BaseException):
            _log.error(failed, row_id=str(row_id), exc_info=result)


# Health.


async def check_health(tools: Tools) -> None:
    """Look at the health of every platform once a day."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_to_check(connection, most=_MOST)
    await _each(tools, due, check_one, failed="platform.check_failed")


async def check_one(tools: Tools, organization_id: UUID, connection_id: UUID) -> None:
    """Ask one platform whether all works. One that is down or busy changes nothing; only a refusal does."""
    async with tools.database.transaction(organization_id) as session:
        next_at = await db.now(session) + service.CHECK_EVERY
        await repository.note_health(session, connection_id, check_at=next_at)
        connection = await repository.get_connection(session, connection_id)
    if connection.state not in access.CHECKABLE:
        return
    try:
        connector = registry.get_connector(connection.connector)
        if Capability.CHECK not in connector.manifest.capabilities:
            return
        checks = port(connector, Capability.CHECK, Checks)
        await access.use(
            tools.database, tools.settings, organization_id, connection_id, Capability.CHECK, checks.check,
            states=access.CHECKABLE, http=tools.http,
        )  # fmt: skip
    except (ConnectorError, DomainError, registry.ConnectorNotFound) as trouble:
        _log.warning("platform.check_refused", connection_id=str(connection_id), reason=type(trouble).__name__)
        return
    async with tools.database.transaction(organization_id) as session:
        await access.mark_healthy(session, await repository.get_connection(session, connection_id, lock=True))


async def tell(tools: Tools, organization_id: UUID, connection_id: UUID) -> None:
    """Tell the owners of the incident that a platform is in: each once, and not if it is over by now."""
    async with tools.database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id)
        if connection.state is not PlatformState.NEEDS_ATTENTION or connection.incident_id is None:
            return
        for owner in await _owners(session):
            await communication.write(
                session,
                owner,
                MessageKind.PLATFORM_NEEDS_ATTENTION,
                settings=tools.settings,
                subject_id=connection.incident_id,
                values={
                    "platform": title_of(connection.connector),
                    "title": connection.title,
                    "words": connection.problem_words or connection.problem or "",
                    "connection": connection.id,
                },
            )


async def tell_failed_sync(tools: Tools, organization_id: UUID, sync_id: UUID) -> None:
    """Tell the owners that a comparison has failed, and what to do: each once."""
    async with tools.database.transaction(organization_id) as session:
        sync = await repository.get_sync(session, sync_id)
        connection = await repository.get_connection(session, sync.platform_connection_id)
        if sync.state is not AudienceSyncState.FAILED:
            return
        for owner in await _owners(session):
            await communication.write(
                session, owner, MessageKind.AUDIENCE_SYNC_FAILED, settings=tools.settings, subject_id=sync.id,
                values={
                    "platform": title_of(connection.connector),
                    "title": connection.title,
                    "sync": sync.id,
                    "next": sync_next_step(sync, language_of(owner)),
                },
            )  # fmt: skip


async def _owners(session: AsyncSession) -> list[Employee]:
    """Owners of the organization who are employed."""
    ids = [grant.employee_id for grant in await organizations.list_owners(session) if grant.employee_id is not None]
    return [one for one in await employees.list_by_ids(session, ids) if one.status in PRESENT]


async def revoke(tools: Tools, organization_id: UUID, connection_id: UUID) -> None:
    """Ask the vendor to take its grant back, and destroy what opened it. Raises what makes another try worth while."""
    async with tools.database.transaction(organization_id) as session:
        connection = await repository.get_connection(session, connection_id, lock=True)
        if connection.revoke_until is None:
            return
        is_over = connection.revoke_until <= await db.now(session)
        try:
            account = open_account(connection, settings=tools.settings)
        except crypto.CannotOpen:
            is_over = True
    is_taken_back = not is_over and await _take_back(tools, account)
    async with tools.database.transaction(organization_id) as session:
        await service.destroy_revoked(session, connection_id, at_vendor=is_taken_back)


async def _take_back(tools: Tools, account: Account) -> bool:
    try:
        revokes = port(registry.get_connector(account.connector), Capability.REVOKE_CREDENTIALS, RevokesCredentials)
        await access.call(
            tools.database, tools.settings, account, Capability.REVOKE_CREDENTIALS, revokes.revoke_credentials,
            http=tools.http,
        )  # fmt: skip
    except ReauthRequired:
        return True
    except (VendorUnavailable, RateLimited):
        raise
    except (ConnectorError, registry.ConnectorNotFound) as refused:
        _log.warning("platform.withdrawal_refused", connection_id=str(account.connection_id), exc_info=refused)
        return False
    return True


async def sweep_revoked(tools: Tools) -> None:
    """Destroy what opened platforms that were cut an hour ago, whatever their vendors say."""
    async with tools.database.hot(None) as connection:
        overdue = await repository.find_to_revoke(connection, most=_MOST)
    await _each(tools, overdue, revoke, failed="platform.revoke_failed")


# Content.


async def work_pushes(tools: Tools) -> None:
    """Work on everything that is due: send, find out, look again, take back."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_pushes_due(connection, most=_MOST)
    await _each(tools, due, work_push, failed="content_push.failed")


async def work_push(tools: Tools, organization_id: UUID, push_id: UUID) -> None:
    """Do what one push needs now. Harmless when repeated: each step looks at the row again."""
    async with tools.database.transaction(organization_id) as session:
        push = await repository.get_push(session, push_id)
        if push.due_at is None or push.due_at > await db.now(session):
            return
    try:
        await _work_push(tools, push)
    except db.TROUBLE:
        raise
    except Exception as broken:
        # A damaged row, or a connector that does not work: the next in the queue must not wait behind it for ever.
        _log.error("content_push.failed", push_id=str(push_id), exc_info=broken)
        async with tools.database.transaction(organization_id) as session:
            until = await db.now(session) + _NOT_USABLE_WAIT
            await pushes.put_off_broken(session, push_id, until=until, reason=type(broken).__name__)


async def _work_push(tools: Tools, push: ContentPush) -> None:
    if push.state is PushState.PLANNED:
        await _push(tools, push)
    elif push.state is PushState.PUSHING:
        async with tools.database.transaction(push.organization_id) as session:
            await pushes.sweep_dead(session, push.id)
    elif push.state is PushState.UNKNOWN or push.withdraw_since is None:
        await _look(tools, push)
    else:
        await _withdraw(tools, push)


async def _push(tools: Tools, push: ContentPush) -> None:
    account = await _open(tools, push)
    if account is None:
        return
    started = steady()
    async with tools.database.transaction(push.organization_id) as session:
        armed = await pushes.arm(session, push.id, settings=tools.settings)
        if armed is None:
            return
        content = pushes.content_of(armed, url=await pushes.link_url(session, armed, settings=tools.settings))
        now = await db.now(session)
    crash_point("content_push.after_arm")
    if steady() - started > tools.settings.publish_start_seconds:
        # Frozen between arming and sending: it must not wake up and send.
        async with tools.database.transaction(push.organization_id) as session:
            await pushes.release(session, push.id, fence=armed.fence, until=now, reason="started_too_late")
        return
    pushes_content = port(registry.get_connector(account.connector), Capability.PUSH_CONTENT, PushesContent)
    deadline = tools.settings.publish_deadline_seconds
    outcome: Pushed | Exception
    try:
        async with platform_context(
            tools.settings, account.connector, account.settings, credentials=account.credentials, http=tools.http
        ) as ctx:
            with starting_before(started + deadline), access.counting(tools.database, account, Capability.PUSH_CONTENT):
                async with asyncio.timeout(deadline):
                    outcome = await pushes_content.push_content(ctx, content=content)
    # The edge to a connector, which may be anybody's: whatever it raises is classified by what it proves.
    except Exception as error:
        outcome = error
    crash_point("content_push.after_call")
    await _record(tools, armed, account, outcome)


async def _open(tools: Tools, push: ContentPush) -> Account | None:
    """A platform that may be asked now; None after the push was put off or given up."""
    try:
        account = await access.open_for(
            tools.database, tools.settings, push.organization_id, push.platform_connection_id,
            Capability.PUSH_CONTENT, http=tools.http,
        )  # fmt: skip
    except (ConnectorError, NotUsable, CannotDoThat) as trouble:
        await _put_off(tools, push, trouble)
        return None
    return account


async def _put_off(tools: Tools, push: ContentPush, trouble: Exception) -> None:
    async with tools.database.transaction(push.organization_id) as session:
        connection = await repository.get_connection(session, push.platform_connection_id)
        if connection.state is PlatformState.REVOKED:
            await pushes.give_up(session, push.id, reason="platform_disconnected")
            return
        reason = getattr(trouble, "code", type(trouble).__name__)
        await pushes.put_off(session, push.id, until=await _again_at(session, trouble), reason=reason)


async def _again_at(session: AsyncSession, trouble: Exception) -> datetime:
    """When it is worth another try: in the next period of an allowance, when the vendor says, or in a while."""
    now = await db.now(session)
    if isinstance(trouble, OverBudget):
        return trouble.retry_at
    if isinstance(trouble, RateLimited):
        return now + max(trouble.retry_at - utc_now(), timedelta(seconds=1))
    if isinstance(trouble, VendorUnavailable):
        return now + timedelta(minutes=1)
    return now + _NOT_USABLE_WAIT


async def _record(tools: Tools, armed: ContentPush, account: Account, outcome: Pushed | Exception) -> None:
    """First of all what happened to the push; then what that says about the account."""
    try:
        async with tools.database.transaction(armed.organization_id) as session:
            if isinstance(outcome, OverBudget):
                # No room for the next of its calls, and none of those before shows anything.
                await pushes.release(session, armed.id, fence=armed.fence, until=outcome.retry_at, reason=outcome.code)
                return
            if isinstance(outcome, Pushed):
                await pushes.record_pushed(session, armed.id, fence=armed.fence, pushed=outcome)
            else:
                await pushes.record_failed(session, armed.id, fence=armed.fence, error=outcome)
    except db.TROUBLE:
        evidence = outcome.external_id if isinstance(outcome, Pushed) else type(outcome).__name__
        _log.error("content_push.not_recorded", push_id=str(armed.id), fence=armed.fence, evidence=evidence)
        raise
    if isinstance(outcome, RateLimited):
        await access.note_slow(tools.database, account, outcome)
    elif isinstance(outcome, ScopeMissing | ConfigurationInvalid):
        await access.note_refusal(
            tools.database, account.organization_id, account.connection_id, outcome, version=account.token_version
        )
    elif isinstance(outcome, ReauthRequired):
        await _renew_and_retry(tools, armed, account)
    if isinstance(outcome, Exception):
        _log.warning("content_push.not_done", push_id=str(armed.id), reason=type(outcome).__name__)


async def _renew_and_retry(tools: Tools, armed: ContentPush, account: Account) -> None:
    """The vendor refused the token, so nothing was sent: with another one it is tried again at once, the first time."""
    try:
        await access.renew_refused(tools.database, tools.settings, account, http=tools.http)
    except ConnectorError:
        return
    if armed.tries > 0:
        async with tools.database.transaction(account.organization_id) as session:
            connection = await repository.get_connection(session, account.connection_id, lock=True)
            await access.mark_needs_attention(session, connection, ReauthRequired("a fresh token is refused as well"))
        return
    async with tools.database.transaction(armed.organization_id) as session:
        now = await db.now(session)
        await pushes.put_off(session, armed.id, until=now, reason=ReauthRequired.family)


async def _look(tools: Tools, push: ContentPush) -> None:
    """See how a push stands. No transaction is open while the vendor answers."""
    async with tools.database.transaction(push.organization_id) as session:
        held = await repository.get_push(session, push.id, lock=True)
        now = await db.now(session)
        if held.due_at is None or held.due_at > now:
            return
        held.due_at = now + _LOOK_LEASE
        session.add(held)
        await session.flush()
        seen = held.version
        content = pushes.content_of(held, url=await pushes.link_url(session, held, settings=tools.settings))

    async def find(ctx: Context) -> Pushed | None:
        finder = port(registry.get_connector(connector), Capability.FIND_CONTENT, FindsContent)
        return await finder.find_content(ctx, content=content, external_id=held.external_id)

    connector = await _connector_of(tools, push)
    try:
        found = await access.use(
            tools.database, tools.settings, push.organization_id, push.platform_connection_id,
            Capability.FIND_CONTENT, find, http=tools.http,
        )  # fmt: skip
    except CannotDoThat:
        async with tools.database.transaction(push.organization_id) as session:
            await pushes.give_up(session, push.id, reason="capability_missing")
        return
    except CapabilityMissing:
        async with tools.database.transaction(push.organization_id) as session:
            await pushes.cannot_tell(session, push.id)
        return
    except (ConnectorError, NotUsable) as trouble:
        await _put_off(tools, push, trouble)
        return
    async with tools.database.transaction(push.organization_id) as session:
        await pushes.record_found(session, push.id, seen=seen, found=found)


async def _withdraw(tools: Tools, push: ContentPush) -> None:
    """Take a push back; safe to repeat."""
    connector = await _connector_of(tools, push)

    async def take_back(ctx: Context) -> None:
        withdraws = port(registry.get_connector(connector), Capability.WITHDRAW_CONTENT, WithdrawsContent)
        await withdraws.withdraw_content(ctx, external_id=push.external_id or "")

    refused: Rejected | CannotDoThat | None = None
    try:
        if push.external_id is None:
            raise CannotDoThat(platform=title_of(connector), capability=Capability.WITHDRAW_CONTENT.label)
        await access.use(
            tools.database, tools.settings, push.organization_id, push.platform_connection_id,
            Capability.WITHDRAW_CONTENT, take_back, http=tools.http,
        )  # fmt: skip
    except (Rejected, CannotDoThat) as no:
        refused = no
    except (ConnectorError, NotUsable) as trouble:
        await _put_off(tools, push, trouble)
        return
    async with tools.database.transaction(push.organization_id) as session:
        if refused is None:
            await pushes.record_withdrawn(session, push.id)
        else:
            words = rules.words_of(refused) if isinstance(refused, Rejected) else str(refused)
            await pushes.cannot_withdraw(session, push.id, words=words)


async def _connector_of(tools: Tools, push: ContentPush) -> str:
    async with tools.database.transaction(push.organization_id) as session:
        return (await repository.get_connection(session, push.platform_connection_id)).connector


async def withdraw_closed(tools: Tools) -> None:
    """Take back what lies in platforms of items that are withdrawn or over: by their state, whatever event was lost."""
    async with tools.database.hot(None) as connection:
        organization_ids = await repository.list_organizations_with_pushes(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            found = await pushes.want_back_closed(session)
        await _each(
            tools, [(organization_id, push_id) for push_id in found], work_push, failed="content_push.withdraw_failed"
        )


async def remind_of_removals(tools: Tools) -> None:
    """Tell whoever has to remove something by hand, at once and then a few times more."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_removals_due(connection, most=_MOST)
    await _each(tools, due, _remind_of_removal, failed="content_push.reminder_failed")


async def _remind_of_removal(tools: Tools, organization_id: UUID, push_id: UUID) -> None:
    async with tools.database.transaction(organization_id) as session:
        task = await removals.take_reminder(session, push_id)
        if task is None:
            return
        people = await employees.list_by_ids(session, await removals.list_responsible(session, task.program_id))
        for person in people or await _owners(session):
            await communication.write(
                session, person, MessageKind.CONTENT_TO_REMOVE, settings=tools.settings,
                subject_id=uuid5(push_id, str(task.number)),
                values={
                    "item": task.title,
                    "platform": task.platform,
                    "where": removal_place(task, language_of(person)),
                    "words": task.words,
                    "push": push_id,
                },
            )  # fmt: skip


# Numbers.


async def read_numbers(tools: Tools) -> None:
    """Read the numbers that are due, as far as the vendors' allowances go."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_readings_due(connection, most=_MOST)
    await _each(tools, due, read_one, failed="platform.reading_failed")


async def read_one(tools: Tools, organization_id: UUID, push_id: UUID) -> None:
    """Read one push's numbers, and keep them."""
    async with tools.database.transaction(organization_id) as session:
        push = await metrics.claim(session, push_id)
        until = (await db.now(session)).date()
    if push is None or push.external_id is None or push.pushed_at is None:
        return
    connector, external_id, since = await _connector_of(tools, push), push.external_id, push.pushed_at.date()

    async def read(ctx: Context) -> MetricReading:
        reader = port(registry.get_connector(connector), Capability.READ_CONTENT_METRICS, ReadsContentMetrics)
        return await reader.read_content_metrics(
            ctx, external_id=external_id, metrics=rules.METRICS, since=since, until=until
        )

    try:
        reading = await access.use(
            tools.database, tools.settings, organization_id, push.platform_connection_id,
            Capability.READ_CONTENT_METRICS, read, http=tools.http,
        )  # fmt: skip
    except CannotDoThat:
        async with tools.database.transaction(organization_id) as session:
            await metrics.plan(session, push_id, after=None)
        return
    except (ConnectorError, NotUsable) as trouble:
        async with tools.database.transaction(organization_id) as session:
            if (await repository.get_connection(session, push.platform_connection_id)).state is PlatformState.REVOKED:
                await metrics.plan(session, push_id, after=None)
                return
            wait = await _again_at(session, trouble) - await db.now(session)
            await metrics.plan(session, push_id, after=wait)
        return
    async with tools.database.transaction(organization_id) as session:
        await metrics.record(session, push_id, reading)


# People.


async def work_syncs(tools: Tools) -> None:
    """Go on with comparisons that wait for an allowance, or whose worker died."""
    async with tools.database.hot(None) as connection:
        due = await repository.find_syncs_due(connection, most=_MOST)
    await _each(tools, due, work_sync, failed="audience_sync.failed")


async def work_sync(tools: Tools, organization_id: UUID, sync_id: UUID) -> None:
    """Compare an audience, and change it if that is wanted; each step stands in a row before it is made."""
    async with tools.database.transaction(organization_id) as session:
        sync = await audiences.claim(session, sync_id)
        if sync is None:
            return
        connector = (await repository.get_connection(session, sync.platform_connection_id)).connector
    people = _People(
        tools, organization_id, sync.platform_connection_id, connector, destination_id=sync.destination_id or None
    )
    try:
        if sync.state is AudienceSyncState.COMPARING:
            collected = await _collect(tools, people, sync_id, sync.collected or [], sync.cursor)
            async with tools.database.transaction(organization_id) as session:
                sync = await audiences.compare(session, sync_id, collected=collected, settings=tools.settings)
        if sync.state is AudienceSyncState.APPLYING:
            await _apply(tools, people, sync_id)
    except RateLimited as later:
        async with tools.database.transaction(organization_id) as session:
            await audiences.put_off(session, sync_id, until=await _again_at(session, later))
    except VendorUnavailable as later:
        async with tools.database.transaction(organization_id) as session:
            await audiences.stumble(session, sync_id, problem=later.code, words=rules.words_of(later))
    except (ConnectorError, NotUsable, CannotDoThat) as refused:
        words = rules.words_of(refused) if isinstance(refused, ConnectorError) else str(refused)
        async with tools.database.transaction(organization_id) as session:
            await audiences.fail(session, sync_id, problem=refused.code, words=words)
    except db.TROUBLE:
        raise
    # A damaged row, or a connector that does not work: bounded, and told to somebody.
    except Exception as broken:
        _log.error("audience_sync.failed", sync_id=str(sync_id), exc_info=broken)
        async with tools.database.transaction(organization_id) as session:
            await audiences.stumble(session, sync_id, problem=audiences.UNEXPECTED, words=type(broken).__name__)


class _People:
    """Calls about one destination's people."""

    def __init__(
        self, tools: Tools, organization_id: UUID, connection_id: UUID, connector: str, *, destination_id: str | None
    ) -> None:
        self.tools = tools
        self.organization_id = organization_id
        self.connection_id = connection_id
        self.destination_id = destination_id
        self._connector = connector

    async def _use(self, work: Callable[[Context], Awaitable[Any]]) -> Any:
        return await access.use(
            self.tools.database, self.tools.settings, self.organization_id, self.connection_id,
            Capability.SYNC_AUDIENCE, work, http=self.tools.http,
        )  # fmt: skip

    def _port(self) -> SyncsAudience:
        return port(registry.get_connector(self._connector), Capability.SYNC_AUDIENCE, SyncsAudience)

    async def list(self, cursor: str | None) -> AudiencePage:
        """A page of them."""
        page: AudiencePage = await self._use(
            lambda ctx: self._port().list_audience(ctx, destination_id=self.destination_id, cursor=cursor)
        )
        return page

    async def add(self, person: Any) -> VendorMember:
        """Let somebody in."""
        member: VendorMember = await self._use(
            lambda ctx: self._port().add_member(ctx, person=person, destination_id=self.destination_id)
        )
        return member

    async def remove(self, external_id: str) -> None:
        """Take somebody out."""
        await self._use(
            lambda ctx: self._port().remove_member(ctx, external_id=external_id, destination_id=self.destination_id)
        )


async def _collect(
    tools: Tools, people: _People, sync_id: UUID, collected: list[dict[str, Any]], cursor: str | None
) -> list[dict[str, Any]]:
    """All people of the destination; what was read is kept when an allowance is spent on the way."""
    found = list(collected)
    is_first = cursor is None
    while is_first or cursor is not None:
        is_first = False
        try:
            page = await people.list(cursor)
        except RateLimited as later:
            async with tools.database.transaction(people.organization_id) as session:
                until = await _again_at(session, later)
                await audiences.keep_collected(session, sync_id, collected=found, cursor=cursor, until=until)
            raise
        found += [audiences.describe(member, sync_id, settings=tools.settings) for member in page.members]
        cursor = page.next_cursor
        async with tools.database.transaction(people.organization_id) as session:
            await audiences.hold(session, sync_id)
    return found


async def _apply(tools: Tools, people: _People, sync_id: UUID) -> None:
    while True:
        async with tools.database.transaction(people.organization_id) as session:
            open_ones = await repository.list_open_members(session, sync_id, most=50)
            if not open_ones:
                await audiences.finish(session, sync_id)
                return
        for member in open_ones:
            if member.state is MemberState.ADDING:
                await _let_in(tools, people, member.id)
            elif await _is_still(tools, people, member.id, MemberState.REMOVING):
                await _take_out(tools, people, member.id, member.external_id)


async def _is_still(tools: Tools, people: _People, member_id: UUID, state: MemberState) -> bool:
    """Whether it is still to be done: somebody may have cancelled meanwhile."""
    async with tools.database.transaction(people.organization_id) as session:
        member = await repository.find_member(session, member_id)
    return member is not None and member.state is state


async def _let_in(tools: Tools, people: _People, member_id: UUID) -> None:
    async with tools.database.transaction(people.organization_id) as session:
        prepared = await audiences.prepare_add(session, member_id)
    if prepared is None:
        return
    person, is_gone = prepared
    try:
        added = await people.add(person)
    except Rejected as refused:
        async with tools.database.transaction(people.organization_id) as session:
            await audiences.record_refused(session, member_id, reason=refused.code)
        return
    crash_point("audience.after_add")
    async with tools.database.transaction(people.organization_id) as session:
        await audiences.record_added(session, member_id, external_id=added.external_id, is_gone=is_gone)


async def _take_out(tools: Tools, people: _People, member_id: UUID, external_id: str | None) -> None:
    try:
        if external_id is not None:
            await people.remove(external_id)
    except Rejected as refused:
        async with tools.database.transaction(people.organization_id) as session:
            await audiences.record_refused(session, member_id, reason=refused.code)
        return
    async with tools.database.transaction(people.organization_id) as session:
        await audiences.record_removed(session, member_id)


async def remove_leavers(tools: Tools) -> None:
    """Take out of platforms whoever has left the company or the program; within 15 minutes, by rows alone."""
    async with tools.database.hot(None) as connection:
        organization_ids = await repository.list_organizations(connection)
    for organization_id in organization_ids:
        async with tools.database.transaction(organization_id) as session:
            leaving = await audiences.mark_leavers(session)
        spent: set[UUID] = set()
        for connection_id, member_id in leaving:
            if connection_id in spent:
                continue
            try:
                await _remove_leaver(tools, organization_id, connection_id, member_id)
            # One platform that does not answer, or a damaged row, does not keep people in another.
            except Exception as trouble:
                spent.add(connection_id)
                _log.warning("audience.leaver_waits", connection_id=str(connection_id), exc_info=trouble)


async def _remove_leaver(tools: Tools, organization_id: UUID, connection_id: UUID, member_id: UUID) -> None:
    async with tools.database.transaction(organization_id) as session:
        member = await repository.find_member(session, member_id)
        connector = (await repository.get_connection(session, connection_id)).connector
    if member is None or member.state is not MemberState.REMOVING:
        return
    people = _People(tools, organization_id, connection_id, connector, destination_id=member.destination_id or None)
    await _take_out(tools, people, member_id, member.external_id)
