"""A program, and the people who write, publish and read its policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
import pytest

from services.core.employees.models import Employee
from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Function, Program, ProgramState, Responsibility
from tests.fixtures.api import Api, Tenant

ENGLISH = {"summary": "Speak as yourself.", "dos": ["Say that you work here."], "donts": ["Promise returns."]}
HEBREW = {"summary": "דברו בשמכם.", "dos": ["ציינו שאתם עובדים כאן."], "donts": ["אל תבטיחו תשואות."]}
RULE = {
    "kind": "forbidden_phrase",
    "phrases": ["guaranteed returns", "תשואה מובטחת"],
    "message": {"en": "We promise no returns.", "he": "איננו מבטיחים תשואות."},
}


@dataclass
class Desk:
    """The people around a policy, and the steps they take over HTTP."""

    api: Api
    tenant: Tenant
    program: Program
    editor: str
    approver: str
    manager: str
    reader: str
    #: Who answers for the policy, and the spokesperson: people with their keys, and no role.
    policy_owner: tuple[Employee, str]
    spokesperson: tuple[Employee, str]

    async def policy(self, *, organization_wide: bool = False) -> str:
        """The id of a new policy."""
        body = {"title": "How we speak", **({} if organization_wide else {"program_id": str(self.program.id)})}
        made = await self.api.post("/v1/policies", key=self.editor, json=body)
        assert made.status_code == 201, made.text
        policy_id = str(made.json()["id"])
        if organization_wide:
            await self.name_approvers(policy_id)
        return policy_id

    async def name_approvers(self, policy_id: str, *, one_person_for_both: bool = False, **people: Any) -> None:
        """The owner of the organization says who approves everybody's policy."""
        people = people or {"policy": self.policy_owner[0], "spokesperson": self.spokesperson[0]}
        answer = await self.api.request(
            "PUT",
            f"/v1/policies/{policy_id}/approval-rules",
            key=self.tenant.owner_key,
            headers={"If-Match": "*"},
            json={
                "approvers": [
                    {"function": function, "employee_id": str(person.id)} for function, person in people.items()
                ],
                "one_person_for_both": one_person_for_both,
            },
        )
        assert answer.status_code == 200, answer.text

    async def answer(
        self, policy_id: str, version_id: str, *, key: str, content_hash: str | None = None, **body: Any
    ) -> httpx2.Response:
        """A holder approves what they have read, unless told otherwise."""
        path = f"/v1/policies/{policy_id}/versions/{version_id}"
        if content_hash is None:
            content_hash = (await self.api.get(path, key=self.approver)).json()["content_hash"]
        body = {"decision": "approved", "content_hash": content_hash, **body}
        return await self.api.post(f"{path}/approvals", key=key, json=body)

    async def approve(self, policy_id: str, version_id: str) -> None:
        """Both functions approve."""
        for _, key in (self.policy_owner, self.spokesperson):
            answer = await self.answer(policy_id, version_id, key=key)
            assert answer.status_code == 201, answer.text

    async def draft(self, policy_id: str, **values: Any) -> httpx2.Response:
        """Write a version, complete unless told otherwise."""
        body = {"texts": {"en": ENGLISH, "he": HEBREW}, "rules": [RULE], **values}
        return await self.api.post(f"/v1/policies/{policy_id}/versions", key=self.editor, json=body)

    async def publish(
        self, policy_id: str, version_id: str, *, key: str | None = None, effective_from: datetime | None = None
    ) -> httpx2.Response:
        """Put a version into force, now or from a moment on."""
        body = {"json": {"effective_from": effective_from.isoformat()}} if effective_from else {}
        path = f"/v1/policies/{policy_id}/versions/{version_id}/publish"
        return await self.api.post(path, key=key or self.approver, **body)

    async def published(self, policy_id: str, *, effective_from: datetime | None = None, **values: Any) -> str:
        """The id of a version that both functions approved and that is in force, or will be."""
        made = await self.draft(policy_id, **values)
        assert made.status_code == 201, made.text
        version_id = str(made.json()["id"])
        await self.approve(policy_id, version_id)
        answer = await self.publish(policy_id, version_id, effective_from=effective_from)
        assert answer.status_code == 200, answer.text
        return version_id

    async def acknowledge(
        self, policy_id: str, version_id: str, *, language: str = "en", key: str | None = None
    ) -> httpx2.Response:
        """The reader agrees."""
        return await self.api.post(
            f"/v1/policies/{policy_id}/acknowledgements",
            key=key or self.reader,
            json={"version_id": version_id, "language": language},
        )

    async def check(self, text: str, *, language: str = "en", key: str | None = None, **body: Any) -> httpx2.Response:
        """What stands against a text."""
        return await self.api.post(
            "/v1/policy-checks",
            key=key or self.reader,
            json={"program_id": str(self.program.id), "text": text, "language": language, **body},
        )


@pytest.fixture
async def desk(api: Api, tenant: Tenant) -> Desk:
    """The desk of a designed program in English and Hebrew."""
    async with tenant.database.transaction(tenant.id) as session:
        program = Program(
            organization_id=tenant.id,
            name="Lumen Voices",
            state=ProgramState.DESIGNED,
            languages=["en", "he"],
            default_language=Language.EN,
        )
        session.add(program)
    return await make_desk(api, tenant, program)


async def make_desk(api: Api, tenant: Tenant, program: Program) -> Desk:
    """The desk of a program."""
    holders = [await tenant.person() for _ in range(2)]
    async with tenant.database.transaction(tenant.id) as session:
        for function, (person, _) in zip((Function.POLICY, Function.SPOKESPERSON), holders, strict=True):
            session.add(
                Responsibility(
                    organization_id=tenant.id, program_id=program.id, function=function, employee_id=person.id
                )
            )
    keys = [(await tenant.person(role))[1] for role in (Role.EDITOR, Role.APPROVER, Role.PROGRAM_MANAGER)]
    return Desk(api, tenant, program, *keys, (await tenant.person())[1], *holders)
