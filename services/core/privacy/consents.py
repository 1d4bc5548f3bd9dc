"""The ledger of consents: everything a person ever said yes to, for which purpose and network, and what ended it.

Read from where each yes is kept, so that the ledger and what the product acts on cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors.models import DeclarationConsent
from services.core.audit.models import AuditEntry
from services.core.connections import service as connections
from services.core.connections.models import Connection, ConnectionState
from services.core.kit import db
from services.core.kit.db import organization_of
from services.core.kit.errors import NotFound
from services.core.launches import profiles
from services.core.launches.models import LaunchExample, LaunchProfile
from services.core.organizations.rules import Actor
from services.core.shares import service as shares
from services.core.shares.models import Consent, Publication

T = TypeVar("T", Connection, DeclarationConsent, LaunchProfile, LaunchExample)


class ConsentKind(StrEnum):
    """What a yes allows."""

    POST = "post"
    ACCOUNT = "account"
    DECLARED_PART = "declared_part"
    NAMED_AT_LAUNCH = "named_at_launch"
    POST_SHOWN_AT_LAUNCH = "post_shown_at_launch"


@dataclass(frozen=True)
class Given:
    """One yes, and what became of it."""

    id: UUID
    kind: ConsentKind
    purpose: str
    given_at: datetime
    #: How it was given, as a stable code.
    given_by: str
    network: str | None = None
    program_id: UUID | None = None
    #: The very bytes (SHA-256) or the words that the person read.
    content_hash: str | None = None
    text_version: str | None = None
    withdrawn_at: datetime | None = None
    #: How it ended, as a stable code; None: it holds.
    withdrawn_by: str | None = None


async def history(session: AsyncSession, employee_id: UUID) -> list[Given]:
    """Every yes of a person, newest first. Where taking it back deletes what was said, nothing is left to list."""
    found = [
        *await _posts(session, employee_id),
        *await _accounts(session, employee_id),
        *await _declared(session, employee_id),
        *await _launches(session, employee_id),
    ]
    return sorted(found, key=lambda one: (one.given_at, one.id), reverse=True)


async def revoke(session: AsyncSession, actor: Actor, consent_id: UUID) -> None:
    """Take one yes back: what was not armed by it yet never happens. Said again, it changes nothing.

    Raises NotFound, and MoveRefused for a post that is on its way or out.
    """
    employee_id = actor.person()
    given = next((one for one in await history(session, employee_id) if one.id == consent_id), None)
    if given is None:
        raise NotFound(thing="consent")
    if given.withdrawn_at is not None:
        return
    if given.kind is ConsentKind.POST:
        await _revoke_post(session, consent_id)
    elif given.kind is ConsentKind.ACCOUNT:
        connection = await _one(session, Connection, consent_id)
        await connections.disconnect(session, actor, connection)
        await shares.cancel_planned(session, connection_id=connection.id, reason="disconnected")
    elif given.kind is ConsentKind.DECLARED_PART:
        part = await _one(session, DeclarationConsent, consent_id)
        part.withdrawn_at = await db.now(session)
        session.add(part)
    elif given.kind is ConsentKind.NAMED_AT_LAUNCH:
        await profiles.withdraw(session, actor, (await _one(session, LaunchProfile, consent_id)).program_id)
    else:
        await profiles.drop_example(session, actor, (await _one(session, LaunchExample, consent_id)).publication_id)
    await session.flush()


async def _revoke_post(session: AsyncSession, consent_id: UUID) -> None:
    statement = select(Publication.id).where(
        Publication.organization_id == organization_of(session), Publication.consent_id == consent_id
    )
    for publication_id in (await session.exec(statement)).all():
        await shares.cancel_publication(session, publication_id, reason="cancelled_by_person")


async def _one(session: AsyncSession, model: type[T], row_id: UUID) -> T:
    statement = select(model).where(model.organization_id == organization_of(session), model.id == row_id)
    return (await session.exec(statement.with_for_update())).one()


async def _posts(session: AsyncSession, employee_id: UUID) -> list[Given]:
    statement = select(Consent).where(
        Consent.organization_id == organization_of(session), Consent.employee_id == employee_id
    )
    return [
        Given(
            id=row.id, kind=ConsentKind.POST, purpose=row.purpose, network=row.network, given_at=row.created_at,
            given_by="approved_these_bytes", content_hash=row.content_hash.hex(),
            text_version=f"policy:{row.policy_version_id}" if row.policy_version_id else None,
            withdrawn_at=row.withdrawn_at, withdrawn_by=row.ended_by,
        )
        for row in (await session.exec(statement)).all()
    ]  # fmt: skip


async def _accounts(session: AsyncSession, employee_id: UUID) -> list[Given]:
    own = (Connection.organization_id == organization_of(session), Connection.employee_id == employee_id)
    rows = (await session.exec(select(Connection).where(*own, col(Connection.confirmed_at).is_not(None)))).all()
    ends = await _ends_of(session, [row.id for row in rows])
    found = []
    for row in rows:
        if row.confirmed_at is None:
            continue
        ended_at, reason = ends.get(row.id, (row.updated_at, "revoked"))
        is_over = row.state is ConnectionState.REVOKED
        found.append(
            Given(
                id=row.id, kind=ConsentKind.ACCOUNT, purpose="post_in_my_name", network=row.connector,
                given_at=row.confirmed_at, given_by="allowed_at_the_network_and_confirmed_here",
                text_version=f"scopes:{' '.join(row.scopes)}" if row.scopes else None,
                withdrawn_at=ended_at if is_over else None, withdrawn_by=reason if is_over else None,
            )
        )  # fmt: skip
    return found


async def _ends_of(session: AsyncSession, connection_ids: Sequence[UUID]) -> dict[UUID, tuple[datetime, str]]:
    statement = (
        select(AuditEntry)
        .where(
            AuditEntry.organization_id == organization_of(session),
            AuditEntry.action == "connection.revoke",
            col(AuditEntry.object_id).in_(connection_ids),
        )
        .order_by(col(AuditEntry.created_at))
    )
    return {
        row.object_id: (row.created_at, str(row.after.get("reason", "revoked")))
        for row in (await session.exec(statement)).all()
    }


async def _declared(session: AsyncSession, employee_id: UUID) -> list[Given]:
    statement = select(DeclarationConsent).where(
        DeclarationConsent.organization_id == organization_of(session), DeclarationConsent.employee_id == employee_id
    )
    return [
        Given(
            id=row.id, kind=ConsentKind.DECLARED_PART, purpose=row.purpose.value, program_id=row.program_id,
            given_at=row.created_at, given_by="chosen_by_the_person",
            text_version=f"words:{row.text_version}:{row.language.value}",
            withdrawn_at=row.withdrawn_at, withdrawn_by="taken_back" if row.withdrawn_at else None,
        )
        for row in (await session.exec(statement)).all()
    ]  # fmt: skip


async def _launches(session: AsyncSession, employee_id: UUID) -> list[Given]:
    organization_id = organization_of(session)
    profiles = select(LaunchProfile).where(
        LaunchProfile.organization_id == organization_id,
        LaunchProfile.employee_id == employee_id,
        col(LaunchProfile.approved_at).is_not(None),
    )
    found = [
        Given(
            id=row.id, kind=ConsentKind.NAMED_AT_LAUNCH, purpose="named_at_launch", program_id=row.program_id,
            given_at=row.approved_at, given_by="approved_these_words", content_hash=row.approved_hash,
            text_version=f"words:{row.words_version}",
        )
        for row in (await session.exec(profiles)).all()
        if row.approved_at is not None
    ]  # fmt: skip
    examples = select(LaunchExample).where(
        LaunchExample.organization_id == organization_id, LaunchExample.employee_id == employee_id
    )
    found += [
        Given(
            id=row.id, kind=ConsentKind.POST_SHOWN_AT_LAUNCH, purpose="post_shown_at_launch",
            program_id=row.program_id, given_at=row.created_at, given_by="chosen_by_the_person",
            text_version=f"words:{row.words_version}",
        )
        for row in (await session.exec(examples)).all()
    ]  # fmt: skip
    return found
