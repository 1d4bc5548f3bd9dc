"""Clicks at stated times, and conversions told by an integration's key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.core.kit.ids import new_id
from services.core.links.models import Click, ClickKind
from services.core.links.rules import click_name
from tests.factories.reports import Post
from tests.fixtures.api import Api, Tenant


async def integration_key(api: Api, tenant: Tenant) -> str:
    """A key of the role that other systems get."""
    answer = await api.post("/v1/api-keys", key=tenant.owner_key, json={"name": "CRM", "role": "integration"})
    return str(answer.json()["api_key"])


async def add_click(tenant: Tenant, post: Post, *, at: datetime, kind: ClickKind = ClickKind.HUMAN) -> str:
    """Somebody's click on a post's link; answers the name it goes by elsewhere."""
    click = Click(
        organization_id=tenant.id,
        clicked_at=at,
        link_id=post.link.id,
        kind=kind,
        device_class="desktop",
        visitor_hash=new_id().bytes,
    )
    async with tenant.database.transaction(tenant.id) as session:
        session.add(click)
    return click_name(post.link.code, click.id)


async def tell(api: Api, key: str, *, kind: str, external_id: str, at: datetime, **more: Any) -> Any:
    """The answer to telling of a conversion."""
    source = more.pop("source", "ats" if kind in ("candidate", "application", "hire") else "crm")
    body = {"kind": kind, "source": source, "external_id": external_id, "occurred_at": at.isoformat(), **more}
    return await api.post("/v1/conversions", key=key, json=body)
