"""The demo network in this process, and posts to it whose outcome is unknown."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2

from connectors.demo.simulator import DemoSimulator, create_simulator
from connectors.sdk.testing.simulator import Fault, running
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.connections import service as connections
from services.core.content.models import ContentItem, ItemState, Offer, Variant
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.rules import Actor
from services.core.programs.models import Program, ProgramState
from services.core.shares import repository
from services.core.shares import service as shares
from services.core.shares.models import Evidence, EvidenceKind, Publication
from services.scheduler.jobs import shares as sending
from services.scheduler.worker.tools import Tools
from tests.factories.publications import Scene, Sharer
from tests.fixtures.api import Tenant

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"the demo network and we know it").decode()


@dataclass(frozen=True)
class DemoNetwork:
    """A running demo network, and the settings that lead to it."""

    simulator: DemoSimulator
    address: str
    settings: Settings

    def break_next(self, operation: str, kind: str, **details: object) -> None:
        """Let the next call of an operation fail."""
        self.simulator.faults.add(Fault.parse({"operation": operation, "kind": kind, **details}))

    @property
    def posts(self) -> list[dict[str, object]]:
        """What it has."""
        found = self.simulator.state()["posts"]
        assert isinstance(found, list)
        return found

    async def accept(self, publication: Publication, *, text: str = "Late, but there") -> None:
        """Commit the POST of a publication now, as a vendor does that was slow."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(
                f"{self.address}/posts", json={"text": text}, headers={"Idempotency-Key": str(publication.id)}
            )
        assert answer.status_code == 201, answer.text


@asynccontextmanager
async def open_demo_network(settings: Settings) -> AsyncIterator[DemoNetwork]:
    """The demo network over real HTTP."""
    simulator = create_simulator()
    async with running(simulator) as addresses:
        values = {"api_url": addresses["api"], "webhook_secret": WEBHOOK_SECRET}
        yield DemoNetwork(simulator, addresses["api"], settings.model_copy(update={"connectors": {"demo": values}}))


async def make_demo_scene(tenant: Tenant) -> Scene:
    """A quiet program with one item offered for the demo network."""
    program = Program(
        organization_id=tenant.id,
        name="Pilot",
        state=ProgramState.QUIET,
        languages=["en"],
        default_language=Language.EN,
        networks=["demo"],
    )
    item = ContentItem(
        organization_id=tenant.id,
        program_id=program.id,
        title="Life at Lumen",
        destination_url="https://lumen.example/careers",
        state=ItemState.OFFERED,
        author_key_id=new_id(),
        offered_at=datetime.now(UTC),
    )
    variant = Variant(
        organization_id=tenant.id,
        item_id=item.id,
        network="demo",
        language=Language.EN,
        text="We are hiring in Tel Aviv – הצטרפו אלינו!",
        why_share="Your friends ask you about it anyway.",
        link_title="Work at Lumen",
    )
    async with tenant.database.transaction(tenant.id) as session:
        for row in (program, item, variant):
            session.add(row)
            await session.flush()
    return Scene(program, item)


async def make_demo_sharer(tenant: Tenant, scene: Scene) -> Sharer:
    """An active ambassador with a connection to the demo network."""
    employee = await tenant.employee()
    actor = Actor(organization_id=tenant.id, key_id=new_id(), employee_id=employee.id)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(
            Ambassador(
                organization_id=tenant.id,
                program_id=scene.program.id,
                employee_id=employee.id,
                state=AmbassadorState.ACTIVE,
                language=Language.EN,
                joined_at=await db.now(session),
            )
        )
        connection, _ = await connections.start(
            session, actor, connector="demo", needs_account=False, settings=tenant.settings
        )
    return Sharer(employee, actor, connection)


async def approve_demo_post(
    tenant: Tenant, scene: Scene, sharer: Sharer, *, due_in: timedelta = timedelta(0)
) -> Publication:
    """The person's approved post, due now or later."""
    async with tenant.database.transaction(tenant.id) as session:
        offer = Offer(
            organization_id=tenant.id,
            program_id=scene.program.id,
            item_id=scene.item.id,
            employee_id=sharer.employee.id,
            language=Language.EN,
        )
        session.add(offer)
        await session.flush()
        share = await shares.create(session, sharer.actor, offer_id=offer.id, text=None, settings=tenant.settings)
        looked = await shares.view(session, share, settings=tenant.settings)
        now = await db.now(session)
        return await shares.approve(
            session,
            sharer.actor,
            share,
            content_hash=looked.content_hash,
            connection_id=sharer.connection.id,
            by_hand=False,
            networks=("demo",),
            local=(now + due_in).replace(tzinfo=None, microsecond=0),
            zone="UTC",
            allow_duplicate=False,
            settings=tenant.settings,
        )


async def lose(tools: Tools, network: DemoNetwork, publication: Publication, *, is_there: bool) -> Publication:
    """Send it, and lose the answer; the network has it or does not."""
    network.break_next("create_post", "lose_answer" if is_there else "lose_request")
    await sending.publish(tools, publication.organization_id, publication.id)
    return await read(tools, publication)


async def read(tools: Tools, publication: Publication) -> Publication:
    """The publication as it stands."""
    async with tools.database.transaction(publication.organization_id) as session:
        return await repository.get_publication(session, publication.id)


async def evidence_of(tools: Tools, organization_id: UUID, publication_id: UUID) -> list[Evidence]:
    """What is known about it, without the outcome of the sending itself."""
    async with tools.database.transaction(organization_id) as session:
        facts = await repository.list_evidence(session, publication_id)
    return [fact for fact in facts if fact.kind is not EvidenceKind.VENDOR_ANSWER]
