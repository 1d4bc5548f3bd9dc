"""Links of people in a program, and readers who follow them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.core.content.models import ContentItem
from services.core.kit import db
from services.core.kit.texts import Language
from services.core.links import service
from services.core.links.models import TrackedLink
from services.core.programs.models import Program
from tests.fixtures.api import Tenant


@dataclass
class Sharing:
    """A program with one item; makes links to it, each of an employee of its own."""

    tenant: Tenant
    program_id: UUID
    item_id: UUID

    async def link(self, *, published_ago: timedelta | None = timedelta(hours=1)) -> TrackedLink:
        """A link whose post went out ``published_ago`` (None: not yet)."""
        employee = await self.tenant.employee()
        async with self.tenant.database.transaction(self.tenant.id) as session:
            link = await service.create_link(
                session,
                program_id=self.program_id,
                item_id=self.item_id,
                employee_id=employee.id,
                network="linkedin",
                destination_url="https://lumen.example/stories?ref=a#top",
                campaign="Lumen Voices",
                content_slug="Solar school",
            )
            if published_ago is not None:
                await service.mark_published(session, link.id, await db.now(session) - published_ago)
        return link


MakeSharing = Callable[[Tenant], Awaitable[Sharing]]


@pytest.fixture
def make_sharing() -> MakeSharing:
    """Makes a program with an item in a tenant."""

    async def make(tenant: Tenant) -> Sharing:
        async with tenant.database.transaction(tenant.id) as session:
            program = Program(
                organization_id=tenant.id, name="Lumen Voices", default_language=Language.EN, networks=["linkedin"]
            )
            session.add(program)
            await session.flush()
            item = ContentItem(
                organization_id=tenant.id,
                program_id=program.id,
                title="Solar school",
                destination_url="https://lumen.example/stories",
                author_key_id=uuid4(),
            )
            session.add(item)
        return Sharing(tenant, program.id, item.id)

    return make


@pytest.fixture
async def sharing(tenant: Tenant, make_sharing: MakeSharing) -> Sharing:
    """The tenant's program with its item."""
    return await make_sharing(tenant)
