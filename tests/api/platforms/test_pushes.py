"""Putting items into platforms over HTTP: what is refused, what is said beforehand, and the numbers that come back."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from services.core.audit.models import AuditEntry
from services.core.content.models import ContentItem, ItemState, ReviewRule, Topic, Variant
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.links.models import TrackedLink
from services.core.organizations.models import Role
from services.core.platforms.models import ContentPush, PushState, ReportImport, ReportRow
from services.core.programs.models import Function
from services.scheduler.jobs import platforms as jobs
from services.scheduler.worker.tools import Tools
from tests.api.platforms.conftest import NOTICEBOARD
from tests.factories.publications import Scene
from tests.fixtures.api import Api, Tenant
from tests.fixtures.platform import Vendor


async def push(api: Api, tenant: Tenant, scene: Scene, board: str, *, key: str | None = None, **body: object) -> Any:
    """Ask for a push."""
    return await api.post(
        f"/v1/content-items/{scene.item.id}/pushes",
        key=key or tenant.owner_key,
        json={"platform_connection_id": board, **body},
    )


async def change_item(tenant: Tenant, scene: Scene, **values: object) -> None:
    """Change the item as somebody else would."""
    async with tenant.database.transaction(tenant.id) as session:
        item = await session.get(ContentItem, (tenant.id, scene.item.id))
        assert item is not None
        for name, value in values.items():
            setattr(item, name, value)


class TestPlanning:
    async def test_a_preview_says_what_people_find_and_what_gets_lost_and_makes_no_call(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, vendor: Vendor
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Variant(
                    organization_id=tenant.id, item_id=scene.item.id, network="linkedin", language=Language.HE,
                    text="הצטרפו אלינו", why_share="כי", link_title="עבודה",
                )
            )  # fmt: skip
        calls = dict(vendor.simulator.calls)
        answer = await push(api, tenant, scene, board, validate_only=True)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body["push"] is None
        assert body["preview"]["fields"]["headline"] == "Life at Lumen"
        assert [(one["field"], one["how"]) for one in body["preview"]["losses"]] == [("suggestions.he", "dropped")]
        assert vendor.simulator.calls == calls
        assert await tenant.rows(ContentPush) == await tenant.rows(TrackedLink) == []

    async def test_a_push_is_planned_with_its_words_its_link_and_an_audit_entry(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        answer = await push(api, tenant, scene, board, topic_ids=["t1"])
        assert answer.status_code == 201, answer.text
        made = answer.json()["push"]
        assert (made["state"], made["destination_id"], made["topic_ids"]) == ("planned", "b1", ["t1"])
        read = await api.get(answer.headers["Location"], key=tenant.owner_key)
        assert read.json() == made
        (row,) = await tenant.rows(ContentPush)
        assert row.content["suggestions"][0][:2] == ["linkedin", "en"]
        assert [one.action for one in await tenant.rows(AuditEntry) if one.object_type == "content_pushes"] == [
            "content_push.create"
        ]
        listed = await api.get(f"/v1/content-items/{scene.item.id}/pushes", key=tenant.owner_key)
        assert listed.json()["data"] == [made]

    @pytest.mark.parametrize("state", ["draft", "in_review", "withdrawn", "expired"])
    async def test_only_what_is_approved_goes_out(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, state: str
    ) -> None:
        await change_item(tenant, scene, state=ItemState(state))
        answer = await push(api, tenant, scene, board)
        assert (answer.status_code, answer.json()["code"]) == (409, "content_state")

    async def test_the_same_place_takes_an_item_once(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
    ) -> None:
        first = await push(api, tenant, scene, board)
        again = await push(api, tenant, scene, board)
        assert (again.status_code, again.json()["code"]) == (409, "already_pushed")
        assert first.json()["push"]["id"] in again.json()["detail"]
        assert (await push(api, tenant, scene, board, destination_id="b2")).status_code == 201
        vendor.simulator.break_next("push", "status", status=422, times=2)
        await jobs.work_pushes(tools)
        assert {row.state for row in await tenant.rows(ContentPush)} == {PushState.FAILED}
        assert (await push(api, tenant, scene, board)).status_code == 201

    async def test_what_the_platform_would_refuse_is_not_even_planned(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        await change_item(tenant, scene, title="forbidden words")
        answer = await push(api, tenant, scene, board)
        assert (answer.status_code, answer.json()["code"]) == (409, "platform_would_refuse")
        assert "Noticeboard takes no such title." in answer.json()["detail"]

    async def test_nobody_sees_it_before_the_embargo_is_over(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            ends_at = await db.now(session) + timedelta(days=2)
        await change_item(tenant, scene, embargo_until=ends_at)
        await push(api, tenant, scene, board, publish_at=(ends_at - timedelta(days=1)).isoformat())
        (row,) = await tenant.rows(ContentPush)
        assert row.publish_at == ends_at

    async def test_nobody_sees_it_before_its_own_time(self, api: Api, tenant: Tenant, scene: Scene, board: str) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            begins_at = await db.now(session) + timedelta(days=3)
        await change_item(tenant, scene, available_from=begins_at)
        await push(api, tenant, scene, board)
        (row,) = await tenant.rows(ContentPush)
        assert row.publish_at == begins_at

    async def test_a_function_that_has_to_approve_it_is_asked_first(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        """Also by a rule that came after the item was approved."""
        async with tenant.database.transaction(tenant.id) as session:
            session.add(Topic(organization_id=tenant.id, slug="money", names={"en": "Money"}))
            session.add(
                ReviewRule(
                    organization_id=tenant.id,
                    program_id=scene.program.id,
                    topic="money",
                    function=Function.SPOKESPERSON,
                )
            )
        await change_item(tenant, scene, topics=["money"])
        answer = await push(api, tenant, scene, board)
        assert answer.status_code == 409, answer.text
        assert "spokesperson" in answer.json()["detail"]
        assert await tenant.rows(ContentPush) == []

    async def test_a_time_that_is_over_and_a_missing_place_are_named(
        self, api: Api, tenant: Tenant, scene: Scene, board: str
    ) -> None:
        answer = await push(api, tenant, scene, board, publish_at="2020-01-01T00:00:00Z")
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/publish_at"]
        await api.patch(
            f"/v1/platform-connections/{board}", key=tenant.owner_key, json={"destination_id": None}, etag="*"
        )
        answer = await push(api, tenant, scene, board)
        assert [one["pointer"] for one in answer.json()["errors"]] == ["/destination_id"]

    async def test_managers_of_the_program_push_and_others_do_not(
        self, api: Api, tenant: Tenant, other_tenant: Tenant, scene: Scene, board: str
    ) -> None:
        _, manager = await tenant.person(Role.PROGRAM_MANAGER, program_id=scene.program.id)
        _, editor = await tenant.person(Role.EDITOR)
        assert (await push(api, tenant, scene, board, key=editor)).status_code == 403
        assert (await push(api, tenant, scene, board, key=other_tenant.owner_key)).status_code == 404
        made = await push(api, tenant, scene, board, key=manager)
        assert made.status_code == 201
        path = made.headers["Location"]
        assert (await api.post(f"{path}/withdraw", key=editor)).status_code == 403
        assert (await api.post(f"{path}/resolve", key=editor, json={"is_there": True})).status_code == 403
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404

    async def test_what_is_only_planned_is_withdrawn_at_once(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
    ) -> None:
        path = (await push(api, tenant, scene, board)).headers["Location"]
        answer = await api.post(f"{path}/withdraw", key=tenant.owner_key)
        assert (answer.json()["state"], answer.json()["reason"]) == ("withdrawn", "before_sending")
        await jobs.work_pushes(tools)
        assert vendor.simulator.calls["push"] == 0
        again = await api.post(f"{path}/withdraw", key=tenant.owner_key)
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_withdraw")


class TestMoney:
    async def test_a_push_beyond_the_months_budget_is_refused_and_the_forecast_says_so(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools
    ) -> None:
        terms = {"unit_price": 0.5, "currency": "USD", "monthly_budget": 0.75}
        await api.patch(f"/v1/platform-connections/{board}", key=tenant.owner_key, json={"terms": terms}, etag="*")
        cost = (await api.get(f"/v1/platform-connections/{board}/cost", key=tenant.owner_key)).json()
        assert (cost["basis"], cost["price_source"], cost["is_budget_reached"]) == ("per_post", "terms", False)
        assert cost["this_month"]["amount"] == 0
        assert (await push(api, tenant, scene, board)).status_code == 201
        await jobs.work_pushes(tools)
        answer = await push(api, tenant, scene, board, destination_id="b2")
        assert (answer.status_code, answer.json()["code"]) == (409, "monthly_budget_reached")
        assert "1 USD, over the limit of 0.75 USD" in answer.json()["detail"]
        cost = (await api.get(f"/v1/platform-connections/{board}/cost", key=tenant.owner_key)).json()
        assert (cost["this_month"]["units"], cost["this_month"]["amount"], cost["is_budget_reached"]) == (1, 0.5, True)
        assert cost["next_month"]["amount"] >= 0.5
        assert cost["assumptions"]

    async def test_a_cost_that_is_not_known_is_not_nothing(self, api: Api, tenant: Tenant, board: str) -> None:
        cost = (await api.get(f"/v1/platform-connections/{board}/cost", key=tenant.owner_key)).json()
        assert cost["this_month"]["amount"] is None
        assert any("unit_price" in words for words in cost["assumptions"])


class TestNumbers:
    @pytest.fixture
    async def live(self, api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools) -> str:
        """The id of a push that is live and has been read once."""
        made = await push(api, tenant, scene, board)
        await jobs.work_pushes(tools)
        return str(made.json()["push"]["id"])

    async def read(self, api: Api, tenant: Tenant, scene: Scene, tools: Tools) -> dict[str, Any]:
        """The numbers of the item, an hour on."""
        await db.move_clock(tools.settings.database_url, by=timedelta(hours=1.1))
        await jobs.read_numbers(tools)
        answer = await api.get(f"/v1/content-items/{scene.item.id}/platform-metrics", key=tenant.owner_key)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def test_they_come_with_coverage_freshness_and_reasons(
        self, api: Api, tenant: Tenant, scene: Scene, live: str, tools: Tools
    ) -> None:
        (one,) = (await self.read(api, tenant, scene, tools))["pushes"]
        assert (one["push_id"], one["method"]) == (live, "measured")
        (reading,) = one["readings"]
        assert reading["counts"] == {"views": 90, "shares": 12, "sharers": 7, "clicks": 40}
        assert reading["missing"]["impressions"] == "not_supported"
        assert reading["covers"] == ["linkedin"]
        assert reading["counted_until"] is not None

    async def test_numbers_with_few_people_behind_them_are_not_shown(
        self, api: Api, tenant: Tenant, scene: Scene, live: str, tools: Tools, vendor: Vendor
    ) -> None:
        vendor.simulator.numbers |= {"sharers": 4}
        (one,) = (await self.read(api, tenant, scene, tools))["pushes"]
        assert one["readings"][0]["counts"] == {}
        assert one["readings"][0]["missing"]["clicks"] == "small_group"

    async def test_analysts_read_them_and_editors_do_not(self, api: Api, tenant: Tenant, scene: Scene) -> None:
        path = f"/v1/content-items/{scene.item.id}/platform-metrics"
        _, analyst = await tenant.person(Role.ANALYST)
        _, editor = await tenant.person(Role.EDITOR)
        assert (await api.get(path, key=analyst)).status_code == 200
        assert (await api.get(path, key=editor)).status_code == 403


class TestReports:
    async def send(self, api: Api, tenant: Tenant, board: str, name: str, text: str) -> Any:
        """Import a file."""
        data = base64.b64encode(text.encode()).decode()
        return await api.post(
            f"/v1/platform-connections/{board}/report-imports", key=tenant.owner_key, json={"name": name, "data": data}
        )

    async def test_items_are_kept_matched_to_ours_and_unreadable_lines_are_named(
        self, api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools
    ) -> None:
        await push(api, tenant, scene, board)
        await jobs.work_pushes(tools)
        text = "id,shares,clicks\ni1,9,80\nelsewhere,1,1\ni2,many,3\n"
        answer = await self.send(api, tenant, board, "posts", text)
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert (body["items"], body["matched"], body["people"], body["people_note"]) == (2, 1, 0, None)
        assert body["skipped"] == [{"line": 4, "reason": "not a number"}]
        numbers = (await api.get(f"/v1/content-items/{scene.item.id}/platform-metrics", key=tenant.owner_key)).json()
        assert [(one["method"], one["counts"]) for one in numbers["reports"]] == [("imported", {"clicks": 80})]
        again = await self.send(api, tenant, board, "posts", text)
        assert (again.status_code, again.json()["code"]) == (409, "report_imported_already")

    async def test_of_people_only_sums_are_kept_and_of_few_not_even_shown(
        self, api: Api, tenant: Tenant, board: str
    ) -> None:
        lines = [f"person{number}@lumen.example,{number}" for number in range(1, 7)]
        answer = await self.send(api, tenant, board, "people", "\n".join(["email,shares", *lines]))
        body = answer.json()
        assert (body["people"], body["people_sums"]) == (6, {"shares": 21})
        assert "no row about a person was kept" in body["people_note"]
        few = await self.send(api, tenant, board, "people", "\n".join(["email,shares", *lines[:4]]))
        assert (few.json()["people"], few.json()["people_sums"]) == (4, {})
        assert await tenant.rows(ReportRow) == []
        assert all("@" not in str(row.model_dump()) for row in await tenant.rows(ReportImport))

    async def test_wrong_files_are_refused_with_the_connectors_words(
        self, api: Api, tenant: Tenant, board: str
    ) -> None:
        answer = await self.send(api, tenant, board, "posts", "nothing\n")
        assert (answer.status_code, answer.json()["code"]) == (422, "report_not_readable")
        assert "Columns are missing" in answer.json()["detail"]
        answer = await self.send(api, tenant, board, "budget", "x\n")
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_report")

    async def test_ten_megabytes_are_taken_and_more_is_not(self, api: Api, tenant: Tenant, board: str) -> None:
        line = "elsewhere," + "1" * 4 + ",1\n"
        fits = "id,shares,clicks\n" + line * (2_000_000 // len(line))
        assert (await self.send(api, tenant, board, "posts", fits[:1_500_000])).status_code == 201
        answer = await self.send(api, tenant, board, "posts", "x" * 10_000_001)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_platform_that_was_cut_takes_nothing_more(
    api: Api, tenant: Tenant, scene: Scene, board: str, tools: Tools, vendor: Vendor
) -> None:
    planned = await push(api, tenant, scene, board)
    await api.delete(f"/v1/platform-connections/{board}", key=tenant.owner_key, etag="*")
    assert (await push(api, tenant, scene, board, destination_id="b2")).json()["code"] == "platform_not_usable"
    await jobs.work_pushes(tools)
    answer = await api.get(planned.headers["Location"], key=tenant.owner_key)
    assert (answer.json()["state"], answer.json()["reason"]) == ("failed", "platform_disconnected")
    assert vendor.simulator.calls["push"] == 0
    assert (await api.post("/v1/platform-connections", key=tenant.owner_key, json=NOTICEBOARD)).status_code == 201
