"""A program that teaches, and the people in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.content.models import Offer
from services.core.employees import service as employees
from services.core.employees.models import Employee
from services.core.kit import db, jobs
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.scheduler.jobs import training
from services.scheduler.worker.engine import HANDLERS
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, make_scene
from tests.fixtures.api import Api, Tenant

QUIZ: dict[str, Any] = {
    "questions": [
        {
            "id": "q1",
            "text": {"en": "Whose opinion is it?", "he": "של מי הדעה?"},
            "options": [
                {"id": "a", "text": {"en": "Mine", "he": "שלי"}},
                {"id": "b", "text": {"en": "The company's", "he": "של החברה"}},
            ],
            "correct": ["a"],
        },
        {
            "id": "q2",
            "text": {"en": "What may you show?", "he": "מה מותר להראות?"},
            "options": [
                {"id": "a", "text": {"en": "The office", "he": "המשרד"}},
                {"id": "b", "text": {"en": "The team, if they agree", "he": "הצוות, אם הסכימו"}},
                {"id": "c", "text": {"en": "A customer's file", "he": "תיק לקוח"}},
            ],
            "correct": ["a", "b"],
        },
    ],
    "pass_percent": 80,
    "attempts_limit": 2,
    "attempts_days": 7,
}
RIGHT = {"q1": ["a"], "q2": ["b", "a"]}
WRONG = {"q1": ["b"], "q2": ["a", "b", "c"]}


@dataclass
class School:
    """What is taught, and by whom it is organized."""

    api: Api
    tenant: Tenant
    scene: Scene
    tools: Tools
    manager: str
    _done: set[int] = field(default_factory=set)

    @property
    def program_id(self) -> str:
        """The program's id."""
        return str(self.scene.program.id)

    async def member(
        self, *, locale: str = "en", state: AmbassadorState = AmbassadorState.ACTIVE, **fields: Any
    ) -> tuple[Employee, str]:
        """Somebody in the program, with a key of their own."""
        employee, key = await self.tenant.person(locale=locale, **fields)
        async with self.tenant.database.transaction(self.tenant.id) as session:
            session.add(
                Ambassador(
                    organization_id=self.tenant.id, program_id=self.scene.program.id, employee_id=employee.id,
                    state=state, language=Language(locale), joined_at=await db.now(session),
                )
            )  # fmt: skip
        return employee, key

    async def module(self, **fields: Any) -> dict[str, Any]:
        """A module of the program."""
        body = {
            "program_id": self.program_id,
            "topic": "marketing_writing",
            "title": {"en": "Writing for networks", "he": "כתיבה לרשתות"},
            **fields,
        }
        answer = await self.api.post("/v1/training-modules", key=self.manager, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def curriculum(self, *modules: dict[str, Any]) -> httpx2.Response:
        """Say what the program teaches."""
        return await self.api.request(
            "PUT", f"/v1/programs/{self.program_id}/curriculum", key=self.manager, headers={"If-Match": "*"},
            json={"modules": list(modules)},
        )  # fmt: skip

    async def gate(self, **fields: Any) -> dict[str, Any]:
        """A module with a quiz that comes before sharing."""
        module = await self.module(quiz=QUIZ, **fields)
        answer = await self.curriculum({"module_id": module["id"], "gates_sharing": True})
        assert answer.status_code == 200, answer.text
        await self.work()
        return module

    async def session(self, module: dict[str, Any], *, days: int = 10, **fields: Any) -> httpx2.Response:
        """Plan a session, at ten in the morning in Jerusalem."""
        day = (await self.now() + timedelta(days=days)).date()
        body = {
            "module_id": module["id"],
            "program_id": self.program_id,
            "starts_local": f"{day}T10:00:00",
            "ends_local": f"{day}T12:00:00",
            "time_zone": "Asia/Jerusalem",
            "place": "Room 4",
            "seats": 2,
            "trainer": "Noa Levi",
            "language": "he",
            **fields,
        }
        return await self.api.post("/v1/training-sessions", key=self.manager, json=body)

    async def budget(self, amount: int, currency: str = "ILS") -> httpx2.Response:
        """Set what may be spent."""
        return await self.api.request(
            "PUT", f"/v1/programs/{self.program_id}/training-budget", key=self.manager, headers={"If-Match": "*"},
            json={"amount": amount, "currency": currency},
        )  # fmt: skip

    async def enrol(self, session_id: str, key: str) -> httpx2.Response:
        """Take a seat."""
        return await self.api.post("/v1/me/training-enrolments", key=key, json={"session_id": session_id})

    async def attend(self, session_id: str, *people: Employee) -> httpx2.Response:
        """Write down who was there."""
        return await self.api.request(
            "PUT", f"/v1/training-sessions/{session_id}/attendance", key=self.manager, headers={"If-Match": "*"},
            json={"attended": [str(one.id) for one in people]},
        )  # fmt: skip

    async def answer(self, module: dict[str, Any], key: str, answers: dict[str, list[str]] = RIGHT) -> httpx2.Response:
        """Answer the quiz."""
        path = f"/v1/me/training-modules/{module['id']}/quiz-attempts"
        return await self.api.post(path, key=key, json={"answers": answers})

    async def share(self, employee: Employee, key: str, **headers: str) -> httpx2.Response:
        """Begin to share an item that is offered to them."""
        other = await make_scene(self.tenant, title="Another story")
        async with self.tenant.database.transaction(self.tenant.id) as session:
            item = await session.merge(other.item)
            item.program_id = self.scene.program.id
            offer = Offer(
                organization_id=self.tenant.id,
                program_id=self.scene.program.id,
                item_id=item.id,
                employee_id=employee.id,
                language=Language.EN,
            )
            session.add(offer)
        return await self.api.post("/v1/me/shares", key=key, json={"offer_id": str(offer.id)}, headers=headers)

    async def mine(self, key: str, **headers: str) -> dict[str, Any]:
        """The first module of a person's training, as they read it."""
        answer = await self.api.get("/v1/me/training", key=key, headers=headers)
        assert answer.status_code == 200, answer.text
        module: dict[str, Any] = answer.json()["data"][0]["modules"][0]
        return module

    async def now(self) -> datetime:
        """The product's time."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            return await db.now(session)

    async def later(self, by: timedelta) -> None:
        """Let time go by."""
        async with self.tenant.database.hot(None) as connection:
            ahead = await connection.fetchval("select advocacy_now() - clock_timestamp()")
        await db.move_clock(self.tools.settings.database_url, by=ahead + by)

    async def work(self) -> None:
        """Let the jobs of training that are in the queue do their work, and the recurring ones."""
        connection = await db.connect(self.tools.settings.database_url)
        try:
            rows = await connection.fetch(
                "select id, entrypoint, payload from pgqueuer where entrypoint like 'training.%' order by id"
            )
        finally:
            await connection.close()
        for row in rows:
            if row["id"] not in self._done:
                self._done.add(row["id"])
                await HANDLERS[row["entrypoint"]](self.tools, *jobs.decode(row["payload"]))
        await training.lapse(self.tools)
        await training.remind(self.tools)

    async def mails(self, employee: Employee, kind: MessageKind | None = None) -> list[EmailMessage]:
        """The mails that somebody was sent, the first one first."""
        rows = [row for row in await self.tenant.rows(Message) if row.employee_id == employee.id]
        found = []
        for row in sorted(rows, key=lambda row: row.id):
            if kind is None or row.kind == kind:
                async with self.tenant.database.transaction(self.tenant.id) as session:
                    person = await employees.get_employee(session, employee.id)
                    found.append(await communication.render(session, row, person, settings=self.tenant.settings))
        return found


@pytest.fixture
async def school(api: Api, tenant: Tenant) -> School:
    """A program that is launched quietly, with a manager."""
    scene = await make_scene(tenant)
    _, manager = await tenant.person(Role.PROGRAM_MANAGER)
    return School(api, tenant, scene, Tools(tenant.database, tenant.settings), manager)


def text_of(mail: EmailMessage) -> str:
    """The words of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["Subject"]) + "\n" + str(body.get_content())
