"""A program brought to its quiet launch over HTTP, and a pilot that does in it what people would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from services.core.communication.models import Message, MessageState
from services.core.content.models import ContentItem, ItemState, Variant
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.links.models import TrackedLink
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor
from services.core.policies.models import PolicyVersion, VersionState
from services.core.programs import repository as programs
from services.core.shares.models import Publication
from services.scheduler.jobs import communication, measurement, shares
from services.scheduler.worker.tools import Tools
from tests.factories.programs import name_holders, start, transition
from tests.factories.publications import Scene, Sharer, approve_post, connect
from tests.fixtures.api import Api, Tenant

ALL = ("owner", "content", "policy", "spokesperson", "hr", "data", "support")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
COMMITMENT = {"statement": "אני מאחורי התוכנית.", "budget": 50000, "currency": "ILS", "valid_until": "2099-12-31"}


@dataclass
class Quiet:
    """A program in its quiet launch, with the person who answers for everything in it."""

    api: Api
    tenant: Tenant
    id: str
    manager: Employee
    people: list[tuple[Employee, str]] = field(default_factory=list)

    async def evaluate(self) -> dict[str, Any]:
        """Look at the gates; answer them by name."""
        answer = await self.api.post(f"/v1/programs/{self.id}/gates/evaluate", key=self.tenant.owner_key)
        assert answer.status_code == 200, answer.text
        return {one["gate"]: one for one in answer.json()["gates"]}

    async def gates(self, key: str | None = None, **headers: str) -> dict[str, Any]:
        """How they stood last."""
        path = f"/v1/programs/{self.id}/gates"
        answer = await self.api.get(path, key=key or self.tenant.owner_key, headers=headers)
        assert answer.status_code == 200, answer.text
        return {one["gate"]: one for one in answer.json()["gates"]}

    async def put_pilot(self, *people: Employee, etag: str | None = None, **fields: Any) -> Any:
        """Say who is in the pilot."""
        ends_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        body = {"employee_ids": [str(one.id) for one in people], "max_people": 20, "ends_at": ends_at, **fields}
        headers = {"If-Match": etag} if etag else {}
        path = f"/v1/programs/{self.id}/pilot"
        return await self.api.request("PUT", path, key=self.tenant.owner_key, json=body, headers=headers)

    async def invite(self, employee: Employee) -> Any:
        """Invite somebody."""
        path, body = f"/v1/programs/{self.id}/invitations", {"employee_id": str(employee.id)}
        return await self.api.post(path, key=self.tenant.owner_key, json=body)

    async def bring_in(self, count: int, *, agree: bool = True) -> None:
        """People of the pilot accept an invitation, and agree to the policy."""
        for _ in range(count):
            employee = await self.tenant.employee(locale="he", department="Pilot")
            invited = await self.invite(employee)
            assert invited.status_code == 201, invited.text
            key = await self.tenant.key_of(employee)
            joined = await self.api.post(f"/v1/invitations/{invited.json()['id']}/accept", key=key, json={})
            assert joined.status_code == 200, joined.text
            self.people.append((employee, key))
            if agree:
                await self.agree(key)

    async def agree(self, key: str) -> None:
        """Agree to the policy in force."""
        (version,) = await self.tenant.rows(PolicyVersion)
        body = {"version_id": str(version.id), "language": "he"}
        answer = await self.api.post(f"/v1/policies/{version.policy_id}/acknowledgements", key=key, json=body)
        assert answer.status_code == 201, answer.text

    async def sign(self) -> str:
        """A sponsor stands behind it; answers the sponsor's key."""
        _, key = await self.tenant.person(Role.SPONSOR, display_name="Noa Sponsor")
        path = f"/v1/programs/{self.id}/sponsor-commitments"
        assert (await self.api.post(path, key=key, json=COMMITMENT)).status_code == 201
        return key

    async def plan(self) -> None:
        """Do what the gate of the content plan says."""
        for words in (await self.evaluate())["content_plan"]["todo"]:
            found = re.search(r"PUT (/v1/programs/\S+/periods/[\w-]+)", words)
            assert found is not None, words
            answer = await self.api.request("PUT", found[1], key=self.tenant.owner_key, json={"items": 3})
            assert answer.status_code == 201, answer.text

    async def deliver(self, tools: Tools) -> None:
        """Let the scheduler send what is to be sent."""
        for message in await self.tenant.rows(Message):
            if message.state is MessageState.QUEUED:
                await communication.send(tools, self.tenant.id, message.id)

    async def add_item(self) -> Scene:
        """An item that is offered."""
        item = ContentItem(
            organization_id=self.tenant.id, program_id=UUID(self.id), title="Life at Lumen",
            destination_url="https://lumen.example/careers", state=ItemState.OFFERED, author_key_id=new_id(),
            offered_at=datetime.now(UTC),
        )  # fmt: skip
        variant = Variant(
            organization_id=self.tenant.id, item_id=item.id, network="linkedin", language=Language.EN,
            text="We are hiring in Tel Aviv. זה מקום העבודה שלי.", why_share="Friends ask.", link_title="Work",
        )  # fmt: skip
        async with self.tenant.database.transaction(self.tenant.id) as session:
            program = await programs.get_program(session, UUID(self.id))
            session.add(item)
            await session.flush()
            session.add(variant)
        return Scene(program, item)

    async def post(self, scene: Scene, employee: Employee, settings: Settings, *, publish: bool = True) -> Publication:
        """Somebody connects the simulated network, approves a post, and the scheduler publishes it."""
        actor = Actor(organization_id=self.tenant.id, key_id=new_id(), employee_id=employee.id)
        connection = await connect(self.tenant, actor, employee, settings)
        publication = await approve_post(self.tenant, scene, Sharer(employee, actor, connection))
        if not publish:
            return publication
        tools = Tools(self.tenant.database, settings)
        await shares.publish(tools, self.tenant.id, publication.id)
        await shares.follow_up(tools, self.tenant.id, publication.id)
        return publication

    async def read_numbers(self, publication: Publication, settings: Settings) -> None:
        """The scheduler reads the numbers of a post."""
        await measurement.read(Tools(self.tenant.database, settings), self.tenant.id, publication.id)

    async def follow_link(self, employee: Employee) -> None:
        """A stranger follows the link of somebody's post."""
        async with self.tenant.database.transaction(self.tenant.id) as session:
            link = (await session.exec(select(TrackedLink).where(TrackedLink.employee_id == employee.id))).one()
        answer = await self.api.get(f"/l/{link.code}", headers={"User-Agent": BROWSER})
        assert answer.status_code == 302

    async def launch(self, *, key: str | None = None, **override: str) -> Any:
        """Ask for the loud launch, as the organization's owner unless said otherwise."""
        body: dict[str, Any] = {"to": "loud", **({"override": override} if override else {})}
        path = f"/v1/programs/{self.id}/transitions"
        return await self.api.post(path, key=key or self.tenant.owner_key, json=body)


async def make_quiet(api: Api, tenant: Tenant) -> Quiet:
    """A program from a template, designed and launched quietly; nothing of a pilot yet."""
    manager = await tenant.employee(locale="he")
    made = await start(
        api, tenant, template="employer-branding", languages=["he", "en"], goal_owner_employee_id=str(manager.id)
    )
    await name_holders(api, tenant, made["id"], manager, *ALL)
    async with tenant.database.transaction(tenant.id) as session:
        version = (await session.exec(select(PolicyVersion).where(PolicyVersion.organization_id == tenant.id))).one()
        version.state, version.published_at = VersionState.PUBLISHED, await db.now(session)
        session.add(version)
    for to in ("designed", "quiet"):
        answer = await transition(api, tenant, made["id"], to)
        assert answer.status_code == 200, answer.text
    # The template's hours and distances would make a test depend on the time of day.
    path = f"/v1/programs/{made['id']}/channels/linkedin"
    assert (await api.delete(path, key=tenant.owner_key, etag="*")).status_code == 204
    return Quiet(api, tenant, made["id"], manager)
