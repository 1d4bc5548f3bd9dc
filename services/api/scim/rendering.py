"""People and groups as identity systems read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.scim import documents, repository, service
from services.core.scim.attributes import ENTERPRISE, GROUPS, USERS, ResourceKind
from services.core.scim.documents import Document, Wanted
from services.core.scim.filters import as_id
from services.core.scim.models import ScimGroup, ScimUser
from services.core.scim.service import Client


def etag(row: ScimUser | ScimGroup) -> str:
    """A weak validator made from a row's version."""
    return f'W/"{row.version}"'


def names(header: str, etag: str) -> bool:
    """Whether a header that lists validators names this one, compared weakly (RFC 9110 section 8.8.3.2)."""
    named = {one.strip().removeprefix("W/") for one in header.split(",")}
    return not named.isdisjoint({"*", etag.removeprefix("W/")})


def location(kind: ResourceKind, row_id: Any, *, base_url: str) -> str:
    """Where a resource is."""
    return f"{base_url}{kind.endpoint}/{row_id}"


async def render(
    session: AsyncSession, client: Client, rows: Sequence[ScimUser | ScimGroup], *, asked: Wanted, base_url: str
) -> list[Document]:
    """Resources with the attributes that were asked for; what is not asked for is not read either."""
    external_ids = await repository.list_external_ids(session, [row.id for row in rows], client=client.name)
    people = [row for row in rows if isinstance(row, ScimUser)]
    groups = [row for row in rows if isinstance(row, ScimGroup)]
    lists: dict[Any, Document] = {row.id: {} for row in rows}
    if people and asked.asks_for("groups"):
        for user_id, group_id, name in await repository.list_groups_of(session, [row.id for row in people]):
            place = location(GROUPS, group_id, base_url=base_url)
            lists[user_id].setdefault("groups", []).append({"value": str(group_id), "$ref": place, "display": name})
    if groups and asked.includes("members"):
        for group in groups:
            lists[group.id]["members"] = []
        for member in await repository.list_members(session, [row.id for row in groups]):
            kind, member_id = (USERS, member.user_id) if member.user_id else (GROUPS, member.member_group_id)
            place = location(kind, member_id, base_url=base_url)
            lists[member.group_id]["members"].append({"value": str(member_id), "$ref": place, "type": kind.name})
    found = []
    for row in rows:
        kind = USERS if isinstance(row, ScimUser) else GROUPS
        external_id = external_ids.get(row.id)
        own = _user(row, external_id, base_url) if isinstance(row, ScimUser) else _group(row, external_id)
        whole = {
            "schemas": documents.schemas_of(kind, own),
            "id": str(row.id),
            **own,
            **lists[row.id],
            "meta": {
                "resourceType": kind.name,
                "created": _moment(row.created_at),
                "lastModified": _moment(row.updated_at),
                "location": location(kind, row.id, base_url=base_url),
                "version": etag(row),
            },
        }
        chosen = documents.choose(kind, whole, asked)
        # Strict systems refuse an answer whose schemas do not fit what it holds.
        chosen["schemas"] = documents.schemas_of(kind, chosen)
        found.append(chosen)
    return found


def _user(row: ScimUser, external_id: str | None, base_url: str) -> Document:
    whole = service.whole(row, external_id)
    work = whole.get(ENTERPRISE) or {}
    manager = work.get("manager") or {}
    if as_id(manager.get("value", "")) is not None:
        place = location(USERS, manager["value"], base_url=base_url)
        whole = {**whole, ENTERPRISE: {**work, "manager": {**manager, "$ref": place}}}
    return whole


def _group(row: ScimGroup, external_id: str | None) -> Document:
    own: Document = {"displayName": row.display_name}
    return {**own, "externalId": external_id} if external_id is not None else own


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
