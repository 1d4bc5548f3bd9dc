"""Content goes into platforms once and is taken back, people are let in and out, numbers come back within budgets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import VendorUnavailable
from connectors.sdk.models import Context, Credentials, Secret
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication.models import Message
from services.core.content import service as content
from services.core.content.models import ContentItem, ItemState
from services.core.content.schemas import Withdrawal
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.links.models import TrackedLink
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Grant
from services.core.platforms import access, budgets, pushes, repository, tokens
from services.core.platforms.models import (
    AudienceMember,
    AudienceSync,
    AudienceSyncState,
    ContentPush,
    MemberState,
    PlatformConnection,
    PlatformReading,
    PlatformState,
    PushState,
)
from services.core.platforms.vendors import seal_credentials
from services.core.programs.models import Program, ProgramState
from services.scheduler.jobs import platforms as jobs
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import NoticeboardSimulator, Vendor, noticeboard

BOARD = {
    "connector": "noticeboard",
    "title": "Our board",
    "settings": {"client_id": "us", "client_secret": "right"},
    "destination_id": "b1",
}
SEATS = {
    "connector": "seatboard",
    "title": "Our seats",
    "settings": {"api_key": "the-key"},
    "destination_id": "b1",
    "terms": {"unit_price": 10, "currency": "EUR", "monthly_budget": 35},
}


@pytest.fixture
def settings(settings: Settings, vendor: Vendor) -> Settings:
    """Settings that lead to the vendor."""
    return vendor.reached_by(settings)


@pytest.fixture
def simulator(vendor: Vendor) -> NoticeboardSimulator:
    """The vendor itself."""
    return vendor.simulator


@pytest.fixture
def tools(database: db.Database, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """An offered item."""
    return await make_scene(tenant)


async def connect(api: Api, tenant: Tenant, body: dict[str, Any]) -> UUID:
    """A platform that works."""
    answer = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


@pytest.fixture
async def board(api: Api, tenant: Tenant) -> UUID:
    """The platform of most tests."""
    return await connect(api, tenant, BOARD)


@pytest.fixture
async def push_id(api: Api, tenant: Tenant, scene: Scene, board: UUID) -> UUID:
    """A planned push."""
    answer = await api.post(
        f"/v1/content-items/{scene.item.id}/pushes", key=tenant.owner_key, json={"platform_connection_id": str(board)}
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["push"]["id"])


async def read(tenant: Tenant) -> ContentPush:
    """The one push there is."""
    (row,) = await tenant.rows(ContentPush)
    assert isinstance(row, ContentPush)
    return row


async def later(tools: Tools, **by: float) -> None:
    """Let time go by."""
    await db.move_clock(tools.settings.database_url, by=timedelta(**by))


async def to_the_next_minute(tools: Tools) -> int:
    """Let a minute have just begun, so that no other begins meanwhile; answer how far the clock was moved."""
    async with tools.database.hot(None) as connection:
        ahead = 61 - int(await connection.fetchval("select extract(epoch from advocacy_now())::bigint % 60"))
    await later(tools, seconds=ahead)
    return ahead


async def change(tenant: Tenant, model: type[Any], row_id: UUID, **values: object) -> None:
    """Change a row as somebody else would."""
    async with tenant.database.transaction(tenant.id) as session:
        row = await session.get(model, (tenant.id, row_id))
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


class TestPushing:
    async def test_it_goes_there_once_with_a_tracked_link_of_its_own(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        for _ in range(2):
            await jobs.work_push(tools, tenant.id, push_id)
        push = await read(tenant)
        assert (push.state, push.external_id, push.reason) == (PushState.LIVE, "i1", None)
        (item,) = simulator.items.values()
        (link,) = await tenant.rows(TrackedLink)
        assert item["link"] == f"http://127.0.0.1:8000/l/{link.code}"
        assert (link.employee_id, link.item_id, link.network) == (None, scene.item.id, "noticeboard")
        assert link.published_at is not None

    async def test_many_workers_at_once_make_one_call(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        await asyncio.gather(*(jobs.work_push(tools, tenant.id, push_id) for _ in range(6)))
        assert simulator.calls["push"] == 1
        assert (await read(tenant)).state is PushState.LIVE

    async def test_a_lost_answer_is_settled_by_looking_and_never_sent_again(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("push", "lose_answer")
        await jobs.work_push(tools, tenant.id, push_id)
        assert (await read(tenant)).state is PushState.UNKNOWN
        await later(tools, seconds=61)
        await jobs.work_pushes(tools)
        push = await read(tenant)
        assert (push.state, push.external_id) == (PushState.LIVE, "i1")
        assert simulator.calls["push"] == 1

    async def test_what_is_not_to_be_found_after_three_looks_is_left_to_a_person(
        self, api: Api, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("push", "lose_request")
        await jobs.work_push(tools, tenant.id, push_id)
        looked = []
        for minutes in (0.5, 1.1, 5.1, 30.1, 600):
            await later(tools, minutes=minutes)
            await jobs.work_pushes(tools)
            looked.append(simulator.calls["find"])
        assert looked == [0, 1, 2, 3, 3]
        push = await read(tenant)
        assert (push.state, push.due_at) == (PushState.UNKNOWN, None)
        path = f"/v1/content-pushes/{push_id}"
        assert "/resolve" in (await api.get(path, key=tenant.owner_key)).json()["next_step"]
        answer = await api.post(f"{path}/resolve", key=tenant.owner_key, json={"is_there": False})
        assert (answer.json()["state"], answer.json()["reason"]) == ("failed", "not_there")
        again = await api.post(f"{path}/resolve", key=tenant.owner_key, json={"is_there": True})
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_resolve")
        await jobs.work_pushes(tools)
        assert simulator.calls["push"] == 1

    async def test_a_person_who_has_seen_it_makes_it_live(
        self, api: Api, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("push", "lose_request")
        await jobs.work_push(tools, tenant.id, push_id)
        answer = await api.post(
            f"/v1/content-pushes/{push_id}/resolve", key=tenant.owner_key, json={"is_there": True, "external_id": "i9"}
        )
        assert (answer.json()["state"], answer.json()["external_id"]) == ("live", "i9")

    async def test_a_worker_that_died_after_arming_leaves_it_unknown(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            assert await pushes.arm(session, push_id, settings=tools.settings) is not None
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.PUSHING
        await later(tools, minutes=2)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.UNKNOWN
        assert simulator.calls["push"] == 0

    async def test_proof_that_nothing_was_sent_lets_it_be_tried_again(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("push", "retry_after")
        await jobs.work_push(tools, tenant.id, push_id)
        push = await read(tenant)
        assert (push.state, push.reason) == (PushState.PLANNED, "rate_limited")
        await jobs.work_pushes(tools)
        assert simulator.calls["push"] == 1
        await later(tools, seconds=70)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.LIVE

    async def test_a_refusal_is_final_and_in_the_platforms_words(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("push", "status", status=422)
        await jobs.work_push(tools, tenant.id, push_id)
        push = await read(tenant)
        assert (push.state, push.reason) == (PushState.FAILED, "item_refused")
        assert push.words == "Noticeboard does not like this item."

    async def test_a_refused_token_is_replaced_and_the_push_goes_on_at_once(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.tokens.clear()
        for _ in range(2):
            await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.LIVE
        assert len(simulator.items) == 1

    async def test_it_waits_while_the_platform_needs_its_owners(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator, board: UUID
    ) -> None:
        simulator.tokens.clear()
        simulator.secret = "newer"
        await jobs.work_pushes(tools)
        await jobs.work_pushes(tools)
        push = await read(tenant)
        assert push.state is PushState.PLANNED
        (connection,) = await tenant.rows(PlatformConnection)
        assert connection.state is PlatformState.NEEDS_ATTENTION

    @pytest.mark.parametrize("state", ["scheduled", "awaiting_review", "draft"])
    async def test_what_waits_inside_the_platform_is_looked_at_again(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator, state: str
    ) -> None:
        simulator.next_state = state
        await jobs.work_push(tools, tenant.id, push_id)
        assert (await read(tenant)).state == state
        simulator.items["i1"]["state"] = "live"
        await later(tools, hours=25)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.LIVE


class TestHolding:
    async def test_nothing_goes_there_while_somebody_has_stopped_it_and_it_goes_on_by_itself(
        self, api: Api, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        body = {"scope": "organization", "reason": "A crisis"}
        stop = await api.post("/v1/stops", key=tenant.owner_key, json=body)
        assert stop.status_code == 201, stop.text
        await jobs.work_pushes(tools)
        push = await read(tenant)
        assert (push.state, push.reason, simulator.calls["push"]) == (PushState.PLANNED, "stopped", 0)
        path = f"/v1/stops/{stop.json()['id']}"
        assert (await api.delete(path, key=tenant.owner_key, etag="*")).status_code < 300
        await later(tools, minutes=2)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.LIVE

    async def test_a_program_that_pauses_holds_its_pushes(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        await change(tenant, Program, scene.program.id, state=ProgramState.PAUSED)
        await jobs.work_pushes(tools)
        push = await read(tenant)
        assert (push.state, push.reason, simulator.calls["push"]) == (PushState.PLANNED, "program_paused", 0)


class TestTakingBack:
    @pytest.fixture
    async def live(self, tenant: Tenant, push_id: UUID, tools: Tools) -> UUID:
        """A push that is live."""
        await jobs.work_push(tools, tenant.id, push_id)
        return push_id

    async def test_an_item_that_is_withdrawn_disappears_from_the_platform_whatever_event_was_lost(
        self, tenant: Tenant, live: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        actor = Actor(tenant.id, key_id=live, grants=frozenset({Grant(Role.OWNER)}))
        async with tenant.database.transaction(tenant.id) as session:
            await content.withdraw(session, actor, scene.item.id, Withdrawal(reason="Wrong"))
        await jobs.withdraw_closed(tools)
        assert not simulator.items
        assert (await read(tenant)).state is PushState.WITHDRAWN

    async def test_an_item_that_is_over_disappears_as_well(
        self, tenant: Tenant, live: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            over_at = await db.now(session) + timedelta(hours=1)
        await change(tenant, ContentItem, scene.item.id, expires_at=over_at)
        await jobs.withdraw_closed(tools)
        assert len(simulator.items) == 1
        await later(tools, hours=2)
        await jobs.withdraw_closed(tools)
        assert not simulator.items
        assert (await read(tenant)).state is PushState.EXPIRED

    async def test_what_was_not_sent_yet_is_never_sent(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        await change(tenant, ContentItem, scene.item.id, state=ItemState.WITHDRAWN)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.WITHDRAWN
        assert simulator.calls["push"] == 0

    async def test_a_platform_that_is_down_is_asked_again(
        self, tenant: Tenant, live: UUID, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        simulator.break_next("withdraw", "status", status=503)
        await change(tenant, ContentItem, scene.item.id, state=ItemState.WITHDRAWN)
        await jobs.withdraw_closed(tools)
        assert len(simulator.items) == 1
        await later(tools, minutes=2)
        await jobs.work_pushes(tools)
        assert (await read(tenant)).state is PushState.WITHDRAWN

    async def test_a_platform_that_takes_nothing_back_needs_a_hand(
        self, api: Api, tenant: Tenant, tools: Tools, simulator: NoticeboardSimulator, scene: Scene
    ) -> None:
        seats = await connect(api, tenant, SEATS)
        body = {"platform_connection_id": str(seats)}
        made = await api.post(f"/v1/content-items/{scene.item.id}/pushes", key=tenant.owner_key, json=body)
        push_id = made.json()["push"]["id"]
        await jobs.work_pushes(tools)
        answer = await api.post(f"/v1/content-pushes/{push_id}/withdraw", key=tenant.owner_key)
        assert answer.json()["next_step"] == "It is being taken back."
        await jobs.work_pushes(tools)
        answer = await api.get(f"/v1/content-pushes/{push_id}", key=tenant.owner_key)
        assert (answer.json()["state"], answer.json()["reason"]) == ("live", "withdraw_by_hand")
        assert "by hand" in answer.json()["next_step"]


async def join(tenant: Tenant, scene: Scene, count: int) -> list[Employee]:
    """Active ambassadors of the program."""
    found = []
    for _ in range(count):
        employee = await tenant.employee()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Ambassador(
                    organization_id=tenant.id, program_id=scene.program.id, employee_id=employee.id,
                    state=AmbassadorState.ACTIVE, language=Language.EN, joined_at=await db.now(session),
                )
            )  # fmt: skip
        found.append(employee)
    return found


async def sync(api: Api, tenant: Tenant, connection_id: UUID, scene: Scene, **body: object) -> UUID:
    """Begin a comparison."""
    answer = await api.post(
        f"/v1/platform-connections/{connection_id}/audience-syncs",
        key=tenant.owner_key,
        json={"program_id": str(scene.program.id), **body},
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/audience-syncs/{answer.json()['id']}"
    return UUID(answer.json()["id"])


async def read_sync(tenant: Tenant, sync_id: UUID) -> AudienceSync:
    """A comparison as it stands."""
    async with tenant.database.transaction(tenant.id) as session:
        return await repository.get_sync(session, sync_id)


def mails(people: Sequence[Employee]) -> set[str]:
    """Their addresses."""
    return {person.work_email for person in people}


class TestAudience:
    async def test_managers_of_everything_compare_and_nobody_else(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene, board: UUID
    ) -> None:
        path, body = f"/v1/platform-connections/{board}/audience-syncs", {"program_id": str(scene.program.id)}
        _, limited = await tenant.person(Role.PROGRAM_MANAGER, program_id=scene.program.id)
        _, analyst = await tenant.person(Role.ANALYST)
        for key in (limited, analyst):
            assert (await api.post(path, key=key, json=body)).status_code == 403
        assert (await api.post(path, key=other_tenant.owner_key, json=body)).status_code == 404
        assert (await api.post(path, key=tenant.owner_key, json={"program_id": str(board)})).status_code == 404
        sync_id = await sync(api, tenant, board, scene)
        assert (await api.get(f"/v1/audience-syncs/{sync_id}", key=analyst)).status_code == 403
        assert (await api.get(f"/v1/audience-syncs/{sync_id}", key=other_tenant.owner_key)).status_code == 404
        listed = await api.get(path, key=tenant.owner_key)
        assert [one["id"] for one in listed.json()["data"]] == [str(sync_id)]

    async def test_a_preview_says_who_and_changes_nothing(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        people = await join(tenant, scene, 2)
        await tenant.employee()
        simulator.invite(people[0].work_email.upper())
        simulator.invite("stranger@lumen.example")
        sync_id = await sync(api, tenant, board, scene, validate_only=True)
        await jobs.work_sync(tools, tenant.id, sync_id)
        answer = (await api.get(f"/v1/audience-syncs/{sync_id}", key=tenant.owner_key)).json()
        assert answer["state"] == "previewed"
        assert (answer["to_add"], answer["to_remove"]) == ([str(people[1].id)], [])
        assert (answer["unchanged"], answer["not_ours"]) == (1, 1)
        assert simulator.calls["add"] == 0
        assert await tenant.rows(AudienceMember) == []

    async def test_people_are_let_in_and_only_those_we_let_in_are_taken_out(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        people = await join(tenant, scene, 3)
        simulator.invite("stranger@lumen.example")
        simulator.invite(people[0].work_email)
        sync_id = await sync(api, tenant, board, scene)
        await jobs.work_sync(tools, tenant.id, sync_id)
        done = await read_sync(tenant, sync_id)
        assert (done.state, done.total, done.finished) == (AudienceSyncState.DONE, 2, 2)
        assert simulator.active == mails(people) | {"stranger@lumen.example"}
        for person in people[:2]:
            await change(tenant, Employee, person.id, status=EmploymentStatus.LEFT)
        await later(tools, minutes=2)
        second = await sync(api, tenant, board, scene)
        await jobs.work_sync(tools, tenant.id, second)
        # Person 0 had been let in by somebody else: never touched.
        assert simulator.active == {people[0].work_email, people[2].work_email, "stranger@lumen.example"}

    async def test_more_calls_than_the_allowance_wait_for_the_next_minute_and_never_fail(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        people = await join(tenant, scene, 9)
        sync_id = await sync(api, tenant, board, scene)
        seen = []
        ahead = await to_the_next_minute(tools)
        for minutes in range(4):
            await later(tools, seconds=ahead + 60 * minutes)
            for _ in range(2):
                await jobs.work_syncs(tools)
            seen.append(simulator.calls["list_people"] + simulator.calls["add"])
        assert seen[0] <= 6
        assert all(after - before <= 6 for before, after in pairwise(seen))
        assert (await read_sync(tenant, sync_id)).state is AudienceSyncState.DONE
        assert simulator.active == mails(people)
        assert simulator.calls["add"] == 9

    async def test_a_run_whose_worker_died_is_taken_up_where_it_was(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        people = await join(tenant, scene, 3)
        sync_id = await sync(api, tenant, board, scene)
        simulator.break_next("add", "hang", after_work=True)
        dying = asyncio.create_task(jobs.work_sync(tools, tenant.id, sync_id))
        async with asyncio.timeout(20):
            await simulator.added.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await jobs.work_syncs(tools)
        assert (await read_sync(tenant, sync_id)).state is AudienceSyncState.APPLYING
        await later(tools, minutes=3)
        await jobs.work_syncs(tools)
        assert (await read_sync(tenant, sync_id)).state is AudienceSyncState.DONE
        assert simulator.active == mails(people)

    async def test_throwing_out_many_stops_until_that_very_difference_is_confirmed(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        body = SEATS | {"terms": {}}
        seats = await connect(api, tenant, body)
        people = await join(tenant, scene, 7)
        await jobs.work_sync(tools, tenant.id, await sync(api, tenant, seats, scene))
        for ambassador in await tenant.rows(Ambassador):
            if ambassador.employee_id != people[0].id:
                await change(tenant, Ambassador, ambassador.id, state=AmbassadorState.LEFT)
        stopped = await sync(api, tenant, seats, scene)
        await jobs.work_sync(tools, tenant.id, stopped)
        row = await read_sync(tenant, stopped)
        assert (row.state, row.problem, len(row.to_remove)) == (AudienceSyncState.STOPPED, "too_many_removals", 6)
        assert simulator.active == mails(people)
        wrong = await sync(api, tenant, seats, scene, confirm=True, diff_hash="0" * 64)
        await jobs.work_sync(tools, tenant.id, wrong)
        assert (await read_sync(tenant, wrong)).state is AudienceSyncState.STOPPED
        right = await sync(api, tenant, seats, scene, confirm=True, diff_hash=row.diff_hash)
        await jobs.work_sync(tools, tenant.id, right)
        assert simulator.active == mails(people[:1])

    async def test_one_comparison_of_an_audience_at_a_time(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID
    ) -> None:
        await sync(api, tenant, board, scene)
        answer = await api.post(
            f"/v1/platform-connections/{board}/audience-syncs",
            key=tenant.owner_key,
            json={"program_id": str(scene.program.id)},
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "audience_sync_running")

    async def test_leavers_are_taken_out_by_the_sweep_and_others_stay(
        self, api: Api, tenant: Tenant, scene: Scene, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        people = await join(tenant, scene, 3)
        await jobs.work_sync(tools, tenant.id, await sync(api, tenant, board, scene))
        await change(tenant, Employee, people[0].id, status=EmploymentStatus.LEFT)
        simulator.break_next("remove", "status", status=503)
        await later(tools, minutes=2)
        for _ in range(2):
            await jobs.remove_leavers(tools)
        assert simulator.active == mails(people[1:])
        states = {row.employee_id: row.state for row in await tenant.rows(AudienceMember)}
        assert states[people[0].id] is MemberState.REMOVED
        assert states[people[1].id] is MemberState.ADDED

    async def test_people_who_would_cost_more_than_the_months_budget_are_not_let_in(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        seats = await connect(api, tenant, SEATS)
        await join(tenant, scene, 4)
        sync_id = await sync(api, tenant, seats, scene)
        await jobs.work_sync(tools, tenant.id, sync_id)
        row = await read_sync(tenant, sync_id)
        assert (row.state, row.problem) == (AudienceSyncState.STOPPED, "monthly_budget_reached")
        assert "40 EUR, over the limit of 35 EUR" in (row.words or "")
        assert not simulator.active


class TestNumbers:
    async def test_each_reading_is_kept_as_it_came_and_the_next_is_planned(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        await jobs.work_push(tools, tenant.id, push_id)
        await jobs.read_numbers(tools)
        assert await tenant.rows(PlatformReading) == []
        for hours in (1.1, 2.2):
            await later(tools, hours=hours)
            for _ in range(2):
                await jobs.read_numbers(tools)
            simulator.numbers["clicks"] += 1
        rows = sorted(await tenant.rows(PlatformReading), key=lambda row: row.read_at)
        assert [row.counts["clicks"] for row in rows] == [40, 41]
        assert (rows[0].covers, rows[0].missing["impressions"]) == (["linkedin"], "not_supported")
        assert rows[0].counted_until is not None

    async def test_a_platform_that_cannot_be_asked_is_asked_later(
        self, tenant: Tenant, push_id: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        await jobs.work_push(tools, tenant.id, push_id)
        simulator.break_next("numbers", "status", status=503)
        await later(tools, hours=1.1)
        await jobs.read_numbers(tools)
        assert await tenant.rows(PlatformReading) == []
        await later(tools, hours=1.2)
        await jobs.read_numbers(tools)
        assert len(await tenant.rows(PlatformReading)) == 1


class TestHealth:
    async def test_it_is_looked_at_daily_and_owners_are_told_once_per_incident(
        self, tenant: Tenant, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        owner, _ = await tenant.person(Role.OWNER)
        simulator.tokens.clear()
        simulator.secret = "newer"
        await jobs.check_health(tools)
        (row,) = await tenant.rows(PlatformConnection)
        assert row.state is PlatformState.ACTIVE
        for hours in (25, 50):
            await later(tools, hours=hours)
            await jobs.check_health(tools)
            await jobs.tell(tools, tenant.id, board)
        (row,) = await tenant.rows(PlatformConnection)
        assert (row.state, row.problem) == (PlatformState.NEEDS_ATTENTION, "configuration_invalid")
        told = [one for one in await tenant.rows(Message) if one.kind == "platform_needs_attention"]
        assert [one.employee_id for one in told] == [owner.id]
        simulator.secret = "right"
        await later(tools, hours=75)
        await jobs.check_health(tools)
        (row,) = await tenant.rows(PlatformConnection)
        assert (row.state, row.problem) == (PlatformState.ACTIVE, None)
        assert [one.type for one in await tenant.rows(Event) if one.type.startswith("platform_connection")] == [
            "platform_connection.activated",
            "platform_connection.needs_attention",
            "platform_connection.activated",
        ]


class TestTokens:
    async def test_however_many_need_a_token_one_is_made(
        self, tenant: Tenant, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        await change(tenant, PlatformConnection, board, token_expires_at=datetime.now(UTC))
        accounts = await asyncio.gather(
            *(tokens.ensure(tools.database, tools.settings, tenant.id, board) for _ in range(8))
        )
        assert simulator.calls["token"] == 2
        assert {one.token_version for one in accounts} == {2}

    @pytest.fixture
    async def signed_in(self, tenant: Tenant, tools: Tools, simulator: NoticeboardSimulator) -> UUID:
        """A platform that somebody has signed in to."""
        connection = PlatformConnection(
            organization_id=tenant.id, connector="signboard", title="Ours", state=PlatformState.ACTIVE, token_version=1
        )
        granted = Credentials(Secret("old"), refresh_token=Secret("refresh-0"), expires_at=datetime.now(UTC))
        connection.sealed_credentials = seal_credentials(connection, granted, settings=tools.settings)
        connection.token_expires_at = granted.expires_at
        simulator.tokens.add("refresh-0")
        async with tenant.database.transaction(tenant.id) as session:
            session.add(connection)
        return connection.id

    async def test_a_sign_in_is_renewed_by_its_refresh_token_and_the_new_one_is_kept(
        self, tenant: Tenant, signed_in: UUID, tools: Tools
    ) -> None:
        account = await tokens.ensure(tools.database, tools.settings, tenant.id, signed_in)
        assert account.credentials is not None
        assert account.credentials.refresh_token == Secret("refresh-1")
        await jobs.check_one(tools, tenant.id, signed_in)
        (row,) = await tenant.rows(PlatformConnection)
        assert (row.state, row.token_version) == (PlatformState.ACTIVE, 2)

    async def test_a_grant_that_is_over_needs_somebody_to_sign_in_again(
        self, tenant: Tenant, signed_in: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.tokens.clear()
        await jobs.check_one(tools, tenant.id, signed_in)
        (row,) = await tenant.rows(PlatformConnection)
        assert (row.state, row.problem) == (PlatformState.NEEDS_ATTENTION, "reauth_required")
        assert row.refresh_lease_until is None

    async def test_a_vendor_that_is_down_costs_nobody_their_sign_in(
        self, tenant: Tenant, signed_in: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        simulator.break_next("token", "status", status=503)
        with pytest.raises(VendorUnavailable):
            await tokens.ensure(tools.database, tools.settings, tenant.id, signed_in)
        (row,) = await tenant.rows(PlatformConnection)
        assert (row.state, row.refresh_lease_until, row.token_version) == (PlatformState.ACTIVE, None, 1)
        await tokens.ensure(tools.database, tools.settings, tenant.id, signed_in)


class TestBudgets:
    async def test_no_number_of_callers_spends_more_than_there_is(
        self, tenant: Tenant, board: UUID, tools: Tools, simulator: NoticeboardSimulator
    ) -> None:
        async def look(ctx: Context) -> None:
            await noticeboard.list_audience(ctx, destination_id=None, cursor=None)

        async def one() -> bool:
            try:
                await access.use(tools.database, tools.settings, tenant.id, board, Capability.SYNC_AUDIENCE, look)
            except budgets.OverBudget:
                return False
            return True

        ahead = await to_the_next_minute(tools)
        assert sum(await asyncio.gather(*(one() for _ in range(15)))) == 6
        assert simulator.calls["list_people"] == 6
        await later(tools, seconds=ahead + 60)
        assert await one()
