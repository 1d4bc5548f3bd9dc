"""Training over HTTP: what is taught and what it costs, seats and calendars, quizzes and who sees what of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.audit.models import AuditEntry
from services.core.communication.texts import MessageKind
from services.core.organizations.models import Role
from services.core.policies.models import Policy, PolicyVersion, VersionState
from services.core.training.models import QuizAttempt
from services.scheduler.jobs import training
from tests.api.training.conftest import QUIZ, RIGHT, WRONG, School, text_of
from tests.fixtures.api import Tenant


def calendar_of(mail: Any) -> tuple[str, Any]:
    """The method and the event of the calendar entry in a mail."""
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    assert part.get_param("method") == str(calendar["method"])
    return str(calendar["method"]), event


async def publish_policy(school: School, tenant: Tenant) -> tuple[UUID, UUID]:
    """A policy of the program in force; answer it and its version."""
    policy = Policy(organization_id=tenant.id, title="How we speak", program_id=school.scene.program.id)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(policy)
        await session.flush()
        version = PolicyVersion(
            organization_id=tenant.id,
            policy_id=policy.id,
            number=1,
            written_by=policy.id,
            state=VersionState.PUBLISHED,
            texts={"en": {"summary": "Be kind.", "dos": [], "donts": []}},
            published_at=await school.now(),
        )
        session.add(version)
    return policy.id, version.id


async def agree(school: School, key: str, policy_id: UUID, version_id: UUID) -> None:
    """Agree to a policy."""
    body = {"version_id": str(version_id), "language": "en"}
    agreed = await school.api.post(f"/v1/policies/{policy_id}/acknowledgements", key=key, json=body)
    assert agreed.status_code == 201, agreed.text


class TestModules:
    @pytest.mark.parametrize(
        "topic",
        [
            "marketing_writing",  # S42
            "photography_image_editing",  # S43
            "linkedin_profile",  # S44
            "network_conduct",  # S45
            "analytics_tools",  # S46
        ],
    )
    async def test_s42_s43_s44_s45_s46_each_topic_is_taught_and_its_completion_keeps_its_evidence(
        self, school: School, topic: str
    ) -> None:
        module = await school.module(topic=topic, quiz=QUIZ)
        await school.curriculum({"module_id": module["id"], "is_mandatory": True})
        _, key = await school.member()
        passed = await school.answer(module, key)
        assert passed.json().get("is_passed"), passed.text
        (held,) = (await school.api.get("/v1/me/certificates", key=key)).json()["data"]
        assert held["module_id"] == module["id"]
        assert (held["evidence"][0]["kind"], held["evidence"][0]["id"]) == ("quiz", passed.json()["id"])

    async def test_s44_the_module_on_profiles_leads_to_the_checklist(self, school: School) -> None:
        module = await school.module(topic="linkedin_profile", quiz=QUIZ)
        await school.curriculum({"module_id": module["id"]})
        _, key = await school.member()
        (link,) = (await school.mine(key))["linked_to"]
        assert (await school.api.get(link, key=key)).json()["network"] == "linkedin"

    async def test_s45_the_module_on_conduct_is_complete_only_once_the_policy_is_agreed_to(
        self, school: School, tenant: Tenant
    ) -> None:
        policy_id, version_id = await publish_policy(school, tenant)
        by_quiz = await school.module(topic="network_conduct", quiz=QUIZ)
        by_session = await school.module(topic="network_conduct", title={"en": "An evening on conduct"})
        await school.curriculum(
            {"module_id": by_quiz["id"], "is_mandatory": True}, {"module_id": by_session["id"], "is_mandatory": True}
        )
        employee, key = await school.member()
        refused = await school.answer(by_quiz, key)
        assert (refused.status_code, refused.json()["code"]) == (409, "acknowledge_first")
        assert str(version_id) in refused.json()["detail"]
        session_id = (await school.session(by_session)).json()["id"]
        await school.enrol(session_id, key)
        await school.later(timedelta(days=11))
        assert (await school.attend(session_id, employee)).json() == {"attended": 1, "absent": 0, "certificates": 0}
        modules = (await school.api.get("/v1/me/training", key=key)).json()["data"][0]["modules"]
        assert [one["standing"] for one in modules] == ["missing", "to_acknowledge"]
        assert modules[0]["to_acknowledge"] == [str(version_id)]

        await agree(school, key, policy_id, version_id)
        assert (await school.answer(by_quiz, key)).json()["is_passed"]
        modules = (await school.api.get("/v1/me/training", key=key)).json()["data"][0]["modules"]
        assert [one["standing"] for one in modules] == ["valid", "valid"]
        held = (await school.api.get("/v1/me/certificates", key=key)).json()["data"]
        assert {(one["evidence"][-1]["kind"], one["evidence"][-1]["id"]) for one in held} == {
            ("acknowledgement", str(version_id))
        }

    async def test_one_that_nothing_could_complete_is_refused(self, school: School) -> None:
        body = {"topic": "custom", "title": {"en": "Cameras"}, "completion": "quiz"}
        answer = await school.api.post("/v1/training-modules", key=school.manager, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "quiz_needed")
        strange = {**QUIZ, "questions": [{**QUIZ["questions"][0], "correct": ["z"]}]}
        answer = await school.api.post("/v1/training-modules", key=school.manager, json={**body, "quiz": strange})
        assert answer.status_code == 422

    async def test_it_is_changed_and_archived(self, school: School) -> None:
        module = await school.module()
        path = f"/v1/training-modules/{module['id']}"
        read = await school.api.get(path, key=school.manager)
        changed = await school.api.patch(
            path,
            etag=read.headers["ETag"],
            key=school.manager,
            json={"title": {"en": "Better writing"}, "validity_months": 12, "is_archived": True},
        )
        assert changed.status_code == 200, changed.text
        assert changed.json()["title"] == {"en": "Better writing"}
        refused = await school.session(module)
        assert (refused.status_code, refused.json()["code"]) == (409, "module_archived")
        assert (await school.api.get("/v1/training-modules", key=school.manager)).json()["data"] == []

    async def test_a_program_limited_manager_sees_no_other_programs_modules(
        self, school: School, tenant: Tenant
    ) -> None:
        other = (await school.api.post("/v1/programs", key=tenant.owner_key, json={"name": "Other"})).json()["id"]
        _, manager = await tenant.person(Role.PROGRAM_MANAGER, program_id=other)
        module = await school.module()
        assert (await school.api.get(f"/v1/training-modules/{module['id']}", key=manager)).status_code == 403
        assert (await school.api.get("/v1/training-modules", key=manager)).json()["data"] == []


class TestCurriculum:
    async def test_s17_a_program_has_a_curriculum_and_managers_see_who_has_completed_what_is_mandatory(
        self, school: School
    ) -> None:
        first = await school.module(quiz=QUIZ, is_mandatory=True)
        second = await school.module(quiz=QUIZ, title={"en": "Only if you like"})
        put = await school.curriculum({"module_id": first["id"]}, {"module_id": second["id"]})
        assert [one["is_mandatory"] for one in put.json()["modules"]] == [True, False]
        dana, key = await school.member()
        noa, _ = await school.member()
        await school.answer(first, key)
        await school.answer(second, key)
        path = f"/v1/programs/{school.program_id}/training-completion"
        answer = (await school.api.get(path, key=school.manager)).json()["data"]
        seen = {one["employee_id"]: [(m["module_id"], m["standing"]) for m in one["modules"]] for one in answer}
        # What is not mandatory is a person's own.
        assert seen == {str(dana.id): [(first["id"], "valid")], str(noa.id): [(first["id"], "missing")]}

    async def test_a_gate_that_nobody_could_open_is_refused(self, school: School) -> None:
        module = await school.module()
        refused = await school.curriculum({"module_id": module["id"], "gates_sharing": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "gate_cannot_open")
        await school.session(module)
        assert (await school.curriculum({"module_id": module["id"], "gates_sharing": True})).status_code == 200
        wrong = await school.curriculum({"module_id": module["id"], "gates_sharing": True, "is_mandatory": False})
        assert wrong.json()["errors"][0]["code"] == "must_be_mandatory"


class TestOnboarding:
    async def test_s28_a_recruit_is_active_only_once_mandatory_modules_are_complete(
        self, school: School, tenant: Tenant
    ) -> None:
        policy_id, version_id = await publish_policy(school, tenant)
        configured = await school.api.request(
            "PUT", f"/v1/programs/{school.program_id}/intake", key=school.manager, headers={"If-Match": "*"},
            json={"steps": ["training"]},
        )  # fmt: skip
        assert configured.status_code in (200, 201), configured.text
        module = await school.module(quiz=QUIZ, is_mandatory=True)
        await school.curriculum({"module_id": module["id"]})
        employee, key = await school.member(state=AmbassadorState.JOINED)
        await agree(school, key, policy_id, version_id)
        assert [row.state for row in await tenant.rows(Ambassador)] == [AmbassadorState.ONBOARDING]
        waiting = (await school.api.get("/v1/me/onboarding", key=key)).json()["data"][0]
        assert "Writing for networks" in str(waiting)
        await school.answer(module, key)
        (row,) = await tenant.rows(Ambassador)
        assert (row.employee_id, row.state) == (employee.id, AmbassadorState.ACTIVE)


class TestBudget:
    async def test_s41_b21_an_outside_expert_has_seats_and_a_price_and_the_spend_is_the_sum_of_its_entries(
        self, school: School
    ) -> None:
        price = {"per": "seat", "amount": 250, "currency": "ILS"}
        provider = {"kind": "external", "name": "Studio Or", "contact": "office@studio.example"}
        by_seat = await school.module(provider=provider, price=price, topic="photography_image_editing")
        assert (by_seat["provider_kind"], by_seat["provider_name"]) == ("external", "Studio Or")
        fixed = await school.module(price={"per": "session", "amount": 1200.5, "currency": "ILS"})
        refused = await school.session(by_seat)
        assert (refused.status_code, refused.json()["code"]) == (409, "budget_missing")
        assert (await school.budget(10_000)).status_code == 201

        one = (await school.session(by_seat, seats=4)).json()
        two = (await school.session(fixed, days=11)).json()
        gone = (await school.session(fixed, days=12)).json()
        await school.api.delete(f"/v1/training-sessions/{gone['id']}", key=school.manager, etag="*")
        (dana, key), (_, other) = await school.member(), await school.member()
        await school.enrol(one["id"], key)
        await school.enrol(one["id"], other)
        await self._matches(school, planned="500.00", committed="1700.50", spent="0")

        await school.later(timedelta(days=12))
        await school.attend(one["id"], dana)
        await school.attend(two["id"])
        invoice = {"amount": 80, "currency": "ILS", "what": "Printed workbooks", "occurred_on": "2027-01-12"}
        path = f"/v1/programs/{school.program_id}/training-costs"
        assert (await school.api.post(path, key=school.manager, json=invoice)).status_code == 201
        corrected = {**invoice, "amount": -30, "what": "Two were sent back"}
        assert (await school.api.post(path, key=school.manager, json=corrected)).status_code == 201
        # Both seats were paid for, whoever came.
        await self._matches(school, planned="0", committed="0", spent="1750.50")

    async def _matches(self, school: School, **wanted: str) -> None:
        budget = f"/v1/programs/{school.program_id}/training-budget"
        report = (await school.api.get(budget, key=school.manager)).json()
        costs = f"/v1/programs/{school.program_id}/training-costs?limit=100"
        entries = (await school.api.get(costs, key=school.manager)).json()["data"]
        for stage, amount in wanted.items():
            total = sum((Decimal(str(one["amount"])) for one in entries if one["stage"] == stage), Decimal(0))
            assert total == Decimal(str(report[stage])) == Decimal(amount), (stage, report, entries)
        used = sum((Decimal(str(report[stage])) for stage in wanted), Decimal(0))
        assert Decimal(str(report["left"])) == Decimal(str(report["amount"])) - used

    async def test_it_warns_before_it_is_exceeded_and_an_excess_needs_a_right_and_a_reason(
        self, school: School, tenant: Tenant
    ) -> None:
        module = await school.module(price={"per": "session", "amount": 600, "currency": "ILS"})
        await school.budget(1250)
        assert (await school.session(module)).json()["budget_warning"] is None
        near = await school.api.post(
            "/v1/training-sessions",
            key=school.manager,
            headers={"Accept-Language": "he"},
            json=await self._body(school, module),
        )
        assert (near.json()["budget_warning"], "כמעט נוצל" in near.json()["budget_words"]) == ("near", True)
        refused = await school.session(module)
        assert (refused.status_code, refused.json()["code"]) == (409, "budget_exceeded")
        assert "1,800.00 ILS of 1,250.00 ILS" in refused.json()["detail"]
        reason = "The trainer is here only this week."
        mere = await school.session(module, override_reason=reason)
        assert (mere.status_code, mere.json()["code"]) == (403, "not_allowed")
        body = {**await self._body(school, module), "override_reason": reason}
        allowed = await school.api.post("/v1/training-sessions", key=tenant.owner_key, json=body)
        assert (allowed.status_code, allowed.json()["budget_warning"]) == (201, "over")
        (entry,) = [row for row in await tenant.rows(AuditEntry) if row.action == "training_budget.exceed"]
        assert entry.after["reason"] == reason
        # Moving it costs nothing more, so nobody has to decide anew.
        path = f"/v1/training-sessions/{allowed.json()['id']}"
        moved = await school.api.patch(path, etag="*", key=school.manager, json={"place": "Room 5"})
        assert moved.status_code == 200, moved.text
        other = await school.module(price={"per": "session", "amount": 1, "currency": "EUR"})
        assert (await school.session(other)).json()["errors"][0]["code"] == "other_currency"

    async def _body(self, school: School, module: dict[str, Any]) -> dict[str, Any]:
        day = (await school.now() + timedelta(days=20)).date()
        return {
            "module_id": module["id"], "program_id": school.program_id, "starts_local": f"{day}T10:00:00",
            "ends_local": f"{day}T12:00:00", "time_zone": "Asia/Jerusalem", "place": "Room 4", "seats": 2,
            "trainer": "Noa Levi", "language": "he",
        }  # fmt: skip


class TestSessions:
    async def test_a_seat_brings_a_calendar_entry_that_follows_the_session_when_it_moves_and_goes_with_it(
        self, school: School
    ) -> None:
        module = await school.module()
        made = (await school.session(module)).json()
        employee, key = await school.member(locale="he")
        assert (await school.enrol(made["id"], key)).json()["state"] == "enrolled"
        await school.work()
        (mail,) = await school.mails(employee)
        method, event = calendar_of(mail)
        assert "כתיבה לרשתות" in text_of(mail)
        assert "Asia/Jerusalem" in text_of(mail)
        assert (method, int(event["sequence"]), str(event["summary"])) == ("REQUEST", 0, "כתיבה לרשתות")
        assert event["dtstart"].dt.isoformat().startswith(made["starts_local"][:16])
        assert str(event["dtstart"].params["TZID"]) == "Asia/Jerusalem"
        uid = str(event["uid"])

        path = f"/v1/training-sessions/{made['id']}"
        earlier = made["starts_local"].replace("T10", "T09")
        await school.api.patch(path, etag="*", key=school.manager, json={"starts_local": earlier})
        await school.work()
        await school.api.delete(path, key=school.manager, etag="*")
        await school.work()
        await school.work()
        entries = [calendar_of(one) for one in await school.mails(employee)]
        assert [(m, int(e["sequence"]), str(e["uid"])) for m, e in entries] == [
            ("REQUEST", 0, uid),
            ("REQUEST", 1, uid),
            ("CANCEL", 2, uid),
        ]
        assert entries[1][1]["dtstart"].dt.hour == 9
        assert "שינוי" in text_of((await school.mails(employee))[1])
        _, late = await school.member()
        assert (await school.enrol(made["id"], late)).json()["code"] == "session_not_open"

    async def test_a_full_session_has_a_waiting_list_and_who_waits_longest_moves_up(self, school: School) -> None:
        made = (await school.session(await school.module(), seats=1)).json()
        (_, first), (second, key), (_, third) = [await school.member() for _ in range(3)]
        seat = (await school.enrol(made["id"], first)).json()
        assert (await school.enrol(made["id"], key)).json()["place_in_line"] == 1
        assert (await school.enrol(made["id"], third)).json()["place_in_line"] == 2
        await school.work()
        gone = await school.api.delete(f"/v1/me/training-enrolments/{seat['id']}", key=first)
        assert gone.status_code == 204
        await school.work()
        letters = [str(mail["Subject"]) for mail in await school.mails(second)]
        assert letters == ["You are on the waiting list: Writing for networks", "You have a seat: Writing for networks"]
        people = (await school.api.get(f"/v1/training-sessions/{made['id']}/enrolments", key=school.manager)).json()
        assert [(one["state"], one["place_in_line"]) for one in people["data"]] == [("enrolled", None), ("waiting", 1)]

    async def test_a_seat_given_back_and_taken_again_is_a_newer_entry_each_time(self, school: School) -> None:
        made = (await school.session(await school.module())).json()
        employee, key = await school.member()
        seat = (await school.enrol(made["id"], key)).json()
        await school.work()
        # The job may be run again, and says nothing twice.
        await training.tell(school.tools, school.tenant.id, UUID(seat["id"]))
        await school.api.delete(f"/v1/me/training-enrolments/{seat['id']}", key=key)
        await school.work()
        await school.enrol(made["id"], key)
        await school.work()
        entries = [calendar_of(one) for one in await school.mails(employee)]
        assert [(m, int(e["sequence"])) for m, e in entries] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]

    async def test_who_is_invited_says_yes_or_no_and_a_no_looks_like_no_answer(self, school: School) -> None:
        made = (await school.session(await school.module())).json()
        (yes, first), (no, second) = await school.member(), await school.member()
        path = f"/v1/training-sessions/{made['id']}/enrolments"
        ids = []
        for person in (yes, no):
            asked = await school.api.post(path, key=school.manager, json={"employee_id": str(person.id)})
            assert asked.status_code == 201, asked.text
            ids.append(asked.json()["id"])
        await school.work()
        assert "accept" in text_of((await school.mails(yes, MessageKind.TRAINING_INVITATION))[0])
        accepted = await school.api.post(f"/v1/me/training-enrolments/{ids[0]}/accept", key=first)
        assert accepted.json()["state"] == "enrolled"
        declined = await school.api.post(f"/v1/me/training-enrolments/{ids[1]}/decline", key=second)
        assert declined.json()["state"] == "declined"
        seen = (await school.api.get(path, key=school.manager)).json()["data"]
        assert sorted(one["state"] for one in seen) == ["enrolled", "invited"]
        again = await school.api.post(path, key=school.manager, json={"employee_id": str(no.id)})
        assert (again.status_code, again.json()["state"]) == (201, "invited")
        await school.work()
        assert len(await school.mails(no)) == 1
        stranger, _ = await school.tenant.person()
        refused = await school.api.post(path, key=school.manager, json={"employee_id": str(stranger.id)})
        assert refused.json()["errors"][0]["code"] == "not_a_member"

    async def test_attendance_issues_certificates_and_its_correction_takes_them_back(self, school: School) -> None:
        module = await school.module(validity_months=12)
        await school.curriculum({"module_id": module["id"], "is_mandatory": True})
        made = (await school.session(module)).json()
        dana, key = await school.member()
        await school.enrol(made["id"], key)
        early = await school.attend(made["id"], dana)
        assert (early.status_code, early.json()["code"]) == (409, "session_not_begun")
        await school.later(timedelta(days=11))
        assert (await school.attend(made["id"], dana)).json() == {"attended": 1, "absent": 0, "certificates": 1}
        assert (await school.mine(key))["standing"] == "valid"
        stranger, _ = await school.member()
        assert (await school.attend(made["id"], stranger)).json()["errors"][0]["pointer"] == "/attended/0"
        assert (await school.attend(made["id"])).json() == {"attended": 0, "absent": 1, "certificates": 0}
        assert (await school.mine(key))["standing"] == "missing"

    async def test_what_makes_no_sense_is_refused_with_what_to_do(self, school: School) -> None:
        module = await school.module()
        wrong = await school.session(
            module, starts_local="2020-01-01T10:00:00", ends_local="2020-01-01T09:00:00", place=None
        )
        assert {one["code"] for one in wrong.json()["errors"]} == {"time_in_the_past", "ends_first", "missing"}
        assert (await school.session(module, time_zone="Mars/Olympus")).status_code == 422
        assert (await school.session(module, meeting_link="http://plain.example")).status_code == 422

    async def test_only_people_of_the_program_take_seats(self, school: School, other_tenant: Tenant) -> None:
        made = (await school.session(await school.module())).json()
        _, stranger = await school.tenant.person()
        assert (await school.enrol(made["id"], stranger)).status_code == 404
        _, foreign = await other_tenant.person()
        assert (await school.enrol(made["id"], foreign)).status_code == 404
        _, editor = await school.tenant.person(Role.EDITOR)
        assert (await school.api.get("/v1/training-sessions", key=editor)).status_code == 403
        assert (await school.api.get("/v1/training-sessions")).status_code == 401


class TestQuizzes:
    async def test_right_answers_are_never_sent_to_who_answers(self, school: School) -> None:
        module = await school.module(quiz=QUIZ)
        await school.curriculum({"module_id": module["id"]})
        _, key = await school.member()
        path = f"/v1/me/training-modules/{module['id']}/quiz"
        shown = await school.api.get(path, key=key, headers={"Accept-Language": "he"})
        assert shown.status_code == 200
        assert shown.json()["questions"][0]["text"] == "של מי הדעה?"
        assert [one["is_multiple"] for one in shown.json()["questions"]] == [False, True]
        for answer in (
            shown,
            await school.api.get("/v1/me/training", key=key),
            await school.api.get(f"/v1/training-modules/{module['id']}", key=school.manager),
            await school.answer(module, key, WRONG),
            await school.api.get(f"{path}-attempts", key=key),
        ):
            assert answer.status_code in (200, 201)
            assert "correct" not in answer.text
        author = await school.api.get(f"/v1/training-modules/{module['id']}/quiz", key=school.manager)
        assert author.json()["questions"][1]["correct"] == ["a", "b"]
        assert (await school.api.get(f"/v1/training-modules/{module['id']}/quiz", key=key)).status_code == 403

    async def test_tries_run_out_and_come_back(self, school: School) -> None:
        module = await school.module(quiz=QUIZ)
        await school.curriculum({"module_id": module["id"]})
        _, key = await school.member()
        first = (await school.answer(module, key, {"q1": ["a"]})).json()
        assert (first["is_passed"], first["percent"], first["wrong"]) == (False, 50, ["q2"])
        await school.answer(module, key, WRONG)
        refused = await school.answer(module, key)
        assert (refused.status_code, refused.json()["code"]) == (409, "no_tries_left")
        shown = (await school.api.get(f"/v1/me/training-modules/{module['id']}/quiz", key=key)).json()
        assert shown["attempts_left"] == 0
        assert shown["next_attempt_at"] is not None
        await school.later(timedelta(days=7, minutes=1))
        assert (await school.answer(module, key)).json()["is_passed"]

    async def test_answers_are_sealed_and_a_persons_own(self, school: School, tenant: Tenant) -> None:
        module = await school.module(quiz=QUIZ)
        await school.curriculum({"module_id": module["id"]})
        _, key = await school.member()
        _, colleague = await school.member()
        await school.answer(module, key, WRONG)
        (row,) = await tenant.rows(QuizAttempt)
        assert b"q1" not in row.sealed_content
        path = f"/v1/me/training-modules/{module['id']}/quiz-attempts"
        assert len((await school.api.get(path, key=key)).json()["data"]) == 1
        assert (await school.api.get(path, key=colleague)).json()["data"] == []
        for reader in (school.manager, tenant.owner_key):
            assert (await school.api.get(path, key=reader)).status_code in (403, 404)

    async def test_a_quiz_of_a_program_one_is_not_in_is_none(self, school: School) -> None:
        module = await school.module(quiz=QUIZ)
        await school.curriculum({"module_id": module["id"]})
        _, stranger = await school.tenant.person()
        assert (await school.answer(module, stranger)).status_code == 404
        _, key = await school.member()
        strange = await school.answer(module, key, {**RIGHT, "q9": ["a"]})
        assert (strange.status_code, strange.json()["errors"][0]["pointer"]) == (422, "/answers/q9")
