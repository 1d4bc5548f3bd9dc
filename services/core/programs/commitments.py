"""A sponsor stands behind a program: signed in person, in their own words, with a budget. Flushes, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.employees import history, sealing
from services.core.employees import repository as employees
from services.core.employees.service import PRESENT
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import Text
from services.core.organizations import repository as organizations
from services.core.organizations.models import Role
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository
from services.core.programs.errors import CommitmentEnded, NotASponsor
from services.core.programs.models import Commitment, Program
from services.core.programs.schemas import CommitmentCreate

_PAST = Text(
    en="Commit until a day that has not passed; today is {today}.",
    he="יש להתחייב עד יום שטרם חלף; היום {today}.",
)


@dataclass(frozen=True)
class SponsorCommitment:
    """Who stands behind a program, as a management report shows it."""

    commitment_id: UUID
    employee_id: UUID
    #: As the directory calls them; None when it knows them no more.
    name: str | None
    #: In the sponsor's own words; None once their key is gone.
    statement: str | None
    budget: Decimal
    #: ISO 4217.
    currency: str
    signed_at: datetime
    #: The last day, where the organization is.
    valid_until: date
    #: Whether it counts today: not ended, not run out, and its sponsor is here to stand by it.
    is_valid: bool


async def sign(
    session: AsyncSession, actor: Actor, program: Program, body: CommitmentCreate, *, settings: Settings
) -> Commitment:
    """Stand behind a program, in person; an earlier commitment of the same sponsor ends. Raise NotASponsor, Invalid."""
    employee_id = actor.person()
    # An owner may do everything else; this is nobody's word but a sponsor's.
    if not _is_sponsor(actor, program.id):
        raise NotASponsor()
    actor.require(Permission.COMMITMENTS_SIGN, program_id=program.id)
    today = await history.today(session)
    if body.valid_until < today:
        raise Invalid(problems=[FieldProblem("/valid_until", "has_passed", _PAST, {"today": today.isoformat()})])
    now = await db.now(session)
    for one in await repository.list_standing_commitments(session, program.id):
        if one.employee_id == employee_id:
            one.ended_at = now
            session.add(one)
    commitment = Commitment(
        organization_id=actor.tenant(),
        program_id=program.id,
        employee_id=employee_id,
        sealed_statement=b"",
        budget=body.budget,
        currency=body.currency,
        valid_until=body.valid_until,
    )
    sealer = await sealing.sealer_for(session, employee_id, master=crypto.Sealer(settings.master_keys))
    commitment.sealed_statement = sealing.seal_document(sealer, {"statement": body.statement}, place=_place(commitment))
    session.add(commitment)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="commitment.sign", subject=commitment,
        after=body.model_dump(mode="json", exclude={"statement"}),
    )  # fmt: skip
    events.emit(session, "commitment.signed", program_id=program.id, commitment_id=commitment.id)
    return commitment


async def withdraw(session: AsyncSession, actor: Actor, commitment: Commitment) -> None:
    """Take one's own word back; what it was stays readable. Raise NotFound for anybody else's, CommitmentEnded."""
    if commitment.employee_id != actor.person():
        raise NotFound(thing="commitment")
    if commitment.ended_at is not None:
        raise CommitmentEnded()
    commitment.ended_at = await db.now(session)
    session.add(commitment)
    audit.record(session, actor=actor.name, action="commitment.withdraw", subject=commitment)
    events.emit(session, "commitment.withdrawn", program_id=commitment.program_id, commitment_id=commitment.id)
    await session.flush()


async def find_current(session: AsyncSession, program_id: UUID, *, settings: Settings) -> SponsorCommitment | None:
    """The newest commitment that counts today; None if nobody stands behind the program. For gates.

    The caller has made sure that the reader may see the program.
    """
    return next(iter(await list_standing(session, program_id, settings=settings)), None)


async def list_standing(
    session: AsyncSession, program_id: UUID, *, settings: Settings, on: date | None = None
) -> list[SponsorCommitment]:
    """Every commitment that counts, the newest first: one for each sponsor. For reports and gates.

    Those of today without a day; of an earlier day (``on``, where the organization is) what stood when it ended.
    The caller has made sure that the reader may see the program.
    """
    if on is None or on >= await history.today(session):
        rows = await repository.list_standing_commitments(session, program_id)
        return [one for one in await read_all(session, rows, settings=settings) if one.is_valid]
    zone = ZoneInfo((await organizations.get_organization(session)).time_zone)
    rows = [one for one in await repository.list_commitments(session, program_id) if _stood(one, on, zone=zone)]
    return await read_all(session, rows, settings=settings)


def _stood(row: Commitment, on: date, *, zone: ZoneInfo) -> bool:
    return row.created_at.astimezone(zone).date() <= on <= row.valid_until and (
        row.ended_at is None or row.ended_at.astimezone(zone).date() > on
    )


async def read_all(session: AsyncSession, rows: list[Commitment], *, settings: Settings) -> list[SponsorCommitment]:
    """Commitments with their sponsors' names and words."""
    people = {one.id: one for one in await employees.list_by_ids(session, [row.employee_id for row in rows])}
    present = {one.id for one in people.values() if one.status in PRESENT}
    today = await history.today(session)
    master = crypto.Sealer(settings.master_keys)
    return [
        SponsorCommitment(
            commitment_id=row.id,
            employee_id=row.employee_id,
            name=people[row.employee_id].display_name if row.employee_id in people else None,
            statement=await _open(session, row, master=master),
            budget=row.budget,
            currency=row.currency,
            signed_at=row.created_at,
            valid_until=row.valid_until,
            is_valid=row.ended_at is None and row.valid_until >= today and row.employee_id in present,
        )
        for row in rows
    ]


async def _open(session: AsyncSession, row: Commitment, *, master: crypto.Sealer) -> str | None:
    key = await employees.find_data_key(session, row.employee_id)
    if key is None:
        return None
    sealer = sealing.open_key(key.wrapped, row_id=key.id, organization_id=row.organization_id, master=master)
    try:
        return str(sealing.open_document(sealer, row.sealed_statement, place=_place(row))["statement"])
    except crypto.CannotOpen:
        # Sealed with a key that was destroyed; the person has a new one.
        return None


def _is_sponsor(actor: Actor, program_id: UUID) -> bool:
    return any(grant.role is Role.SPONSOR and grant.program_id in (None, program_id) for grant in actor.grants)


def _place(row: Commitment) -> crypto.Place:
    return crypto.Place(row.organization_id, row.id, "sponsor_commitments.sealed_statement")
