"""How a program is designed over HTTP: templates, people who leave, sponsors, channels, and the order of set-up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from services.core.communication.texts import MessageKind
from services.core.content.models import Offer
from services.core.employees import repository as employees
from services.core.employees.models import Employee, EmploymentStatus
from services.core.events.models import Event
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.policies.models import PolicyVersion, VersionState
from services.core.programs import commitments, service
from services.core.programs import repository as programs
from services.core.programs.models import Benefit, BenefitState, Commitment, Responsibility
from services.scheduler.jobs import programs as jobs
from services.scheduler.worker.tools import Tools
from tests.factories.programs import mails, name_holders, start, sync, transition
from tests.factories.publications import make_scene, make_sharer
from tests.factories.reports import add_members, add_post
from tests.fixtures.api import Api, Tenant

HEBREW = {"Accept-Language": "he"}
ALL = ("owner", "content", "policy", "spokesperson", "hr", "data", "support")


@pytest.fixture
def tools(tenant: Tenant, settings: Settings) -> Tools:
    """What a job is given."""
    return Tools(tenant.database, settings)


async def orphans(api: Api, tenant: Tenant, program_id: str) -> Any:
    answer = await api.get(f"/v1/programs/{program_id}/orphans", key=tenant.owner_key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def to_quiet(api: Api, tenant: Tenant, program_id: str, settings: Settings) -> None:
    """Publish what the template drafted, and launch quietly."""
    async with tenant.database.transaction(tenant.id) as session:
        version = (await session.exec(_versions(tenant))).first()
        version.state = VersionState.PUBLISHED
        session.add(version)
    for to in ("designed", "quiet"):
        answer = await transition(api, tenant, program_id, to)
        assert answer.status_code == 200, answer.text


def _versions(tenant: Tenant) -> Any:
    return select(PolicyVersion).where(PolicyVersion.organization_id == tenant.id)


class TestTemplates:
    async def test_they_are_listed_in_the_readers_language(self, api: Api, tenant: Tenant) -> None:
        found = await api.get("/v1/program-templates", key=tenant.owner_key, headers=HEBREW)
        assert [one["slug"] for one in found.json()["data"]] == ["employer-branding", "recruiting", "social-selling"]
        assert found.json()["data"][1]["title"] == "גיוס עובדים"
        english = await api.get("/v1/program-templates", key=tenant.owner_key)
        assert english.json()["data"][1]["title"] == "Recruiting"

    async def test_each_is_whole_in_both_languages(self, api: Api, tenant: Tenant) -> None:
        for slug in ("employer-branding", "recruiting", "social-selling"):
            for language in ("he", "en"):
                headers = {"Accept-Language": language}
                read = await api.get(f"/v1/program-templates/{slug}", key=tenant.owner_key, headers=headers)
                body = read.json()
                assert {goal["kind"] for goal in body["goals"]} == {"marketing", "business"}
                for part in ("themes", "cadence", "channels", "modules", "benefits"):
                    assert body[part], (slug, part)
                assert [one["function"] for one in body["responsibilities"]] == list(ALL)
                words = [body["title"], body["summary"], body["policy"]["summary"], *body["policy"]["dos"]]
                words += [goal["hint"] for goal in body["goals"]] + [one["what"] for one in body["responsibilities"]]
                assert all(any("א" <= letter <= "ת" for letter in text) is (language == "he") for text in words)

    async def test_one_that_there_is_not_is_not_found_and_cannot_be_started_from(
        self, api: Api, tenant: Tenant
    ) -> None:
        assert (await api.get("/v1/program-templates/none", key=tenant.owner_key)).status_code == 404
        body = {"name": "X", "template": "none"}
        refused = await api.post("/v1/programs", key=tenant.owner_key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_template")
        assert "recruiting" in refused.json()["detail"]

    async def test_a_goal_owner_without_a_template_is_refused(self, api: Api, tenant: Tenant) -> None:
        dana = await tenant.employee()
        body = {"name": "X", "goal_owner_employee_id": str(dana.id)}
        refused = await api.post("/v1/programs", key=tenant.owner_key, json=body)
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/goal_owner_employee_id"]

    async def test_nothing_of_a_template_is_in_force_and_nobody_is_named(self, api: Api, tenant: Tenant) -> None:
        for slug in ("employer-branding", "recruiting", "social-selling"):
            program = await start(api, tenant, template=slug)
            goals = await api.get(f"/v1/programs/{program['id']}/goals", key=tenant.owner_key)
            assert goals.json()["data"] == []
        assert await tenant.rows(Responsibility) == []
        assert {one.state for one in await tenant.rows(Benefit)} == {BenefitState.DRAFT}
        assert {one.state for one in await tenant.rows(PolicyVersion)} == {VersionState.DRAFT}

    async def test_what_a_template_writes_is_in_the_programs_own_language(self, api: Api, tenant: Tenant) -> None:
        people = await sync(api, tenant, 1, 2)
        program = await start(
            api, tenant, template="recruiting", default_language="he", goal_owner_employee_id=str(people[1].id)
        )
        goals = await api.get(f"/v1/programs/{program['id']}/goals", key=tenant.owner_key)
        persona = await api.get(f"/v1/programs/{program['id']}/persona", key=tenant.owner_key)
        for words in (*(goal["title"] for goal in goals.json()["data"]), persona.json()["description"]):
            assert any("א" <= letter <= "ת" for letter in words), words

    async def test_what_is_wrong_is_said_in_the_readers_language_with_the_values_that_are_right(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start(api, tenant)
        address = f"/v1/programs/{program['id']}"
        answer = await api.post(f"{address}/transitions", json={"to": "noisy"}, key=tenant.owner_key, headers=HEBREW)
        assert answer.json()["errors"][0]["message"] == (
            "יש להשתמש באחד מאלה: designed, quiet, loud, paused, resumed, closed."
        )
        channel, headers = f"{address}/channels/linkedin", {"Authorization": f"Bearer {tenant.owner_key}", **HEBREW}
        answer = await api.client.put(channel, json={"max_per_day": 0}, headers=headers)
        assert [one["message"] for one in answer.json()["errors"]] == ["יש לתת 1 או יותר."]

    async def test_a_program_keeps_what_the_caller_says_over_the_templates(self, api: Api, tenant: Tenant) -> None:
        words = {"he": "אני עובדת בלומן."}
        program = await start(api, tenant, template="recruiting", disclosure=words, networks=["mastodon"])
        assert (program["disclosure"], program["networks"]) == (words, ["mastodon"])
        channels = await api.get(f"/v1/programs/{program['id']}/channels", key=tenant.owner_key)
        assert channels.json()["data"] == []

    async def test_a_newcomer_comes_from_nothing_to_a_designed_program_in_a_handful_of_calls(
        self, api: Api, tenant: Tenant
    ) -> None:
        people = await sync(api, tenant, 1, 2, 3)
        listed = await api.get("/v1/program-templates", key=tenant.owner_key, headers=HEBREW)
        slug = listed.json()["data"][0]["slug"]
        program = await start(api, tenant, template=slug, goal_owner_employee_id=str(people[1].id))
        assert (program["template"], program["disclosure"]["he"]) == (slug, "זה מקום העבודה שלי.")
        for number, function in ((1, "owner"), (2, "content"), (3, "policy")):
            await name_holders(api, tenant, program["id"], people[number], function)
        designed = await transition(api, tenant, program["id"], "designed")
        assert (designed.status_code, designed.json()["state"]) == (200, "designed")
        setup = await api.get(f"/v1/programs/{program['id']}/setup", key=tenant.owner_key, headers=HEBREW)
        states = {one["step"]: one["state"] for one in setup.json()["steps"]}
        assert states == {
            "goals": "done", "owners": "done", "policy": "missing", "recruitment": "done", "monitoring": "done",
            "connectors": "too_early",
        }  # fmt: skip
        plan = await api.get(f"/v1/programs/{program['id']}/content-plan/settings", key=tenant.owner_key)
        assert next(theme["titles"]["he"] for theme in plan.json()["themes"]) == "אנשים וצוותים"
        topics = await api.get("/v1/topics", key=tenant.owner_key)
        assert "people-and-teams" in {one["slug"] for one in topics.json()["data"]}


class TestResponsibilities:
    async def test_s13_each_function_has_named_holders_and_an_unfilled_one_blocks_the_loud_launch(
        self, api: Api, tenant: Tenant, settings: Settings
    ) -> None:
        dana = await tenant.employee()
        program_id = (await start(api, tenant, template="recruiting", goal_owner_employee_id=str(dana.id)))["id"]
        await name_holders(api, tenant, program_id, dana, *ALL[:-1])
        await to_quiet(api, tenant, program_id, settings)
        refused = await api.post(
            f"/v1/programs/{program_id}/transitions", key=tenant.owner_key, json={"to": "loud"}, headers=HEBREW
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "holders_missing")
        (problem,) = refused.json()["errors"]
        assert (problem["pointer"], problem["message"]) == (
            "/responsibilities",
            "יש למנות אחראי/ת על תמיכה בשגרירים (support).",
        )
        assert (await orphans(api, tenant, program_id))["unfilled"] == ["support"]
        # A deputy stands in for a holder, and is none.
        await name_holders(api, tenant, program_id, await tenant.employee(), "support", is_deputy=True)
        assert (await orphans(api, tenant, program_id))["unfilled"] == ["support"]
        await name_holders(api, tenant, program_id, dana, "support")
        assert (await orphans(api, tenant, program_id))["unfilled"] == []
        assert (await transition(api, tenant, program_id, "loud")).json()["code"] == "launch_gates_red"
        listed = await api.get(f"/v1/programs/{program_id}/responsibilities", key=tenant.owner_key)
        assert {one["function"] for one in listed.json()["data"]} == set(ALL)

    async def test_a_program_says_which_functions_are_mandatory_but_always_has_an_owner(
        self, api: Api, tenant: Tenant
    ) -> None:
        program = await start(api, tenant, mandatory_for_loud=["hr", "owner"])
        assert program["mandatory_for_loud"] == ["owner", "hr"]
        # What its design needed is needed from then on.
        assert (await orphans(api, tenant, program["id"]))["unfilled"] == ["owner", "content", "policy", "hr"]
        path = f"/v1/programs/{program['id']}"
        refused = await api.patch(path, key=tenant.owner_key, etag="*", json={"mandatory_for_design": ["hr"]})
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/mandatory_for_design"]
        changed = await api.patch(path, key=tenant.owner_key, etag="*", json={"mandatory_for_design": ["owner"]})
        assert changed.json()["mandatory_for_design"] == ["owner"]

    async def test_b02_the_policy_owner_leaves_and_the_program_shows_it_within_one_sync_and_cannot_go_loud(
        self, api: Api, tenant: Tenant, tools: Tools, settings: Settings
    ) -> None:
        people = await sync(api, tenant, 1, 2, 3)
        owner, policy = people[1], people[2]
        made = await start(api, tenant, template="recruiting", goal_owner_employee_id=str(owner.id))
        program_id = made["id"]
        await name_holders(api, tenant, program_id, owner, *(one for one in ALL if one != "policy"))
        await name_holders(api, tenant, program_id, policy, "policy")
        await to_quiet(api, tenant, program_id, settings)
        assert (await orphans(api, tenant, program_id))["data"] == []
        await sync(api, tenant, 1, 3)
        found = await orphans(api, tenant, program_id)
        assert [(one["function"], one["is_held"], one["is_mandatory"]) for one in found["data"]] == [
            ("policy", False, True)
        ]
        assert found["unfilled"] == ["policy"]
        refused = await transition(api, tenant, program_id, "loud")
        assert (refused.status_code, refused.json()["code"]) == (409, "holders_missing")
        for _ in range(3):
            await jobs.follow_holders(tools)
        ((reader, mail),) = await mails(tenant, MessageKind.RESPONSIBILITY_ORPHANED)
        assert reader.id == owner.id
        words = mail.get_content()
        assert "First2 Last2" in words
        assert "מדיניות" in words
        assert program_id in words
        assert [one.type for one in await tenant.rows(Event)].count("responsibility.orphaned") == 1
        assert (await orphans(api, tenant, program_id))["data"][0]["since"] is not None
        async with tenant.database.transaction(tenant.id) as session:
            (orphan,) = await service.list_orphans(session, UUID(program_id))
            program = await programs.get_program(session, UUID(program_id))
            (missing,) = await service.missing_for_loud(session, program)
        assert (orphan.function.value, missing.pointer) == ("policy", "/responsibilities")

    async def test_b02_the_owners_of_the_organization_are_told_when_it_is_the_owner_who_left(
        self, api: Api, tenant: Tenant, tools: Tools
    ) -> None:
        boss, _ = await tenant.person(Role.OWNER, locale="he")
        people = await sync(api, tenant, 1, 2)
        program_id = (await start(api, tenant))["id"]
        await name_holders(api, tenant, program_id, people[1], "owner", "data", "support")
        await sync(api, tenant, 2)
        await jobs.follow_holders(tools)
        ((reader, mail),) = await mails(tenant, MessageKind.RESPONSIBILITY_ORPHANED)
        assert reader.id == boss.id
        # Of one person's leaving there is one message.
        assert all(word in mail.get_content() for word in ("owner", "data", "support"))

    async def test_a_suspended_holder_is_an_orphan_until_they_are_back(
        self, api: Api, tenant: Tenant, tools: Tools
    ) -> None:
        owner, dana = await tenant.employee(), await tenant.employee()
        program_id = (await start(api, tenant))["id"]
        await name_holders(api, tenant, program_id, owner, "owner")
        await name_holders(api, tenant, program_id, dana, "hr")
        await _set_status(tenant, dana, EmploymentStatus.SUSPENDED)
        await jobs.follow_holders(tools)
        assert len((await orphans(api, tenant, program_id))["data"]) == 1
        listed = await api.get(f"/v1/programs/{program_id}/responsibilities", key=tenant.owner_key)
        assert [one["is_orphaned"] for one in listed.json()["data"]] == [False, True]
        await _set_status(tenant, dana, EmploymentStatus.ACTIVE)
        await jobs.follow_holders(tools)
        assert (await orphans(api, tenant, program_id))["data"] == []
        assert [one.orphaned_at for one in await tenant.rows(Responsibility)] == [None, None]
        await _set_status(tenant, dana, EmploymentStatus.LEFT)
        await jobs.follow_holders(tools)
        assert len(await mails(tenant, MessageKind.RESPONSIBILITY_ORPHANED)) == 2


async def _set_status(tenant: Tenant, who: Employee, status: EmploymentStatus) -> None:
    async with tenant.database.transaction(tenant.id) as session:
        row = await employees.find_employee(session, who.id)
        assert row is not None
        row.status = status
        session.add(row)


COMMITMENT = {
    "statement": "אני עומדת מאחורי התוכנית השנה.",
    "budget": 50000,
    "currency": "ILS",
    "valid_until": "2099-12-31",
}


class TestSponsor:
    async def test_s21_a_sponsor_signs_in_person_and_the_record_says_who_when_what_and_how_much(
        self, api: Api, tenant: Tenant, settings: Settings
    ) -> None:
        program_id = (await start(api, tenant))["id"]
        sponsor, key = await tenant.person(Role.SPONSOR, display_name="Noa Levi")
        path = f"/v1/programs/{program_id}/sponsor-commitments"
        signed = await api.post(path, key=key, json=COMMITMENT)
        assert signed.status_code == 201, signed.text
        read = (await api.get(signed.headers["location"], key=tenant.owner_key)).json()
        assert (read["employee_id"], read["name"]) == (str(sponsor.id), "Noa Levi")
        assert {name: read[name] for name in COMMITMENT} == COMMITMENT
        assert read["is_valid"]
        assert datetime.fromisoformat(read["signed_at"]).tzinfo is not None
        async with tenant.database.transaction(tenant.id) as session:
            current = await commitments.find_current(session, UUID(program_id), settings=settings)
        assert current is not None
        assert (current.name, current.statement) == ("Noa Levi", COMMITMENT["statement"])
        (row,) = await tenant.rows(Commitment)
        assert COMMITMENT["statement"].encode() not in row.sealed_statement

    async def test_nobody_signs_for_a_sponsor_not_even_the_owner(self, api: Api, tenant: Tenant) -> None:
        program_id = (await start(api, tenant))["id"]
        other_id = (await start(api, tenant))["id"]
        path = f"/v1/programs/{program_id}/sponsor-commitments"
        assert (await api.post(path, key=tenant.owner_key, json=COMMITMENT)).json()["code"] == "person_required"
        for role, of in ((Role.OWNER, None), (Role.PROGRAM_MANAGER, None), (Role.SPONSOR, UUID(other_id))):
            _, key = await tenant.person(role, program_id=of)
            refused = await api.post(path, key=key, json=COMMITMENT)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_a_sponsor")

    async def test_a_commitment_ends_with_the_next_one_with_its_day_and_with_a_word(
        self, api: Api, tenant: Tenant, settings: Settings
    ) -> None:
        program_id = (await start(api, tenant))["id"]
        _, key = await tenant.person(Role.SPONSOR)
        _, other = await tenant.person(Role.SPONSOR)
        path = f"/v1/programs/{program_id}/sponsor-commitments"
        yesterday = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
        past = await api.post(path, key=key, json={**COMMITMENT, "valid_until": yesterday})
        assert [one["pointer"] for one in past.json()["errors"]] == ["/valid_until"]
        first = (await api.post(path, key=key, json=COMMITMENT)).json()
        second = (await api.post(path, key=key, json={**COMMITMENT, "budget": 70000})).json()
        listed = (await api.get(path, key=tenant.owner_key)).json()["data"]
        assert [(one["id"], one["is_valid"]) for one in listed] == [(second["id"], True), (first["id"], False)]
        assert (await api.post(f"{path}/{second['id']}/withdraw", key=other)).status_code == 404
        back = await api.post(f"{path}/{second['id']}/withdraw", key=key)
        assert (back.status_code, back.json()["is_valid"]) == (200, False)
        assert (await api.post(f"{path}/{second['id']}/withdraw", key=key)).json()["code"] == "commitment_ended"
        async with tenant.database.transaction(tenant.id) as session:
            assert await commitments.find_current(session, UUID(program_id), settings=settings) is None

    async def test_b04_the_management_report_is_there_from_the_first_share_with_small_numbers_hidden(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        members = await add_members(tenant, scene, {"Sales": 1})
        await add_post(tenant, scene.item, members["Sales"][0])
        noa, key = await tenant.person(Role.SPONSOR, display_name="Noa Levi")
        signed = await api.post(f"/v1/programs/{scene.program.id}/sponsor-commitments", key=key, json=COMMITMENT)
        assert signed.status_code == 201
        body = {"program_id": str(scene.program.id), "topic": "content", "text": "Something on panels?"}
        asked = await api.post("/v1/me/needs", key=await tenant.key_of(members["Sales"][0].employee), json=body)
        assert asked.status_code == 201
        for language in ("he", "en"):
            path = f"/v1/programs/{scene.program.id}/report?language={language}"
            report = await api.get(path, key=key, headers={"Accept": "application/json"})
            assert (report.status_code, report.json()["state"]) == (200, "quiet")
            shares = report.json()["totals"]["published_shares"]
            assert (shares["value"], shares["suppressed"], shares["reason"]) == (None, True, "group_too_small")
            (sponsor,) = report.json()["sponsors"]
            assert (sponsor["name"], sponsor["statement"]) == ("Noa Levi", COMMITMENT["statement"])
            assert (sponsor["budget"], sponsor["currency"]) == (50000, "ILS")
            assert (sponsor["valid_until"], report.json()["needs"]["needs_sent"]["suppressed"]) == ("2099-12-31", True)
            page = (await api.get(f"{path}&format=html", key=key)).text
            assert all(words in page for words in ("Noa Levi", str(COMMITMENT["statement"]), "50,000 ILS"))
        # Who asks for something is known to the program's managers.
        managed = (await api.get(path, key=tenant.owner_key)).json()
        assert managed["needs"]["needs_sent"]["value"] == 1
        assert managed["needs"]["needs_first_response_hours"]["reason"] == "nothing_answered"
        today = datetime.now(UTC).date()
        before = {"from": (today - timedelta(days=9)).isoformat(), "to": (today - timedelta(days=3)).isoformat()}
        past = (await api.get(path, key=tenant.owner_key, params={**before, "language": "en"})).json()
        assert (past["sponsors"], past["needs"]["needs_sent"]["value"]) == ([], 0)
        again = (await api.get(path, key=tenant.owner_key, params={**before, "language": "en"})).json()
        assert {**again, "generated_at": None} == {**past, "generated_at": None}
        lately = (await api.get(path, key=key, params={"from": before["to"], "language": "en"})).json()
        assert {one["reason"] for name, one in lately["needs"].items() if name != "needs_waiting"} == {
            "group_too_small"
        }
        # Nobody stands behind it who is not here.
        await _set_status(tenant, noa, EmploymentStatus.LEFT)
        assert (await api.get(path, key=tenant.owner_key)).json()["sponsors"] == []


class TestChannels:
    async def test_s20_a_share_outside_windows_or_caps_is_refused_with_the_reason_and_another_time_is_proposed(
        self, api: Api, tenant: Tenant
    ) -> None:
        scene = await make_scene(tenant)
        sharer = await make_sharer(tenant, scene, connect_to=None)
        key = await tenant.key_of(sharer.employee)
        channel = {
            "max_per_day": 1,
            "max_per_week": 3,
            "windows": [{"days": [1, 2, 3, 4, 7], "from": "09:00", "to": "17:00"}],
            "stagger_minutes": 0,
        }
        path = f"/v1/programs/{scene.program.id}/channels/linkedin"
        assert (await api.request("PUT", path, key=tenant.owner_key, json=channel)).status_code == 201
        first = await _draft(api, tenant, scene, sharer, key)
        day = _tuesday()
        evening, noon = f"{day}T20:00:00", f"{day}T12:00:00"
        body = {"scheduled_local": evening, "time_zone": "Asia/Jerusalem"}
        checked = await api.post(f"/v1/me/shares/{first['id']}/check", key=key, json=body, headers=HEBREW)
        (reason,) = checked.json()["time_reasons"]
        assert reason["code"] == "outside_program_windows"
        assert any("א" <= letter <= "ת" for letter in reason["message"])
        proposed = checked.json()["next_good_time"]["scheduled_local"]
        assert proposed.startswith(f"{day + timedelta(days=1)}T")
        refused = await _approve(api, sharer, key, first, evening)
        assert (refused.status_code, refused.json()["code"]) == (409, "time_does_not_fit")
        assert refused.json()["next_good_time"]["scheduled_local"] == proposed
        assert (await _approve(api, sharer, key, first, noon)).status_code == 201
        other = await make_scene(tenant, title="Another")
        async with tenant.database.transaction(tenant.id) as session:
            item = await session.merge(other.item)
            item.program_id = scene.program.id
        second = await _draft(api, tenant, type(scene)(scene.program, other.item), sharer, key)
        capped = await _approve(api, sharer, key, second, f"{day}T15:00:00")
        assert [one["code"] for one in capped.json()["errors"]] == ["program_cap_per_day"]
        again = capped.json()["next_good_time"]["scheduled_local"]
        assert (await _approve(api, sharer, key, second, again)).status_code == 201


def _tuesday() -> date:
    first = date(datetime.now(UTC).year + 1, 2, 1)
    return first + timedelta(days=(1 - first.weekday()) % 7)


async def _draft(api: Api, tenant: Tenant, scene: Any, sharer: Any, key: str) -> Any:
    offer = Offer(
        organization_id=tenant.id, program_id=scene.program.id, item_id=scene.item.id,
        employee_id=sharer.employee.id, language=Language.EN,
    )  # fmt: skip
    async with tenant.database.transaction(tenant.id) as session:
        session.add(offer)
    made = await api.post("/v1/me/shares", key=key, json={"offer_id": str(offer.id)})
    assert made.status_code == 201, made.text
    return made.json()


async def _approve(api: Api, sharer: Any, key: str, share: Any, local: str) -> Any:
    body = {
        "content_hash": share["content_hash"],
        "connection_id": str(sharer.connection.id),
        "scheduled_local": local,
        "time_zone": "Asia/Jerusalem",
        "allow_duplicate": True,
    }
    return await api.post(f"/v1/me/shares/{share['id']}/approve", key=key, json=body)


class TestSetup:
    async def test_s63_b05_the_order_is_told_with_why_and_what_to_do_and_a_channel_before_its_time_is_refused(
        self, api: Api, tenant: Tenant
    ) -> None:
        program_id = (await start(api, tenant))["id"]
        path = f"/v1/programs/{program_id}/setup"
        setup = (await api.get(path, key=tenant.owner_key, headers=HEBREW)).json()
        assert [one["step"] for one in setup["steps"]] == [
            "goals", "owners", "policy", "recruitment", "monitoring", "connectors",
        ]  # fmt: skip
        assert [one["state"] for one in setup["steps"]] == ["missing"] * 5 + ["too_early"]
        assert (setup["current"], setup["connectors_refused"]) == ("goals", True)
        assert setup["steps"][0]["next_step"] == f"POST /v1/programs/{program_id}/goals"
        for one in setup["steps"]:
            assert any("א" <= letter <= "ת" for letter in one["why"])
            assert one["missing"]
        body = {"connector": "oktopost", "title": "Ours", "settings": OKTOPOST}
        refused = await api.post("/v1/platform-connections", key=tenant.owner_key, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "setup_order")
        assert {one["pointer"] for one in refused.json()["errors"]} == {
            "/goals", "/responsibilities", "/policy", "/persona", "/monitoring",
        }  # fmt: skip
        settings = await api.get("/v1/platform-settings", key=tenant.owner_key)
        warn = {"setup_order": "warn"}
        await api.patch("/v1/platform-settings", key=tenant.owner_key, etag=settings.headers["ETag"], json=warn)
        assert (await api.get(path, key=tenant.owner_key)).json()["connectors_refused"] is False

    async def test_a_goal_that_is_reported_by_hand_is_monitored_once_it_has_a_value(
        self, api: Api, tenant: Tenant
    ) -> None:
        dana = await tenant.employee()
        program_id = (await start(api, tenant))["id"]
        goal = await api.post(
            f"/v1/programs/{program_id}/goals",
            key=tenant.owner_key,
            json={
                "kpi": "employer_nps", "title": "NPS", "kind": "business", "heading": "employer_brand",
                "baseline": 10, "target": 30, "due_on": "2099-01-01", "owner_employee_id": str(dana.id),
            },
        )  # fmt: skip
        path = f"/v1/programs/{program_id}/setup"
        step = next(s for s in (await api.get(path, key=tenant.owner_key)).json()["steps"] if s["step"] == "monitoring")
        assert "NPS" in step["missing"][0]
        assert goal.json()["id"] in step["missing"][0]
        value = {"value": 12, "measured_on": datetime.now(UTC).date().isoformat(), "method": "imported"}
        made = await api.post(f"/v1/goals/{goal.json()['id']}/measurements", key=tenant.owner_key, json=value)
        assert made.status_code == 201, made.text
        step = next(s for s in (await api.get(path, key=tenant.owner_key)).json()["steps"] if s["step"] == "monitoring")
        assert step["state"] == "done"


OKTOPOST = {"account_id": "1", "api_key": "2", "campaign_id": "3"}
