"""A program moves from Hootsuite to Oktopost and back, over both vendors' own HTTP, and keeps what it had."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from connectors.hootsuite.simulator import HootsuiteSimulator, consent
from connectors.hootsuite.simulator import create_simulator as create_hootsuite
from connectors.oktopost.simulator import OktopostSimulator, Options
from connectors.oktopost.simulator import create_simulator as create_oktopost
from connectors.oktopost.simulator.store import CAMPAIGN, STORY_BOARD
from connectors.sdk.testing.simulator import Fault, running
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.content.models import ContentItem, ItemState, Variant
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.moves import service as move_service
from services.core.organizations.models import Role
from services.core.platforms.models import ContentPush, PlatformReading
from services.core.platforms.rules import IN_PLATFORM
from services.scheduler.jobs import moves, platforms
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant

PROFILE = "profile:LINKEDIN:115185509"
HEBREW = "אנחנו מגייסים (R&D) – 3 משרות"


@dataclass(frozen=True)
class Vendors:
    """Both vendors, running."""

    hootsuite: HootsuiteSimulator
    oktopost: OktopostSimulator
    connectors: dict[str, dict[str, str]]


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    """Hootsuite and Oktopost."""
    hootsuite = create_hootsuite(
        redirect_uris=frozenset({"http://127.0.0.1:8000/v1/connections/callback/hootsuite"}), calls_per_second=10_000
    )
    oktopost = create_oktopost(Options(api_key="key", calls_per_minute=10_000, calls_per_five_seconds=10_000))
    async with running(hootsuite) as first, running(oktopost) as second:
        yield Vendors(
            hootsuite,
            oktopost,
            {
                "hootsuite": {
                    "api_url": first["api"], "client_id": "demo-client", "client_secret": "demo-secret",
                    "scopes": "offline analytics:read",
                },
                "oktopost": {"api_url": second["api"]},
            },
        )  # fmt: skip


@pytest.fixture
def settings(settings: Settings, vendors: Vendors) -> Settings:
    """Settings that lead to both vendors."""
    return settings.model_copy(update={"connectors": vendors.connectors})


@pytest.fixture
def tools(database: db.Database, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(database, settings)


@pytest.fixture
async def scene(tenant: Tenant) -> Scene:
    """A program with one offered item in English, and a second one in Hebrew and English."""
    scene = await make_scene(tenant)
    item = ContentItem(
        organization_id=tenant.id, program_id=scene.program.id, title="משרות פתוחות", author_key_id=new_id(),
        destination_url="https://lumen.example/he", state=ItemState.OFFERED, offered_at=datetime.now(UTC),
    )  # fmt: skip
    async with tenant.database.transaction(tenant.id) as session:
        session.add(item)
        await session.flush()
        session.add_all(
            [
                Variant(
                    organization_id=tenant.id, item_id=item.id, network="linkedin", language=Language.HE, text=HEBREW,
                    why_share="חברים שואלים", link_title="משרות",
                ),
                Variant(
                    organization_id=tenant.id, item_id=item.id, network="linkedin", language=Language.EN,
                    text="Open positions", why_share="Friends ask", link_title="Jobs",
                ),
            ]
        )  # fmt: skip
        for _ in range(3):
            employee = await tenant.employee()
            session.add(
                Ambassador(
                    organization_id=tenant.id, program_id=scene.program.id, employee_id=employee.id,
                    state=AmbassadorState.ACTIVE, language=Language.EN, joined_at=datetime.now(UTC),
                )
            )  # fmt: skip
    return scene


@pytest.fixture
async def hootsuite(api: Api, tenant: Tenant) -> str:
    """Hootsuite, signed in to and confirmed."""
    made = await api.post(
        "/v1/platform-connections", key=tenant.owner_key,
        json={"connector": "hootsuite", "title": "Hootsuite", "destination_id": PROFILE},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    path = f"/v1/platform-connections/{made.json()['id']}"
    started = await api.post(f"{path}/authorize", key=tenant.owner_key)
    async with httpx2.AsyncClient(trust_env=False) as browser:
        back = await consent(browser, started.json()["authorization_url"])
    page = (await api.get(back.removeprefix("http://127.0.0.1:8000"))).text
    words = page.replace("<", " ").replace(">", " ").split()
    code = next(word for word in words if word.isdigit() and len(word) == 6)
    confirmed = await api.post(f"{path}/confirm", key=tenant.owner_key, json={"code": code})
    assert confirmed.json()["state"] == "active", confirmed.text
    return str(made.json()["id"])


@pytest.fixture
async def oktopost(api: Api, tenant: Tenant) -> str:
    """Oktopost, by its key."""
    given = {"account_id": "001000000000001", "api_key": "key", "campaign_id": CAMPAIGN}
    made = await api.post(
        "/v1/platform-connections", key=tenant.owner_key,
        json={"connector": "oktopost", "title": "Oktopost", "settings": given, "destination_id": STORY_BOARD},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def later(tools: Tools, by: timedelta = move_service.LOOK_AGAIN) -> None:
    """Let time go by."""
    async with tools.database.hot(None) as connection:
        ahead = await connection.fetchval("select advocacy_now() - clock_timestamp()")
    await db.move_clock(tools.settings.database_url, by=ahead + by)


async def work(tools: Tools) -> None:
    """Let every job do what is due, as the periodic ones would."""
    for _ in range(8):
        await later(tools)
        await platforms.work_pushes(tools)
        await platforms.work_syncs(tools)
        await moves.work_moves(tools)
        await platforms.work_pushes(tools)
        await platforms.remove_leavers(tools)


async def in_platform(tenant: Tenant, connection_id: str) -> dict[UUID, ContentPush]:
    """What lies in a platform, by item."""
    rows = [row for row in await tenant.rows(ContentPush) if isinstance(row, ContentPush)]
    here = [row for row in rows if str(row.platform_connection_id) == connection_id]
    return {row.item_id: row for row in here if row.state in IN_PLATFORM}


async def begin(
    api: Api, tenant: Tenant, scene: Scene, tools: Tools, old: str, new: str, **more: Any
) -> dict[str, Any]:
    """A move, compared."""
    body = {"program_id": str(scene.program.id), "from_connection_id": old, "to_connection_id": new, **more}
    made = await api.post("/v1/platform-moves", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    await moves.work_moves(tools)
    seen: dict[str, Any] = (await api.get(made.headers["Location"], key=tenant.owner_key)).json()
    assert seen["state"] == "previewed", seen
    return seen


async def apply(api: Api, tenant: Tenant, move: dict[str, Any]) -> None:
    """Do what was seen."""
    path = f"/v1/platform-moves/{move['id']}/apply"
    answer = await api.post(path, key=tenant.owner_key, json={"diff_hash": move["diff_hash"]})
    assert (answer.status_code, answer.json().get("state")) == (200, "moving"), answer.text


@pytest.fixture
async def filled(
    api: Api, tenant: Tenant, scene: Scene, tools: Tools, hootsuite: str, oktopost: str
) -> dict[UUID, ContentPush]:
    """Both items lie in Hootsuite, its people are in, and numbers came back."""
    items = [row for row in await tenant.rows(ContentItem) if isinstance(row, ContentItem)]
    for item in items:
        answer = await api.post(
            f"/v1/content-items/{item.id}/pushes", key=tenant.owner_key, json={"platform_connection_id": hootsuite}
        )
        assert answer.status_code == 201, answer.text
    synced = await api.post(
        f"/v1/platform-connections/{hootsuite}/audience-syncs", key=tenant.owner_key,
        json={"program_id": str(scene.program.id)},
    )  # fmt: skip
    assert synced.status_code == 202, synced.text
    await work(tools)
    pushes = await in_platform(tenant, hootsuite)
    assert len(pushes) == 2
    async with tenant.database.transaction(tenant.id) as session:
        for push in pushes.values():
            now = await db.now(session)
            session.add(
                PlatformReading(
                    organization_id=tenant.id, push_id=push.id, day_on=now.date(), read_at=now,
                    counts={"clicks": 21, "reactions": 4},
                )
            )  # fmt: skip
    return pushes


def hootsuite_people(vendors: Vendors) -> set[str]:
    """Who can share from Hootsuite, but for its own three."""
    return {
        str(one["email"]).lower() for one in vendors.hootsuite.rows("members")
        if one["active"] and not str(one["email"]).endswith("corp.example")
    }  # fmt: skip


async def mails(tenant: Tenant, scene: Scene) -> set[str]:
    """The addresses of the program's ambassadors."""
    ids = {row.employee_id for row in await tenant.rows(Ambassador) if isinstance(row, Ambassador)}
    return {
        row.work_email.lower() for row in await tenant.rows(Employee) if isinstance(row, Employee) and row.id in ids
    }


class TestThereAndBack:
    async def test_items_words_people_and_numbers_are_kept(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, vendors: Vendors, hootsuite: str, oktopost: str,
        filled: dict[UUID, ContentPush],
    ) -> None:  # fmt: skip
        everybody = await mails(tenant, scene)
        assert hootsuite_people(vendors) == everybody
        calls_before = dict(vendors.oktopost.calls)

        move = await begin(
            api, tenant, scene, tools, hootsuite, oktopost, audience_destination_id=STORY_BOARD,
            destination_ids={PROFILE: STORY_BOARD},
        )  # fmt: skip
        assert {step["destination_id"] for step in move["steps"]} == {STORY_BOARD}
        assert (move["people"], move["history"]) == (3, {"clicks": 42, "reactions": 8})
        # Nothing but looking has happened.
        looked = {name: count - calls_before.get(name, 0) for name, count in vendors.oktopost.calls.items()}
        assert {
            name for name, count in looked.items() if count and not name.startswith(("list_", "get_", "me"))
        } == set()
        assert set(await in_platform(tenant, hootsuite)) == set(filled)

        await apply(api, tenant, move)
        await work(tools)
        done = (await api.get(f"/v1/platform-moves/{move['id']}", key=tenant.owner_key)).json()
        assert (done["state"], {step["state"] for step in done["steps"]}) == ("done", {"done"}), done
        there = await in_platform(tenant, oktopost)
        assert there.keys() == filled.keys()
        assert {item: push.content["suggestions"] for item, push in there.items()} == {
            item: push.content["suggestions"] for item, push in filled.items()
        }
        stories = vendors.oktopost.store.things["story"].values()
        assert {story["Title"] for story in stories} >= {push.content["title"] for push in filled.values()}
        assert HEBREW in " ".join(str(one["Message"]) for one in vendors.oktopost.store.things["message"].values())
        assert await in_platform(tenant, hootsuite) == {}
        assert hootsuite_people(vendors) == set()

        back = await begin(api, tenant, scene, tools, oktopost, hootsuite, destination_ids={STORY_BOARD: PROFILE})
        await apply(api, tenant, back)
        await work(tools)
        again = await in_platform(tenant, hootsuite)
        assert again.keys() == filled.keys()
        for item_id, push in again.items():
            assert push.content == filled[item_id].content
            assert push.destination_id == filled[item_id].destination_id
        assert hootsuite_people(vendors) == everybody
        # The numbers are still those of the item.
        for item_id in filled:
            answer = await api.get(f"/v1/content-items/{item_id}/platform-metrics", key=tenant.owner_key)
            assert '"clicks":21' in answer.text.replace(" ", "")


class TestCare:
    async def test_only_what_was_seen_is_applied_and_only_once(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, hootsuite: str, oktopost: str,
        filled: dict[UUID, ContentPush],
    ) -> None:  # fmt: skip
        move = await begin(api, tenant, scene, tools, hootsuite, oktopost, audience_destination_id=STORY_BOARD)
        path = f"/v1/platform-moves/{move['id']}/apply"
        other = await api.post(path, key=tenant.owner_key, json={"diff_hash": "f" * 32})
        assert (other.status_code, other.json()["code"]) == (409, "other_difference")
        await apply(api, tenant, move)
        again = await api.post(path, key=tenant.owner_key, json={"diff_hash": move["diff_hash"]})
        assert (again.status_code, again.json()["code"]) == (409, "move_not_ready")

    async def test_what_the_new_platform_refuses_stays_in_the_old_one(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, vendors: Vendors, hootsuite: str, oktopost: str,
        filled: dict[UUID, ContentPush],
    ) -> None:  # fmt: skip
        move = await begin(
            api, tenant, scene, tools, hootsuite, oktopost, audience_destination_id=STORY_BOARD, moves_people=False
        )
        await apply(api, tenant, move)
        fault = {"operation": "create_story", "kind": "status", "status": 400, "body": {"Result": False, "Errors": []}}
        vendors.oktopost.faults.add(Fault.parse(fault))
        await work(tools)
        done = (await api.get(f"/v1/platform-moves/{move['id']}", key=tenant.owner_key)).json()
        assert done["state"] == "done"
        assert sorted(step["state"] for step in done["steps"]) == ["done", "failed"]
        stayed = next(step for step in done["steps"] if step["state"] == "failed")
        assert UUID(stayed["item_id"]) in await in_platform(tenant, hootsuite)
        assert stayed["reason"]

    async def test_a_worker_that_dies_on_the_way_is_taken_over(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, hootsuite: str, oktopost: str,
        filled: dict[UUID, ContentPush],
    ) -> None:  # fmt: skip
        move = await begin(api, tenant, scene, tools, hootsuite, oktopost, audience_destination_id=STORY_BOARD)
        await apply(api, tenant, move)
        # It has taken the move, and is gone.
        async with tenant.database.transaction(tenant.id) as session:
            assert await move_service.claim(session, UUID(move["id"])) is not None
        await moves.work_moves(tools)
        await later(tools, move_service.LEASE)
        await work(tools)
        done = (await api.get(f"/v1/platform-moves/{move['id']}", key=tenant.owner_key)).json()
        assert done["state"] == "done", done
        assert len(await in_platform(tenant, oktopost)) == 2

    async def test_one_that_has_not_begun_is_cancelled_and_changes_nothing(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, hootsuite: str, oktopost: str,
        filled: dict[UUID, ContentPush],
    ) -> None:  # fmt: skip
        move = await begin(api, tenant, scene, tools, hootsuite, oktopost)
        body = {"program_id": str(scene.program.id), "from_connection_id": hootsuite, "to_connection_id": oktopost}
        second = await api.post("/v1/platform-moves", key=tenant.owner_key, json=body)
        assert (second.status_code, second.json()["code"]) == (409, "move_running")
        gone = await api.delete(f"/v1/platform-moves/{move['id']}", key=tenant.owner_key, etag="*")
        assert gone.status_code == 204
        await work(tools)
        assert set(await in_platform(tenant, hootsuite)) == set(filled)
        assert await in_platform(tenant, oktopost) == {}

    async def test_a_platform_that_does_not_answer_is_compared_later(
        self, api: Api, tenant: Tenant, scene: Scene, tools: Tools, vendors: Vendors, hootsuite: str, oktopost: str
    ) -> None:
        vendors.oktopost.faults.add(Fault.parse({"operation": "list_boards", "kind": "status", "status": 503}))
        body = {"program_id": str(scene.program.id), "from_connection_id": hootsuite, "to_connection_id": oktopost}
        made = await api.post("/v1/platform-moves", key=tenant.owner_key, json=body)
        await moves.work_moves(tools)
        assert (await api.get(made.headers["Location"], key=tenant.owner_key)).json()["state"] == "comparing"
        await later(tools, move_service.LEASE)
        await moves.work_moves(tools)
        assert (await api.get(made.headers["Location"], key=tenant.owner_key)).json()["state"] == "previewed"


class TestWho:
    async def test_owners_and_managers_move_programs_and_nobody_else(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene, hootsuite: str, oktopost: str
    ) -> None:
        body = {"program_id": str(scene.program.id), "from_connection_id": hootsuite, "to_connection_id": oktopost}
        assert (await api.post("/v1/platform-moves", json=body)).status_code == 401
        _, editor = await tenant.person(Role.EDITOR)
        assert (await api.post("/v1/platform-moves", key=editor, json=body)).status_code == 403
        assert (await api.post("/v1/platform-moves", key=other_tenant.owner_key, json=body)).status_code == 404
        same = body | {"to_connection_id": hootsuite}
        assert (await api.post("/v1/platform-moves", key=tenant.owner_key, json=same)).json()["code"] == "same_platform"
        made = await api.post("/v1/platform-moves", key=tenant.owner_key, json=body)
        assert (await api.get(made.headers["Location"], key=other_tenant.owner_key)).status_code == 404
