"""The needs desk: asked in the field, answered by whoever is responsible, within what was promised. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.ambassadors import repository as ambassadors
from services.core.ambassadors.rules import MEMBER
from services.core.audit import service as audit
from services.core.content import repository as content
from services.core.employees import sealing
from services.core.employees import service as employees
from services.core.events import service as events
from services.core.kit import crypto, db
from services.core.kit.errors import Invalid, NotFound
from services.core.kit.settings import Settings
from services.core.kit.texts import listed
from services.core.needs import repository, rules
from services.core.needs.errors import (
    NeedClosed,
    NeedMoveRefused,
    NotInProgram,
    closes_first,
    other_program,
    outcome_missing,
)
from services.core.needs.models import Author, Need, NeedMessage, NeedsDesk, NeedState, NeedTopic
from services.core.needs.schemas import DeskWrite, NeedCreate, NeedUpdate
from services.core.needs.texts import STATE_NAMES
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.programs import repository as programs
from services.core.programs import service as program_service
from services.core.programs.models import Function

#: Decisions that the person reads in words.
_DECISIONS = (NeedState.PLANNED, NeedState.DECLINED, NeedState.CLOSED, NeedState.ANSWERED)


@dataclass(frozen=True)
class Words:
    """One message, opened."""

    id: UUID
    author: Author
    author_employee_id: UUID
    text: str
    created_at: datetime


@dataclass(frozen=True)
class Opened:
    """The words of a need, for the person and for whoever answers."""

    text: str
    outcome: str | None
    messages: tuple[Words, ...]


async def desk_of(session: AsyncSession, program_id: UUID) -> tuple[rules.Desk, bool]:
    """How soon a program answers, and whether that is what it has said itself."""
    own = await repository.find_desk(session, program_id)
    zone = (await organizations.get_organization(session)).time_zone
    if own is not None:
        zone = own.time_zone or zone
        desk = rules.Desk(
            own.first_response_hours,
            tuple(own.working_days),
            time.fromisoformat(own.opens_at),
            time.fromisoformat(own.closes_at),
            zone,
        )
        return desk, True
    return rules.Desk(
        rules.USUAL_HOURS,
        tuple(rules.usual_days(zone)),
        time.fromisoformat(rules.USUAL_OPENS),
        time.fromisoformat(rules.USUAL_CLOSES),
        zone,
    ), False


async def put_desk(
    session: AsyncSession, actor: Actor, program_id: UUID, desk: NeedsDesk | None, body: DeskWrite
) -> NeedsDesk:
    """Say how soon a program answers, or say it anew (``desk``). What was promised before stays promised."""
    actor.require(Permission.NEEDS_SETTINGS, program_id=program_id)
    if body.closes_at <= body.opens_at:
        raise Invalid(problems=[closes_first()])
    zone = body.time_zone or (await organizations.get_organization(session)).time_zone
    values = {**body.model_dump(), "working_days": body.working_days or rules.usual_days(zone)}
    if desk is None:
        desk = NeedsDesk(organization_id=actor.tenant(), program_id=program_id, **values)
    else:
        for name, value in values.items():
            setattr(desk, name, value)
    session.add(desk)
    await session.flush()
    await session.refresh(desk)
    audit.record(session, actor=actor.name, action="needs_desk.put", subject=desk, after=values)
    return desk


async def send(session: AsyncSession, actor: Actor, body: NeedCreate, *, settings: Settings) -> Need:
    """The caller asks for something; whoever is responsible gets it, with a time by which to answer.

    Raises NotFound, and NotInProgram for a program that the caller is not in.
    """
    employee_id = actor.person()
    program = await programs.get_program(session, body.program_id)
    membership = await ambassadors.find_ambassador(session, program_id=program.id, employee_id=employee_id)
    if membership is None or membership.state not in MEMBER:
        raise NotInProgram()
    now = await db.now(session)
    desk, _ = await desk_of(session, program.id)
    answering = await list_holders(session, program.id, body.topic)
    need = Need(
        organization_id=actor.tenant(),
        program_id=program.id,
        employee_id=employee_id,
        topic=body.topic,
        owner_employee_id=next((one for one in answering if one != employee_id), next(iter(answering), None)),
        sealed_text=b"",
        due_at=rules.due_at(now, desk),
    )
    sealer = await _sealer(session, need, settings)
    need.sealed_text = sealer.seal(body.text.encode(), place=_place(need, "sealed_text"))
    session.add(need)
    await session.flush()
    await session.refresh(need)
    events.emit(session, "need.sent", need_id=need.id, program_id=program.id, topic=need.topic.value)
    return need


async def list_holders(session: AsyncSession, program_id: UUID, topic: NeedTopic) -> list[UUID]:
    """Who answers needs of a topic in a program."""
    held = await programs.list_responsibilities(session, program_id)
    employed = await employees.find_present_ids(session, {one.employee_id for one in held})
    return rules.holders(topic, held, employed=employed)


async def find_owner(session: AsyncSession, program_id: UUID) -> UUID | None:
    """Who answers for a program as a whole; without a holder, a deputy."""
    return next(iter(await program_service.find_present_holders(session, program_id, Function.OWNER)), None)


async def answers(session: AsyncSession, actor: Actor, need: Need) -> bool:
    """Whether the caller is responsible for answering a need."""
    if actor.employee_id is None:
        return False
    return actor.employee_id in await list_holders(session, need.program_id, need.topic)


async def list_answered(session: AsyncSession, actor: Actor) -> list[tuple[UUID, NeedTopic]]:
    """The programs and topics that the caller answers for."""
    if actor.employee_id is None:
        return []
    found = []
    for program in (await session.exec(programs.programs(session))).all():
        for topic in NeedTopic:
            if actor.employee_id in await list_holders(session, program.id, topic):
                found.append((program.id, topic))
    return found


async def read(session: AsyncSession, actor: Actor, need_id: UUID, *, lock: bool = False) -> tuple[Need, bool]:
    """A need for who answers it or manages its program, and whether they answer it; to all others NotFound."""
    need = await repository.get_need(session, need_id, lock=lock)
    is_answering = await answers(session, actor, need)
    if not is_answering and not actor.may(Permission.AMBASSADORS_READ, program_id=need.program_id):
        raise NotFound(thing="need")
    return need, is_answering


async def read_own(session: AsyncSession, actor: Actor, need_id: UUID, *, lock: bool = False) -> Need:
    """One of the caller's needs; raise NotFound."""
    need = await repository.get_need(session, need_id, lock=lock)
    if need.employee_id != actor.person():
        raise NotFound(thing="need")
    return need


async def open_words(session: AsyncSession, need: Need, *, settings: Settings, with_messages: bool = True) -> Opened:
    """The words of a need. Whoever asks was looked at before."""
    sealer = await _sealer(session, need, settings)
    text = sealer.open(need.sealed_text, place=_place(need, "sealed_text")).decode()
    outcome = None
    if need.sealed_outcome is not None:
        outcome = sealer.open(need.sealed_outcome, place=_place(need, "sealed_outcome")).decode()
    rows: Sequence[NeedMessage] = await repository.list_messages(session, need.id) if with_messages else ()
    return Opened(
        text,
        outcome,
        tuple(
            Words(
                row.id,
                row.author,
                row.author_employee_id,
                sealer.open(row.sealed_text, place=_message_place(row)).decode(),
                row.created_at,
            )
            for row in rows
        ),
    )


async def write(
    session: AsyncSession, actor: Actor, need: Need, *, author: Author, text: str, settings: Settings
) -> NeedMessage:
    """Add words to a need. The desk's first ones are the first answer; the person's open an answered one again.

    Raises NeedClosed.
    """
    if need.state is NeedState.CLOSED:
        raise NeedClosed()
    message = NeedMessage(
        organization_id=need.organization_id,
        need_id=need.id,
        author=author,
        author_employee_id=actor.person(),
        sealed_text=b"",
    )
    sealer = await _sealer(session, need, settings)
    message.sealed_text = sealer.seal(text.encode(), place=_message_place(message))
    session.add(message)
    if author is Author.DESK:
        await _note_response(session, need)
        if need.state is NeedState.OPEN:
            need.state = NeedState.ANSWERED
    elif need.state is NeedState.ANSWERED:
        need.state = NeedState.OPEN
    session.add(need)
    await session.flush()
    await session.refresh(need)
    await session.refresh(message)
    events.emit(session, "need.message_written", need_id=need.id, author=author.value)
    return message


async def decide(session: AsyncSession, actor: Actor, need: Need, body: NeedUpdate, *, settings: Settings) -> Need:
    """The desk says what comes of a need, or links it to a theme of the plan or an item.

    Raises NeedClosed, NeedMoveRefused, Invalid, NotFound.
    """
    given = body.changes()
    if need.state is NeedState.CLOSED:
        raise NeedClosed()
    wanted = body.state
    if wanted is not None and wanted is not need.state:
        if wanted not in rules.MOVES[need.state]:
            possible = listed(STATE_NAMES[one] for one in sorted(rules.MOVES[need.state]))
            raise NeedMoveRefused(current=STATE_NAMES[need.state], possible=possible)
        if wanted in _DECISIONS and body.outcome is None:
            raise Invalid(problems=[outcome_missing()])
        need.state = wanted
        need.closed_at = await db.now(session) if wanted is NeedState.CLOSED else None
    if given.get("item_id") is not None:
        item = await content.get_item(session, given["item_id"])
        if item.program_id != need.program_id:
            raise Invalid(problems=[other_program()])
    for name in ("item_id", "theme_id"):
        if name in given:
            setattr(need, name, given[name])
    if body.outcome is not None:
        sealer = await _sealer(session, need, settings)
        need.sealed_outcome = sealer.seal(body.outcome.encode(), place=_place(need, "sealed_outcome"))
        await _note_response(session, need)
    session.add(need)
    await session.flush()
    await session.refresh(need)
    audit.record(
        session, actor=actor.name, action="need.decide", subject=need,
        after={"state": need.state, "item_id": need.item_id, "theme_id": need.theme_id},
    )  # fmt: skip
    events.emit(session, "need.decided", need_id=need.id, state=need.state.value)
    return need


async def close_own(session: AsyncSession, need: Need) -> Need:
    """The person needs it no more; said again, it answers the same."""
    if need.state is not NeedState.CLOSED:
        need.state, need.closed_at = NeedState.CLOSED, await db.now(session)
        session.add(need)
        await session.flush()
        await session.refresh(need)
        events.emit(session, "need.closed", need_id=need.id)
    return need


async def escalate(session: AsyncSession, need_id: UUID) -> Need | None:
    """Note that a need is overdue, once; None if it is not, or not any more."""
    need = await repository.get_need(session, need_id, lock=True)
    now = await db.now(session)
    is_open = need.state is NeedState.OPEN and need.first_response_at is None
    if not is_open or need.escalated_at is not None or need.due_at > now:
        return None
    need.escalated_at = now
    session.add(need)
    await session.flush()
    events.emit(session, "need.overdue", need_id=need.id, program_id=need.program_id)
    return need


@dataclass(frozen=True)
class Summary:
    """How a program's desk does, for the management report. Suppress before anybody but its managers sees it."""

    sent: int
    #: Who sent them: fewer than may be shown hide every number.
    people: int
    answered: int
    answered_in_time: int
    open: int
    #: Now, whenever they were sent.
    unanswered_beyond_promise: int
    people_beyond_promise: int
    #: Hours of the clock; None if none was answered.
    median_first_response_hours: float | None


async def summarize(session: AsyncSession, *, program_id: UUID, since: datetime, until: datetime) -> Summary:
    """The desk in numbers: of needs sent from ``since`` until before ``until``, and what is overdue now."""
    sent = await repository.list_sent(session, program_id, since=since, until=until)
    answered = [(one, one.first_response_at) for one in sent if one.first_response_at is not None]
    overdue = await repository.list_overdue(session, program_id, now=await db.now(session))
    waits = [(at - one.created_at).total_seconds() / 3600 for one, at in answered]
    return Summary(
        sent=len(sent),
        people=len({one.employee_id for one in sent}),
        answered=len(answered),
        answered_in_time=sum(at <= one.due_at for one, at in answered),
        open=sum(one.state is NeedState.OPEN for one in sent),
        unanswered_beyond_promise=len(overdue),
        people_beyond_promise=len({one.employee_id for one in overdue}),
        median_first_response_hours=round(median(waits), 1) if waits else None,
    )


async def _note_response(session: AsyncSession, need: Need) -> None:
    if need.first_response_at is None:
        need.first_response_at = await db.now(session)


async def _sealer(session: AsyncSession, need: Need, settings: Settings) -> crypto.Sealer:
    return await sealing.sealer_for(session, need.employee_id, master=crypto.Sealer(settings.master_keys))


def _place(need: Need, column: str) -> crypto.Place:
    return crypto.Place(need.organization_id, need.id, f"needs.{column}")


def _message_place(message: NeedMessage) -> crypto.Place:
    return crypto.Place(message.organization_id, message.id, "need_messages.sealed_text")
