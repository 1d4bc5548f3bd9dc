"""Proposals over HTTP: an employee says what and why, gets an answer in time, and never approves their own work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.core.audit.models import AuditEntry
from services.core.communication.models import Message
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Function, Program, ProgramState, Responsibility
from services.core.proposals.models import Proposal
from services.scheduler.jobs import communication, content
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant


@pytest.fixture
async def program(tenant: Tenant) -> Program:
    """A program in Hebrew and English."""
    made = Program(
        organization_id=tenant.id, name="Voices", state=ProgramState.QUIET, languages=["en", "he"],
        default_language=Language.EN, networks=["linkedin"],
    )  # fmt: skip
    async with tenant.database.transaction(tenant.id) as session:
        session.add(made)
    return made


def proposal(program: Program, **values: Any) -> dict[str, Any]:
    """What somebody proposes."""
    return {
        "program_id": str(program.id),
        "title": "Our apprentices won a prize",
        "why": "It shows that one can begin here.",
        "url": "https://lumen.example/apprentices",
        **values,
    }


async def last_mail(tenant: Tenant, kind: str) -> str:
    """The words of the one message of a kind."""
    (message,) = [row for row in await tenant.rows(Message) if row.kind == kind]
    await communication.send(Tools(tenant.database, tenant.settings), tenant.id, message.id)
    outbox = Path(tenant.settings.data_dir) / "outbox"
    return next(path.read_text() for path in outbox.rglob("*") if str(message.id) in path.name)


class TestProposing:
    async def test_an_employee_proposes_and_is_promised_an_answer(
        self, api: Api, tenant: Tenant, program: Program
    ) -> None:
        employee, key = await tenant.person()
        made = await api.post("/v1/me/proposals", key=key, json=proposal(program))
        assert made.status_code == 201, made.text
        body = made.json()
        assert (body["state"], body["answer"], body["employee_id"]) == ("open", None, str(employee.id))
        async with tenant.database.transaction(tenant.id) as session:
            wait = (await session.get(Proposal, (tenant.id, made.json()["id"]))).answer_due_at - await db.now(session)  # type: ignore[union-attr]
        assert timedelta(days=6, hours=23) < wait <= timedelta(days=7)
        (row,) = await tenant.rows(Proposal)
        assert b"apprentices" not in row.sealed_content

    async def test_it_needs_a_page_or_a_text_and_why(self, api: Api, tenant: Tenant, program: Program) -> None:
        _, key = await tenant.person()
        for wrong in ({"url": None}, {"why": "..."}, {"url": "http://intranet/x"}):
            answer = await api.post("/v1/me/proposals", key=key, json=proposal(program, **wrong))
            assert answer.status_code == 422, answer.text

    async def test_nobody_floods_the_editors(self, api: Api, tenant: Tenant, program: Program) -> None:
        _, key = await tenant.person()
        codes = [(await api.post("/v1/me/proposals", key=key, json=proposal(program))).status_code for _ in range(11)]
        assert codes == [201] * 10 + [409]

    async def test_colleagues_see_nothing_of_it(self, api: Api, tenant: Tenant, program: Program) -> None:
        _, key = await tenant.person()
        made = (await api.post("/v1/me/proposals", key=key, json=proposal(program))).json()
        _, colleague = await tenant.person()
        assert (await api.get(f"/v1/me/proposals/{made['id']}", key=colleague)).status_code == 404
        assert (await api.get("/v1/me/proposals", key=colleague)).json()["data"] == []
        for path in ("/v1/proposals", f"/v1/proposals/{made['id']}"):
            assert (await api.get(path, key=colleague)).status_code == 403
        _, elsewhere = await tenant.person(Role.EDITOR, program_id=(await other_program(tenant)).id)
        assert (await api.get("/v1/proposals", key=elsewhere)).json()["data"] == []
        assert (await api.get(f"/v1/proposals/{made['id']}", key=elsewhere)).status_code == 403


async def other_program(tenant: Tenant) -> Program:
    """Another one."""
    made = Program(organization_id=tenant.id, name="Other", languages=["en"], default_language=Language.EN)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(made)
    return made


class TestAnswer:
    async def test_an_accepted_one_is_a_draft_that_its_proposer_cannot_approve(
        self, api: Api, tenant: Tenant, program: Program
    ) -> None:
        employee, key = await tenant.person(Role.APPROVER)
        made = (await api.post("/v1/me/proposals", key=key, json=proposal(program, language="he"))).json()
        _, editor = await tenant.person(Role.EDITOR)
        done = await api.post(
            f"/v1/proposals/{made['id']}/accept", key=editor, json={"answer": "Thank you, next week."}
        )
        assert done.status_code == 200, done.text
        item_id = done.json()["item_id"]
        item = (await api.get(f"/v1/content-items/{item_id}", key=editor)).json()
        assert (item["state"], item["author_employee_id"]) == ("draft", str(employee.id))
        assert item["source"]["kind"] == "proposal"
        await api.post(
            f"/v1/content-items/{item_id}/variants",
            key=editor,
            json={
                "network": "linkedin", "language": "en", "text": "A prize.", "why_share": "It shows that it works.",
                "link_title": "A prize",
            },
        )  # fmt: skip
        assert (await api.post(f"/v1/content-items/{item_id}/submit", key=editor)).status_code == 200
        own = await api.post(f"/v1/content-items/{item_id}/reviews", key=key, json={"decision": "approved"})
        assert (own.status_code, own.json()["code"]) == (409, "own_work")
        seen = (await api.get(f"/v1/me/proposals/{made['id']}", key=key)).json()
        assert (seen["state"], seen["answer"], seen["item_state"]) == (
            "accepted", "Thank you, next week.", "in_review",
        )  # fmt: skip
        again = await api.post(f"/v1/proposals/{made['id']}/decline", key=editor, json={"answer": "No after all."})
        assert (again.status_code, again.json()["code"]) == (409, "proposal_answered")

    @pytest.mark.parametrize(("locale", "words"), [("en", "not taken up this time"), ("he", "הפעם היא לא תקודם")])
    async def test_a_declined_one_is_answered_in_words_of_the_persons_language(
        self, api: Api, tenant: Tenant, program: Program, locale: str, words: str
    ) -> None:
        _, key = await tenant.person(locale=locale)
        made = (await api.post("/v1/me/proposals", key=key, json=proposal(program))).json()
        _, editor = await tenant.person(Role.EDITOR)
        wordless = await api.post(f"/v1/proposals/{made['id']}/decline", key=editor, json={"answer": "-"})
        assert wordless.status_code == 422
        done = await api.post(
            f"/v1/proposals/{made['id']}/decline", key=editor, json={"answer": "A similar one ran on Monday."}
        )
        assert (done.status_code, done.json()["state"]) == (200, "declined")
        mail = await last_mail(tenant, "proposal_declined")
        assert words in mail
        assert "A similar one ran on Monday." in mail
        after = [row.after for row in await tenant.rows(AuditEntry) if row.action == "proposal.declined"]
        assert after == [{}]

    async def test_a_text_without_a_page_needs_one_to_become_a_draft(
        self, api: Api, tenant: Tenant, program: Program
    ) -> None:
        _, key = await tenant.person()
        made = (
            await api.post("/v1/me/proposals", key=key, json=proposal(program, url=None, text="They built a bridge."))
        ).json()
        _, editor = await tenant.person(Role.EDITOR)
        path = f"/v1/proposals/{made['id']}/accept"
        assert (await api.post(path, key=editor, json={"answer": "Thank you!"})).status_code == 422
        done = await api.post(
            path, key=editor, json={"answer": "Thank you!", "destination_url": "https://lumen.example/bridge"}
        )
        assert done.status_code == 200

    async def test_who_answers_for_content_is_told_once_when_the_promised_time_has_passed(
        self, api: Api, tenant: Tenant, program: Program
    ) -> None:
        owner = await tenant.employee()
        async with tenant.database.transaction(tenant.id) as session:
            session.add(
                Responsibility(
                    organization_id=tenant.id, program_id=program.id, function=Function.CONTENT, employee_id=owner.id
                )
            )
        _, key = await tenant.person()
        made = (await api.post("/v1/me/proposals", key=key, json=proposal(program))).json()
        tools = Tools(tenant.database, tenant.settings)
        await content.remind_of_proposals(tools)
        await db.move_clock(tenant.settings.database_url, by=timedelta(days=7, minutes=1))
        for _ in range(2):
            await content.remind_of_proposals(tools)
        told = [row for row in await tenant.rows(Message) if row.kind == "proposal_waits"]
        assert [row.employee_id for row in told] == [owner.id]
        overdue = await api.get("/v1/proposals?overdue=true", key=tenant.owner_key)
        assert [one["id"] for one in overdue.json()["data"]] == [made["id"]]
