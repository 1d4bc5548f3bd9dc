"""Groups, as identity systems push them. Members are rows: adding one neither reads nor writes the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.scim import changes, documents, filters, mappings, paths, repository
from services.core.scim.attributes import GROUPS
from services.core.scim.changes import Operation, Verb
from services.core.scim.documents import Document
from services.core.scim.errors import InvalidFilter, InvalidPath, InvalidValue
from services.core.scim.models import ScimGroup, ScimMember
from services.core.scim.service import Client

#: One request names no more: above it the identity system has to send several.
MOST_MEMBERS = 50_000
_MEMBERS = "members"


@dataclass
class _Touched:
    """People who came or went in a request."""

    users: set[UUID] = field(default_factory=set)
    is_changed: bool = False

    def add(self, users: Collection[UUID], *, is_changed: bool = True) -> None:
        """Note some more."""
        self.users |= set(users)
        self.is_changed |= is_changed


async def get_group(session: AsyncSession, text: str, *, lock: bool = False) -> ScimGroup:
    """One group by its id as it was sent; raise NotFound."""
    group_id = filters.as_id(text)
    group = await repository.find_group(session, group_id, lock=lock) if group_id else None
    if group is None:
        raise NotFound(thing="Group")
    return group


async def create_group(session: AsyncSession, client: Client, body: Any) -> ScimGroup:
    """Add a group; raise InvalidSyntax, InvalidValue, or NotUnique by the database."""
    document = documents.read(GROUPS, body, skip=[_MEMBERS])
    name = document["displayName"]
    group = ScimGroup(organization_id=organization_of(session), display_name=name, display_name_key=name.casefold())
    session.add(group)
    await session.flush()
    if document.get("externalId") is not None:
        await repository.set_external_id(
            session, GROUPS, group.id, client=client.name, external_id=document["externalId"]
        )
    await _add(session, group, _sent_members(body), touched=_Touched())
    _record(session, client, group, "create")
    await session.flush()
    return group


async def replace_group(session: AsyncSession, client: Client, group: ScimGroup, body: Any) -> ScimGroup:
    """Let a group be what the body says: its name, and exactly its members."""
    document = documents.read(GROUPS, body, skip=[_MEMBERS])
    touched = _Touched()
    await _set_members(session, group, _sent_members(body), touched=touched)
    await _save(session, client, group, document, touched=touched)
    return group


async def patch_group(session: AsyncSession, client: Client, group: ScimGroup, body: Any) -> ScimGroup:
    """Apply all operations of a PATCH, or none: an error undoes the transaction."""
    external_id = (await repository.list_external_ids(session, [group.id], client=client.name)).get(group.id)
    document: Document = {"displayName": group.display_name}
    if external_id is not None:
        document["externalId"] = external_id
    touched = _Touched()
    for operation in changes.read_operations(body):
        for one in changes.flatten(GROUPS, operation):
            if not await _change_members(session, group, one, touched=touched):
                document = changes.apply(GROUPS, document, [one])
    await _save(session, client, group, document, touched=touched)
    return group


async def delete_group(session: AsyncSession, client: Client, group: ScimGroup) -> None:
    """Take a group away, and with it what it gave; nobody is deactivated."""
    affected = await repository.employees_in(session, group.id)
    await repository.forget_external_ids(session, group.id)
    _record(session, client, group, "delete")
    await session.delete(group)
    await session.flush()
    await mappings.settle(session, affected, actor=client.actor)


async def _save(
    session: AsyncSession, client: Client, group: ScimGroup, document: Document, *, touched: _Touched
) -> None:
    name, external_id = document["displayName"], document.get("externalId")
    before = (await repository.list_external_ids(session, [group.id], client=client.name)).get(group.id)
    if external_id != before:
        await repository.set_external_id(session, GROUPS, group.id, client=client.name, external_id=external_id)
    if touched.is_changed or external_id != before or name != group.display_name:
        group.display_name, group.display_name_key = name, name.casefold()
        # Who is in it is not in this row, and is a change of the group all the same.
        flag_modified(group, "display_name")
        session.add(group)
        _record(session, client, group, "update")
        await session.flush()
    if touched.users:
        affected = await repository.employees_of(session, touched.users)
        await mappings.settle(session, affected, actor=client.actor)


async def _change_members(session: AsyncSession, group: ScimGroup, operation: Operation, *, touched: _Touched) -> bool:
    """Do an operation on members; answer whether it was one."""
    assert operation.path is not None  # noqa: S101  # flattened
    selection = paths.read(GROUPS, operation.path)
    if not isinstance(selection, paths.Selection) or selection.target.attribute.name != _MEMBERS:
        return False
    if selection.target.sub is not None:
        raise InvalidPath(path=operation.path)
    conditions = []
    if selection.chosen is not None:
        rows = filters.Rows(repository.member_parts(), sa.select(col(ScimMember.id)))
        try:
            conditions = [filters.inner_condition(rows, selection.target.attribute, selection.chosen)]
        except InvalidFilter:
            raise InvalidPath(path=operation.path) from None
    values = _ids(operation.value) if operation.value is not None else None
    if operation.verb is Verb.ADD:
        await _add(session, group, values or set(), touched=touched)
    elif operation.verb is Verb.REPLACE and not conditions:
        await _set_members(session, group, values or set(), touched=touched)
    else:
        if operation.verb is Verb.REMOVE and values is not None and not conditions:
            conditions = [repository.is_member(values)]
        await _remove(session, group, *conditions, touched=touched)
        if operation.verb is Verb.REPLACE:
            await _add(session, group, values or set(), touched=touched)
    return True


def _sent_members(body: Any) -> set[UUID]:
    found = next((value for key, value in body.items() if key.lower() == _MEMBERS), None)
    return _ids(found) if found is not None else set()


def _ids(value: Any) -> set[UUID]:
    """The members that a value names; what it calls them, and where it thinks they are, is passed over."""
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_MEMBERS:
        raise InvalidValue(path=_MEMBERS, expected=f"at most {MOST_MEMBERS} members")
    found = set()
    for one in values:
        parts = {key.lower(): inner for key, inner in one.items()} if isinstance(one, dict) else {"value": one}
        text = parts.get("value")
        member_id = filters.as_id(text) if isinstance(text, str) else None
        if member_id is None:
            raise InvalidValue(path=f"{_MEMBERS}.value", expected="the id of a User or a Group")
        found.add(member_id)
    return found


async def _add(session: AsyncSession, group: ScimGroup, ids: set[UUID], *, touched: _Touched) -> None:
    if not ids:
        return
    people, member_groups = await repository.known_ids(session, ids)
    unknown = ids - people - member_groups
    if unknown or group.id in member_groups:
        # A member that is dropped in silence would be worse.
        raise InvalidValue(path=f"{_MEMBERS}.value", expected="the id of a User, or of another Group, that is here")
    added = await repository.add_members(session, group.id, people=people, member_groups=member_groups)
    touched.add([one.user_id for one in added if one.user_id], is_changed=bool(added))


async def _set_members(session: AsyncSession, group: ScimGroup, ids: set[UUID], *, touched: _Touched) -> None:
    await _remove(session, group, sa.not_(repository.is_member(ids)), touched=touched)
    await _add(session, group, ids, touched=touched)


async def _remove(session: AsyncSession, group: ScimGroup, *conditions: Any, touched: _Touched) -> None:
    removed = await repository.remove_members(session, group.id, *conditions)
    touched.add([one.user_id for one in removed if one.user_id], is_changed=bool(removed))


def _record(session: AsyncSession, client: Client, group: ScimGroup, verb: str) -> None:
    audit.record(session, actor=client.actor, action=f"scim_group.{verb}", subject=group, after={"source": "scim"})
