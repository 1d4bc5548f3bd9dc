"""A person with a connected account and one approved post that is due, made as the product would leave them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from connectors.linkedin import connector as linkedin
from connectors.linkedin.simulator import consent
from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.connections import service as connections
from services.core.connections.models import Connection
from services.core.connections.vendors import vendor_context
from services.core.content.models import ContentItem, ItemState, Offer, Variant
from services.core.employees.models import Employee
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.rules import Actor
from services.core.programs.models import Program, ProgramState
from services.core.shares import repository
from services.core.shares import service as shares
from services.core.shares.models import Publication
from tests.fixtures.api import Tenant

TEXT = "We are hiring in Tel Aviv (hybrid) – הצטרפו אלינו! #jobs"
REDIRECT = "http://127.0.0.1:8000/v1/connections/callback/linkedin"


@dataclass(frozen=True)
class Scene:
    """An offered item in a quiet program."""

    program: Program
    item: ContentItem


@dataclass(frozen=True)
class Sharer:
    """An active ambassador with a connected account."""

    employee: Employee
    actor: Actor
    connection: Connection


async def make_scene(tenant: Tenant, *, title: str = "Life at Lumen") -> Scene:
    """A quiet program with one offered item in English."""
    program = Program(
        organization_id=tenant.id,
        name="Pilot",
        state=ProgramState.QUIET,
        languages=["en"],
        default_language=Language.EN,
        networks=["linkedin"],
    )
    item = ContentItem(
        organization_id=tenant.id,
        program_id=program.id,
        title=title,
        destination_url="https://lumen.example/careers",
        state=ItemState.OFFERED,
        author_key_id=new_id(),
        offered_at=datetime.now(UTC),
    )
    variant = Variant(
        organization_id=tenant.id,
        item_id=item.id,
        network="linkedin",
        language=Language.EN,
        text=TEXT,
        why_share="Your friends ask you about it anyway.",
        link_title="Work at Lumen",
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(program)
        await session.flush()
        session.add(item)
        await session.flush()
        session.add(variant)
    return Scene(program, item)


async def make_sharer(tenant: Tenant, scene: Scene, *, connect_to: Settings | None) -> Sharer:
    """An active ambassador; ``connect_to`` names the settings of the simulator to connect an account on."""
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
    if connect_to is None:
        async with tenant.database.transaction(tenant.id) as session:
            connection, _ = await connections.start(
                session, actor, connector="share_link", needs_account=False, settings=tenant.settings
            )
        return Sharer(employee, actor, connection)
    return Sharer(employee, actor, await connect(tenant, actor, employee, connect_to))


async def connect(tenant: Tenant, actor: Actor, employee: Employee, settings: Settings) -> Connection:
    """Link an account on the simulated network by the code flow, and confirm it."""
    async with tenant.database.transaction(tenant.id) as session:
        connection, state = await connections.start(
            session, actor, connector="linkedin", needs_account=True, settings=tenant.settings
        )
    async with vendor_context(settings, "linkedin") as ctx:
        url = linkedin.authorization_url(ctx, state=state or "", redirect_uri=REDIRECT)
        back = await consent(ctx.http, url, member_name=employee.display_name)
        code = dict(part.split("=", 1) for part in back.split("?", 1)[1].split("&"))["code"]
        credentials = await linkedin.exchange_code(ctx, code=code, redirect_uri=REDIRECT)
    async with vendor_context(settings, "linkedin", credentials=credentials) as ctx:
        account = await linkedin.get_account(ctx)
    async with tenant.database.transaction(tenant.id) as session:
        session.add(connection)
        await connections.store_grant(
            session, connection, account=account, credentials=credentials, settings=tenant.settings
        )
        return await connections.confirm(session, actor, connection)


async def draft(tenant: Tenant, scene: Scene, sharer: Sharer) -> tuple[UUID, dict[str, object]]:
    """A drafted share, and the body of its approval for an hour from now."""
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
        local = (await db.now(session) + timedelta(hours=1)).replace(tzinfo=None, microsecond=0)
    body: dict[str, object] = {
        "content_hash": looked.content_hash,
        "connection_id": str(sharer.connection.id),
        "scheduled_local": local.isoformat(),
        "time_zone": "UTC",
    }
    return share.id, body


async def approve_post(
    tenant: Tenant,
    scene: Scene,
    sharer: Sharer,
    *,
    text: str | None = None,
    due_in: timedelta = timedelta(0),
    by_hand: bool = False,
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
        share = await shares.create(session, sharer.actor, offer_id=offer.id, text=text, settings=tenant.settings)
        looked = await shares.view(session, share, settings=tenant.settings)
        now = await db.now(session)
        return await shares.approve(
            session,
            sharer.actor,
            share,
            content_hash=looked.content_hash,
            connection_id=sharer.connection.id,
            by_hand=by_hand,
            networks=("linkedin",),
            local=(now + due_in).replace(tzinfo=None, microsecond=0),
            zone="UTC",
            allow_duplicate=False,
            settings=tenant.settings,
        )


async def read_publication(tenant: Tenant, publication_id: UUID) -> Publication:
    """The publication as it stands."""
    async with tenant.database.transaction(tenant.id) as session:
        return await repository.get_publication(session, publication_id)
