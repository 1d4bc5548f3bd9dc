"""Nominations, applications, invitations with reminders, places and waiting lists, open calls, equal selection."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from services.core.ambassadors.models import Ambassador, Invitation, Pause, PauseKind
from services.core.communication.models import Message
from services.core.kit.db import Database, move_clock
from services.core.kit.settings import Settings
from services.core.organizations.models import OneTimeToken
from services.core.recruitment.models import Application, Nomination
from services.scheduler.jobs import recruitment as job
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant


async def put_intake(api: Api, desk: Any, **body: Any) -> httpx2.Response:
    """Say how the program takes people in."""
    before = await api.get(f"{desk.path}/intake", key=desk.manager)
    return await api.request(
        "PUT", f"{desk.path}/intake", key=desk.manager, headers={"If-Match": before.headers["etag"]}, json=body
    )


async def apply(api: Api, desk: Any, key: str, **body: Any) -> httpx2.Response:
    """Ask to join."""
    return await api.post(f"{desk.path}/applications", key=key, json=body)


async def listed(api: Api, desk: Any, **query: Any) -> list[dict[str, Any]]:
    """The applications as the manager sees them."""
    answer = await api.get(f"{desk.path}/applications", key=desk.manager, params=query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def kinds(tenant: Tenant) -> list[str]:
    """What was written, in order."""
    return [row.kind for row in await tenant.rows(Message)]


async def go_to(url: str, moment: datetime) -> None:
    """Let it be that time."""
    await move_clock(url, by=moment - datetime.now(UTC))


class TestNomination:
    async def test_b15_the_nominee_is_asked_before_a_manager_sees_anything(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(traits=["storyteller"], skills=["video"])
        _, nominator = await tenant.person(first_name="Noa", display_name="Noa Levi")
        nominee, key = await tenant.person(locale="he-IL")
        sent = await api.post(
            f"{desk.path}/nominations",
            key=nominator,
            json={
                "work_email": nominee.work_email.upper(),
                "reason": "Explains {everything} so well.",
                "traits": ["storyteller", "curious"],
                "skills": ["Video"],
            },
        )
        assert sent.status_code == 201, sent.text
        assert set(sent.json()) == {"id", "program_id", "created_at"}
        ((told, body),) = await desk.letters()
        assert told == nominee.id
        assert "Noa Levi" in body
        assert "Explains {everything} so well." in body
        assert "איש מלבדך" in body
        assert await listed(api, desk) == []
        assert {row["standing"] for row in await desk.candidates(fit="all")} == {"none"}
        (row,) = await tenant.rows(Nomination)
        assert b"Explains" not in row.sealed_content
        (mine,) = (await api.get("/v1/me/nominations", key=key)).json()["data"]
        assert (mine["nominator"], mine["traits"]) == ("Noa Levi", ["storyteller", "curious"])
        passed = await api.post(
            f"/v1/nominations/{mine['id']}/accept", key=key, json={"traits": ["storyteller"], "words": "בשמחה"}
        )
        assert passed.status_code == 201, passed.text
        (seen,) = await listed(api, desk)
        assert seen["origin"] == "nomination"
        assert seen["nomination"] == {
            "nominator": "Noa Levi", "reason": "Explains {everything} so well.", "traits": ["storyteller"],
            "skills": ["video"],
        }  # fmt: skip
        assert (seen["fit"]["score"], seen["words"], seen["language"]) == (100, "בשמחה", "he")

    async def test_b15_a_nominator_learns_no_refusal(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, nominator = await tenant.person()
        _, another = await tenant.person()
        nominee, key = await tenant.person()
        body = {"work_email": nominee.work_email, "reason": "Good."}
        await api.post(f"{desk.path}/nominations", key=nominator, json=body)
        before = (await api.get("/v1/me/nominations/sent", key=nominator)).json()
        (mine,) = (await api.get("/v1/me/nominations", key=key)).json()["data"]
        declined = await api.post(f"/v1/nominations/{mine['id']}/decline", key=key)
        assert (declined.status_code, declined.json()["state"]) == (200, "declined")
        assert (await api.get("/v1/me/nominations/sent", key=nominator)).json() == before
        # Somebody else's word is taken in the same way, and the nominee is left in peace.
        again = await api.post(f"{desk.path}/nominations", key=another, json=body)
        assert again.status_code == 201
        assert (await kinds(tenant)).count("nomination") == 1
        assert await listed(api, desk) == []
        assert (await api.post(f"/v1/nominations/{mine['id']}/accept", key=another, json={})).status_code == 404

    async def test_strangers_and_oneself_are_not_nominated(self, api: Api, desk: Any, tenant: Tenant) -> None:
        me, key = await tenant.person()
        for address, code in (("nobody@lumen.example", "unknown"), (me.work_email, "yourself")):
            answer = await api.post(
                f"{desk.path}/nominations", key=key, json={"work_email": address, "reason": "Good."}
            )
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)
        await put_intake(api, desk, takes_nominations=False)
        answer = await api.post(f"{desk.path}/nominations", key=key, json={"work_email": "x@y.zz", "reason": "Good."})
        assert (answer.status_code, answer.json()["code"]) == (409, "no_nominations")


class TestApplication:
    async def test_b15_every_candidate_has_a_state_dates_and_a_reason_in_their_language(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        _, yes = await tenant.person()
        refused, no = await tenant.person(locale="he-IL")
        first = (await apply(api, desk, yes, words="I like to tell.")).json()
        second = (await apply(api, desk, no)).json()
        assert (await apply(api, desk, no)).json()["code"] == "already_applied"
        accepted = await api.post(f"/v1/applications/{first['id']}/accept", key=desk.manager)
        assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
        lacking = await api.post(
            f"/v1/applications/{second['id']}/refuse", key=desk.manager,
            json={"reason": "no_places", "words": {"en": "Sorry."}},
        )  # fmt: skip
        assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/words/he")
        answer = await api.post(
            f"/v1/applications/{second['id']}/refuse", key=desk.manager,
            json={"reason": "no_places", "words": {"he": "נשמח לראותך בסבב הבא."}},
        )  # fmt: skip
        assert answer.status_code == 200
        rows = await listed(api, desk)
        assert [(row["state"], row["reason"]) for row in rows] == [("accepted", None), ("refused", "no_places")]
        assert all(row["decided_at"] and row["decided_by"].startswith("person:") for row in rows)
        (mine,) = (await api.get("/v1/me/applications", key=no)).json()["data"]
        assert "הפעם היו יותר מועמדויות ממקומות." in mine["answer"]
        assert "הסבב הבא" not in mine["answer"]
        assert "נשמח לראותך בסבב הבא." in mine["answer"]
        body = next(body for who, body in reversed(await desk.letters()) if who == refused.id)
        assert "הפעם היו יותר מועמדויות ממקומות." in body
        late = await api.post(f"/v1/applications/{second['id']}/accept", key=desk.manager)
        assert (late.status_code, late.json()["code"]) == (409, "application_decided")
        # Who was refused may ask again.
        assert (await apply(api, desk, no)).status_code == 201

    async def test_s27_who_takes_it_back_is_on_no_list(self, api: Api, desk: Any, tenant: Tenant) -> None:
        _, key = await tenant.person()
        made = (await apply(api, desk, key)).json()
        taken_back = await api.post(f"/v1/applications/{made['id']}/withdraw", key=key)
        assert taken_back.json()["state"] == "withdrawn"
        assert await listed(api, desk) == []
        assert (await api.get(f"/v1/applications/{made['id']}", key=desk.manager)).status_code == 404
        assert (await api.post(f"/v1/applications/{made['id']}/accept", key=desk.manager)).status_code == 404
        assert (await api.get(f"/v1/applications/{made['id']}", key=key)).status_code == 200

    async def test_what_is_shown_with_an_application_is_what_the_person_agreed_to(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(skills=["video"], traits=["curious"])
        _, key = await tenant.person()
        await api.request(
            "PUT", "/v1/me/declarations", key=key, headers={"If-Match": "*"},
            json={"skills": ["video"], "traits": ["curious"]},
        )  # fmt: skip
        await apply(api, desk, key, show=["skills"])
        (row,) = await listed(api, desk)
        assert {part["criterion"]: part["found"] for part in row["fit"]["parts"]} == {
            "skills": ["video"],
            "traits": None,
        }
        (mine,) = (await api.get("/v1/me/declarations", key=key)).json()["shown_to"]
        assert mine["purpose"] == "skills"

    async def test_a_stranger_and_a_colleague_see_nothing(
        self, api: Api, desk: Any, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        _, key = await tenant.person()
        _, colleague = await tenant.person()
        made = (await apply(api, desk, key)).json()
        for reader in (colleague, other_tenant.owner_key):
            assert (await api.get(f"/v1/applications/{made['id']}", key=reader)).status_code == 404
        assert (await api.post(f"/v1/applications/{made['id']}/withdraw", key=colleague)).status_code == 404
        assert (await api.post(f"/v1/applications/{made['id']}/accept", key=colleague)).status_code == 403


class TestPlaces:
    async def test_s27_beyond_the_capacity_people_wait_and_move_up_when_somebody_leaves(
        self, api: Api, desk: Any, tenant: Tenant, database: Database, settings: Settings
    ) -> None:
        assert (await put_intake(api, desk, capacity=1)).status_code == 200
        _, first, one = await desk.invited()
        _, second, two = await desk.invited()
        third, third_key = await tenant.person()
        assert (await desk.answer(one, "accept", key=first)).json()["state"] == "joined"
        waits = (await desk.answer(two, "accept", key=second)).json()
        assert (waits["state"], waits["place"], waits["joined_at"]) == ("waiting", 1, None)
        made = (await apply(api, desk, third_key)).json()
        seen = (await api.post(f"/v1/applications/{made['id']}/accept", key=desk.manager)).json()
        assert (seen["state"], seen["is_waiting"], seen["place"]) == ("accepted", True, 2)
        assert (await kinds(tenant))[-1] == "application_waiting"
        intake = (await api.get(f"{desk.path}/intake", key=desk.manager)).json()
        assert (intake["members"], intake["waiting"]) == (1, 2)
        await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=first)
        (mine,) = (await api.get("/v1/me/onboarding", key=second)).json()["data"]
        assert (mine["state"], mine["place"]) == ("joined", None)
        (mine,) = (await api.get("/v1/me/onboarding", key=third_key)).json()["data"]
        assert (mine["state"], mine["place"]) == ("waiting", 1)
        # Who moves up and does not want it any more makes room for the next.
        await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=second)
        (mine,) = (await api.get("/v1/me/onboarding", key=third_key)).json()["data"]
        assert mine["state"] == "joined"
        moved = next(row for row in await tenant.rows(Ambassador) if row.employee_id == third.id)
        await job.tell_moved_up(Tools(database, settings), tenant.id, moved.id)
        await job.tell_moved_up(Tools(database, settings), tenant.id, moved.id)
        assert (await kinds(tenant)).count("place_free") == 1

    async def test_a_no_moves_nobody_so_that_it_tells_nothing(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await put_intake(api, desk, capacity=1)
        _, member, one = await desk.invited()
        await desk.answer(one, "accept", key=member)
        _, waiting, two = await desk.invited()
        await desk.answer(two, "accept", key=waiting)
        _, no, three = await desk.invited()
        await desk.answer(three, "decline", key=no)
        intake = (await api.get(f"{desk.path}/intake", key=desk.manager)).json()
        assert (intake["members"], intake["waiting"]) == (1, 1)
        # More places go to who waits at once.
        assert (await put_intake(api, desk, capacity=2)).json()["waiting"] == 0

    async def test_who_waits_may_stop_waiting_and_is_not_asked_twice(self, api: Api, desk: Any, tenant: Tenant) -> None:
        await put_intake(api, desk, capacity=1)
        _, member, one = await desk.invited()
        await desk.answer(one, "accept", key=member)
        employee, key, two = await desk.invited()
        await desk.answer(two, "accept", key=key)
        assert (await desk.answer(two, "accept", key=key)).json()["place"] == 1
        assert (await desk.invite(employee)).json()["code"] == "already_invited"
        assert (await apply(api, desk, key)).json()["code"] == "already_in"
        left = await api.post(f"/v1/me/ambassadorships/{desk.program.id}/leave", key=key)
        assert (left.json()["state"], left.json()["place"]) == ("left", None)


class TestReminders:
    async def test_s27_b15_no_more_than_n_reminders_in_the_persons_hours_and_none_after_a_no(
        self, api: Api, desk: Any, tenant: Tenant, database: Database, settings: Settings, database_url: str
    ) -> None:
        tools = Tools(database, settings)
        await put_intake(api, desk, max_reminders=2, reminder_days=2)
        zone = ZoneInfo("Asia/Tokyo")
        employee, _, _ = await desk.invited(time_zone="Asia/Tokyo", locale="he-IL")
        _, no, declined = await desk.invited()
        await desk.answer(declined, "decline", key=no)
        start = datetime.now(UTC).astimezone(zone)

        async def look(day: int, hour: int) -> int:
            moment = (start + timedelta(days=day)).replace(hour=hour, minute=30)
            await go_to(database_url, moment.astimezone(UTC))
            await job.remind(tools)
            return (await kinds(tenant)).count("invitation_reminder")

        assert await look(1, 11) == 0
        # It is due, and it is night where the person is.
        assert await look(3, 3) == 0
        assert await look(3, 11) == 1
        assert await look(3, 12) == 1
        assert await look(6, 11) == 2
        assert await look(9, 11) == 2
        assert await look(12, 11) == 2
        assert {who for who, body in await desk.letters() if "עדיין" not in body and "תזכורות" in body} == {employee.id}
        reminded = {row.employee_id: row.reminders_sent for row in await tenant.rows(Invitation)}
        assert sorted(reminded.values()) == [0, 2]
        shown = (await api.get(f"{desk.path}/invitations", key=desk.manager)).json()["data"]
        assert {row["state"] for row in shown} == {"sent"}
        assert not {name for row in shown for name in row} & {"reminders_sent", "next_reminder_at"}

    async def test_nobody_is_reminded_while_they_pause(
        self, desk: Any, tenant: Tenant, database: Database, settings: Settings, database_url: str
    ) -> None:
        employee, _, _ = await desk.invited(time_zone="UTC")
        moment = (datetime.now(UTC) + timedelta(days=6)).replace(hour=11)
        await go_to(database_url, moment)
        async with database.transaction(tenant.id) as session:
            session.add(
                Pause(
                    organization_id=tenant.id, employee_id=employee.id, kind=PauseKind.BREAK,
                    starts_at=moment - timedelta(days=1),
                )
            )  # fmt: skip
        await job.remind(Tools(database, settings))
        assert "invitation_reminder" not in await kinds(tenant)


CALL = {
    "titles": {"en": "Tell our <story>", "he": "מספרים את הסיפור"},
    "texts": {"en": "We look for people who like to tell.", "he": "מחפשים אנשים שאוהבים לספר."},
    "closes_at": "2099-01-31T21:59:00Z",
}


class TestOpenCall:
    async def open_call(self, api: Api, desk: Any, database_url: str, **body: Any) -> dict[str, Any]:
        """A call that closes in ten days."""
        closes_at = (datetime.now(UTC) + timedelta(days=10)).isoformat()
        answer = await api.post(
            f"{desk.path}/open-calls", key=desk.manager, json={**CALL, "closes_at": closes_at, **body}
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def test_s35_a_call_with_link_capacity_and_deadline_whose_applications_land_in_the_pipeline(
        self, api: Api, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        call = await self.open_call(api, desk, database_url, capacity=1)
        assert call["link"] == f"http://127.0.0.1:8000/join/call/{call['code']}"
        path = call["link"].removeprefix("http://127.0.0.1:8000")
        page = await api.get(path, headers={"Accept-Language": "he"})
        assert page.status_code == 200
        assert 'dir="rtl"' in page.text
        assert "מחפשים אנשים שאוהבים לספר." in page.text
        assert "מספר המקומות: 1" in page.text
        assert "Tell our &lt;story&gt;" in (await api.get(path)).text
        # By link: a mail to an address of the directory, and the same words for any other.
        employee = await tenant.employee(locale="he-IL")
        form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
        asked = await api.post(path, content=f"email={employee.work_email}", **form)
        other = await api.post(path, content="email=nobody%40else.example", **form)
        again = await api.post(path, content=f"email={employee.work_email}", **form)
        assert asked.status_code == 200
        assert asked.headers["content-language"] == "en"
        strip = re.compile(r'nonce="[^"]+"')
        assert strip.sub("", asked.text) == strip.sub("", other.text) == strip.sub("", again.text)
        assert await kinds(tenant) == ["call_sign_in"]
        ((_, body),) = await desk.letters()
        found = re.search(r"http://127\.0\.0\.1:8000(/join/call/\w+/\w+)", body)
        assert found is not None
        for _ in range(2):
            opened = await api.get(found[1])
            assert opened.status_code == 200
            assert opened.headers["content-language"] == "he"
        assert await tenant.rows(Application) == []
        assert [row.used_at for row in await tenant.rows(OneTimeToken) if row.employee_id == employee.id] == [None]
        done = await api.post(found[1], content="words=%D7%91%D7%A9%D7%9E%D7%97%D7%94", **form)
        assert done.status_code == 200, done.text
        key = re.search(r"adv_live_\w+", done.text)
        assert key is not None
        assert (await api.get(found[1])).status_code == 410
        (seen,) = await listed(api, desk)
        assert (seen["origin"], seen["call_id"], seen["words"]) == ("open_call", call["id"], "בשמחה")
        (mine,) = (await api.get("/v1/me/applications", key=key[0])).json()["data"]
        assert mine["id"] == seen["id"]
        # With a key of one's own, over the API; the call's one place is taken by then.
        _, second = await tenant.person()
        assert (await apply(api, desk, second, code=call["code"])).status_code == 201
        places = [
            (await api.post(f"/v1/applications/{row['id']}/accept", key=desk.manager)).json()["place"]
            for row in await listed(api, desk)
        ]
        assert places == [None, 1]
        # The program itself has room: it is the call that is full.
        _, third, invitation = await desk.invited()
        assert (await desk.answer(invitation, "accept", key=third)).json()["state"] == "joined"
        # After its deadline nothing lands any more.
        await go_to(database_url, datetime.now(UTC) + timedelta(days=11))
        _, late = await tenant.person()
        assert (await apply(api, desk, late, code=call["code"])).json()["code"] == "call_closed"
        assert (await api.get(path)).status_code == 409
        assert (await api.get(f"/v1/open-calls/{call['id']}", key=desk.manager)).json()["state"] == "closed"

    async def test_s35_who_the_directory_says_is_not_meant_is_told_why(
        self, api: Api, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        call = await self.open_call(
            api, desk, database_url, criteria={"departments": ["Sales"], "countries": ["IL"], "job_levels": ["Senior"]}
        )
        _, key = await tenant.person(locale="he-IL")
        refused = await api.post(
            f"{desk.path}/applications", key=key, json={"code": call["code"]}, headers={"Accept-Language": "he"}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "not_eligible")
        assert "מחלקה" in refused.json()["detail"]
        assert "מדינה" not in refused.json()["detail"]

    async def test_a_closed_call_and_a_program_without_applications(
        self, api: Api, desk: Any, tenant: Tenant, database_url: str
    ) -> None:
        call = await self.open_call(api, desk, database_url)
        assert (await api.post(f"/v1/open-calls/{call['id']}/close", key=desk.manager)).json()["state"] == "closed"
        _, key = await tenant.person()
        assert (await apply(api, desk, key, code=call["code"])).json()["code"] == "call_closed"
        assert (await apply(api, desk, key, code="nonsense")).status_code == 404
        await put_intake(api, desk, takes_applications=False)
        assert (await apply(api, desk, key)).json()["code"] == "no_applications"
        assert (await api.get("/join/call/nonsense")).status_code == 404

    async def test_a_call_needs_both_texts_and_a_deadline_ahead(self, api: Api, desk: Any) -> None:
        body = {**CALL, "texts": {"en": "Only English."}, "closes_at": "2020-01-01T00:00:00Z"}
        answer = await api.post(f"{desk.path}/open-calls", key=desk.manager, json=body)
        assert {problem["pointer"] for problem in answer.json()["errors"]} == {"/closes_at", "/texts/he"}


class TestSelectionReport:
    async def report(self, api: Api, desk: Any, **query: str) -> dict[str, dict[str, Any]]:
        """Groups by name."""
        answer = await api.get(f"{desk.path}/selection-report", key=desk.manager, params=query)
        assert answer.status_code == 200, answer.text
        return {group["name"]: group for group in answer.json()["groups"]}

    async def test_b14_selection_rate_by_group_from_twenty_people_on_and_no_small_group_by_subtraction(
        self, api: Api, desk: Any, tenant: Tenant
    ) -> None:
        await desk.persona(job_families=["Sales"])
        # The manager is one more in the Office, in France.
        for department, people, fitting in (("Marketing", 24, 12), ("Office", 20, 14), ("Legal", 3, 3)):
            for number in range(people):
                await tenant.employee(
                    department=department, job_family="Sales" if number < fitting else "Other",
                    country="IL" if number % 2 else "DE",
                )  # fmt: skip
        units = await self.report(api, desk, by="unit")
        # Legal is small, and without a second hidden group it would follow from the sum.
        assert {name for name, group in units.items() if group["reason"]} == {"Legal", "Office"}
        assert units["Legal"] == {
            "name": "Legal", "people": None, "selected": None, "rate": None, "ratio": None,
            "is_below_four_fifths": None, "reason": "group_too_small",
        }  # fmt: skip
        assert (units["Marketing"]["people"], units["Marketing"]["rate"]) == (24, 0.5)
        for number in range(20):
            await tenant.employee(department="Legal", job_family="Sales" if number < 20 else "Other")
        units = await self.report(api, desk, by="unit")
        assert [units[name]["people"] for name in ("Legal", "Marketing", "Office")] == [23, 24, 21]
        assert (units["Legal"]["rate"], units["Legal"]["ratio"]) == (1.0, 1.0)
        assert (units["Marketing"]["ratio"], units["Marketing"]["is_below_four_fifths"]) == (0.5, True)
        assert units["Office"]["rate"] == round(14 / 21, 4)
        assert sum(group["people"] for group in (await self.report(api, desk, by="tenure")).values()) == 68
        countries = await self.report(api, desk, by="country", stage="invited")
        assert all(group["selected"] in (0, None) and group["ratio"] is None for group in countries.values())
        assert await self.report(api, desk, stage="decided") == {}
