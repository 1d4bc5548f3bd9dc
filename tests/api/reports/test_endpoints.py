"""The management report and the totals over HTTP."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from services.api.openapi import build
from services.core.ambassadors.models import Pause, PauseKind
from services.core.content.models import ContentItem
from services.core.goals.models import Heading, Measurement, Method
from services.core.kit import db
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.measurement.models import MetricSnapshot
from services.core.organizations.models import Role
from services.core.programs.models import Function, Responsibility
from services.core.reports import feeds
from services.core.shares.models import Publication, PublicationState
from tests.factories.publications import Scene, make_scene
from tests.factories.reports import Member, add_goal, add_item, add_members, add_post
from tests.fixtures.api import Api, Tenant

NOT_ASKED = {"impressions": "scope_missing", "reactions": "scope_missing", "comments": "scope_missing"}


def _path(scene: Scene) -> str:
    return f"/v1/programs/{scene.program.id}/report"


async def _read(api: Api, tenant: Tenant, scene: Scene, **params: str) -> dict[str, Any]:
    answer = await api.get(_path(scene), key=tenant.owner_key, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _busy(tenant: Tenant) -> tuple[Scene, ContentItem, dict[str, list[Member]]]:
    """Fifteen members of three departments, two of them in Sales; two items, the second shared by three people."""
    scene = await make_scene(tenant, title="Life at Lumen <R&D>")
    members = await add_members(tenant, scene, {"Engineering": 7, "Customer Success": 6, "Sales": 2})
    everybody = [member for group in members.values() for member in group]
    for number, member in enumerate(everybody):
        counts = {"impressions": 100 + number, "reactions": number, "comments": 1, "reshares": 2}
        readings = [({"impressions": 1, "reactions": 0}, {}), (counts, {})]
        if number >= 12:
            readings.append(({}, NOT_ASKED))
        await add_post(tenant, scene.item, member, people=1 + number % 3, machines=1, own=1, readings=readings)
    second = await add_item(tenant, scene, "חמש שאלות על Lumen (2026)")
    for member in everybody[:3]:
        await add_post(tenant, second, member, people=4, machines=2, readings=[({"impressions": 50}, {})])
    await add_post(tenant, second, everybody[5], people=1, state=PublicationState.REJECTED)
    return scene, second, members


def _every_number(report: Any) -> list[dict[str, Any]]:
    """Every number of a report."""
    if isinstance(report, dict):
        if "formula_version" in report and "suppressed" in report:
            return [report]
        return [number for value in report.values() for number in _every_number(value)]
    return [number for value in report for number in _every_number(value)] if isinstance(report, list) else []


class TestFigures:
    async def test_totals_equal_what_the_rows_say(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        answer = await api.get("/v1/metrics", key=tenant.owner_key, params={"program_id": str(scene.program.id)})
        totals = answer.json()["totals"]
        clicks, links = await tenant.rows(Click), {row.id for row in await tenant.rows(TrackedLink)}
        published = {p.id for p in await tenant.rows(Publication) if p.state is PublicationState.PUBLISHED}
        latest: dict[Any, MetricSnapshot] = {}
        for row in sorted(await tenant.rows(MetricSnapshot), key=lambda row: row.taken_at):
            latest[row.publication_id] = row
        kinds = Counter(click.kind for click in clicks if click.link_id in links)
        visitors = {
            (click.link_id, click.clicked_at.date(), click.visitor_hash)
            for click in clicks
            if click.kind is ClickKind.HUMAN
        }
        sums = {
            metric: sum(latest[id].counts.get(metric, 0) for id in published)
            for metric in ("impressions", "reactions", "comments", "reshares")
        }
        engagements = sums["reactions"] + sums["comments"] + sums["reshares"]
        with_both = [
            latest[id].counts
            for id in published
            if "impressions" in latest[id].counts and "reactions" in latest[id].counts
        ]
        part = sum(c["reactions"] + c["comments"] + c["reshares"] for c in with_both)
        rate = round(Decimal(part) * 100 / sum(c["impressions"] for c in with_both), 1)
        assert {name: number["value"] for name, number in totals.items()} == {
            "published_shares": len(published),
            "active_sharers_percent": 100,
            "human_clicks": len(visitors),
            "raw_hits": kinds[ClickKind.HUMAN] + kinds[ClickKind.MACHINE],
            "suspected_machines": kinds[ClickKind.MACHINE],
            **sums,
            "engagements": engagements,
            "engagement_rate": float(rate),
        }
        with_data = sum("impressions" in latest[id].counts for id in published)
        assert totals["impressions"]["coverage_percent"] == with_data * 100 // len(published)

    async def test_goals_stand_under_four_headings_with_what_is_and_how_far(self, api: Api, tenant: Tenant) -> None:
        scene, _, members = await _busy(tenant)
        owner = members["Engineering"][0].employee.id
        clicks = await add_goal(
            tenant, scene, owner,
            kpi="careers_site_visits", title="Visits", heading=Heading.HIRING_RETENTION, baseline=10, target=110,
        )  # fmt: skip
        attrition = await add_goal(
            tenant, scene, owner,
            kpi="attrition_rate", title="Attrition", heading=Heading.COST, baseline=20, target=10,
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            today = (await db.now(session)).date()
            for days, value in ((4, 18), (1, 15)):
                session.add(
                    Measurement(
                        organization_id=tenant.id,
                        goal_id=attrition.id,
                        value=value,
                        measured_on=today - timedelta(days=days),
                        method=Method.IMPORTED,
                        source="manual",
                        formula_version="1",
                    )
                )
            await feeds.refresh_program(session, scene.program.id)
        report = await _read(api, tenant, scene)
        assert [heading["heading"] for heading in report["headings"]] == [heading.value for heading in Heading]
        assert {h["heading"]: h["goal_ids"] for h in report["headings"]} == {
            "employer_brand": [], "hiring_retention": [str(clicks.id)], "sales": [], "cost": [str(attrition.id)],
        }  # fmt: skip
        found = {goal["kpi"]: goal for goal in report["goals"]}
        human = report["totals"]["human_clicks"]["value"]
        assert found["careers_site_visits"]["actual"]["value"] == human
        assert found["careers_site_visits"]["progress"]["value"] == human - 10
        falling = found["attrition_rate"]
        assert (falling["actual"]["value"], falling["actual"]["method"]) == (15, "imported")
        assert falling["progress"]["value"] == 50
        trend = [(point["number"]["value"], point["number"]["reason"]) for point in falling["trend"]]
        assert trend == [(18, None), (None, "not_measured"), (None, "not_measured"), (15, None)]
        assert falling["trend"][0]["day_on"] == (today - timedelta(days=4)).isoformat()

    async def test_a_goal_without_a_value_is_a_gap_and_no_zero(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        owner = await tenant.employee()
        for kpi in ("employer_nps", "hires", "content_impressions"):
            await add_goal(tenant, scene, owner.id, kpi=kpi, title=kpi, heading=Heading.SALES, baseline=0, target=10)
        report = await _read(api, tenant, scene)
        found = {goal["kpi"]: goal for goal in report["goals"]}
        assert (found["employer_nps"]["actual"]["value"], found["employer_nps"]["actual"]["reason"]) == (
            None, "not_measured",
        )  # fmt: skip
        assert (found["hires"]["actual"]["value"], found["hires"]["actual"]["reason"]) == (None, "no_conversions")
        impressions = found["content_impressions"]
        assert (impressions["actual"]["value"], impressions["actual"]["reason"]) == (None, "no_shares")
        assert impressions["progress"]["value"] is None
        assert impressions["trend"] == []

    async def test_the_day_one_report_stands_on_nothing(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        report = await _read(api, tenant, scene)
        assert report["funnel"]["shared"]["value"] == 0
        assert report["participation"]["active_sharers_percent"]["reason"] == "nothing_to_divide"
        page = await api.get(_path(scene), key=tenant.owner_key, params={"format": "html"})
        assert page.status_code == 200

    async def test_those_who_answer_for_it_are_named(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        sponsor, _ = await tenant.person(Role.SPONSOR, display_name="נעמה לוי")
        owner = await tenant.employee()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Responsibility(
                    organization_id=tenant.id,
                    program_id=scene.program.id,
                    function=Function.OWNER,
                    employee_id=owner.id,
                )
            )
        report = await _read(api, tenant, scene)
        assert [(one["function"], one["name"]) for one in report["responsible"]] == [
            ("sponsor", sponsor.display_name),
            ("owner", owner.display_name),
        ]


class TestMissing:
    async def test_what_the_network_did_not_give_is_null_with_its_reason(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        for member in members:
            await add_post(tenant, scene.item, member, people=1, readings=[({}, NOT_ASKED)])
        report = await _read(api, tenant, scene)
        for numbers in (report["totals"], report["content"][0]):
            number = numbers["impressions"]
            assert (number["value"], number["reason"], number["suppressed"]) == (None, "scope_missing", False)
        assert report["totals"]["reshares"]["reason"] == "not_read_yet"
        assert any("not zero" in note for note in report["notes"])

    async def test_the_brand_pages_part_is_missing_and_says_so(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        number = (await _read(api, tenant, scene))["participation"]["engagement_share"]
        assert (number["value"], number["reason"]) == (None, "brand_page_not_connected")


class TestSuppression:
    async def test_one_pilot_share_is_shown_to_nobody(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        counts = {"impressions": 987, "reactions": 65, "comments": 43, "reshares": 21}
        await add_post(tenant, scene.item, members[0], people=11, machines=7, readings=[(counts, {})])
        report = await _read(api, tenant, scene)
        for number in (
            *report["totals"].values(),
            *(value for name, value in report["content"][0].items() if name not in ("item_id", "title")),
            report["funnel"]["shared"],
            report["participation"]["employees_who_shared"],
            report["departments"][0]["shared"],
            report["departments"][0]["human_clicks"],
        ):
            assert (number["value"], number["suppressed"], number["reason"]) == (None, True, "group_too_small")

    async def test_a_small_department_is_hidden_and_another_with_it(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        report = await _read(api, tenant, scene)
        rows = {row["department"]: row for row in report["departments"]}
        for name in ("joined", "shared", "human_clicks"):
            assert rows["Engineering"][name]["value"] is not None
            for hidden in ("Sales", "Customer Success"):
                assert (rows[hidden][name]["value"], rows[hidden][name]["suppressed"]) == (None, True)
        assert report["funnel"]["shared"]["value"] - rows["Engineering"]["shared"]["value"] >= 5

    async def test_an_item_of_few_cannot_be_worked_out_from_the_totals(self, api: Api, tenant: Tenant) -> None:
        scene, second, _ = await _busy(tenant)
        report = await _read(api, tenant, scene)
        rows = {row["item_id"]: row for row in report["content"]}
        assert report["totals"]["human_clicks"]["value"] is not None
        for name in ("published_shares", "human_clicks", "raw_hits", "suspected_machines", "impressions"):
            assert rows[str(second.id)][name]["suppressed"]
            assert rows[str(scene.item.id)][name]["suppressed"]

    async def test_two_large_items_are_shown(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 6}))["Engineering"]
        second = await add_item(tenant, scene, "Second")
        for member in members:
            await add_post(tenant, scene.item, member, people=1, machines=1)
            await add_post(tenant, second, member, people=2, machines=1)
        rows = (await _read(api, tenant, scene))["content"]
        assert [(row["title"], row["human_clicks"]["value"]) for row in rows] == [("Second", 12), (scene.item.title, 6)]
        assert [row["raw_hits"]["value"] for row in rows] == [30, 18]

    async def test_a_funnel_step_does_not_tell_on_those_who_are_missing(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 12}))["Engineering"]
        for member in members[:11]:
            await add_post(tenant, scene.item, member)
        funnel = (await _read(api, tenant, scene))["funnel"]
        assert funnel["joined"]["value"] == 12
        assert funnel["shared"]["suppressed"]
        assert funnel["connected"]["value"] == 12

    async def test_few_members_are_counted_for_managers_alone(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        await add_members(tenant, scene, {"Engineering": 3})
        _, sponsor = await tenant.person(Role.SPONSOR)
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        seen = [(await api.get(_path(scene), key=key)).json()["funnel"]["joined"] for key in (manager, sponsor)]
        assert [number["value"] for number in seen] == [3, None]
        assert seen[1]["suppressed"]

    async def test_no_number_tells_how_many_people_are_behind_it(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        assert "people_behind" not in (await api.get(_path(scene), key=tenant.owner_key)).text


class TestPauses:
    """Eighteen members of whom six have shared; some of the others pause."""

    async def _program(self, tenant: Tenant) -> tuple[Scene, list[Member]]:
        scene = await make_scene(tenant)
        members = (await add_members(tenant, scene, {"Engineering": 18}))["Engineering"]
        for member in members[:6]:
            await add_post(tenant, scene.item, member)
        return scene, members

    async def _pause(self, tenant: Tenant, *members: Member, **values: Any) -> None:
        async with tenant.database.transaction(tenant.id) as session:
            now = await db.now(session)
            for member in members:
                pause = {"kind": PauseKind.LEAVE, "starts_at": now - timedelta(days=1), **values}
                session.add(Pause(organization_id=tenant.id, employee_id=member.employee.id, **pause))

    async def test_paused_people_are_not_in_the_denominator(self, api: Api, tenant: Tenant) -> None:
        scene, members = await self._program(tenant)
        rates = (await _read(api, tenant, scene))["participation"]
        assert rates["active_sharers_percent"]["value"] == 33.3
        await self._pause(tenant, *members[6:12])
        report = await _read(api, tenant, scene)
        assert report["participation"]["active_sharers_percent"]["value"] == 50
        assert report["participation"]["employees_who_shared"]["value"] == 50
        assert report["participation"]["active_sharers_percent"]["formula_version"] == "2"
        (method,) = [one for one in report["methods"] if one["name"] == "active_sharers_percent"]
        assert "Paused members without a share are not counted" in method["formula"]
        assert report["funnel"]["joined"]["value"] == 18

    async def test_who_has_shared_counts_while_they_pause_too(self, api: Api, tenant: Tenant) -> None:
        scene, members = await self._program(tenant)
        await self._pause(tenant, *members[:6])
        assert (await _read(api, tenant, scene))["participation"]["active_sharers_percent"]["value"] == 33.3

    async def test_few_paused_people_change_no_number(self, api: Api, tenant: Tenant) -> None:
        scene, members = await self._program(tenant)
        before = (await _read(api, tenant, scene))["participation"]
        await self._pause(tenant, *members[6:10])
        assert (await _read(api, tenant, scene))["participation"] == before

    async def test_few_who_neither_pause_nor_share_are_not_told_on(self, api: Api, tenant: Tenant) -> None:
        scene, members = await self._program(tenant)
        before = (await _read(api, tenant, scene))["participation"]
        await self._pause(tenant, *members[6:17])
        assert (await _read(api, tenant, scene))["participation"] == before

    async def test_pauses_that_are_over_or_elsewhere_do_not_count(self, api: Api, tenant: Tenant) -> None:
        scene, members = await self._program(tenant)
        other = await make_scene(tenant, title="Other")
        async with tenant.database.transaction(tenant.id) as session:
            now = await db.now(session)
        await self._pause(tenant, *members[6:12], ends_at=now)
        await self._pause(tenant, *members[6:12], program_id=other.program.id)
        assert (await _read(api, tenant, scene))["participation"]["active_sharers_percent"]["value"] == 33.3


class TestNumbers:
    async def test_no_number_is_bare(self, api: Api) -> None:
        """In the schema of each answer a number is inside NumberRead; what people set is named here (B32).

        Rates stand beside their currency, their source and the day from which they hold.
        """
        document = build(api.app)
        schemas = document["components"]["schemas"]
        seen: set[str] = set()
        bare: list[str] = []

        def is_number(schema: dict[str, Any]) -> bool:
            kinds = [schema, *schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
            return any(kind.get("type") in ("number", "integer") for kind in kinds)

        def walk(schema: Any) -> None:
            if isinstance(schema, list):
                for part in schema:
                    walk(part)
            elif isinstance(schema, dict):
                if "$ref" in schema and (name := schema["$ref"].rsplit("/", 1)[1]) not in seen:
                    seen.add(name)
                    if name != "NumberRead":
                        properties = schemas[name].get("properties", {})
                        bare.extend(f"{name}.{field}" for field, inner in properties.items() if is_number(inner))
                        walk(schemas[name])
                for part in schema.values():
                    walk(part)

        for path in (
            "/v1/metrics", "/v1/programs/{program_id}/report", "/v1/programs/{program_id}/visits",
            "/v1/programs/{program_id}/outcomes", "/v1/programs/{program_id}/savings",
            "/v1/programs/{program_id}/attrition", "/v1/survey-rounds/{round_id}", "/v1/headcount",
        ):  # fmt: skip
            walk(document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"])
        assert "NumberRead" in seen
        assert set(schemas["NumberRead"]["required"]) == {
            "value", "unit", "method", "formula", "formula_version", "as_of", "coverage_percent", "suppressed",
            "reason",
        }  # fmt: skip
        assert sorted(bare) == [
            "EarnedMediaRead.cpc", "EarnedMediaRead.cpe", "EarnedMediaRead.cpm", "GoalReport.baseline",
            "GoalReport.target", "MethodReport.coverage_percent", "RatesRead.baseline_cost_per_hire",
            "RatesRead.program_cost_per_month", "RatesRead.version", "SponsorReport.budget",
        ]  # fmt: skip

    async def test_a_number_has_a_value_or_a_reason(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        numbers = _every_number(await _read(api, tenant, scene))
        assert len(numbers) > 40
        for number in numbers:
            assert (number["value"] is None) == (number["reason"] is not None)
            assert not number["suppressed"] or number["value"] is None
            assert date.fromisoformat(number["as_of"])


class _Seen(HTMLParser):
    """What a reader of the page sees, and where it would fetch from."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


class TestPage:
    async def test_hebrew_reads_from_right_to_left_and_has_the_same_numbers(self, api: Api, tenant: Tenant) -> None:
        scene, _, members = await _busy(tenant)
        await add_goal(
            tenant, scene, members["Sales"][0].employee.id,
            kpi="careers_site_visits", title="יותר ביקורים", heading=Heading.SALES, baseline=0, target=1234567,
        )  # fmt: skip
        async with tenant.database.transaction(tenant.id) as session:
            await feeds.refresh_program(session, scene.program.id)
        pages = {}
        for language in ("en", "he"):
            answer = await api.get(_path(scene), key=tenant.owner_key, params={"format": "html", "language": language})
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-language"] == language
            pages[language] = answer.text
        roots = {language: _Seen(page).attributes[0] for language, page in pages.items()}
        assert roots == {"en": ("html", {"lang": "en", "dir": "ltr"}), "he": ("html", {"lang": "he", "dir": "rtl"})}
        shown = {
            language: re.findall(r'<bdi class="number"[^>]*>([^<]+)</bdi>', page) for language, page in pages.items()
        }
        assert shown["he"] == shown["en"]
        assert "1,234,567" in shown["he"]
        assert "מעט מדי אנשים" in pages["he"]
        assert "too few people" in pages["en"]
        assert "too few people" not in pages["he"]

    async def test_it_needs_nothing_from_elsewhere(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        answer = await api.get(_path(scene), key=tenant.owner_key, params={"format": "html", "language": "he"})
        seen = _Seen(answer.text)
        images = [attributes for tag, attributes in seen.attributes if tag == "img"]
        assert images
        assert all((image["src"] or "").startswith("data:image/svg+xml;base64,") for image in images)
        assert all(image["alt"] for image in images)
        assert not [tag for tag, _ in seen.attributes if tag in ("script", "link", "iframe")]
        assert not re.search(r"https?://", "".join(seen.text))
        assert "img-src data:" in answer.headers["content-security-policy"]

    async def test_titles_are_text_and_never_markup(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        page = (await api.get(_path(scene), key=tenant.owner_key, params={"format": "html"})).text
        assert "Life at Lumen &lt;R&amp;D&gt;" in page
        assert "<R&D>" not in page

    async def test_a_browser_gets_the_page_and_a_program_the_data(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        for accept, kind in (
            ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
            ("application/json", "application/json"),
            ("*/*", "application/json"),
        ):
            answer = await api.get(_path(scene), key=tenant.owner_key, headers={"Accept": accept})
            assert answer.headers["content-type"].startswith(kind)

    async def test_the_language_is_the_readers(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        answer = await api.get(_path(scene), key=tenant.owner_key, headers={"Accept-Language": "he"})
        assert answer.json()["language"] == "he"
        assert answer.json()["headings"][0]["title"] == "מותג מעסיק"


class TestWhoMayRead:
    async def test_analysts_and_sponsors_may_and_ambassadors_may_not(self, api: Api, tenant: Tenant) -> None:
        scene = await make_scene(tenant)
        for role, status in ((Role.ANALYST, 200), (Role.SPONSOR, 200), (Role.AMBASSADOR, 403), (Role.EDITOR, 403)):
            _, key = await tenant.person(role)
            query = {"program_id": str(scene.program.id)}
            assert (await api.get(_path(scene), key=key)).status_code == status
            assert (await api.get("/v1/metrics", key=key, params=query)).status_code == status

    async def test_a_role_in_one_program_opens_that_one_alone(self, api: Api, tenant: Tenant) -> None:
        own, other = await make_scene(tenant), await make_scene(tenant)
        _, key = await tenant.person(Role.SPONSOR, program_id=own.program.id)
        assert (await api.get(_path(own), key=key)).status_code == 200
        assert (await api.get(_path(other), key=key)).status_code == 403

    async def test_another_organizations_program_is_not_found(
        self, api: Api, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        assert (await api.get(_path(scene), key=other_tenant.owner_key)).status_code == 404
        query = {"program_id": str(scene.program.id)}
        assert (await api.get("/v1/metrics", key=other_tenant.owner_key, params=query)).status_code == 404

    async def test_nothing_of_another_program_is_counted(self, api: Api, tenant: Tenant) -> None:
        scene, _, _ = await _busy(tenant)
        empty = await make_scene(tenant)
        totals = (await _read(api, tenant, empty))["totals"]
        assert totals["published_shares"]["value"] == 0
        assert totals["human_clicks"]["value"] == 0
        assert (await _read(api, tenant, scene))["totals"]["human_clicks"]["value"]
