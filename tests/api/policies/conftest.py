"""A program, and the people who write, publish and read its policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from services.core.kit.texts import Language
from services.core.organizations.models import Role
from services.core.programs.models import Program, ProgramState
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

    async def policy(self, *, organization_wide: bool = False) -> str:
        """The id of a new policy."""
        body = {"title": "How we speak", **({} if organization_wide else {"program_id": str(self.program.id)})}
        made = await self.api.post("/v1/policies", key=self.editor, json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def draft(self, policy_id: str, **values: Any) -> httpx2.Response:
        """Write a version, complete unless told otherwise."""
        body = {"texts": {"en": ENGLISH, "he": HEBREW}, "rules": [RULE], **values}
        return await self.api.post(f"/v1/policies/{policy_id}/versions", key=self.editor, json=body)

    async def publish(self, policy_id: str, version_id: str, *, key: str | None = None) -> httpx2.Response:
        """Put a version into force."""
        return await self.api.post(f"/v1/policies/{policy_id}/versions/{version_id}/publish", key=key or self.approver)

    async def published(self, policy_id: str, **values: Any) -> str:
        """The id of a version that is in force."""
        version_id = str((await self.draft(policy_id, **values)).json()["id"])
        answer = await self.publish(policy_id, version_id)
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

    async def check(self, text: str, *, language: str = "en", key: str | None = None) -> httpx2.Response:
        """What stands against a text."""
        return await self.api.post(
            "/v1/policy-checks",
            key=key or self.reader,
            json={"program_id": str(self.program.id), "text": text, "language": language},
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
    keys = [(await tenant.person(role))[1] for role in (Role.EDITOR, Role.APPROVER, Role.PROGRAM_MANAGER)]
    return Desk(api, tenant, program, *keys, (await tenant.person())[1])
