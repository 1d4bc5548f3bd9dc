"""When somebody may post, and when next: their days and hours, the program's, both caps, and colleagues. No I/O.

Windows, quiet hours and days are wall times in the person's own zone, whatever zone a time was chosen in. A missing
hour shifts forward by the gap and a double hour means the first one (``rules.resolve_wall_time``); what is judged is
the instant that follows, so that nothing shifts into quiet hours. What nobody has set forbids nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from services.core.kit.texts import Language, Text
from services.core.shares.rules import resolve_wall_time

#: How far ahead a good time is looked for.
HORIZON = timedelta(days=28)
#: The chosen time may lie this far back, for the way from the person's screen to us.
CLOCK_ALLOWANCE = timedelta(minutes=1)
#: A proposal lies at least so far ahead, for the person to look at it and agree.
TO_DECIDE = timedelta(minutes=10)
#: Hours in which a proposal is put if it can be: nobody has to set anything for a sensible one.
USUAL_FROM, USUAL_TO = 8 * 60, 19 * 60
_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_ONE_DAY = timedelta(days=1)


class TimeCode(StrEnum):
    """Why a time does not fit; stable codes. Those of a cap say whose cap it is."""

    PAST = "time_in_the_past"
    EMBARGO = "embargo"
    ITEM_OVER = "item_over"
    ON_LEAVE = "on_leave"
    PAUSED = "paused"
    NOT_A_WORKING_DAY = "not_a_working_day"
    PUBLIC_HOLIDAY = "public_holiday"
    QUIET_HOURS = "quiet_hours"
    OWN_WINDOWS = "outside_own_windows"
    PROGRAM_WINDOWS = "outside_program_windows"
    OWN_CAP_PER_DAY = "own_cap_per_day"
    OWN_CAP_PER_WEEK = "own_cap_per_week"
    PROGRAM_CAP_PER_DAY = "program_cap_per_day"
    PROGRAM_CAP_PER_WEEK = "program_cap_per_week"
    #: Says neither who nor exactly when.
    NEAR_A_COLLEAGUE = "near_a_colleague"
    #: Why a proposal is what it is.
    FIRST_THAT_FITS = "first_that_fits"
    FIRST_IN_USUAL_HOURS = "first_in_usual_hours"


_TEXTS: dict[TimeCode, Text] = {
    TimeCode.PAST: Text(en="This time has passed. Choose a later one.", he="המועד כבר חלף. יש לבחור מועד מאוחר יותר."),
    TimeCode.EMBARGO: Text(
        en="The item is under embargo at that time. Choose a time after it, such as the proposed one.",
        he="במועד זה הפריט עדיין תחת אמברגו. יש לבחור מועד שאחריו, למשל המועד המוצע.",
    ),
    TimeCode.ITEM_OVER: Text(
        en="The item is not offered any more at that time. Choose an earlier one.",
        he="במועד זה הפריט כבר לא יהיה מוצע. יש לבחור מועד מוקדם יותר.",
    ),
    TimeCode.ON_LEAVE: Text(
        en="The directory says that you are on leave, so nothing of yours goes out. Plan it once you are back; "
        "if that is wrong, ask HR to correct it.",
        he="לפי מערכת משאבי האנוש יש לך חופשה כעת, ולכן דבר לא יפורסם בשמך. ניתן לתזמן לאחר החזרה; "
        "אם זו טעות, יש לפנות למשאבי אנוש.",
    ),
    TimeCode.PAUSED: Text(
        en="You are pausing at that time. Choose a time after the pause, or end the pause.",
        he="במועד זה ההפסקה שהגדרת בתוקף. יש לבחור מועד לאחריה, או לסיים אותה.",
    ),
    TimeCode.NOT_A_WORKING_DAY: Text(
        en="That day is not one of your working days. Choose one of them, or change your preferences.",
        he="יום זה אינו אחד מימי העבודה שלך. יש לבחור יום עבודה, או לשנות את ההעדפות.",
    ),
    TimeCode.PUBLIC_HOLIDAY: Text(
        en="That day is a public holiday that you observe. Choose another day.",
        he="יום זה הוא חג רשמי, ובחרת לשמור אותו. יש לבחור יום אחר.",
    ),
    TimeCode.QUIET_HOURS: Text(
        en="In your zone ({zone}) this is {local}, within your quiet hours ({start} to {end}). "
        "Choose a time outside them.",
        he="באזור הזמן שלך ({zone}) השעה היא {local}, בתוך שעות השקט שלך ({start} עד {end}). יש לבחור מועד מחוצה להן.",
    ),
    TimeCode.OWN_WINDOWS: Text(
        en="In your zone ({zone}) this is {weekday} {local}, outside the hours you have set for posting "
        "({windows}). Choose a time within them.",
        he="באזור הזמן שלך ({zone}) זהו יום {weekday} בשעה {local}, מחוץ לשעות הפרסום שהגדרת ({windows}). "
        "יש לבחור מועד בתוכן.",
    ),
    TimeCode.PROGRAM_WINDOWS: Text(
        en="In your zone ({zone}) this is {weekday} {local}, outside the programme's hours for this network "
        "({windows}). Choose a time within them.",
        he="באזור הזמן שלך ({zone}) זהו יום {weekday} בשעה {local}, מחוץ לשעות הפרסום של התוכנית ברשת זו ({windows}). "
        "יש לבחור מועד בתוכן.",
    ),
    TimeCode.OWN_CAP_PER_DAY: Text(
        en="Your own cap is {limit} a day, and {taken} are planned or out on that day. "
        "Choose another day, or change your own cap.",
        he="המכסה שקבעת לעצמך היא {limit} ביום, ובאותו יום כבר תוכננו או פורסמו {taken}. "
        "יש לבחור יום אחר, או לשנות את המכסה.",
    ),
    TimeCode.OWN_CAP_PER_WEEK: Text(
        en="Your own cap is {limit} a week, and {taken} are planned or out in that week. "
        "Choose another week, or change your own cap.",
        he="המכסה שקבעת לעצמך היא {limit} בשבוע, ובאותו שבוע כבר תוכננו או פורסמו {taken}. "
        "יש לבחור שבוע אחר, או לשנות את המכסה.",
    ),
    TimeCode.PROGRAM_CAP_PER_DAY: Text(
        en="The programme's cap on this network is {limit} a day, and {taken} of yours are planned or out on that day. "
        "Choose another day.",
        he="המכסה של התוכנית ברשת זו היא {limit} ביום, ובאותו יום כבר תוכננו או פורסמו {taken} משלך. יש לבחור יום אחר.",
    ),
    TimeCode.PROGRAM_CAP_PER_WEEK: Text(
        en="The programme's cap on this network is {limit} a week, and {taken} of yours are planned or out in that "
        "week. Choose another week.",
        he="המכסה של התוכנית ברשת זו היא {limit} בשבוע, ובאותו שבוע כבר תוכננו או פורסמו {taken} משלך. "
        "יש לבחור שבוע אחר.",
    ),
    TimeCode.NEAR_A_COLLEAGUE: Text(
        en="Colleagues post about the same around then. Choose a time some minutes away, such as the proposed one.",
        he="עמיתים מפרסמים על אותו נושא בסמוך למועד זה. יש לבחור מועד במרחק כמה דקות, למשל המועד המוצע.",
    ),
    TimeCode.FIRST_THAT_FITS: Text(
        en="The first time from then on that fits your days, hours and caps, and the programme's.",
        he="המועד הראשון משם והלאה שמתאים לימים, לשעות ולמכסות שלך ושל התוכנית.",
    ),
    TimeCode.FIRST_IN_USUAL_HOURS: Text(
        en="The first time from then on within usual hours (08:00 to 19:00 on a working day) that fits your days, "
        "hours and caps, and the programme's.",
        he="המועד הראשון משם והלאה בשעות המקובלות (08:00 עד 19:00 ביום עבודה) שמתאים לימים, לשעות ולמכסות שלך "
        "ושל התוכנית.",
    ),
}


@dataclass(frozen=True)
class Reason:
    """Why a time does not fit (or why one is proposed), and what to do."""

    code: TimeCode
    values: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """The words, with their places still open."""
        return _TEXTS[self.code]

    def in_language(self, language: Language) -> str:
        """The words for a reader of ``language``."""
        return self.text.in_language(language, **self.values)


#: ISO weekdays, as short as a calendar writes them.
_DAYS = {
    1: Text(en="Mon", he="ב׳"),
    2: Text(en="Tue", he="ג׳"),
    3: Text(en="Wed", he="ד׳"),
    4: Text(en="Thu", he="ה׳"),
    5: Text(en="Fri", he="ו׳"),
    6: Text(en="Sat", he="שבת"),
    7: Text(en="Sun", he="א׳"),
}


@dataclass(frozen=True)
class Window:
    """A stretch of some days in wall time; ``end`` is not part of it, and at or before ``start`` means the next day."""

    #: ISO weekdays on which it begins.
    days: frozenset[int]
    #: Minutes after midnight.
    start: int
    end: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Window:
        """A window as it is stored: ``{"days": [1..7], "from": "HH:MM", "to": "HH:MM"}``."""
        days = frozenset(document.get("days") or range(1, 8))
        return cls(days, minutes(document["from"]), minutes(document["to"]))

    def has(self, local: datetime) -> bool:
        """Whether a wall time lies in it."""
        minute, today = local.hour * 60 + local.minute, local.isoweekday()
        if self.start < self.end:
            return today in self.days and self.start <= minute < self.end
        yesterday = (today - 2) % 7 + 1
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.end)

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"

    @property
    def said(self) -> Text:
        """Its days, unless it is every day, and its hours."""
        if len(self.days) == len(_DAYS):
            return Text(en=str(self), he=str(self))
        # A week of days begins on Sunday where Hebrew is read, and on Monday elsewhere.
        hebrew = ", ".join(_DAYS[day].he for day in sorted(self.days, key=lambda day: day % 7))
        english = ", ".join(_DAYS[day].en for day in sorted(self.days))
        return Text(en=f"{english} {self}", he=f"{hebrew} {self}")


def _all_said(windows: Iterable[Window]) -> Text:
    said = dict.fromkeys(window.said for window in windows)
    return Text(en="; ".join(one.en for one in said), he="; ".join(one.he for one in said))


def minutes(text: str) -> int:
    """Minutes after midnight of ``HH:MM``; ``24:00`` is the end of the day."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def clock(minute: int) -> str:
    """``HH:MM`` of minutes after midnight."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True)
class Interval:
    """From an instant to just before another; None = until it is ended."""

    starts_at: datetime
    ends_at: datetime | None

    def has(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Hours:
    """The days and hours in which something of a person may appear: their own, and the program's on one network."""

    #: The person's own zone.
    zone: str
    working_days: frozenset[int] | None = None
    quiet: Window | None = None
    own_windows: tuple[Window, ...] = ()
    program_windows: tuple[Window, ...] = ()
    country: str | None = None
    subdivision: str | None = None
    observes_holidays: bool = False

    @classmethod
    def read(
        cls,
        *,
        zone: str,
        country: str | None = None,
        subdivision: str | None = None,
        observes_holidays: bool = False,
        working_days: Sequence[int] | None = None,
        quiet_from: str | None = None,
        quiet_to: str | None = None,
        own_windows: Sequence[Mapping[str, Any]] = (),
        program_windows: Sequence[Mapping[str, Any]] = (),
    ) -> Hours:
        """Hours from columns as preferences and channels store them."""
        quiet = None
        if quiet_from and quiet_to:
            quiet = Window(frozenset(range(1, 8)), minutes(quiet_from), minutes(quiet_to))
        return cls(
            zone=zone,
            working_days=frozenset(working_days) if working_days is not None else None,
            quiet=quiet,
            own_windows=tuple(Window.read(one) for one in own_windows),
            program_windows=tuple(Window.read(one) for one in program_windows),
            country=country,
            subdivision=subdivision,
            observes_holidays=observes_holidays,
        )

    @property
    def is_open_always(self) -> bool:
        """Whether nobody has set anything."""
        return (
            self.working_days is None
            and self.quiet is None
            and not self.own_windows
            and not self.program_windows
            and not self.observes_holidays
        )

    def local(self, at: datetime) -> datetime:
        """The person's wall time of an instant."""
        return at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def judge(self, at: datetime) -> list[Reason]:
        """Why an instant lies outside these hours; empty if it lies within."""
        local = self.local(at)
        found: list[Reason] = []
        if self.working_days is not None and local.isoweekday() not in self.working_days:
            found.append(Reason(TimeCode.NOT_A_WORKING_DAY))
        if self.observes_holidays and self.country and is_holiday(local.date(), self.country, self.subdivision):
            found.append(Reason(TimeCode.PUBLIC_HOLIDAY))
        said: dict[str, object] = {
            "zone": self.zone,
            "local": f"{local:%H:%M}",
            "weekday": _DAYS[local.isoweekday()],
        }
        if self.quiet is not None and self.quiet.has(local):
            edges: dict[str, object] = {"start": clock(self.quiet.start), "end": clock(self.quiet.end)}
            found.append(Reason(TimeCode.QUIET_HOURS, {**said, **edges}))
        for windows, code in (
            (self.own_windows, TimeCode.OWN_WINDOWS),
            (self.program_windows, TimeCode.PROGRAM_WINDOWS),
        ):
            if windows and not any(window.has(local) for window in windows):
                found.append(Reason(code, {**said, "windows": _all_said(windows)}))
        return found

    def next_allowed(self, at: datetime, *, pauses: Sequence[Interval] = ()) -> datetime | None:
        """The first instant after ``at`` that lies within these hours and in no pause; None if ``at`` does itself.

        A moment past the horizon if there is none before it.
        """

        def fits(instant: datetime) -> bool:
            return not any(pause.has(instant) for pause in pauses) and not self.judge(instant)

        if fits(at):
            return None
        last = at + HORIZON
        ends = [pause.ends_at for pause in pauses if pause.ends_at is not None]
        found = (edge for edge in sorted({*edges(self, at, last), *ends}) if at < edge <= last and fits(edge))
        return next(found, last + _MINUTE)

    def is_usual(self, at: datetime) -> bool:
        """Whether an instant lies in usual hours on a working day: of the person if they say, else of their country."""
        local = self.local(at)
        if not USUAL_FROM <= local.hour * 60 + local.minute < USUAL_TO:
            return False
        if self.working_days is not None:
            return local.isoweekday() in self.working_days
        return local.isoweekday() not in weekend(self.country)


@dataclass(frozen=True)
class Cap:
    """A limit with what counts against it: instants of what is planned or out."""

    per_day: int | None = None
    per_week: int | None = None
    taken: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """Everything that a time is judged by."""

    hours: Hours
    now: datetime
    pauses: tuple[Interval, ...] = ()
    is_on_leave: bool = False
    #: The person's, over all programs and networks; and the program's, on this network.
    own: Cap = field(default_factory=Cap)
    program: Cap = field(default_factory=Cap)
    #: When colleagues post about the same item on the same network.
    colleagues: tuple[datetime, ...] = ()
    #: Least distance from them.
    stagger: timedelta = timedelta(0)
    #: As ``stagger``, for proposals only: kept where no program has set a distance.
    usual_stagger: timedelta = timedelta(0)
    #: When the item's embargo ends, and when the item is over.
    not_before: datetime | None = None
    not_after: datetime | None = None

    @cached_property
    def _counts(self) -> tuple[Counter[date], Counter[date], Counter[date], Counter[date]]:
        own = [self.hours.local(at).date() for at in self.own.taken]
        program = [self.hours.local(at).date() for at in self.program.taken]
        return (
            Counter(own),
            Counter(map(_monday, own)),
            Counter(program),
            Counter(map(_monday, program)),
        )

    def judge(self, at: datetime) -> list[Reason]:
        """Why an instant does not fit; empty if it does."""
        found: list[Reason] = []
        if at < self.now - CLOCK_ALLOWANCE:
            found.append(Reason(TimeCode.PAST))
        if self.not_before is not None and at < self.not_before:
            found.append(Reason(TimeCode.EMBARGO))
        if self.not_after is not None and at >= self.not_after:
            found.append(Reason(TimeCode.ITEM_OVER))
        if self.is_on_leave:
            found.append(Reason(TimeCode.ON_LEAVE))
        if any(pause.has(at) for pause in self.pauses):
            found.append(Reason(TimeCode.PAUSED))
        found += self.hours.judge(at)
        today = self.hours.local(at).date()
        own_days, own_weeks, program_days, program_weeks = self._counts
        for limit, taken, code in (
            (self.own.per_day, own_days[today], TimeCode.OWN_CAP_PER_DAY),
            (self.own.per_week, own_weeks[_monday(today)], TimeCode.OWN_CAP_PER_WEEK),
            (self.program.per_day, program_days[today], TimeCode.PROGRAM_CAP_PER_DAY),
            (self.program.per_week, program_weeks[_monday(today)], TimeCode.PROGRAM_CAP_PER_WEEK),
        ):
            if limit is not None and taken >= limit:
                found.append(Reason(code, {"limit": limit, "taken": taken}))
        if self._is_near(at, self.stagger):
            found.append(Reason(TimeCode.NEAR_A_COLLEAGUE))
        return found

    @cached_property
    def _in_order(self) -> list[datetime]:
        return sorted(self.colleagues)

    def _is_near(self, at: datetime, distance: timedelta) -> bool:
        place = bisect_left(self._in_order, at)
        return any(abs(at - other) < distance for other in self._in_order[max(place - 1, 0) : place + 1])

    def keeps_distance(self, at: datetime) -> bool:
        """Whether an instant is as far from colleagues as usual, where no program has said how far."""
        return not self._is_near(at, max(self.stagger, self.usual_stagger))


@dataclass(frozen=True)
class Proposal:
    """A time that fits, in the zone that was asked for: agreeing to this wall time gives this very instant."""

    local: datetime
    zone: str
    at: datetime
    #: ``exact`` or ``first``, as for every wall time; never ``shifted``.
    note: str
    #: Why the wished time does not fit; empty if there was none.
    instead_of: tuple[Reason, ...]
    why: Reason

    def document(self, language: Language) -> dict[str, object]:
        """As it is shown: what to send to agree to it, and why this one."""
        return {
            "scheduled_local": self.local.isoformat(),
            "time_zone": self.zone,
            "scheduled_at": self.at.isoformat().replace("+00:00", "Z"),
            "note": self.note,
            "why": self.why.in_language(language),
        }


def judge(local: datetime, *, zone: str, calendar: Calendar) -> list[Reason]:
    """Why a wall time does not fit, by the instant that follows from it; empty if it does."""
    return calendar.judge(resolve_wall_time(local, zone).at)


def next_good_time(
    wished_at: datetime | None, *, zone: str, calendar: Calendar, within: timedelta = HORIZON
) -> Proposal | None:
    """The next time from ``wished_at`` (None: from now) that fits, as a wall time in ``zone``; None if there is none.

    Usual hours on working days are preferred; but who is only too near a colleague, or has chosen unusual hours
    themselves, gets the next time that fits.
    """
    instead_of = tuple(calendar.judge(wished_at)) if wished_at is not None else ()
    start = max(calendar.now + TO_DECIDE, wished_at or calendar.now)
    last = start + within
    raw = {
        start,
        *edges(calendar.hours, start, last),
        *(pause.ends_at for pause in calendar.pauses if pause.ends_at is not None),
        *((calendar.not_before,) if calendar.not_before is not None else ()),
        *(
            colleague + distance
            for colleague in calendar.colleagues
            for distance in (calendar.stagger, calendar.usual_stagger)
        ),
    }
    # Round times first: they read well, and tell nothing about a colleague's minute.
    rounded, fine = (sorted({_round_up(edge, step) for edge in raw}) for step in (timedelta(minutes=5), _MINUTE))

    def first(
        candidates: Iterable[datetime], *, is_usual: bool = False, keeps_distance: bool = True
    ) -> datetime | None:
        fitting = (
            at
            for at in candidates
            if start <= at <= last
            and (not is_usual or calendar.hours.is_usual(at))
            and (not keeps_distance or calendar.keeps_distance(at))
            and not calendar.judge(at)
            and _is_sayable(at, zone)
        )
        return next(fitting, None)

    found = first(rounded)
    if found is None:
        found = first(rounded, keeps_distance=False) or first(fine, keeps_distance=False)
    if found is None:
        return None
    if not (wished_at is not None and _is_for_now(found, wished_at, instead_of, calendar)):
        found = first(rounded, is_usual=True) or found
    resolved = resolve_wall_time(found.astimezone(ZoneInfo(zone)).replace(tzinfo=None), zone)
    code = TimeCode.FIRST_IN_USUAL_HOURS if calendar.hours.is_usual(found) else TimeCode.FIRST_THAT_FITS
    return Proposal(resolved.local, zone, resolved.at, resolved.note, instead_of, Reason(code))


def _is_for_now(found: datetime, wished_at: datetime, instead_of: Sequence[Reason], calendar: Calendar) -> bool:
    """Whether the next time that fits will do although it may be unusual.

    Who is only too near a colleague moves by minutes; who chose an unusual hour keeps it if that day has a place.
    """
    if all(reason.code is TimeCode.NEAR_A_COLLEAGUE for reason in instead_of):
        return True
    is_same_day = calendar.hours.local(found).date() == calendar.hours.local(wished_at).date()
    return is_same_day and not calendar.hours.is_usual(wished_at)


def _is_sayable(at: datetime, zone: str) -> bool:
    """Whether a wall time in ``zone`` says this instant: the second of a double hour cannot be said."""
    return resolve_wall_time(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), zone).at == at


def _round_up(at: datetime, step: timedelta) -> datetime:
    over = (at - datetime.min.replace(tzinfo=at.tzinfo)) % step
    return at + (step - over) if over else at


def _monday(day: date) -> date:
    """The first day of an ISO week, which names it."""
    return day - timedelta(days=day.weekday())


def edges(hours: Hours, start: datetime, last: datetime) -> Iterator[datetime]:
    """Every instant between two at which a person's hours may begin: each stretch of good times begins at one."""
    place = ZoneInfo(hours.zone)
    starts = {0, USUAL_FROM}
    if hours.quiet is not None:
        starts.add(hours.quiet.end)
    for window in (*hours.own_windows, *hours.program_windows):
        # The day after begins at midnight, so that one which runs over it needs no edge of its own.
        starts.add(window.start)
    day, end = start.astimezone(place).date(), last.astimezone(place).date()
    midnight = resolve_wall_time(datetime.combine(day, time()), hours.zone).at
    while day <= end:
        for minute in starts:
            if minute < _DAY:
                yield resolve_wall_time(datetime.combine(day, time(minute // 60, minute % 60)), hours.zone).at
        day += _ONE_DAY
        following = resolve_wall_time(datetime.combine(day, time()), hours.zone).at
        if midnight.astimezone(place).utcoffset() != following.astimezone(place).utcoffset():
            yield _change_between(midnight, following, place)
            # What begins in a double hour begins twice.
            for minute in starts:
                if minute < _DAY:
                    again = datetime.combine(day - _ONE_DAY, time(minute // 60, minute % 60, fold=1), place)
                    yield again.astimezone(UTC)
        midnight = following


def _change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The minute at which a zone's offset changes, somewhere between two instants."""
    old = before.astimezone(place).utcoffset()
    while after - before > _MINUTE:
        middle = before + _round_up_delta((after - before) / 2)
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _round_up_delta(length: timedelta) -> timedelta:
    return timedelta(minutes=-(-length // _MINUTE))


@lru_cache(maxsize=512)
def _holidays_of(country: str, subdivision: str | None) -> holidays.HolidayBase | None:
    """The public holidays of a place; of its country if the library does not know the place."""
    for subdiv in (subdivision, None):
        try:
            return holidays.country_holidays(country, subdiv=subdiv)
        except NotImplementedError:
            continue
    return None


def is_holiday(day: date, country: str, subdivision: str | None = None) -> bool:
    """Whether a day is a public holiday there; of a country that the library does not know, none is."""
    known = _holidays_of(country, subdivision)
    return known is not None and day in known


def weekend(country: str | None) -> frozenset[int]:
    """ISO weekdays of a country's weekend; Saturday and Sunday where the library does not know it."""
    known = _holidays_of(country, None) if country else None
    return frozenset(day + 1 for day in known.weekend) if known is not None else frozenset({6, 7})
