"""Whom a persona fits, what of an invitation others may see, and which preferences and pauses make sense. No I/O."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays

from services.core.ambassadors.models import Ambassador, AmbassadorState, Intake, Invitation, InvitationState, Pause
from services.core.employees.models import Employee
from services.core.kit.errors import FieldProblem
from services.core.kit.texts import Language, Text
from services.core.kit.zones import is_zone

#: Criteria that compare one field of the directory with a list, and that field.
LISTED = {
    "departments": "department",
    "job_families": "job_family",
    "job_levels": "job_level",
    "countries": "country",
}
TENURE = "min_tenure_months"
LANGUAGES = "languages"
PRESENCE = "presence"
#: Criteria that compare what somebody has declared with a list: one in common is enough.
TAGGED = ("traits", "skills")
#: Criteria that need more than the directory.
DECLARED = (LANGUAGES, PRESENCE, *TAGGED)

INVITATION_LIFE = timedelta(days=14)
SHORTEST_INVITATION, LONGEST_INVITATION = timedelta(hours=1), timedelta(days=90)
#: Of a program that has not said how it reminds.
USUAL_REMINDERS, USUAL_REMINDER_DAYS = 2, 4
#: After a no, nobody is asked again for this long.
QUIET_AFTER_NO = timedelta(days=90)

#: In the program now.
MEMBER = (AmbassadorState.JOINED, AmbassadorState.ONBOARDING, AmbassadorState.ACTIVE, AmbassadorState.PAUSED)


class Result(StrEnum):
    """What the directory says about one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Fit(StrEnum):
    """Which employees a list of candidates has."""

    FITTING = "fitting"
    POSSIBLE = "possible"
    ALL = "all"


class Standing(StrEnum):
    """Where somebody stands with a program, as far as its managers may see."""

    NONE = "none"
    INVITED = "invited"
    #: Accepted, and every place is taken.
    WAITING = "waiting"
    MEMBER = "member"


@dataclass(frozen=True)
class Explained:
    """One criterion, what it asks, what the directory says, and the outcome."""

    criterion: str
    result: Result
    wanted: int | list[str] | dict[str, Any]
    found: int | str | list[str] | dict[str, Any] | None


@dataclass(frozen=True)
class Declared:
    """What somebody has said of themselves, as far as the reader may see; None = not said, or not for this reader."""

    traits: frozenset[str] | None = None
    skills: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    #: ``{"network": str, "audience": int | None, "posts_per_month": int | None}`` each.
    presence: tuple[Mapping[str, Any], ...] | None = None


NOTHING_DECLARED = Declared()


def local_date(moment: datetime, zone: str | None, *, default: str) -> date:
    """The date of ``moment`` where somebody is; ``default`` for a zone that is missing or unknown."""
    for name in (zone, default):
        try:
            if name:
                return moment.astimezone(ZoneInfo(name)).date()
        except (KeyError, ValueError, OSError):
            continue
    return moment.date()


def tenure_months(started_on: date, today: date) -> int:
    """Whole months since ``started_on``; a month that lacks its day is complete on its last day."""
    months = (today.year - started_on.year) * 12 + today.month - started_on.month
    last_day = calendar.monthrange(today.year, today.month)[1]
    if today.day < min(started_on.day, last_day):
        months -= 1
    return max(months, 0)


def started_by(today: date, *, months: int) -> date:
    """The last first working day that gives ``months`` of tenure on ``today``."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    # On the last day of a month, those who started on a later day of a longer month are complete as well.
    is_month_end = today.day == calendar.monthrange(today.year, today.month)[1]
    return date(year, month + 1, last_day if is_month_end else min(today.day, last_day))


def explain(
    criteria: Mapping[str, Any], employee: Employee, *, today: date, declared: Declared = NOTHING_DECLARED
) -> list[Explained]:
    """Each criterion of a persona, for one employee on their ``today``. An absent rule is not listed."""
    explained: list[Explained] = []
    months = criteria.get(TENURE)
    if months is not None:
        started_on = employee.started_on
        is_long_enough = started_on is not None and started_on <= started_by(today, months=months)
        found = tenure_months(started_on, today) if started_on is not None else None
        explained.append(Explained(TENURE, _result(found, is_long_enough), months, found))
    for criterion, field in LISTED.items():
        wanted = criteria.get(criterion)
        if not wanted:
            continue
        value = getattr(employee, field)
        is_met = value is not None and is_listed(value, wanted)
        explained.append(Explained(criterion, _result(value, is_met), list(wanted), value))
    if criteria.get(LANGUAGES):
        explained.append(_explain_languages(criteria[LANGUAGES], employee.locale, declared))
    if criteria.get(PRESENCE):
        explained.append(_explain_presence(criteria[PRESENCE], declared))
    for criterion in TAGGED:
        if criteria.get(criterion):
            explained.append(_explain_tags(criterion, criteria[criterion], getattr(declared, criterion)))
    return explained


def language_tag(locale: str | None) -> str | None:
    """The language of a directory's locale, such as ``he`` of ``he-IL``."""
    return locale.split("-")[0].split("_")[0].lower() if locale else None


def declares(said: Declared, *, kind: str, value: str) -> bool:
    """Whether somebody has declared a skill or a language that a program needs."""
    wanted = " ".join(value.casefold().split())
    return wanted in ({"skill": said.skills, "language": said.languages}.get(kind) or frozenset())


def _explain_languages(wanted: list[str], locale: str | None, declared: Declared) -> Explained:
    """The directory's language proves that somebody speaks it, and never that they speak no other."""
    spoken = (declared.languages or frozenset()) | ({language_tag(locale)} if locale else set())
    found = sorted(tag for tag in spoken if tag) or None
    otherwise = Result.UNKNOWN if declared.languages is None else Result.NOT_MET
    return Explained(LANGUAGES, Result.MET if spoken & set(wanted) else otherwise, list(wanted), found)


def _explain_tags(criterion: str, wanted: list[str], said: frozenset[str] | None) -> Explained:
    if said is None:
        return Explained(criterion, Result.UNKNOWN, list(wanted), None)
    return Explained(criterion, _result("said", bool(said & set(wanted))), list(wanted), sorted(said))


def _explain_presence(wanted: Mapping[str, Any], declared: Declared) -> Explained:
    """The account on the network that is asked for; without one, that of the largest audience."""
    asked = {name: value for name, value in wanted.items() if value is not None}
    if declared.presence is None:
        return Explained(PRESENCE, Result.UNKNOWN, asked, None)
    network = asked.get("network")
    accounts = [row for row in declared.presence if network in (None, row["network"])]
    if not accounts:
        return Explained(PRESENCE, Result.NOT_MET, asked, {})
    results = [(_judge_account(asked, row), dict(row)) for row in accounts]
    order = (Result.MET, Result.UNKNOWN, Result.NOT_MET)
    result, account = min(results, key=lambda pair: (order.index(pair[0]), -(pair[1].get("audience") or 0)))
    return Explained(PRESENCE, result, asked, account)


def _judge_account(asked: Mapping[str, Any], account: Mapping[str, Any]) -> Result:
    sizes = [(asked[name], account.get(name)) for name in ("audience", "posts_per_month") if name in asked]
    if any(found is not None and found < least for least, found in sizes):
        return Result.NOT_MET
    return Result.UNKNOWN if any(found is None for _, found in sizes) else Result.MET


def _result(found: int | str | None, is_met: bool) -> Result:
    if found is None:
        return Result.UNKNOWN
    return Result.MET if is_met else Result.NOT_MET


def is_listed(value: str, wanted: list[str]) -> bool:
    """Whether a value of the directory is among those wanted, however it is capitalised."""
    return value.casefold() in {name.casefold() for name in wanted}


@dataclass(frozen=True)
class SeenInvitation:
    """An invitation as one reader may see it."""

    id: UUID
    program_id: UUID
    employee_id: UUID
    state: InvitationState
    language: Language
    message: str | None
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None

    @property
    def version(self) -> int:
        """For the ETag: made from what this reader sees, so that it tells nothing more."""
        return 1 if self.state is InvitationState.SENT else 2


def state_at(invitation: Invitation, now: datetime) -> InvitationState:
    """The state of an invitation, which runs out by itself."""
    if invitation.state is InvitationState.SENT and invitation.expires_at <= now:
        return InvitationState.EXPIRED
    return invitation.state


def seen_by_person(invitation: Invitation, *, now: datetime) -> SeenInvitation:
    """An invitation as the invited person sees it: as it is."""
    return _seen(invitation, state_at(invitation, now), invitation.answered_at)


def seen_by_manager(invitation: Invitation, *, now: datetime) -> SeenInvitation:
    """An invitation as managers see it: a no looks like no answer, so that there is no list of refusers."""
    state = state_at(invitation, now)
    if state is InvitationState.DECLINED:
        state = InvitationState.SENT if invitation.expires_at > now else InvitationState.EXPIRED
    answered_at = invitation.answered_at if state is InvitationState.ACCEPTED else None
    return _seen(invitation, state, answered_at)


def _seen(invitation: Invitation, state: InvitationState, answered_at: datetime | None) -> SeenInvitation:
    return SeenInvitation(
        id=invitation.id,
        program_id=invitation.program_id,
        employee_id=invitation.employee_id,
        state=state,
        language=invitation.language,
        message=invitation.message,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        answered_at=answered_at,
    )


def blocks_new_invitation(invitation: Invitation, *, now: datetime) -> bool:
    """Whether an earlier invitation keeps a new one back: it is open, or the answer was no not long ago."""
    if invitation.state is InvitationState.DECLINED:
        answered_at = invitation.answered_at or invitation.created_at
        return max(answered_at + QUIET_AFTER_NO, invitation.expires_at) > now
    return state_at(invitation, now) is InvitationState.SENT


def next_reminder(intake: Intake | None, *, sent: int, after: datetime, expires_at: datetime) -> datetime | None:
    """When an unanswered invitation is to be reminded of next; None once all reminders have gone, or it is over."""
    most = intake.max_reminders if intake is not None else USUAL_REMINDERS
    days = intake.reminder_days if intake is not None else USUAL_REMINDER_DAYS
    due_at = after + timedelta(days=days)
    return due_at if sent < most and due_at < expires_at else None


def standing(ambassador: Ambassador | None, invitations: list[Invitation], *, now: datetime) -> Standing:
    """Where somebody stands with a program, as its managers may see it."""
    if ambassador is not None and ambassador.state in MEMBER:
        return Standing.MEMBER
    if ambassador is not None and ambassador.state is AmbassadorState.WAITING:
        return Standing.WAITING
    if any(seen_by_manager(row, now=now).state is InvitationState.SENT for row in invitations):
        return Standing.INVITED
    return Standing.NONE


class ZoneSource(StrEnum):
    """Who has said in which zone a person is."""

    OWN = "own"
    DIRECTORY = "directory"
    ORGANIZATION = "organization"


def effective_zone(*, own: str | None, directory: str | None, organization: str) -> tuple[str, ZoneSource]:
    """The zone a person's hours are in: their own word, else the directory's if it is one, else the organization's."""
    for name, source in ((own, ZoneSource.OWN), (directory, ZoneSource.DIRECTORY)):
        if name and is_zone(name):
            return name, source
    return organization, ZoneSource.ORGANIZATION


_BOTH_OR_NEITHER = Text(
    en="Quiet hours have a start and an end. Give both, or neither.",
    he="לשעות השקט יש התחלה וסוף. יש לתת את שניהם, או אף אחד מהם.",
)
_SAME_TIME = Text(
    en="Quiet hours end at another time than they start.", he="שעת הסיום של שעות השקט צריכה להיות שונה משעת ההתחלה."
)
_NO_COUNTRY = Text(
    en="The directory does not say your country. Give it here, so that we know whose holidays.",
    he="המדינה שלך אינה רשומה במערכת. יש לתת אותה כאן, כדי לדעת אילו חגים חלים.",
)
_NO_HOLIDAYS = Text(
    en="We know no public holidays of {country}. Give another country, or set observes_holidays to false.",
    he="החגים הרשמיים של {country} אינם מוכרים לנו. יש לתת מדינה אחרת, או לקבוע observes_holidays ל-false.",
)
_NO_SUBDIVISION = Text(
    en="{country} has no holidays of its own there. Use one of: {known}; or leave it out.",
    he="ל-{country} אין חגים נפרדים באזור זה. יש להשתמש באחד מאלה: {known}, או להשמיט.",
)


def problems_with_preferences(wanted: Mapping[str, Any], *, directory_country: str | None) -> list[FieldProblem]:
    """What of a person's preferences does not fit together; ``wanted`` holds all of them."""
    problems = []
    start, end = wanted["quiet_from"], wanted["quiet_to"]
    if (start is None) != (end is None):
        problems.append(FieldProblem("/quiet_to" if end is None else "/quiet_from", "missing", _BOTH_OR_NEITHER))
    elif start is not None and start == end:
        problems.append(FieldProblem("/quiet_to", "same_as_start", _SAME_TIME))
    country = wanted["country"] or directory_country
    if not (wanted["observes_holidays"] or wanted["subdivision"]):
        return problems
    known = holidays.list_supported_countries()
    if country is None:
        problems.append(FieldProblem("/country", "missing", _NO_COUNTRY))
    elif country not in known:
        problems.append(FieldProblem("/country", "no_holidays_known", _NO_HOLIDAYS, {"country": country}))
    elif wanted["subdivision"] and wanted["subdivision"] not in known[country]:
        values: dict[str, object] = {"country": country, "known": ", ".join(known[country]) or "-"}
        problems.append(FieldProblem("/subdivision", "no_holidays_known", _NO_SUBDIVISION, values))
    return problems


class PauseState(StrEnum):
    """Where a pause is at a moment."""

    PLANNED = "planned"
    IN_EFFECT = "in_effect"
    OVER = "over"


#: A caller's "now" that took this long to arrive, or whose clock is this much behind, is still now.
STILL_NOW = timedelta(minutes=5)


def pause_state(pause: Pause, *, now: datetime) -> PauseState:
    """Where a pause is: from its start until the moment before its end it is in effect."""
    if pause.ends_at is not None and pause.ends_at <= now:
        return PauseState.OVER
    return PauseState.IN_EFFECT if pause.starts_at <= now else PauseState.PLANNED


def not_before_now(moment: datetime, *, now: datetime) -> datetime | None:
    """A moment as it is meant: as it is, ``now`` for one that has just passed, None for one in the past."""
    if moment >= now:
        return moment
    return now if now - moment <= STILL_NOW else None


def find_overlap(
    pauses: Iterable[Pause], *, program_id: UUID | None, starts_at: datetime, ends_at: datetime | None
) -> Pause | None:
    """A pause for the same programs that shares a moment with a time from ``starts_at`` to before ``ends_at``."""
    for pause in pauses:
        begins_in_time = ends_at is None or pause.starts_at < ends_at
        lasts_until_then = pause.ends_at is None or pause.ends_at > starts_at
        if pause.program_id == program_id and begins_in_time and lasts_until_then:
            return pause
    return None
