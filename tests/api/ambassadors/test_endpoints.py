"""Personas, candidates, invitations and membership over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.core.ambassadors import repository
from services.core.ambassadors.models import Ambassador, AmbassadorState, Invitation, InvitationState
from services.core.audit.models import AuditEntry
from services.core.employees.models import EmploymentStatus
from services.core.events.models import Event
from services.core.kit.db import move_clock
from services.core.organizations.models import Role, RoleGrant
from services.core.programs.models import ProgramState
from tests.fixtures.api import Api, Tenant


class TestPersona:
    async def test_put_creates_then_replaces_what_was_read(self, api: Api, desk: Any) -> None:
        assert (await api.get(f"{desk.path}/persona", key=desk.manager)).status_code == 404
        made = await desk.persona(min_tenure_months=6, countries=["IL"])
        assert made.status_code == 201
        assert (await desk.persona()).status_code == 428
        replaced = await desk.persona(etag=made.headers["etag"], departments=["Sales"])
        assert replaced.status_code == 200
        assert replaced.json()["criteria"] == {
            "min_tenure_months": None,
            "departments": ["Sales"],
            "job_families": None,
            "job_levels": None,
            "countries": None,
            "languages": None,
            "presence": None,
            "traits": None,
            "skills": None,
        }
        assert (await desk.persona(etag=made.headers["etag"])).status_code == 412
        read = await api.get(f"{desk.path}/persona", key=desk.manager)
        assert read.headers["etag"] == replaced.headers["etag"]

    async def test_a_version_of_nothing_cannot_be_replaced(self, desk: Any) -> None:
        assert (await desk.persona(etag='"1"')).status_code == 412

    async def test_unknown_criteria_are_refused(self, desk: Any) -> None:
        answer = await desk.persona(salary=1)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/criteria/salary"

    async def test_a_manager_of_another_program_may_not(self, api: Api, desk: Any, tenant: Tenant) -> None:
        program = await api.post("/v1/programs", key=tenant.owner_key, json={"name": "Other"})
        _, other = await tenant.person(Role.PROGRAM_MANAGER, program_id=UUID(program.json()["id"]))
        assert (await desk.persona(key=other)).status_code == 403
        for part in ("persona", "candidates", "invitations", "ambassadors"):
            assert (await api.get(f"{desk.path}/{part}", key=other)).status_code == 403, part


class TestCandidates:
    async def test_who_is_there_and_fits_is_listed_with_each_criterion(self, desk: Any, tenant: Tenant) -> None:
        fits = await tenant.employee(display_name="Ada", department="marketing")
        await tenant.employee(department="Sales")
        await tenant.employee(country="DE")
        await tenant.employee(status=EmploymentStatus.LEFT)
        await tenant.employee(status=EmploymentStatus.SUSPENDED)
        unsure = await tenant.employee(display_name="Zoe", department=None)
        await desk.persona(departments=["Marketing"], countries=["IL"])
        (only,) = await desk.candidates()
        assert only["employee_id"] == str(fits.id)
        assert only["standing"] == "none"
        assert [(item["criterion"], item["result"]) for item in only["criteria"]] == [
            ("departments", "met"),
            ("countries", "met"),
        ]
        possible = await desk.candidates(fit="possible")
        assert [row["employee_id"] for row in possible] == [str(fits.id), str(unsure.id)]
        assert possible[1]["criteria"][0] == {
            "criterion": "departments",
            "result": "unknown",
            "wanted": ["Marketing"],
            "found": None,
            "strictness": "must",
            "weight": 1,
            "worth": 50,
            "points": 0,
        }
        everybody = await desk.candidates(fit="all")
        assert len(everybody) == 5
        assert "not_met" in {item["result"] for row in everybody for item in row["criteria"]}

    async def test_without_a_persona_everybody_who_is_there_fits(self, desk: Any, tenant: Tenant) -> None:
        await tenant.employee()
        assert len(await desk.candidates()) == 2

    async def test_tenure_is_complete_on_the_day_where_the_person_is(
        self, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        # 23:30 in UTC is already tomorrow in Jerusalem and still today in Los Angeles.
        now = datetime.now(UTC)
        late = (now.replace(day=28) + timedelta(days=10)).replace(day=10, hour=23, minute=30)
        await move_clock(database_url, by=late - now)
        started = date(late.year - 1, late.month, 11)
        here = await tenant.employee(time_zone="Asia/Jerusalem", started_on=started, display_name="Here")
        there = await tenant.employee(time_zone="America/Los_Angeles", started_on=started, display_name="There")
        unset = await tenant.employee(time_zone=None, started_on=started, display_name="Unset")
        odd = await tenant.employee(time_zone="Mars/Olympus", started_on=started, display_name="Odd")
        none = await tenant.employee(started_on=None, display_name="None")
        await desk.persona(min_tenure_months=12, departments=["Marketing"])
        fitting = await desk.candidates()
        assert {row["employee_id"] for row in fitting} == {str(row.id) for row in (here, unset, odd)}
        assert {row["tenure_months"] for row in fitting} == {12}
        rows = {row["employee_id"]: row for row in await desk.candidates(fit="all")}
        assert rows[str(there.id)]["tenure_months"] == 11
        assert rows[str(there.id)]["criteria"][0]["result"] == "not_met"
        assert rows[str(none.id)]["criteria"][0]["result"] == "unknown"

    async def test_pages_go_on_where_they_stopped(self, api: Api, desk: Any, tenant: Tenant) -> None:
        for number in range(3):
            await tenant.employee(display_name=f"Same {number % 2}")
        await desk.persona(departments=["Marketing"])
        seen, cursor = [], None
        while True:
            query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await api.get(f"{desk.path}/candidates", key=desk.manager, params=query)).json()
            seen += [row["display_name"] for row in page["data"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seen == ["Same 0", "Same 0", "Same 1"]

    async def test_the_explanation_and_the_list_agree(self, desk: Any, tenant: Tenant) -> None:
        for department in ("Marketing", "Sales", None):
            for country in ("IL", "DE", None):
                for started_on in (date(2020, 1, 1), date(2099, 1, 1), None):
                    await tenant.employee(department=department, country=country, started_on=started_on)
        await desk.persona(departments=["marketing"], countries=["DE"], min_tenure_months=0)
        rows = await desk.candidates(fit="all", limit=100)
        results = {row["employee_id"]: {item["result"] for item in row["criteria"]} for row in rows}
        fitting = {row["employee_id"] for row in await desk.candidates(limit=100)}
        possible = {row["employee_id"] for row in await desk.candidates(fit="possible", limit=100)}
        assert fitting == {row for row, found in results.items() if found == {"met"}}
        assert possible == {row for row, found in results.items() if "not_met" not in found}


class TestInvite:
    async def test_a_mail_with_a_one_time_link_leaves_in_the_persons_language(self, desk: Any, tenant: Tenant) -> None:
        employee = await tenant.employee(locale="he-IL")
        made = await desk.invite(employee, message="Your {talk} was great.")
        assert made.status_code == 201
        assert (made.json()["state"], made.json()["language"]) == ("sent", "he")
        ((reader, body),) = await desk.letters()
        assert reader == employee.id
        assert "/join/" in body
        assert "Your {talk} was great." in body
        assert "שלום" in body
        assert (await desk.candidates())[-1]["standing"] == "invited"

    async def test_a_second_open_invitation_is_refused_until_the_first_runs_out(
        self, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        employee = await tenant.employee()
        await desk.invite(employee)
        again = await desk.invite(employee)
        assert again.status_code == 409
        assert again.json()["code"] == "already_invited"
        await move_clock(database_url, by=timedelta(days=14, minutes=1))
        assert (await desk.invite(employee)).status_code == 201
        assert sorted(row.state for row in await tenant.rows(Invitation)) == [
            InvitationState.EXPIRED,
            InvitationState.SENT,
        ]

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            (ProgramState.DRAFT, 409),
            (ProgramState.DESIGNED, 201),
            (ProgramState.QUIET, 201),
            (ProgramState.PAUSED, 201),
            (ProgramState.CLOSED, 409),
        ],
    )
    async def test_people_are_invited_from_design_until_the_end(
        self, desk: Any, tenant: Tenant, state: ProgramState, status: int
    ) -> None:
        await desk.set_state(state)
        answer = await desk.invite(await tenant.employee())
        assert answer.status_code == status
        assert status == 201 or answer.json()["code"] == "program_not_ready"

    async def test_who_left_or_is_of_another_organization_is_not_invited(
        self, desk: Any, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        gone = await desk.invite(await tenant.employee(status=EmploymentStatus.LEFT))
        assert (gone.status_code, gone.json()["code"]) == (409, "not_employed")
        assert (await desk.invite(await other_tenant.employee())).status_code == 404
        assert await desk.letters() == []


class TestAccept:
    async def test_the_person_joins_and_learns_what_to_read(self, api: Api, desk: Any, tenant: Tenant) -> None:
        version = await desk.publish_policy()
        employee, key, invitation_id = await desk.invited()
        joined = await desk.answer(invitation_id, "accept", key=key, json={"language": "he"})
        assert joined.status_code == 200
        body = joined.json()
        assert (body["state"], body["language"]) == ("joined", "he")
        assert body["to_acknowledge"] == [{"policy_id": str(version.policy_id), "version_id": str(version.id)}]
        grants = [(row.employee_id, row.role, row.program_id) for row in await tenant.rows(RoleGrant)]
        assert (employee.id, Role.AMBASSADOR, desk.program.id) in grants
        assert "ambassador.joined" in {row.type for row in await tenant.rows(Event)}
        agreed = await api.post(
            f"/v1/policies/{version.policy_id}/acknowledgements",
            key=key,
            json={"version_id": str(version.id), "language": "he"},
        )
        assert agreed.status_code == 201
        listed = (await api.get(f"{desk.path}/ambassadors", key=desk.manager)).json()["data"]
        assert [(row["employee_id"], row["state"]) for row in listed] == [(str(employee.id), "active")]

    async def test_who_has_agreed_before_is_active_at_once(self, api: Api, desk: Any) -> None:
        version = await desk.publish_policy()
        _, key, invitation_id = await desk.invited()
        body = {"version_id": str(version.id), "language": "en"}
        await api.post(f"/v1/policies/{version.policy_id}/acknowledgements", key=key, json=body)
        assert (await desk.answer(invitation_id, "accept", key=key)).json()["state"] == "active"

    async def test_without_a_policy_in_force_nobody_is_active(self, desk: Any) -> None:
        _, key, invitation_id = await desk.invited()
        assert (await desk.answer(invitation_id, "accept", key=key)).json()["state"] == "joined"

    async def test_saying_yes_twice_is_saying_it_once(self, desk: Any, tenant: Tenant) -> None:
        _, key, invitation_id = await desk.invited()
        first = await desk.answer(invitation_id, "accept", key=key)
        assert (await desk.answer(invitation_id, "accept", key=key)).json() == first.json()
        assert len(await tenant.rows(Ambassador)) == 1
        refused = await desk.answer(invitation_id, "decline", key=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "invitation_accepted")

    @pytest.mark.parametrize("verb", ["accept", "decline"])
    async def test_nobody_answers_for_the_person(self, desk: Any, tenant: Tenant, verb: str) -> None:
        _, _, invitation_id = await desk.invited()
        _, colleague = await tenant.person(Role.OWNER)
        assert (await desk.answer(invitation_id, verb, key=colleague)).status_code == 404
        assert (await desk.answer(invitation_id, verb, key=desk.manager)).status_code == 404
        service = await desk.answer(invitation_id, verb, key=tenant.owner_key)
        assert (service.status_code, service.json()["code"]) == (403, "person_required")
        assert [row.state for row in await tenant.rows(Invitation)] == [InvitationState.SENT]

    async def test_an_invitation_runs_out(self, desk: Any, database_url: str) -> None:
        _, key, invitation_id = await desk.invited()
        await move_clock(database_url, by=timedelta(days=14, minutes=1))
        for verb in ("accept", "decline"):
            answer = await desk.answer(invitation_id, verb, key=key)
            assert (answer.status_code, answer.json()["code"]) == (409, "invitation_closed")

    async def test_nobody_joins_a_closed_program(self, desk: Any) -> None:
        _, key, invitation_id = await desk.invited()
        await desk.set_state(ProgramState.CLOSED)
        assert (await desk.answer(invitation_id, "accept", key=key)).json()["code"] == "program_not_ready"

    async def test_a_member_is_not_invited_again(self, desk: Any) -> None:
        employee, key, invitation_id = await desk.invited()
        await desk.answer(invitation_id, "accept", key=key)
        assert (await desk.invite(employee)).json()["code"] == "already_ambassador"
        assert {row["standing"] for row in await desk.candidates()} == {"none", "member"}


class TestDecline:
    async def test_a_no_is_seen_by_the_person_alone(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key, invitation_id = await desk.invited()
        path, listing = f"/v1/invitations/{invitation_id}", f"{desk.path}/invitations"
        before = [await api.get(at, key=desk.manager) for at in (path, listing, f"{desk.path}/candidates")]
        events, entries = await tenant.rows(Event), await tenant.rows(AuditEntry)
        assert (await desk.answer(invitation_id, "decline", key=key)).json()["state"] == "declined"
        assert (await desk.answer(invitation_id, "decline", key=key)).json()["state"] == "declined"
        after = [await api.get(at, key=desk.manager) for at in (path, listing, f"{desk.path}/candidates")]
        assert [answer.json() for answer in after] == [answer.json() for answer in before]
        assert after[0].headers["etag"] == before[0].headers["etag"]
        assert len(await tenant.rows(Event)) == len(events)
        assert len(await tenant.rows(AuditEntry)) == len(entries)
        assert await tenant.rows(Ambassador) == []
        assert (await api.get(path, key=key)).json()["state"] == "declined"
        assert (await api.get("/v1/me/invitations", key=key)).json()["data"][0]["state"] == "declined"

    async def test_being_asked_again_is_refused_in_the_words_of_an_open_invitation(
        self, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        silent = await tenant.employee()
        await desk.invite(silent)
        employee, key, invitation_id = await desk.invited()
        await desk.answer(invitation_id, "decline", key=key)
        refusals = [(await desk.invite(person)).json() for person in (silent, employee)]
        for refusal in refusals:
            refusal.pop("request_id")
        assert refusals[0] == refusals[1]
        await move_clock(database_url, by=timedelta(days=89))
        assert (await desk.invite(employee)).status_code == 409
        await move_clock(database_url, by=timedelta(days=91))
        assert (await desk.invite(employee)).status_code == 201

    async def test_a_no_can_become_a_yes_while_its_time_lasts(self, desk: Any) -> None:
        _, key, invitation_id = await desk.invited()
        await desk.answer(invitation_id, "decline", key=key)
        assert (await desk.answer(invitation_id, "accept", key=key)).json()["state"] == "joined"


class TestReadInvitation:
    async def test_a_colleague_and_another_organization_find_nothing(
        self, api: Api, desk: Any, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        _, key, invitation_id = await desk.invited()
        _, colleague = await tenant.person()
        path = f"/v1/invitations/{invitation_id}"
        assert (await api.get(path, key=key)).status_code == 200
        assert (await api.get(path, key=colleague)).status_code == 404
        assert (await api.get(path, key=other_tenant.owner_key)).status_code == 404

    async def test_a_persons_list_has_their_own_alone(self, api: Api, desk: Any) -> None:
        await desk.invited()
        _, key, invitation_id = await desk.invited()
        listed = (await api.get("/v1/me/invitations", key=key)).json()["data"]
        assert [(row["id"], row["program_name"]) for row in listed] == [(invitation_id, desk.program.name)]


class TestLeave:
    async def test_a_person_leaves_and_may_come_back(self, api: Api, desk: Any, tenant: Tenant) -> None:
        employee, key, invitation_id = await desk.invited()
        await desk.answer(invitation_id, "accept", key=key)
        path = f"/v1/me/ambassadorships/{desk.program.id}/leave"
        left = await api.post(path, key=key)
        assert left.status_code == 200
        assert left.json()["state"] == "left"
        assert (await api.post(path, key=key)).json() == left.json()
        assert employee.id not in {row.employee_id for row in await tenant.rows(RoleGrant)}
        assert (await desk.answer(invitation_id, "accept", key=key)).json()["left_at"] is None
        assert (await api.post(path, key=key)).json()["state"] == "left"
        again = await desk.invite(employee)
        assert again.status_code == 201
        back = await desk.answer(again.json()["id"], "accept", key=key)
        assert (back.json()["id"], back.json()["state"]) == (left.json()["id"], "joined")

    async def test_who_was_never_in_has_nothing_to_leave(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await tenant.person()
        assert (await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=key)).status_code == 404
        service = await api.post(f"/v1/me/ambassadorships/{uuid4()}/leave", key=tenant.owner_key)
        assert service.json()["code"] == "person_required"


class TestNumbers:
    async def test_the_funnel_counts_people_and_the_active_are_listed(self, desk: Any, tenant: Tenant) -> None:
        await desk.persona(departments=["Marketing"])
        await desk.publish_policy()
        _, key, invitation_id = await desk.invited()
        await desk.answer(invitation_id, "accept", key=key)
        _, no, declined_id = await desk.invited()
        await desk.answer(declined_id, "decline", key=no)
        active = await tenant.employee()
        gone = await tenant.employee(status=EmploymentStatus.LEFT)
        async with tenant.database.transaction(tenant.id) as session:
            for employee in (active, gone):
                session.add(
                    Ambassador(
                        organization_id=tenant.id,
                        program_id=desk.program.id,
                        employee_id=employee.id,
                        state=AmbassadorState.ACTIVE,
                        language="en",
                    )
                )
        async with tenant.database.transaction(tenant.id) as session:
            listed = await repository.list_active(session, desk.program.id)
            counts = await repository.funnel(session, desk.program.id)
        assert [employee.id for _, employee in listed] == [active.id]
        assert counts == {"eligible": 3, "invited": 2, "joined": 3, "active": 2}
