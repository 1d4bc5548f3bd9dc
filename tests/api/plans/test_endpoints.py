"""Content plans and benefits over HTTP: planned against what came of it, told once when late, and nobody told on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.content.models import ContentItem
from services.core.events.models import Event
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.plans.models import PlanAlert
from services.core.programs.models import Function, Responsibility
from services.core.training.models import Certificate
from services.scheduler.jobs import plans as jobs
from services.scheduler.worker.tools import Tools
from tests.factories.programs import mails
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Member, add_item, add_members, add_post
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}
PEOPLE: dict[str, Any] = {"slug": "people-and-teams", "titles": {"he": "אנשים וצוותים", "en": "People and teams"}}
PRODUCT: dict[str, Any] = {"slug": "product", "titles": {"en": "Product"}}
PLAN = {"themes": [PEOPLE, PRODUCT], "cadence": ["week", "month"], "due_weekday": 4, "due_time": "16:00"}


async def _put(api: Api, path: str, key: str, body: Any, *, etag: str | None = None) -> httpx2.Response:
    headers = {**HEBREW, **({"If-Match": etag} if etag else {})}
    return await api.request("PUT", path, key=key, json=body, headers=headers)


async def _hold(tenant: Tenant, scene: Scene, function: Function, employee_id: UUID) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Responsibility(
                organization_id=tenant.id, program_id=scene.program.id, function=function, employee_id=employee_id
            )
        )


async def _about(tenant: Tenant, item: ContentItem, topic: str) -> ContentItem:
    async with tenant.database.transaction(tenant.id) as session:
        row = await session.merge(item)
        row.topics = [topic]
    return row


async def _today(tenant: Tenant) -> datetime:
    async with tenant.database.transaction(tenant.id) as session:
        return await db.now(session)


def _path(scene: Scene) -> str:
    return f"/v1/programs/{scene.program.id}/content-plan"


class TestPlan:
    async def test_s15_a_plan_has_themes_cadence_owner_and_targets_and_tells_planned_from_published(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        planner = await tenant.employee()
        _, editor = await tenant.person(Role.EDITOR)
        body = {**PLAN, "owner_employee_id": str(planner.id)}
        made = await _put(api, _path(scene), editor, body)
        assert made.status_code == 201, made.text
        assert (made.json()["cadence"], made.json()["owner_employee_id"]) == (["week", "month"], str(planner.id))
        assert [theme["topics"] for theme in made.json()["themes"]] == [["people-and-teams"], ["product"]]
        assert (await _put(api, _path(scene), editor, body)).status_code == 428
        again = await _put(api, _path(scene), editor, body, etag=made.headers["etag"])
        assert (again.status_code, again.json()["themes"]) == (200, made.json()["themes"])

        week, month = await self._now(api, tenant, scene)
        targets = {"items": 4, "by_theme": {"product": 1}, "by_language": {"en": 4}, "by_network": {"linkedin": 3}}
        planned = await _put(api, f"{_path(scene)}/periods/{week['period']}", editor, targets)
        assert planned.status_code == 201, planned.text
        assert (await _put(api, f"{_path(scene)}/periods/{month['period']}", editor, {"items": 12})).status_code == 201
        members = (await add_members(tenant, scene, {"Sales": 8}))["Sales"]
        first = await _about(tenant, scene.item, "people-and-teams")
        await add_post(tenant, first, members[0])
        alone = (await self._now(api, tenant, scene))[0]["counts"]["shared"]
        assert (alone["value"], alone["suppressed"], alone["reason"]) == (None, True, "group_too_small")
        for member in members[1:6]:
            await add_post(tenant, first, member)
        for found, items in zip(await self._now(api, tenant, scene), (4, 12), strict=True):
            counts = found["counts"]
            assert (counts["planned"], counts["offered"], counts["shared"]["value"]) == (items, 1, 6)
            assert found["by_theme"]["people-and-teams"]["shared"]["value"] == 6
            assert (found["is_planned"], found["is_overdue"]) == (True, False)
        week, _ = await self._now(api, tenant, scene)
        assert week["by_theme"]["product"]["planned"] == 1
        assert (week["by_language"]["en"]["planned"], week["by_network"]["linkedin"]["planned"]) == (4, 3)
        assert week["by_network"]["linkedin"]["shared"]["value"] == 6

        # Two people's posts are nobody's business, nor what would give them away.
        second = await _about(tenant, await add_item(tenant, scene, "New panels"), "product")
        for member in members[6:]:
            await add_post(tenant, second, member)
        for found in await self._now(api, tenant, scene):
            assert (found["counts"]["offered"], found["counts"]["shared"]["value"]) == (2, 8)
            for slug in ("people-and-teams", "product"):
                shared = found["by_theme"][slug]["shared"]
                assert (shared["value"], shared["suppressed"], shared["reason"]) == (None, True, "group_too_small")

    async def _now(self, api: Api, tenant: Tenant, scene: Scene) -> list[dict[str, Any]]:
        day = (await _today(tenant)).astimezone(ZoneInfo("Asia/Jerusalem")).date().isoformat()
        read = await api.get(f"{_path(scene)}?from={day}&to={day}", key=tenant.owner_key)
        assert read.status_code == 200, read.text
        week, month = read.json()["periods"]
        return [week, month]

    async def test_what_does_not_fit_is_refused_with_what_to_do(self, api: Api, tenant: Tenant) -> None:
        scene, key = await make_scene(tenant), tenant.owner_key
        early = await _put(api, f"{_path(scene)}/periods/2099-W01", key, {"items": 1})
        assert (early.status_code, early.json()["code"]) == (409, "content_plan_first")
        wrong = {"slug": "other", "titles": {"en": "Other"}, "topics": ["nothing-of-the-kind"]}
        unknown = await _put(api, _path(scene), key, {**PLAN, "themes": [PEOPLE, wrong]})
        assert [one["pointer"] for one in unknown.json()["errors"]] == ["/themes/1/topics/0"]
        assert (await _put(api, _path(scene), key, PLAN)).status_code == 201
        for period in ("2026-W54", "2026-13", "1999-W01", "week"):
            refused = await _put(api, f"{_path(scene)}/periods/{period}", key, {"items": 1})
            assert (refused.status_code, refused.json()["code"]) == (422, "no_such_period"), period
        body = {"items": 2, "by_theme": {"none": 1}, "by_language": {"en": 3}, "by_network": {"x": 1}}
        refused = await _put(api, f"{_path(scene)}/periods/2099-W01", key, body)
        assert {(one["pointer"], one["code"]) for one in refused.json()["errors"]} == {
            ("/by_theme/none", "unknown"), ("/by_language/en", "too_many"), ("/by_network/x", "unknown"),
        }  # fmt: skip
        assert all(any("א" <= letter <= "ת" for letter in one["message"]) for one in refused.json()["errors"])
        for days, pointer in (
            ("from=0001-01-01", "/from"), ("to=9999-12-31", "/to"), ("to=0001-01-05", "/to"),
            ("from=2026-02-01&to=2026-01-01", "/to"), ("from=2026-01-01&to=2028-01-01", "/from"),
        ):  # fmt: skip
            odd = await api.get(f"{_path(scene)}?{days}", key=key)
            assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (400, pointer), days

    async def test_whose_duty_it_is_plans_without_a_role_and_colleagues_do_not(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        holder, key = await tenant.person()
        _, colleague = await tenant.person()
        await _hold(tenant, scene, Function.CONTENT, holder.id)
        assert (await _put(api, _path(scene), colleague, PLAN)).status_code == 403
        assert (await _put(api, _path(scene), key, PLAN)).status_code == 201
        assert (await _put(api, f"{_path(scene)}/periods/2099-W01", key, {"items": 3})).status_code == 201
        assert (await api.get(_path(scene), key=key)).status_code == 200
        assert (await api.get(_path(scene), key=colleague)).status_code == 403

    async def test_a_need_is_planned_under_a_theme_of_the_plan_and_under_nothing_else(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        asking, key = await tenant.person()
        answering, desk = await tenant.person()
        await _hold(tenant, scene, Function.CONTENT, answering.id)
        await _join(tenant, scene, asking.id)
        body = {"program_id": str(scene.program.id), "topic": "content", "text": "A text about our new panels?"}
        need = (await api.post("/v1/me/needs", key=key, json=body)).json()
        plan = (await _put(api, _path(scene), tenant.owner_key, PLAN)).json()
        path, theme_id = f"/v1/needs/{need['id']}", plan["themes"][1]["id"]
        refused = await api.patch(path, etag="*", key=desk, json={"theme_id": str(scene.item.id)})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/theme_id")
        assert theme_id in refused.json()["errors"][0]["message"]
        planned = await api.patch(path, etag="*", key=desk, json={"theme_id": theme_id})
        assert (planned.status_code, planned.json()["theme_id"]) == (200, theme_id)


class TestAlert:
    async def test_s36_b06_no_plan_by_the_set_day_is_one_alert_to_the_content_owner_alone_until_the_plan_is_there(
        self, api: Api, tenant: Tenant, settings: Settings
    ) -> None:
        scene = await make_scene(tenant)
        tools = Tools(tenant.database, settings)
        owner, content = await tenant.employee(locale="he"), await tenant.employee(locale="he")
        await _hold(tenant, scene, Function.OWNER, owner.id)
        await _hold(tenant, scene, Function.CONTENT, content.id)
        assert (await _put(api, _path(scene), tenant.owner_key, {**PLAN, "cadence": ["week"]})).status_code == 201
        late = await self._next(api, tenant, scene)
        due_at = datetime.fromisoformat(late["due_at"])
        assert due_at.astimezone(UTC).isoweekday() == 4
        await self._move(settings, due_at - timedelta(minutes=1))
        await jobs.look_for_missing(tools)
        assert await tenant.rows(PlanAlert) == []
        await self._move(settings, due_at + timedelta(minutes=1))
        for _ in range(3):
            await jobs.look_for_missing(tools)
        ((reader, mail),) = await mails(tenant, MessageKind.CONTENT_PLAN_MISSING)
        assert reader.id == content.id
        words = mail.get_content()
        assert all(part in words for part in (late["period"], f"/v1/programs/{scene.program.id}/", "16:00", "Pilot"))
        assert any("א" <= letter <= "ת" for letter in words)
        # Whoever plans from now on is not told of what another was told of.
        plan = {**PLAN, "cadence": ["week"], "owner_employee_id": str(owner.id)}
        assert (await _put(api, _path(scene), tenant.owner_key, plan, etag="*")).status_code == 200
        await jobs.look_for_missing(tools)
        assert len(await tenant.rows(Message)) == 1
        assert await self._events(tenant, "content_plan.missing") == [late["period"]]
        assert (await self._read(api, tenant, scene, late))["is_overdue"]

        planned = await _put(api, f"{_path(scene)}/periods/{late['period']}", tenant.owner_key, {"items": 4})
        assert planned.status_code == 201
        assert not (await self._read(api, tenant, scene, late))["is_overdue"]
        (alert,) = await tenant.rows(PlanAlert)
        assert (alert.closed_by, alert.closed_at is not None) == ("planned", True)
        assert await self._events(tenant, "content_plan.alert_closed") == [late["period"]]
        # Taken back, it is missing again, and nobody is told a second time.
        await api.delete(f"{_path(scene)}/periods/{late['period']}", key=tenant.owner_key, etag="*")
        await jobs.look_for_missing(tools)
        assert len(await tenant.rows(Message)) == 1

    async def _next(self, api: Api, tenant: Tenant, scene: Scene) -> dict[str, Any]:
        now = await _today(tenant)
        read = await api.get(f"{_path(scene)}?to={(now + timedelta(days=21)).date()}", key=tenant.owner_key)
        found: dict[str, Any] = next(
            one for one in read.json()["periods"] if datetime.fromisoformat(one["due_at"]) > now + timedelta(minutes=5)
        )
        return found

    async def _read(self, api: Api, tenant: Tenant, scene: Scene, late: dict[str, Any]) -> dict[str, Any]:
        day = late["starts_on"]
        read = await api.get(f"{_path(scene)}?from={day}&to={day}", key=tenant.owner_key)
        (found,) = read.json()["periods"]
        return dict(found)

    async def _events(self, tenant: Tenant, kind: str) -> list[str]:
        return [one.data["period"] for one in await tenant.rows(Event) if one.type == kind]

    async def _move(self, settings: Settings, to: datetime) -> None:
        await db.move_clock(settings.database_url, by=to - datetime.now(UTC))


async def _join(tenant: Tenant, scene: Scene, employee_id: UUID, *, days_ago: int = 0) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Ambassador(
                organization_id=tenant.id, program_id=scene.program.id, employee_id=employee_id,
                state=AmbassadorState.ACTIVE, language=Language.HE,
                joined_at=await db.now(session) - timedelta(days=days_ago),
            )
        )  # fmt: skip


class TestBenefits:
    async def test_s14_an_ambassador_lists_what_they_qualify_for_and_why_and_managers_see_no_names(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Sales": 7}))["Sales"]
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        course = await api.post(
            "/v1/training-modules",
            key=manager,
            json={"program_id": str(scene.program.id), "topic": "marketing_writing", "title": {"en": "Writing"}},
        )
        assert course.status_code == 201, course.text
        path = f"/v1/programs/{scene.program.id}/benefits"
        body = {
            "kind": "material",
            "titles": {"en": "A course of your choice", "he": "קורס לבחירתך"},
            "eligibility": {
                "min_published_shares": 2, "published_within_days": 90, "training_module_id": course.json()["id"],
            },
            "cost_per_person": 1200, "budget": 24000, "currency": "ILS", "valid_from": "2026-01-01",
        }  # fmt: skip
        no_currency = await api.post(path, key=manager, json={**body, "currency": None})
        assert (no_currency.status_code, no_currency.json()["errors"][0]["pointer"]) == (422, "/currency")
        made = await api.post(path, key=manager, json=body)
        assert (made.status_code, made.json()["cost_per_person"], made.json()["state"]) == (201, 1200, "draft")
        key = await tenant.key_of(members[0].employee)
        assert (await api.get("/v1/me/benefits", key=key)).json()["data"] == []
        opened = await api.patch(
            made.headers["location"], key=manager, etag=made.headers["etag"], json={"state": "open", "titles": None}
        )
        assert (opened.status_code, opened.json()["titles"]) == (200, body["titles"]), opened.text

        await add_post(tenant, scene.item, members[0])
        (mine,) = (await api.get("/v1/me/benefits", key=key, headers=HEBREW)).json()["data"]
        assert (mine["title"], mine["qualifies"]) == ("קורס לבחירתך", False)
        assert [(one["condition"], one["is_met"], one["found"], one["wanted"]) for one in mine["conditions"]] == [
            ("active", True, None, None), ("published_shares", False, 1, 2), ("certificate", False, None, None),
        ]  # fmt: skip
        assert mine["conditions"][1]["words"].startswith("שיתופים שעוד חסרים: 1 ")
        second = await add_item(tenant, scene, "New panels")
        await self._earn(tenant, course.json()["id"], members)
        for member in members[:6]:
            for item in (scene.item, second):
                if (item, member) != (scene.item, members[0]):
                    await add_post(tenant, item, member)
        (mine,) = (await api.get("/v1/me/benefits", key=key)).json()["data"]
        assert (mine["qualifies"], [one["is_met"] for one in mine["conditions"]]) == (True, [True] * 3)
        assert mine["conditions"][1]["words"] == "Your published shares in the last 90 days: 2; asked: 2."
        other = await tenant.key_of(members[6].employee)
        assert not (await api.get("/v1/me/benefits", key=other)).json()["data"][0]["qualifies"]
        _, stranger = await tenant.person()
        assert (await api.get("/v1/me/benefits", key=stranger)).json()["data"] == []

        # Six of seven would say who the one is that does not share.
        hidden = {"at_least": None, "of_members": 7, "suppressed": True, "reason": "group_too_small"}
        assert await self._eligible(api, path, manager) == hidden
        await self._join_more(tenant, scene, course.json()["id"], 5)
        assert await self._eligible(api, path, manager) == {
            "at_least": 5, "of_members": 12, "suppressed": False, "reason": None,
        }  # fmt: skip
        listed = await api.get(path, key=manager)
        assert not any(str(member.employee.id) in listed.text for member in members)

    async def _eligible(self, api: Api, path: str, key: str) -> Any:
        (listed,) = (await api.get(path, key=key)).json()["data"]
        return listed["eligible"]

    async def _earn(self, tenant: Tenant, module_id: str, members: list[Member]) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            now = await db.now(session)
            for member in members:
                session.add(
                    Certificate(
                        organization_id=tenant.id, module_id=UUID(module_id), employee_id=member.employee.id,
                        issued_at=now,
                    )
                )  # fmt: skip

    async def _join_more(self, tenant: Tenant, scene: Scene, module_id: str, count: int) -> None:
        more = (await add_members(tenant, scene, {"Support": count}))["Support"]
        await self._earn(tenant, module_id, more)

    async def test_everybody_sharing_is_not_told_either(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Sales": 6}))["Sales"]
        for member in members:
            await add_post(tenant, scene.item, member)
        path = f"/v1/programs/{scene.program.id}/benefits"
        rule = {"min_published_shares": 1, "published_within_days": 30}
        body = {"kind": "recognition", "titles": {"en": "Thanks"}, "eligibility": rule, "state": "open"}
        assert (await api.post(path, key=tenant.owner_key, json=body)).status_code == 201
        assert (await self._eligible(api, path, tenant.owner_key))["suppressed"]
