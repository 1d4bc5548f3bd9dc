"""The operations of SCIM on people and groups: parse, call one function of core, answer. One transaction each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.api.scim import rendering
from services.api.scim.discovery import LIST
from services.core.connections import service as connections
from services.core.employees.models import PRESENT
from services.core.kit.errors import PreconditionFailed
from services.core.kit.settings import Settings
from services.core.scim import documents, groups, service
from services.core.scim.attributes import GROUPS, KINDS, USERS, ResourceKind
from services.core.scim.documents import Document, Wanted
from services.core.scim.errors import InvalidSyntax, InvalidValue
from services.core.scim.models import ScimGroup, ScimUser
from services.core.scim.service import Client, Found, Query, Saved
from services.core.shares import rules as share_rules
from services.core.shares import service as shares


@dataclass(frozen=True)
class Asked:
    """One operation as it was asked for, on its own or as part of a bulk request."""

    session: AsyncSession
    client: Client
    settings: Settings
    #: Of the resource, as it was sent.
    id: str = ""
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    if_match: str | None = None

    @property
    def base_url(self) -> str:
        """Where this server is."""
        return base_url(self.settings)


@dataclass(frozen=True)
class Answer:
    """What an operation answers."""

    status: int
    body: Document | None = None
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Asked], Awaitable[Answer]]


def base_url(settings: Settings) -> str:
    """Where identity systems find us."""
    return f"{settings.public_url.rstrip('/')}/scim/v2"


async def get_user(asked: Asked) -> Answer:
    """Read a person."""
    return await _one(asked, await service.get_user(asked.session, asked.id))


async def get_group(asked: Asked) -> Answer:
    """Read a group."""
    return await _one(asked, await groups.get_group(asked.session, asked.id))


async def create_user(asked: Asked) -> Answer:
    """Add a person."""
    saved = await service.create_user(asked.session, asked.client, asked.body)
    await _follow(asked, saved)
    return await _one(asked, saved.user, status=201)


async def create_group(asked: Asked) -> Answer:
    """Add a group."""
    return await _one(asked, await groups.create_group(asked.session, asked.client, asked.body), status=201)


async def replace_user(asked: Asked) -> Answer:
    """Replace a person."""
    user = await service.get_user(asked.session, asked.id, lock=True)
    _must_match(asked, user)
    saved = await service.replace_user(asked.session, asked.client, user, asked.body)
    await _follow(asked, saved)
    return await _one(asked, saved.user)


async def replace_group(asked: Asked) -> Answer:
    """Replace a group and its members."""
    group = await groups.get_group(asked.session, asked.id, lock=True)
    _must_match(asked, group)
    return await _one(asked, await groups.replace_group(asked.session, asked.client, group, asked.body))


async def patch_user(asked: Asked) -> Answer:
    """Change a person; answered with all of them, as some systems take anything else for a failure."""
    user = await service.get_user(asked.session, asked.id, lock=True)
    _must_match(asked, user)
    saved = await service.patch_user(asked.session, asked.client, user, asked.body)
    await _follow(asked, saved)
    return await _one(asked, saved.user)


async def patch_group(asked: Asked) -> Answer:
    """Change a group; answered without a body, which might be thousands of members."""
    group = await groups.get_group(asked.session, asked.id, lock=True)
    _must_match(asked, group)
    await groups.patch_group(asked.session, asked.client, group, asked.body)
    return Answer(204, headers={"ETag": rendering.etag(group)})


async def delete_user(asked: Asked) -> Answer:
    """Let a person go for good."""
    user = await service.get_user(asked.session, asked.id, lock=True)
    _must_match(asked, user)
    employee = await service.delete_user(asked.session, asked.client, user, settings=asked.settings)
    if employee is not None:
        await shares.cancel_planned(asked.session, employee_id=employee.id, reason=share_rules.Hold.LEFT)
        await connections.cut_leavers(asked.session)
    return Answer(204)


async def delete_group(asked: Asked) -> Answer:
    """Take a group away; nobody is deactivated."""
    group = await groups.get_group(asked.session, asked.id, lock=True)
    _must_match(asked, group)
    await groups.delete_group(asked.session, asked.client, group)
    return Answer(204)


async def list_users(asked: Asked) -> Answer:
    """Find people."""
    return await _listing(asked, (USERS,), asked.query)


async def list_groups(asked: Asked) -> Answer:
    """Find groups."""
    return await _listing(asked, (GROUPS,), asked.query)


async def search_users(asked: Asked) -> Answer:
    """Find people, asked for in a body."""
    return await _listing(asked, (USERS,), _search_request(asked.body))


async def search_groups(asked: Asked) -> Answer:
    """Find groups, asked for in a body."""
    return await _listing(asked, (GROUPS,), _search_request(asked.body))


async def search_all(asked: Asked) -> Answer:
    """Find people and groups, people first."""
    return await _listing(asked, KINDS, _search_request(asked.body))


async def _follow(asked: Asked, saved: Saved) -> None:
    """What is planned for somebody who is out does not go out."""
    if saved.employee is not None and saved.employee.status not in PRESENT:
        await shares.cancel_planned(asked.session, employee_id=saved.employee.id, reason=share_rules.Hold.LEFT)


def _must_match(asked: Asked, row: ScimUser | ScimGroup) -> None:
    if asked.if_match is not None and not rendering.names(asked.if_match, rendering.etag(row)):
        raise PreconditionFailed()


async def _one(asked: Asked, row: ScimUser | ScimGroup, *, status: int = 200) -> Answer:
    kind = USERS if isinstance(row, ScimUser) else GROUPS
    wanted = _wanted(asked.query, (kind,))
    (body,) = await rendering.render(asked.session, asked.client, [row], asked=wanted, base_url=asked.base_url)
    headers = {
        "ETag": rendering.etag(row),
        "Location": rendering.location(kind, row.id, base_url=asked.base_url),
    }
    return Answer(status, body, headers)


def _wanted(query: Mapping[str, str], kinds: tuple[ResourceKind, ...]) -> Wanted:
    return documents.wanted(
        query.get("attributes", "").split(","), query.get("excludedAttributes", "").split(","), kinds=kinds
    )


async def _listing(asked: Asked, kinds: tuple[ResourceKind, ...], sent: Mapping[str, str]) -> Answer:
    query = Query(
        filter=sent.get("filter") or None,
        sort_by=sent.get("sortBy") or None,
        is_descending=sent.get("sortOrder", "").lower() == "descending",
        start_index=_number(sent, "startIndex", 1),
        count=_number(sent, "count", service.DEFAULT_COUNT),
    )
    found = await _find(asked, kinds, query)
    resources = await rendering.render(
        asked.session, asked.client, found.rows, asked=_wanted(sent, kinds), base_url=asked.base_url
    )
    body = {
        "schemas": [LIST],
        "totalResults": found.total,
        "startIndex": query.skip + 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
    return Answer(200, body)


async def _find(asked: Asked, kinds: tuple[ResourceKind, ...], query: Query) -> Found:
    """One page over all of ``kinds``, one after the other."""
    total, rows = 0, []
    skip, most = query.skip, query.most
    for kind in kinds:
        part = Query(query.filter, query.sort_by, query.is_descending, skip + 1, most)
        found = await service.find(asked.session, asked.client, kind, part, is_shared=len(kinds) > 1)
        total += found.total
        rows += list(found.rows)
        skip = max(skip - found.total, 0)
        most -= len(found.rows)
    return Found(total, rows)


def _number(sent: Mapping[str, str], name: str, usual: int) -> int:
    text = sent.get(name)
    if text is None or text == "":
        return usual
    try:
        # The database counts to 2^63, and nobody has more people than this.
        return max(min(int(text), 2**31), -(2**31))
    except ValueError:
        raise InvalidValue(path=name, expected="a whole number") from None


def _search_request(body: Any) -> dict[str, str]:
    """A search request as the parameters of a list."""
    if not isinstance(body, dict):
        raise InvalidSyntax(where="/")
    names = {
        name.lower(): name
        for name in ("filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes")
    }
    found: dict[str, str] = {}
    for key, value in body.items():
        name = names.get(key.lower())
        if name is None or value is None:
            continue
        if name in ("attributes", "excludedAttributes"):
            values = value if isinstance(value, list) else [value]
            found[name] = ",".join(str(one) for one in values)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found[name] = str(value)
        else:
            raise InvalidValue(path=name, expected="a text or a number")
    return found
