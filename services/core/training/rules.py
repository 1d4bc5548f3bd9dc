"""Pure decisions about training: what a quiz says, what a session costs, when a certificate ends. No I/O."""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from services.core.training.models import (
    Certificate,
    Completion,
    CostPer,
    CostStage,
    EnrolmentState,
    Module,
    SessionState,
    Topic,
)

#: Days ahead of the end of a certificate on which its person is told.
REMINDERS = (30, 7)
FIRST_REMINDER = timedelta(days=max(REMINDERS))

#: Who has a seat, or had one.
SEATED = (EnrolmentState.ENROLLED, EnrolmentState.ATTENDED, EnrolmentState.ABSENT)
#: Who is told when a session changes.
CONCERNED = (EnrolmentState.INVITED, EnrolmentState.ENROLLED, EnrolmentState.WAITING)

#: From this part of the budget on it is said that it runs out.
_NEAR = Decimal("0.9")


class Standing(StrEnum):
    """Where a person is with a module."""

    VALID = "valid"
    MISSING = "missing"
    EXPIRED = "expired"
    #: Completed but for the acknowledgement of the policy.
    TO_ACKNOWLEDGE = "to_acknowledge"


class BudgetWarning(StrEnum):
    """What a budget says to one more amount."""

    NEAR = "near"
    OVER = "over"


@dataclass(frozen=True)
class NextSession:
    """The session to go to: the next with a free seat, or else the next with a waiting list."""

    id: UUID
    starts_at: datetime
    starts_local: str
    time_zone: str
    language: str
    seats_left: int


def linked_to(topic: Topic) -> list[str]:
    """What else of the product belongs to a topic, by the address of the person's own."""
    if topic is Topic.LINKEDIN_PROFILE:
        return ["/v1/me/profile-checklists/linkedin"]
    if topic is Topic.NETWORK_CONDUCT:
        return ["/v1/policies"]
    return []


def completion_of(wanted: Completion | None, *, has_quiz: bool) -> Completion:
    """What completes a module where its author has not said."""
    return wanted or (Completion.QUIZ if has_quiz else Completion.ATTENDANCE)


def is_complete(completion: Completion, *, has_passed: bool, has_attended: bool) -> bool:
    """Whether quiz and attendance are enough."""
    match completion:
        case Completion.QUIZ:
            return has_passed
        case Completion.ATTENDANCE:
            return has_attended
        case Completion.EITHER:
            return has_passed or has_attended
        case Completion.BOTH:
            return has_passed and has_attended


def add_months(moment: datetime, months: int, *, zone: str) -> datetime:
    """The end of the day, ``months`` later, in a zone; a month that lacks the day ends on its last one."""
    local = moment.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    midnight = datetime(year, month + 1, day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    return midnight.astimezone(UTC)


def is_valid(certificate: Certificate, *, at: datetime) -> bool:
    """Whether a certificate counts at a moment."""
    return certificate.revoked_at is None and (certificate.expires_at is None or certificate.expires_at > at)


def best(certificates: Sequence[Certificate]) -> Certificate | None:
    """The certificate that counts longest, of those that were not taken back."""
    live = [one for one in certificates if one.revoked_at is None]
    return max(live, key=lambda one: (one.expires_at is None, one.expires_at or one.issued_at), default=None)


def standing(certificates: Sequence[Certificate], *, at: datetime) -> Standing:
    """Where somebody with these certificates of a module is."""
    found = best(certificates)
    if found is None:
        return Standing.MISSING
    return Standing.VALID if is_valid(found, at=at) else Standing.EXPIRED


def due_reminder(left: timedelta, *, reminded_days: int | None) -> int | None:
    """Which of the reminders is due, the latest only; None for none."""
    due = [
        days for days in REMINDERS if left <= timedelta(days=days) and (reminded_days is None or days < reminded_days)
    ]
    return min(due, default=None)


@dataclass(frozen=True)
class Marked:
    """A quiz, marked."""

    right: list[str]
    wrong: list[str]
    percent: int
    is_passed: bool


def mark(quiz: Mapping[str, Any], answers: Mapping[str, Sequence[str]]) -> Marked:
    """Mark answers: a question is right if exactly the right options were chosen."""
    right: list[str] = []
    wrong: list[str] = []
    for question in quiz["questions"]:
        chosen = set(answers.get(question["id"], ()))
        (right if chosen == set(question["correct"]) else wrong).append(question["id"])
    percent = 100 * len(right) // (len(right) + len(wrong))
    return Marked(right, wrong, percent, percent >= quiz["pass_percent"])


def shuffled(options: Sequence[Any]) -> list[Any]:
    """In no order: the place of an option tells nothing."""
    mixed = list(options)
    secrets.SystemRandom().shuffle(mixed)
    return mixed


@dataclass(frozen=True)
class Tries:
    """What is left of the tries at a quiz."""

    left: int
    #: When the next is possible, if none is left.
    next_at: datetime | None


def tries(quiz: Mapping[str, Any], made: Sequence[datetime], *, now: datetime) -> Tries:
    """How many more tries somebody has who made these since their last certificate; the oldest is forgotten first."""
    within = timedelta(days=quiz["attempts_days"])
    counted = sorted(at for at in made if at > now - within)
    left = max(quiz["attempts_limit"] - len(counted), 0)
    return Tries(left, None if left else counted[len(counted) - quiz["attempts_limit"]] + within)


def wall_to_instant(local: datetime, zone: str) -> datetime:
    """The instant of a wall time: an hour that is skipped shifts forward, of one that is repeated it is the first."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


class Priced(Protocol):
    """Something with a price."""

    cost_per: CostPer | None
    cost_amount: Decimal | None
    seats: int
    state: SessionState


def costs(session: Priced, *, seated: int) -> dict[CostStage, Decimal]:
    """What a session costs by stage; the stages add up to what it can cost at the most.

    A seat is bound when somebody takes it, a fixed price when the session is planned. Once it was held, what was bound
    is spent; a cancelled one costs nothing (a fee for it is entered by hand).
    """
    zero = Decimal(0)
    if session.cost_per is None or session.cost_amount is None or session.state is SessionState.CANCELLED:
        return {}
    is_by_seat = session.cost_per is CostPer.SEAT
    bound = session.cost_amount * seated if is_by_seat else session.cost_amount
    if session.state is SessionState.HELD:
        return {CostStage.SPENT: bound} if bound else {}
    most = session.cost_amount * max(session.seats, seated) if is_by_seat else session.cost_amount
    stages = {CostStage.COMMITTED: bound, CostStage.PLANNED: most - bound}
    return {stage: amount for stage, amount in stages.items() if amount > zero}


def warning(*, used: Decimal, amount: Decimal) -> BudgetWarning | None:
    """What a budget says once ``used`` of it is planned, bound or spent."""
    if used > amount:
        return BudgetWarning.OVER
    return BudgetWarning.NEAR if amount and used >= amount * _NEAR else None


def is_conduct(module: Module) -> bool:
    """Whether a module is complete only once the policy is acknowledged."""
    return module.topic is Topic.NETWORK_CONDUCT
