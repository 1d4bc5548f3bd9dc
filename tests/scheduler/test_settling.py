"""What becomes of a publication whose outcome is unknown: the vendor is asked, or tells us. Nothing is ever sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.sdk.models import NoticeKind, VendorNotice
from services.core.communication.models import Message
from services.core.connections import notices
from services.core.connections import repository as connections
from services.core.connections.models import ConnectionState, WebhookReceipt
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.links.models import TrackedLink
from services.core.shares import repository, settling
from services.core.shares import service as shares
from services.core.shares.models import EvidenceKind, Publication, PublicationState
from services.scheduler.jobs import settling as job
from services.scheduler.worker.tools import Tools
from tests.factories.demo_network import (
    DemoNetwork,
    approve_demo_post,
    evidence_of,
    lose,
    make_demo_scene,
    make_demo_sharer,
    open_demo_network,
    read,
)
from tests.factories.publications import Scene, Sharer
from tests.fixtures.api import Api, Tenant

LINKEDIN_ROBOT = "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)"


@pytest.fixture
async def network(settings: Settings) -> AsyncIterator[DemoNetwork]:
    """The demo network."""
    async with open_demo_network(settings) as opened:
        yield opened


@pytest.fixture
def tools(database: db.Database, network: DemoNetwork) -> Tools:
    """What a job is given."""
    return Tools(database, network.settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An item offered for the demo network."""
    return await make_demo_scene(tenant)


@pytest.fixture
async def sharer(tenant: Tenant, scene: Scene) -> Sharer:
    """An ambassador connected to it."""
    return await make_demo_sharer(tenant, scene)


@pytest.fixture
async def there(tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork) -> Publication:
    """Unknown, and the network has it."""
    return await lose(tools, network, await approve_demo_post(tenant, scene, sharer), is_there=True)


@pytest.fixture
async def absent(tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork) -> Publication:
    """Unknown, and the network does not have it."""
    return await lose(tools, network, await approve_demo_post(tenant, scene, sharer), is_there=False)


async def look_after(tools: Tools, publication: Publication, minutes: float) -> Publication:
    """Let the clock stand so long after the outcome became unknown, and look up what is due."""
    assert publication.unknown_at is not None
    await db.move_clock(tools.settings.database_url, by=timedelta(0))
    async with tools.database.transaction(None) as session:
        passed = await db.now(session) - publication.unknown_at
    await db.move_clock(tools.settings.database_url, by=timedelta(minutes=minutes) - passed)
    await job.look_up(tools)
    return await read(tools, publication)


async def kinds(tools: Tools, publication: Publication) -> list[EvidenceKind]:
    return [fact.kind for fact in await evidence_of(tools, publication.organization_id, publication.id)]


class TestLookUp:
    async def test_a_post_that_is_there_is_published_a_minute_later(
        self, there: Publication, tools: Tools, network: DemoNetwork
    ) -> None:
        assert there.state is PublicationState.UNKNOWN
        assert (await look_after(tools, there, 0.9)).state is PublicationState.UNKNOWN
        assert network.simulator.calls["find_post"] == 0
        settled = await look_after(tools, there, 1.1)
        assert settled.state is PublicationState.PUBLISHED
        assert (settled.external_id, settled.permalink) == ("demo-1", "https://demo.example/posts/demo-1")
        assert settled.published_at is not None
        assert settled.unknown_at is not None
        assert settled.published_at <= settled.unknown_at
        (found,) = await evidence_of(tools, there.organization_id, there.id)
        assert (found.kind, found.detail["external_id"]) == (EvidenceKind.FOUND_AT_VENDOR, "demo-1")
        assert len(network.posts) == 1
        await look_after(tools, there, 6)
        assert network.simulator.calls["find_post"] == 1

    async def test_absence_is_believed_after_three_misses_over_a_quarter_of_an_hour(
        self, tenant: Tenant, absent: Publication, tools: Tools, network: DemoNetwork
    ) -> None:
        for minutes, misses in ((1.1, 1), (4, 1), (5.2, 2), (20, 2)):
            looked = await look_after(tools, absent, minutes)
            assert (looked.state, looked.look_ups) == (PublicationState.UNKNOWN, misses)
        settled = await look_after(tools, absent, 31)
        assert (settled.state, settled.reason) == (PublicationState.NOT_PUBLISHED, "not_found_at_vendor")
        assert await kinds(tools, absent) == [EvidenceKind.NOT_FOUND_AT_VENDOR] * 3
        assert network.posts == []
        await job.tell(tools, absent.organization_id, absent.id)
        assert "publication_not_published" in {message.kind for message in await tenant.rows(Message)}

    async def test_three_late_misses_in_a_row_are_not_enough(self, absent: Publication, tools: Tools) -> None:
        looked = await look_after(tools, absent, 180)
        assert (looked.state, looked.look_ups) == (PublicationState.UNKNOWN, 1)
        await job.look_up(tools)
        assert (await read(tools, absent)).look_ups == 1
        assert (await look_after(tools, absent, 184)).look_ups == 2
        assert (await look_after(tools, absent, 188)).state is PublicationState.UNKNOWN
        assert (await look_after(tools, absent, 200)).state is PublicationState.NOT_PUBLISHED

    async def test_a_late_commit_is_found_and_said_and_nothing_planned_goes_out(
        self, tenant: Tenant, sharer: Sharer, absent: Publication, tools: Tools, network: DemoNetwork
    ) -> None:
        for minutes in (1.1, 5.2, 31):
            settled = await look_after(tools, absent, minutes)
        assert settled.state is PublicationState.NOT_PUBLISHED
        async with tenant.database.transaction(tenant.id) as session:
            old = await repository.get_publication(session, absent.id, lock=True)
            share = await repository.get_share(session, old.share_id)
            looked = await shares.view(session, share, settings=tenant.settings)
            again = await shares.resend(
                session,
                sharer.actor,
                old,
                content_hash=looked.content_hash,
                local=(await db.now(session) + timedelta(hours=5)).replace(tzinfo=None, microsecond=0),
                zone="UTC",
                by_hand=False,
                networks=("demo",),
                acknowledge_duplicate_risk=False,
                settings=tenant.settings,
            )
        await network.accept(absent)
        found = await look_after(tools, absent, 125)
        assert (found.state, found.reason) == (PublicationState.NOT_PUBLISHED, "found_later")
        assert found.permalink == "https://demo.example/posts/demo-1"
        assert (await kinds(tools, absent))[-1] is EvidenceKind.FOUND_AT_VENDOR
        assert (await read(tools, again)).state is PublicationState.CANCELLED
        await job.tell(tools, absent.organization_id, absent.id)
        assert "publication_found_later" in {message.kind for message in await tenant.rows(Message)}

    @pytest.mark.parametrize(
        ("fault", "details"),
        [("status", {"status": 503}), ("retry_after", {"retry_after_seconds": 90}), ("garbage", {})],
    )
    async def test_a_vendor_that_cannot_answer_is_no_miss_and_is_asked_again(
        self, there: Publication, tools: Tools, network: DemoNetwork, fault: str, details: dict[str, object]
    ) -> None:
        network.break_next("find_post", fault, **details)
        looked = await look_after(tools, there, 1.1)
        assert (looked.state, looked.look_ups) == (PublicationState.UNKNOWN, 0)
        assert looked.look_up_at is not None
        assert await kinds(tools, there) == []
        assert (await look_after(tools, there, 4)).state is PublicationState.PUBLISHED

    async def test_two_schedulers_that_ask_at_once_count_one_miss(self, absent: Publication, tools: Tools) -> None:
        await db.move_clock(tools.settings.database_url, by=timedelta(minutes=2))
        async with tools.database.transaction(absent.organization_id) as session:
            question = await settling.take_look_up(session, absent.id, settings=tools.settings)
        async with tools.database.transaction(absent.organization_id) as session:
            assert await settling.take_look_up(session, absent.id, settings=tools.settings) is None
        assert question is not None
        counted = []
        for _ in range(2):
            async with tools.database.transaction(absent.organization_id) as session:
                counted.append(await settling.record_missed(session, question))
        assert counted == [True, False]
        assert (await read(tools, absent)).look_ups == 1

    async def test_two_schedulers_at_once_ask_the_vendor_once(
        self, absent: Publication, tools: Tools, network: DemoNetwork
    ) -> None:
        await db.move_clock(tools.settings.database_url, by=timedelta(minutes=2))
        await asyncio.gather(*(job.look_up(tools) for _ in range(3)))
        assert network.simulator.calls["find_post"] == 1
        assert (await read(tools, absent)).look_ups == 1

    @pytest.mark.parametrize("is_there", [True, False])
    async def test_the_persons_word_is_completed_or_corrected_by_the_vendors(
        self, tenant: Tenant, there: Publication, tools: Tools, is_there: bool
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            publication = await repository.get_publication(session, there.id, lock=True)
            await shares.resolve(session, publication, is_there=is_there)
        found = await look_after(tools, there, 1.1)
        assert found.external_id == "demo-1"
        assert (found.state, found.reason) == (
            (PublicationState.PUBLISHED, None) if is_there else (PublicationState.NOT_PUBLISHED, "found_later")
        )

    async def test_an_answer_that_was_lost_before_it_was_recorded_is_asked_for_again(
        self, there: Publication, tools: Tools
    ) -> None:
        await db.move_clock(tools.settings.database_url, by=timedelta(minutes=2))
        async with tools.database.transaction(there.organization_id) as session:
            assert await settling.take_look_up(session, there.id, settings=tools.settings) is not None
        await job.look_up(tools)
        assert (await read(tools, there)).state is PublicationState.UNKNOWN
        assert (await look_after(tools, there, 5)).state is PublicationState.PUBLISHED

    async def test_a_cut_account_is_not_asked_for_any_more(
        self, tenant: Tenant, sharer: Sharer, there: Publication, tools: Tools, network: DemoNetwork
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            connection = await connections.get_connection(session, sharer.connection.id)
            connection.state = ConnectionState.REVOKED
            session.add(connection)
        looked = await look_after(tools, there, 1.1)
        assert (looked.state, looked.look_up_at) == (PublicationState.UNKNOWN, None)
        assert network.simulator.calls["find_post"] == 0

    async def test_an_account_that_must_reconnect_is_marked_once(
        self, tenant: Tenant, sharer: Sharer, there: Publication, tools: Tools
    ) -> None:
        await db.move_clock(tools.settings.database_url, by=timedelta(minutes=2))
        async with tenant.database.transaction(tenant.id) as session:
            question = await settling.take_look_up(session, there.id, settings=tools.settings)
        assert question is not None
        async with tenant.database.transaction(tenant.id) as session:
            await settling.record_refused(session, question, problem="reauth_required")
        async with tenant.database.transaction(tenant.id) as session:
            connection = await connections.get_connection(session, sharer.connection.id)
        assert (connection.state, connection.problem) == (ConnectionState.NEEDS_RECONNECT, "reauth_required")
        looked = await read(tools, there)
        assert (looked.state, looked.look_ups) == (PublicationState.UNKNOWN, 0)
        assert looked.look_up_at is not None


class TestNotice:
    async def test_the_vendors_word_settles_an_unknown_one(
        self, tenant: Tenant, there: Publication, sharer: Sharer, tools: Tools
    ) -> None:
        receipt = await keep(tenant, sharer, notice_of(there))
        await job.settle_notice(tools, tenant.id, receipt.id)
        settled = await read(tools, there)
        assert (settled.state, settled.external_id) == (PublicationState.PUBLISHED, "demo-1")
        assert await kinds(tools, there) == [EvidenceKind.VENDOR_NOTICE]
        (kept,) = await tenant.rows(WebhookReceipt)
        assert kept.settled_at is not None
        assert kept.notice["outcome"] == "matched"

    async def test_a_vendor_that_signs_nothing_only_makes_us_look(
        self, tenant: Tenant, there: Publication, sharer: Sharer, tools: Tools
    ) -> None:
        receipt = await keep(tenant, sharer, replace(notice_of(there), is_signed=False))
        await job.settle_notice(tools, tenant.id, receipt.id)
        assert (await read(tools, there)).state is PublicationState.UNKNOWN
        assert await kinds(tools, there) == []
        await job.look_up(tools)
        assert (await read(tools, there)).state is PublicationState.PUBLISHED
        assert await kinds(tools, there) == [EvidenceKind.FOUND_AT_VENDOR]

    async def test_another_connections_notice_settles_nothing(
        self, tenant: Tenant, scene: Scene, there: Publication, tools: Tools
    ) -> None:
        other = await make_demo_sharer(tenant, scene)
        receipt = await keep(tenant, other, notice_of(there))
        await job.settle_notice(tools, tenant.id, receipt.id)
        assert (await read(tools, there)).state is PublicationState.UNKNOWN

    async def test_a_notice_about_something_unknown_waits_a_day_and_is_given_up(
        self, tenant: Tenant, sharer: Sharer, tools: Tools
    ) -> None:
        await keep(tenant, sharer, VendorNotice("evt_9", NoticeKind.POST_CREATED, external_id="demo-9"))
        await job.settle_notices(tools)
        assert [row.settled_at for row in await tenant.rows(WebhookReceipt)] == [None]
        await db.move_clock(tools.settings.database_url, by=timedelta(hours=24, minutes=1))
        await job.settle_notices(tools)
        (kept,) = await tenant.rows(WebhookReceipt)
        assert kept.settled_at is not None
        assert kept.notice["outcome"] == "given_up"

    async def test_a_notice_that_came_too_early_finds_its_row_later(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork
    ) -> None:
        publication = await approve_demo_post(tenant, scene, sharer)
        await keep(tenant, sharer, VendorNotice("evt_1", NoticeKind.POST_CREATED, external_id="demo-1"))
        await job.settle_notices(tools)
        assert [row.settled_at for row in await tenant.rows(WebhookReceipt)] == [None]
        await lose(tools, network, publication, is_there=True)
        await look_after(tools, await read(tools, publication), 1.1)
        await job.settle_notices(tools)
        (kept,) = await tenant.rows(WebhookReceipt)
        assert kept.settled_at is not None


class TestPreview:
    async def test_the_networks_own_robot_is_a_hint_once_and_no_proof(
        self, tenant: Tenant, api: Api, there: Publication, tools: Tools
    ) -> None:
        await as_on_linkedin(tenant, there)
        (link,) = await tenant.rows(TrackedLink)
        for _ in range(2):
            await api.client.get(f"/l/{link.code}", headers={"User-Agent": LINKEDIN_ROBOT})
            await job.note_previews(tools)
        assert (await read(tools, there)).state is PublicationState.UNKNOWN
        assert await kinds(tools, there) == [EvidenceKind.PREVIEW_FETCHED]

    async def test_robots_of_others_and_fetches_from_before_say_nothing(
        self, tenant: Tenant, api: Api, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork
    ) -> None:
        publication = await approve_demo_post(tenant, scene, sharer)
        (link,) = await tenant.rows(TrackedLink)
        await api.client.get(f"/l/{link.code}", headers={"User-Agent": LINKEDIN_ROBOT})
        publication = await lose(tools, network, publication, is_there=True)
        await as_on_linkedin(tenant, publication)
        await api.client.get(f"/l/{link.code}", headers={"User-Agent": "Twitterbot/1.0"})
        await job.note_previews(tools)
        assert await kinds(tools, publication) == []


class TestRestore:
    async def test_what_was_due_since_the_backup_is_unknown_and_is_never_sent(
        self, tenant: Tenant, scene: Scene, sharer: Sharer, tools: Tools, network: DemoNetwork
    ) -> None:
        due = await approve_demo_post(tenant, scene, sharer)
        later = await approve_demo_post(tenant, scene, await make_demo_sharer(tenant, scene), due_in=timedelta(hours=3))
        async with tenant.database.transaction(tenant.id) as session:
            taken_at = await db.now(session) - timedelta(minutes=10)
            changed = await settling.doubt_after_restore(session, backup_taken_at=taken_at, settings=tools.settings)
        assert changed == [due.id]
        doubted = await read(tools, due)
        assert (doubted.state, doubted.reason) == (PublicationState.UNKNOWN, "backup_restored")
        assert (await read(tools, later)).state is PublicationState.SCHEDULED
        assert await kinds(tools, due) == [EvidenceKind.BACKUP_RESTORED]
        for minutes in (1.1, 5.2, 31):
            doubted = await look_after(tools, doubted, minutes)
        assert doubted.state is PublicationState.NOT_PUBLISHED
        assert network.posts == []


def notice_of(publication: Publication) -> VendorNotice:
    return VendorNotice(
        "evt_1",
        NoticeKind.POST_CREATED,
        external_id="demo-1",
        idempotency_key=str(publication.id),
        permalink="https://demo.example/posts/demo-1",
    )


async def keep(tenant: Tenant, sharer: Sharer, notice: VendorNotice) -> WebhookReceipt:
    async with tenant.database.transaction(tenant.id) as session:
        assert await notices.keep(session, sharer.connection.id, [notice]) == 1
    rows: list[WebhookReceipt] = await tenant.rows(WebhookReceipt)
    return rows[0]


async def as_on_linkedin(tenant: Tenant, publication: Publication) -> None:
    """The demo network has no robot of its own."""
    async with tenant.database.transaction(tenant.id) as session:
        row = await repository.get_publication(session, publication.id)
        row.network = "linkedin"
        session.add(row)
