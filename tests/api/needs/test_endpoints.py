"""The needs desk over HTTP: asked, answered in time or said so, and read by nobody who need not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.needs.models import Need
from services.core.organizations.models import Role
from services.core.programs.models import Function, Responsibility
from services.scheduler.jobs import needs
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant

WORDS = "לקוחות שואלים אותי על הפאנלים החדשים"


@dataclass
class Desk:
    """A program, who answers for what in it, and somebody in the field."""

    api: Api
    tenant: Tenant
    scene: Scene
    person: tuple[Employee, str]
    content: tuple[Employee, str]
    owner: tuple[Employee, str]
    manager: str

    async def ask(self, topic: str = "content", text: str = WORDS) -> httpx2.Response:
        """The person asks for something."""
        body = {"program_id": str(self.scene.program.id), "topic": topic, "text": text}
        return await self.api.post("/v1/me/needs", key=self.person[1], json=body)

    async def letters(self, employee: Employee, kind: MessageKind) -> list[str]:
        """The words of the mails of a kind that somebody got."""
        found = []
        for row in await self.tenant.rows(Message):
            if row.employee_id == employee.id and row.kind == kind:
                async with self.tenant.database.transaction(self.tenant.id) as session:
                    reader = await employees.get_employee(session, employee.id)
                    mail = await communication.render(session, row, reader, settings=self.tenant.settings)
                found.append(str(mail["Subject"]) + "\n" + mail.get_content())
        return found


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """Somebody in the field, who answers for content and who for the program."""
    scene = await make_scene(tenant)
    person = await tenant.person(locale="he")
    content = await tenant.person(locale="he")
    owner = await tenant.person()
    _, manager = await tenant.person(Role.PROGRAM_MANAGER)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Ambassador(
                organization_id=tenant.id,
                program_id=scene.program.id,
                employee_id=person[0].id,
                state=AmbassadorState.ACTIVE,
                language=Language.HE,
                joined_at=await db.now(session),
            )
        )
        for function, (employee, _) in ((Function.CONTENT, content), (Function.OWNER, owner)):
            session.add(
                Responsibility(
                    organization_id=tenant.id, program_id=scene.program.id, function=function, employee_id=employee.id
                )
            )
    return Desk(api, tenant, scene, person, content, owner, manager)


class TestAsking:
    async def test_s40_a_request_has_an_owner_a_first_response_time_and_an_outcome_and_the_person_sees_all_of_it(
        self, desk: Desk
    ) -> None:
        made = await desk.ask()
        assert made.status_code == 201, made.text
        need = made.json()
        assert need["owner_employee_id"] == str(desk.content[0].id)
        assert need["due_at"] > need["created_at"]
        assert (need["state"], need["text"], need["first_response_at"]) == ("open", WORDS, None)
        (asked,) = await desk.letters(desk.content[0], MessageKind.NEED_SENT)
        assert "תוכן" in asked
        assert WORDS not in asked

        path = f"/v1/needs/{need['id']}"
        answered = await desk.api.post(f"{path}/messages", key=desk.content[1], json={"text": "יש טקסט מוכן."})
        assert answered.status_code == 201, answered.text
        assert answered.json()["state"] == "answered"
        first_response_at = answered.json()["first_response_at"]
        assert first_response_at is not None
        (told,) = await desk.letters(desk.person[0], MessageKind.NEED_ANSWERED)
        assert "יש טקסט מוכן." in told

        body: dict[str, Any] = {"state": "planned", "item_id": str(desk.scene.item.id)}
        wordless = await desk.api.patch(path, etag="*", key=desk.content[1], json=body)
        assert (wordless.status_code, wordless.json()["errors"][0]["pointer"]) == (422, "/outcome")
        body["outcome"] = "נכלל בתוכנית של החודש הבא."
        planned = await desk.api.patch(path, etag="*", key=desk.content[1], json=body)
        assert planned.status_code == 200, planned.text
        mine = (await desk.api.get(f"/v1/me/needs/{need['id']}", key=desk.person[1])).json()
        assert (mine["state"], mine["outcome"]) == ("planned", "נכלל בתוכנית של החודש הבא.")
        assert (mine["item_id"], mine["first_response_at"]) == (str(desk.scene.item.id), first_response_at)
        assert [(one["author"], one["text"]) for one in mine["messages"]] == [("desk", "יש טקסט מוכן.")]

    async def test_more_words_of_the_person_open_it_again_and_closed_stays_closed(self, desk: Desk) -> None:
        need = (await desk.ask()).json()
        path, own = f"/v1/needs/{need['id']}", f"/v1/me/needs/{need['id']}"
        await desk.api.post(f"{path}/messages", key=desk.content[1], json={"text": "Here it is."})
        more = await desk.api.post(f"{own}/messages", key=desk.person[1], json={"text": "ובאנגלית?"})
        assert more.json()["state"] == "open"
        assert len(await desk.letters(desk.content[0], MessageKind.NEED_WRITTEN)) == 1
        closed = await desk.api.post(f"{own}/close", key=desk.person[1])
        assert closed.json()["state"] == "closed"
        late = await desk.api.post(f"{path}/messages", key=desk.content[1], json={"text": "Late."})
        assert (late.status_code, late.json()["code"]) == (409, "need_closed")

    async def test_only_people_of_the_program_ask_it(self, desk: Desk, other_tenant: Tenant) -> None:
        body = {"program_id": str(desk.scene.program.id), "topic": "content", "text": "Hello"}
        _, stranger = await desk.tenant.person()
        refused = await desk.api.post("/v1/me/needs", key=stranger, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_in_program")
        _, foreign = await other_tenant.person()
        assert (await desk.api.post("/v1/me/needs", key=foreign, json=body)).status_code == 404
        assert (await desk.api.post("/v1/me/needs", json=body)).status_code == 401


class TestWho:
    async def test_managers_see_that_it_was_sent_and_not_its_words_and_do_not_answer(self, desk: Desk) -> None:
        need = (await desk.ask()).json()
        path = f"/v1/needs/{need['id']}"
        seen = await desk.api.get(path, key=desk.manager)
        assert seen.status_code == 200
        assert (seen.json()["text"], seen.json()["messages"], WORDS in seen.text) == (None, None, False)
        listed = await desk.api.get("/v1/needs", key=desk.manager)
        assert len(listed.json()["data"]) == 1
        assert WORDS not in listed.text
        refused = await desk.api.post(f"{path}/messages", key=desk.manager, json={"text": "Mine"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours_to_answer")
        held = await desk.api.get("/v1/needs", key=desk.content[1])
        assert held.json()["data"][0]["text"] == WORDS

    async def test_colleagues_see_nothing_of_it(self, desk: Desk) -> None:
        need = (await desk.ask()).json()
        _, colleague = await desk.tenant.person(Role.EDITOR)
        for key in (colleague, desk.owner[1]):
            assert (await desk.api.get(f"/v1/needs/{need['id']}", key=key)).status_code == 404
            assert (await desk.api.get(f"/v1/me/needs/{need['id']}", key=key)).status_code == 404
            assert (await desk.api.get("/v1/needs", key=key)).json()["data"] == []
        (row,) = await desk.tenant.rows(Need)
        assert WORDS.encode() not in row.sealed_text

    async def test_who_is_no_longer_responsible_no_longer_reads_it(self, desk: Desk) -> None:
        need = (await desk.ask()).json()
        path = f"/v1/needs/{need['id']}"
        assert (await desk.api.get(path, key=desk.content[1])).status_code == 200
        held = await desk.tenant.rows(Responsibility)
        async with desk.tenant.database.transaction(desk.tenant.id) as session:
            await session.delete(next(one for one in held if one.function is Function.CONTENT))
        assert (await desk.api.get(path, key=desk.content[1])).status_code == 404
        # Whoever answers for the program stands in.
        assert (await desk.api.get(path, key=desk.owner[1])).json()["text"] == WORDS


class TestTime:
    async def test_b18_a_request_unanswered_beyond_the_promise_is_escalated_once_and_counted_in_the_report(
        self, desk: Desk
    ) -> None:
        tools = Tools(desk.tenant.database, desk.tenant.settings)
        settings = f"/v1/programs/{desk.scene.program.id}/needs-settings"
        usual = (await desk.api.get(settings, key=desk.manager)).json()
        assert (usual["is_default"], usual["time_zone"]) == (True, "Asia/Jerusalem")
        assert usual["working_days"] == [1, 2, 3, 4, 7]
        put = await desk.api.request("PUT", settings, key=desk.manager, json={"first_response_hours": 4})
        assert (put.status_code, put.json()["is_default"]) == (201, False)
        need = (await desk.ask()).json()
        await needs.escalate(tools)
        assert await desk.letters(desk.owner[0], MessageKind.NEED_OVERDUE) == []
        await db.move_clock(desk.tenant.settings.database_url, by=timedelta(days=6))
        await needs.escalate(tools)
        await needs.escalate(tools)
        (letter,) = await desk.letters(desk.owner[0], MessageKind.NEED_OVERDUE)
        # The owner is told what waits and with whom, not who asked for what.
        assert desk.content[0].display_name in letter
        assert desk.person[0].display_name not in letter
        assert WORDS not in letter
        path = f"/v1/programs/{desk.scene.program.id}/needs-summary"
        report = (await desk.api.get(path, key=desk.manager)).json()
        assert (report["sent"], report["answered"], report["unanswered_beyond_promise"]) == (1, 0, 1)
        assert (await desk.api.get(f"/v1/me/needs/{need['id']}", key=desk.person[1])).json()["is_overdue"]

        await desk.api.post(f"/v1/needs/{need['id']}/messages", key=desk.content[1], json={"text": "סליחה על העיכוב."})
        report = (await desk.api.get(path, key=desk.manager)).json()
        assert (report["answered"], report["answered_in_time"], report["unanswered_beyond_promise"]) == (1, 0, 0)
        assert report["median_first_response_hours"] > 100

    async def test_hours_that_are_none_are_refused(self, desk: Desk) -> None:
        settings = f"/v1/programs/{desk.scene.program.id}/needs-settings"
        body = {"first_response_hours": 4, "opens_at": "17:00", "closes_at": "09:00"}
        refused = await desk.api.request("PUT", settings, key=desk.manager, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "closes_first")
        assert (await desk.api.request("PUT", settings, key=desk.content[1], json=body)).status_code == 403
