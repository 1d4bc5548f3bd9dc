"""A running program with writers, reviewers and ambassadors around its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.employees.models import Employee
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Program, ProgramState
from tests.fixtures.api import Api, Tenant


@dataclass
class Desk:
    """The people around a program's content, and the steps they take over HTTP."""

    api: Api
    tenant: Tenant
    program: Program
    editor: str
    approver: str
    second_approver: str
    manager: str

    async def ambassador(
        self, *, language: Language = Language.EN, state: AmbassadorState = AmbassadorState.ACTIVE, **fields: Any
    ) -> tuple[Employee, str]:
        """Somebody in the program, with a key of their own."""
        employee = await self.tenant.employee(**fields)
        await self.join(employee, language=language, state=state)
        return employee, await self.tenant.key_of(employee)

    async def join(
        self, *employees: Employee, language: Language = Language.EN, state: AmbassadorState = AmbassadorState.ACTIVE
    ) -> None:
        """Make people ambassadors of the program."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            session.add_all(
                Ambassador(
                    organization_id=self.tenant.id, program_id=self.program.id, employee_id=employee.id, state=state,
                    language=language,
                )
                for employee in employees
            )  # fmt: skip

    async def set_program(self, **values: Any) -> None:
        """Change the program behind everybody's back."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            program = await session.get(Program, (self.tenant.id, self.program.id))
            assert program is not None
            for name, value in values.items():
                setattr(program, name, value)
            session.add(program)

    async def other_program(self) -> UUID:
        """Another program of the same organization."""
        return (await make_program(self.tenant, name="Other")).id

    def body(self, **values: Any) -> dict[str, Any]:
        """What a draft is made from."""
        return {
            "program_id": str(self.program.id),
            "title": "A school that runs on sunlight",
            "destination_url": "https://lumen.example/stories/solar-school",
            **values,
        }

    def wording(self, **values: Any) -> dict[str, Any]:
        """What a variant is made from."""
        return {
            "network": "linkedin",
            "language": "en",
            "text": "We put 240 panels on a school roof.",
            "why_share": "It shows what our field teams do for a whole town.",
            "link_title": "A school that runs on sunlight",
            **values,
        }

    async def draft(self, **values: Any) -> str:
        """The id of a new draft."""
        made = await self.api.post("/v1/content-items", key=self.editor, json=self.body(**values))
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def variant(self, item_id: str, **values: Any) -> httpx2.Response:
        """Word an item."""
        return await self.api.post(
            f"/v1/content-items/{item_id}/variants", key=self.editor, json=self.wording(**values)
        )

    async def in_review(self, *languages: str, **values: Any) -> str:
        """The id of an item that was sent to review, in English and ``languages``."""
        item_id = await self.draft(**values)
        for language in ("en", *languages):
            made = await self.variant(item_id, language=language, **({"text": HEBREW} if language == "he" else {}))
            assert made.status_code == 201, made.text
        sent = await self.act(item_id, "submit", key=self.editor)
        assert sent.status_code == 200, sent.text
        return item_id

    async def approve(self, item_id: str, *, key: str | None = None) -> httpx2.Response:
        """A reviewer's yes."""
        return await self.act(item_id, "reviews", key=key or self.approver, json={"decision": "approved"})

    async def approved(self, *languages: str, **values: Any) -> str:
        """The id of an item that one reviewer approved."""
        item_id = await self.in_review(*languages, **values)
        assert (await self.approve(item_id)).status_code == 201
        return item_id

    async def act(self, item_id: str, verb: str, *, key: str, **options: Any) -> httpx2.Response:
        """POST to one of an item's verbs."""
        return await self.api.post(f"/v1/content-items/{item_id}/{verb}", key=key, **options)

    async def offer(self, item_id: str) -> httpx2.Response:
        """The manager offers an item."""
        return await self.act(item_id, "offer", key=self.manager)

    async def state(self, item_id: str) -> str:
        """The state of an item."""
        return str((await self.api.get(f"/v1/content-items/{item_id}", key=self.editor)).json()["state"])


HEBREW = "התקנו 240 פאנלים על גג של בית ספר (Solar 2.0)."


async def make_program(tenant: Tenant, **values: Any) -> Program:
    """A program that runs quietly on LinkedIn, in English first."""
    async with tenant.database.transaction(tenant.id) as session:
        program = Program(
            organization_id=tenant.id,
            **{
                "name": "Lumen Voices",
                "state": ProgramState.QUIET,
                "languages": ["en", "he"],
                "default_language": Language.EN,
                "networks": ["linkedin", "share_link"],
                **values,
            },
        )
        session.add(program)
    return program


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """The desk of a running program."""
    program = await make_program(tenant)
    keys = [
        (await tenant.person(role))[1] for role in (Role.EDITOR, Role.APPROVER, Role.APPROVER, Role.PROGRAM_MANAGER)
    ]
    return Desk(api, tenant, program, *keys)
