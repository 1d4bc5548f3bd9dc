"""A program that takes people in, its manager, and the steps of an invitation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.employees.models import Employee
from services.core.employees.service import get_employee
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.policies.models import Policy, PolicyVersion, VersionState
from services.core.programs.models import Program, ProgramState
from tests.fixtures.api import Api, Tenant


@dataclass
class Desk:
    """A program's manager and what they do over HTTP."""

    api: Api
    tenant: Tenant
    program: Program
    manager: str

    @property
    def path(self) -> str:
        """The program's address."""
        return f"/v1/programs/{self.program.id}"

    async def set_state(self, state: ProgramState) -> None:
        """Move the program behind everybody's back."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            program = await session.get(Program, (self.tenant.id, self.program.id))
            assert program is not None
            program.state = state
            session.add(program)

    async def persona(self, *, etag: str | None = None, key: str | None = None, **criteria: Any) -> httpx2.Response:
        """Say whom the program looks for."""
        return await self.api.request(
            "PUT",
            f"{self.path}/persona",
            key=key or self.manager,
            headers={"If-Match": etag} if etag else {},
            json={"description": "Curious people", "criteria": criteria},
        )

    async def candidates(self, **query: Any) -> list[dict[str, Any]]:
        """The program's candidates."""
        answer = await self.api.get(f"{self.path}/candidates", key=self.manager, params=query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def invite(self, employee: Employee, **values: Any) -> httpx2.Response:
        """The manager asks somebody."""
        body = {"employee_id": str(employee.id), **values}
        return await self.api.post(f"{self.path}/invitations", key=self.manager, json=body)

    async def invited(self, **fields: Any) -> tuple[Employee, str, str]:
        """Somebody with a key of their own and an invitation: employee, key, invitation id."""
        employee, key = await self.tenant.person(**fields)
        answer = await self.invite(employee)
        assert answer.status_code == 201, answer.text
        return employee, key, str(answer.json()["id"])

    async def answer(self, invitation_id: str, verb: str, *, key: str, **options: Any) -> httpx2.Response:
        """Say yes or no."""
        return await self.api.post(f"/v1/invitations/{invitation_id}/{verb}", key=key, **options)

    async def publish_policy(self) -> PolicyVersion:
        """A policy of the program, in force."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            policy = Policy(organization_id=self.tenant.id, program_id=self.program.id, title="How we speak")
            session.add(policy)
            await session.flush()
            version = PolicyVersion(
                organization_id=self.tenant.id,
                policy_id=policy.id,
                number=1,
                state=VersionState.PUBLISHED,
                texts={"en": {"summary": "Hello."}, "he": {"summary": "שלום."}},
                written_by=policy.id,
            )
            session.add(version)
        return version

    async def letters(self) -> list[tuple[UUID, str]]:
        """Who was written to, and what."""
        messages = await self.tenant.rows(Message)
        found = []
        async with self.tenant.database.transaction(self.tenant.id) as session:
            for message in messages:
                employee = await get_employee(session, message.employee_id)
                mail = await communication.render(session, message, employee, settings=self.tenant.settings)
                found.append((employee.id, mail.get_content()))
        return found

    async def link(self) -> str:
        """The path of the one-time link in the last letter."""
        (*_, (_, body)) = await self.letters()
        found = re.search(r"http://127\.0\.0\.1:8000(/join/\w+)", body)
        assert found is not None
        return found[1]


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """The desk of a designed program in English and Hebrew."""
    async with tenant.database.transaction(tenant.id) as session:
        program = Program(
            organization_id=tenant.id,
            name="Lumen <Voices>",
            state=ProgramState.DESIGNED,
            languages=["en", "he"],
            default_language=Language.EN,
        )
        session.add(program)
    _, manager = await tenant.person(Role.PROGRAM_MANAGER, department="Office", country="FR")
    return Desk(api, tenant, program, manager)
