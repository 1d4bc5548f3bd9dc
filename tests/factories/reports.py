"""A program in which something has happened: members of departments, their published posts, clicks and readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from services.core.ambassadors.models import Ambassador, AmbassadorState
from services.core.connections.models import Connection, ConnectionState
from services.core.content.models import ContentItem, ItemState, Offer
from services.core.employees.models import Employee
from services.core.goals.models import Goal, Heading
from services.core.kit import db
from services.core.kit.ids import new_id
from services.core.kit.texts import Language
from services.core.links.models import Click, ClickKind, TrackedLink
from services.core.measurement.models import MetricSnapshot
from services.core.programs.models import GoalKind
from services.core.shares.models import Consent, Publication, PublicationState, Share, ShareState
from tests.factories.publications import Scene
from tests.fixtures.api import Tenant


@dataclass(frozen=True)
class Member:
    """Somebody in the program, with an account to post with."""

    employee: Employee
    connection: Connection


@dataclass
class Post:
    """A published post and its link."""

    publication: Publication
    link: TrackedLink
    clicks: list[Click] = field(default_factory=list)


async def add_members(
    tenant: Tenant,
    scene: Scene,
    departments: Mapping[str, int],
    *,
    joined_at: datetime | None = None,
    **fields: Any,
) -> dict[str, list[Member]]:
    """Active ambassadors by department, each with a working account; ``fields`` are of the directory."""
    made: dict[str, list[Member]] = {}
    for department, count in departments.items():
        made[department] = []
        for _ in range(count):
            employee = await tenant.employee(department=department, **fields)
            connection = Connection(
                organization_id=tenant.id,
                employee_id=employee.id,
                connector="linkedin",
                state=ConnectionState.ACTIVE,
                account_hash=employee.id.bytes,
            )
            async with tenant.database.transaction(tenant.id) as session:
                session.add(connection)
                session.add(
                    Ambassador(
                        organization_id=tenant.id,
                        program_id=scene.program.id,
                        employee_id=employee.id,
                        state=AmbassadorState.ACTIVE,
                        language=Language.EN,
                        joined_at=joined_at or await db.now(session),
                    )
                )
            made[department].append(Member(employee, connection))
    return made


async def add_item(tenant: Tenant, scene: Scene, title: str) -> ContentItem:
    """Another offered item of the program."""
    item = ContentItem(
        organization_id=tenant.id,
        program_id=scene.program.id,
        title=title,
        destination_url="https://lumen.example/blog",
        state=ItemState.OFFERED,
        author_key_id=new_id(),
        offered_at=datetime.now(UTC),
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(item)
    return item


async def add_post(
    tenant: Tenant,
    item: ContentItem,
    member: Member,
    *,
    people: int = 0,
    machines: int = 0,
    own: int = 0,
    readings: Sequence[tuple[Mapping[str, int], Mapping[str, str]]] = (),
    state: PublicationState = PublicationState.PUBLISHED,
    at: datetime | None = None,
) -> Post:
    """A post with visits through its link (each person comes twice) and readings of the network, oldest first.

    All at one time: now, unless another is given.
    """
    organization_id, employee_id = tenant.id, member.employee.id
    async with tenant.database.transaction(organization_id) as session:
        now = at or await db.now(session)
        common = {"organization_id": organization_id, "employee_id": employee_id, "program_id": item.program_id}
        theirs = select(Offer).where(Offer.item_id == item.id, Offer.employee_id == employee_id)
        offer = (await session.exec(theirs)).first() or Offer(**common, item_id=item.id, language=Language.EN)
        link = TrackedLink(
            **common,
            item_id=item.id,
            code=new_id().hex[-12:],
            destination_url=item.destination_url,
            network="linkedin",
            published_at=now,
        )
        session.add_all([offer, link])
        await session.flush()
        share = Share(
            **common,
            item_id=item.id,
            offer_id=offer.id,
            link_id=link.id,
            network="linkedin",
            language=Language.EN,
            state=ShareState.APPROVED,
            sealed_text=b"sealed",
        )
        session.add(share)
        await session.flush()
        consent = Consent(
            organization_id=organization_id,
            share_id=share.id,
            employee_id=employee_id,
            purpose="publish",
            network="linkedin",
            content_hash=b"hash",
            sealed_content=b"sealed",
        )
        session.add(consent)
        await session.flush()
        publication = Publication(
            **common,
            item_id=item.id,
            share_id=share.id,
            consent_id=consent.id,
            connection_id=member.connection.id,
            connector="linkedin",
            network="linkedin",
            state=state,
            content_hash=b"hash",
            fingerprint=share.id.bytes,
            scheduled_local=now.replace(tzinfo=None).isoformat(),
            time_zone="UTC",
            scheduled_at=now,
            due_at=now,
            published_at=now if state is PublicationState.PUBLISHED else None,
        )
        session.add(publication)
        await session.flush()
        post = Post(publication, link)
        for kind, count in ((ClickKind.HUMAN, people), (ClickKind.MACHINE, machines), (ClickKind.OWN, own)):
            for number in range(count):
                for _ in range(2 if kind is ClickKind.HUMAN else 1):
                    post.clicks.append(
                        Click(
                            organization_id=organization_id,
                            clicked_at=now,
                            link_id=link.id,
                            kind=kind,
                            device_class="desktop",
                            visitor_hash=f"{kind}{number}".encode(),
                        )
                    )
        session.add_all(post.clicks)
        for place, (counts, missing) in enumerate(readings):
            session.add(
                MetricSnapshot(
                    organization_id=organization_id,
                    taken_at=now + timedelta(seconds=place),
                    publication_id=publication.id,
                    counts=dict(counts),
                    missing=dict(missing),
                )
            )
    return post


async def add_goal(
    tenant: Tenant, scene: Scene, owner: UUID, *, kpi: str, title: str, heading: Heading, baseline: int, target: int
) -> Goal:
    """A goal due at the end of next year."""
    goal = Goal(
        organization_id=tenant.id,
        program_id=scene.program.id,
        kind=GoalKind.MARKETING,
        heading=heading,
        kpi=kpi,
        title=title,
        baseline=baseline,
        target=target,
        due_on=date(2027, 12, 31),
        owner_employee_id=owner,
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(goal)
    return goal
