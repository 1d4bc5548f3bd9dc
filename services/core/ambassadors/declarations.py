"""What a person says of themselves, and which program may look at which part of it. Flushes, never commits.

A declaration is sealed with its person's key and read by nobody else but for the parts, and the programs, that they
agreed to; taking that back works at once. Nothing is inferred, and no event or audit entry tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository
from services.core.ambassadors.models import Declaration, DeclarationConsent, Purpose
from services.core.ambassadors.rules import Declared
from services.core.ambassadors.schemas import DeclarationWrite
from services.core.ambassadors.traits import CONSENT_VERSION
from services.core.employees import sealing
from services.core.kit import crypto, db
from services.core.kit.errors import PreconditionFailed
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations.rules import Actor

_ALL = frozenset(Purpose)


async def read(session: AsyncSession, actor: Actor, *, settings: Settings) -> tuple[Declaration, DeclarationWrite]:
    """The caller's declaration and what it says; who has not said anything has an empty one, as version 0."""
    employee_id = actor.person()
    row = await repository.find_declaration(session, employee_id)
    if row is None:
        empty = Declaration(organization_id=actor.tenant(), employee_id=employee_id, sealed_content=b"", version=0)
        return empty, DeclarationWrite()
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    return row, DeclarationWrite.model_validate(sealing.open_document(sealer, row.sealed_content, place=_place(row)))


async def replace(
    session: AsyncSession, actor: Actor, row: Declaration, body: DeclarationWrite, *, settings: Settings
) -> Declaration:
    """Say everything anew; what was corrected counts from now on, wherever a program may look at it."""
    employee_id = actor.person()
    is_new = row.version == 0
    if is_new:
        await repository.lock_person(session, employee_id)
        if await repository.find_declaration(session, employee_id) is not None:
            raise PreconditionFailed()
        row = Declaration(organization_id=actor.tenant(), employee_id=employee_id, sealed_content=b"")
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    row.sealed_content = sealing.seal_document(sealer, body.model_dump(mode="json"), place=_place(row))
    session.add(row)
    await session.flush()
    return row


async def set_consents(
    session: AsyncSession, *, employee_id: UUID, program_id: UUID, purposes: Sequence[Purpose], language: Language
) -> None:
    """Let a program look at exactly these parts; what is left out is taken back, at once and without consequence."""
    await repository.lock_person(session, employee_id)
    live = await repository.list_consents(session, employee_id=employee_id, program_id=program_id)
    now = await db.now(session)
    for consent in live:
        if consent.purpose not in purposes:
            consent.withdrawn_at = now
            session.add(consent)
    await session.flush()
    given = {consent.purpose for consent in live}
    for purpose in dict.fromkeys(purposes):
        if purpose not in given:
            session.add(
                DeclarationConsent(
                    organization_id=db.organization_of(session), program_id=program_id, employee_id=employee_id,
                    purpose=purpose, text_version=CONSENT_VERSION, language=language,
                )
            )  # fmt: skip
    await session.flush()


async def add_consents(
    session: AsyncSession, *, employee_id: UUID, program_id: UUID, purposes: Sequence[Purpose], language: Language
) -> None:
    """Let a program look at these parts besides those it may look at already."""
    live = await repository.list_consents(session, employee_id=employee_id, program_id=program_id)
    wanted = [*(consent.purpose for consent in live), *purposes]
    await set_consents(session, employee_id=employee_id, program_id=program_id, purposes=wanted, language=language)


def as_declared(said: DeclarationWrite, *, purposes: frozenset[Purpose] = _ALL) -> Declared:
    """What counts of a declaration for who may look at these parts of it."""

    def part(purpose: Purpose, values: Sequence[Any] | None) -> frozenset[str] | None:
        return frozenset(str(value) for value in values) if values is not None and purpose in purposes else None

    presence = said.presence if Purpose.PRESENCE in purposes else None
    return Declared(
        traits=part(Purpose.TRAITS, said.traits),
        skills=part(Purpose.SKILLS, said.skills),
        languages=part(Purpose.LANGUAGES, said.languages),
        presence=tuple(account.model_dump() for account in presence) if presence is not None else None,
    )


async def shown_to_program(
    session: AsyncSession, program_id: UUID, *, settings: Settings, employee_ids: Sequence[UUID] | None = None
) -> dict[UUID, Declared]:
    """What people have declared and let this program look at."""
    master = crypto.Sealer(settings.master_keys)
    purposes: dict[UUID, set[Purpose]] = {}
    said: dict[UUID, DeclarationWrite] = {}
    for consent, row, key in await repository.list_shown(session, program_id, employee_ids=employee_ids):
        purposes.setdefault(row.employee_id, set()).add(consent.purpose)
        if row.employee_id not in said:
            sealer = sealing.open_key(key.wrapped, row_id=key.id, organization_id=key.organization_id, master=master)
            document = sealing.open_document(sealer, row.sealed_content, place=_place(row))
            said[row.employee_id] = DeclarationWrite.model_validate(document)
    return {
        employee_id: as_declared(document, purposes=frozenset(purposes[employee_id]))
        for employee_id, document in said.items()
    }


def _place(row: Declaration) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "declarations.sealed_content")
