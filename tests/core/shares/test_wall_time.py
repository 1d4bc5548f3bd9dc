"""A wall time means one instant, in every zone and at every change of 2026 to 2030; and a good time is a good one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.kit.texts import Language
from services.core.kit.zones import zone_release
from services.core.shares.calendar import (
    HORIZON,
    TO_DECIDE,
    Calendar,
    Cap,
    Hours,
    Interval,
    Reason,
    TimeCode,
    is_holiday,
    judge,
    next_good_time,
    weekend,
)
from services.core.shares.rules import resolve_wall_time

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
#: Changes closer together than this would be taken for none; the closest (Morocco's, at Ramadan) are weeks apart.
STEP = timedelta(days=7)
ZONES = sorted(available_timezones())


def offset(at: datetime, place: ZoneInfo) -> timedelta:
    """How far a zone is from UTC at an instant."""
    found = at.astimezone(place).utcoffset()
    assert found is not None
    return found


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The instants at which a zone changes its offset, to the second, by bisection."""
    place = ZoneInfo(zone)
    found = []
    at = FROM
    while at < TO:
        following = at + STEP
        if offset(at, place) != offset(following, place):
            before, after = at, following
            while after - before > SECOND:
                middle = before + (after - before) // SECOND // 2 * SECOND
                before, after = (middle, after) if offset(middle, place) == offset(at, place) else (before, middle)
            found.append(after)
        at = following
    return tuple(found)


def wall(at: datetime, zone: str) -> datetime:
    """The wall time of an instant."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class TestZones:
    """B24: every zone and each of its changes."""

    def test_the_rules_come_from_the_package_alone(self) -> None:
        import zoneinfo

        assert zoneinfo.TZPATH == ()
        assert zone_release() >= "2025a"

    def test_there_are_zones_and_changes_to_test(self) -> None:
        assert len(ZONES) > 500
        assert sum(len(changes(zone)) for zone in ZONES) > 1500

    def test_in_every_zone_a_wall_time_away_from_changes_is_kept(self) -> None:
        for zone in ZONES:
            for month in range(1, 13):
                local = datetime(2027, month, 1, 12)
                resolved = resolve_wall_time(local, zone)
                assert (wall(resolved.at, zone), resolved.note) == (local, "exact"), zone

    def test_at_every_change_a_missing_hour_shifts_forward_by_the_gap(self) -> None:
        gaps = 0
        for zone in ZONES:
            place = ZoneInfo(zone)
            for at in changes(zone):
                gap = offset(at, place) - offset(at - SECOND, place)
                if gap <= timedelta(0):
                    continue
                gaps += 1
                # The first wall time that is missing, and the first one after the gap.
                first = wall(at, zone) - gap
                for into in (timedelta(0), MINUTE, gap / 2, gap - SECOND):
                    resolved = resolve_wall_time(first + into, zone)
                    assert resolved.note == "shifted", (zone, at)
                    assert wall(resolved.at, zone) == first + into + gap, (zone, at)
                    assert resolved.at == at + into, (zone, at)
                for local in (first - SECOND, first + gap):
                    resolved = resolve_wall_time(local, zone)
                    assert (wall(resolved.at, zone), resolved.note) == (local, "exact"), (zone, at)
        assert gaps > 700

    def test_at_every_change_a_double_hour_means_the_first_one(self) -> None:
        folds = 0
        for zone in ZONES:
            place = ZoneInfo(zone)
            for at in changes(zone):
                back = offset(at - SECOND, place) - offset(at, place)
                if back <= timedelta(0):
                    continue
                folds += 1
                first = wall(at, zone)
                for into in (timedelta(0), MINUTE, back / 2, back - SECOND):
                    resolved = resolve_wall_time(first + into, zone)
                    assert resolved.note == "first", (zone, at)
                    assert wall(resolved.at, zone) == first + into, (zone, at)
                    assert resolved.at == at - back + into, (zone, at)
                for local in (first - SECOND, first + back):
                    resolved = resolve_wall_time(local, zone)
                    assert (wall(resolved.at, zone), resolved.note) == (local, "exact"), (zone, at)
        assert folds > 700

    def test_around_every_change_a_later_wall_time_never_means_an_earlier_instant_but_in_the_gap(self) -> None:
        for zone in ZONES:
            place = ZoneInfo(zone)
            for at in changes(zone):
                size = abs(offset(at, place) - offset(at - SECOND, place))
                middle = wall(at, zone)
                resolved = [
                    resolve_wall_time(middle + step * timedelta(minutes=15), zone)
                    for step in range(-2 * size // timedelta(minutes=15), 2 * size // timedelta(minutes=15))
                ]
                for one, other in pairwise(resolved):
                    if other.at < one.at:
                        # A missing hour lies after the wall times that follow it, by no more than the gap.
                        assert one.note == "shifted", (zone, at)
                        assert one.at - other.at < size, (zone, at)

    @given(
        zone=st.sampled_from(ZONES),
        local=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 12, 31)),
    )
    def test_any_wall_time_in_any_zone_comes_back_or_is_said_to_shift(self, zone: str, local: datetime) -> None:
        local = local.replace(microsecond=0)
        resolved = resolve_wall_time(local, zone)
        assert (wall(resolved.at, zone) == local) == (resolved.note != "shifted")
        if resolved.note == "first":
            later = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
            assert resolved.at < later
            assert wall(later, zone) == local


# Zones with changes of an hour, of half an hour, at midnight, with weekends of their own, and without any change.
PLACES = (
    ("Asia/Jerusalem", "IL"),
    ("Europe/Berlin", "DE"),
    ("America/New_York", "US"),
    ("Australia/Lord_Howe", "AU"),
    ("America/Santiago", "CL"),
    ("Africa/Casablanca", "MA"),
    ("Asia/Kathmandu", "NP"),
    ("Pacific/Kiritimati", "KI"),
)
CLOCK = st.integers(0, 287).map(lambda five: f"{five * 5 // 60:02d}:{five * 5 % 60:02d}")
WINDOWS = st.lists(
    st.fixed_dictionaries(
        {"days": st.lists(st.integers(1, 7), min_size=2, max_size=7, unique=True), "from": CLOCK, "to": CLOCK}
    ),
    max_size=2,
)


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """An instant of 2026 to 2030, every other time within two days of a change of the zone."""
    known = changes(zone)
    if known and draw(st.booleans()):
        return draw(st.sampled_from(known)) + draw(st.integers(-2880, 2880)) * MINUTE
    return FROM + draw(st.integers(0, (TO - FROM) // MINUTE)) * MINUTE


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A person's calendar with everything that may be in it, and a wish."""
    zone, country = draw(st.sampled_from(PLACES))
    now = draw(moments(zone))
    wished = now + draw(st.integers(0, 5 * 1440)) * MINUTE
    near = st.integers(-2 * 1440, 10 * 1440).map(lambda minutes: wished + minutes * MINUTE)
    quiet = draw(st.none() | st.tuples(CLOCK, CLOCK).filter(lambda pair: pair[0] != pair[1]))
    taken = tuple(draw(st.lists(near, max_size=6)))
    hours = Hours.read(
        zone=zone,
        country=country,
        observes_holidays=draw(st.booleans()),
        working_days=draw(st.none() | st.lists(st.integers(1, 7), min_size=1, unique=True)),
        quiet_from=quiet[0] if quiet else None,
        quiet_to=quiet[1] if quiet else None,
        own_windows=draw(WINDOWS),
        program_windows=draw(WINDOWS),
    )
    pauses = tuple(
        Interval(start, start + draw(st.integers(1, 5 * 1440)) * MINUTE) for start in draw(st.lists(near, max_size=2))
    )
    caps = st.none() | st.integers(1, 3)
    calendar = Calendar(
        hours=hours,
        now=now,
        pauses=pauses,
        own=Cap(draw(caps), draw(caps), taken),
        program=Cap(draw(caps), draw(caps), taken[:3]),
        colleagues=tuple(draw(st.lists(near, max_size=8))),
        stagger=draw(st.sampled_from((0, 10, 45))) * MINUTE,
        usual_stagger=10 * MINUTE,
    )
    return calendar, wished


def in_stretch(minute: int, start: str, end: str) -> bool:
    """Whether a minute of the day lies between two times of the clock, over midnight too. Written anew for the test."""
    first, last = (int(part[:2]) * 60 + int(part[3:]) for part in (start, end))
    return first <= minute < last if first < last else minute >= first or minute < last


class TestNextGoodTime:
    @settings(max_examples=400, deadline=None)
    @given(given_calendar=calendars(), zone=st.sampled_from([place for place, _ in PLACES]))
    def test_a_proposal_breaks_nothing_and_can_be_said(
        self, given_calendar: tuple[Calendar, datetime], zone: str
    ) -> None:
        calendar, wished = given_calendar
        proposal = next_good_time(wished, zone=zone, calendar=calendar)
        if proposal is None:
            return
        hours, at = calendar.hours, proposal.at
        local = wall(at, hours.zone)
        minute = local.hour * 60 + local.minute
        assert max(wished, calendar.now + TO_DECIDE) <= at <= wished + HORIZON + TO_DECIDE
        said = resolve_wall_time(proposal.local, zone)
        assert (said.at, said.note) == (at, proposal.note)
        assert said.note != "shifted"
        if hours.quiet is not None:
            start, end = (f"{edge // 60:02d}:{edge % 60:02d}" for edge in (hours.quiet.start, hours.quiet.end))
            assert not in_stretch(minute, start, end)
        if hours.working_days is not None:
            assert local.isoweekday() in hours.working_days
        if hours.observes_holidays:
            assert not is_holiday(local.date(), hours.country or "")
        for windows in (hours.own_windows, hours.program_windows):
            assert not windows or any(window.has(local) for window in windows)
        assert not any(pause.has(at) for pause in calendar.pauses)
        for cap in (calendar.own, calendar.program):
            days = [wall(other, hours.zone).date() for other in (*cap.taken, at)]
            assert cap.per_day is None or days.count(local.date()) <= cap.per_day
            weeks = [day.isocalendar()[:2] for day in days]
            assert cap.per_week is None or weeks.count(local.isocalendar()[:2]) <= cap.per_week
        assert all(abs(at - other) >= calendar.stagger for other in calendar.colleagues)
        assert judge(proposal.local, zone=zone, calendar=calendar) == []

    @settings(max_examples=150, deadline=None)
    @given(given_calendar=calendars())
    def test_there_is_no_good_time_where_none_is_proposed(self, given_calendar: tuple[Calendar, datetime]) -> None:
        calendar, wished = given_calendar
        start = max(wished, calendar.now + TO_DECIDE)
        proposal = next_good_time(wished, zone="UTC", calendar=calendar, within=2 * DAY)
        if proposal is None:
            assert all(calendar.judge(start + step * 5 * MINUTE) for step in range(2 * 288))

    @settings(max_examples=150, deadline=None)
    @given(given_calendar=calendars())
    def test_what_is_late_waits_for_the_very_first_minute_that_is_allowed(
        self, given_calendar: tuple[Calendar, datetime]
    ) -> None:
        calendar, at = given_calendar
        allowed = calendar.hours.next_allowed(at, pauses=calendar.pauses)

        def fits(instant: datetime) -> bool:
            return not any(pause.has(instant) for pause in calendar.pauses) and not calendar.hours.judge(instant)

        if allowed is None:
            assert fits(at)
            return
        steps = min((allowed - at) // MINUTE, 1440)
        assert not any(fits(at + step * MINUTE) for step in range(0, steps, 5))
        if allowed <= at + HORIZON:
            assert fits(allowed)
            assert not fits(allowed - MINUTE)

    def test_nothing_shifts_into_quiet_hours_at_any_change(self) -> None:
        for zone in ZONES:
            place = ZoneInfo(zone)
            for at in changes(zone):
                gap = offset(at, place) - offset(at - SECOND, place)
                if gap <= timedelta(0) or gap > 2 * HOUR:
                    continue
                missing = wall(at, zone) - gap / 2
                shifted = missing + gap
                # Quiet from the end of the gap on: the wall time chosen is not quiet, the one that follows would be.
                hours = Hours.read(
                    zone=zone,
                    quiet_from=f"{wall(at, zone):%H:%M}",
                    quiet_to=f"{wall(at, zone) + 2 * HOUR:%H:%M}",
                )
                calendar = Calendar(hours=hours, now=at - DAY)
                found = judge(missing, zone=zone, calendar=calendar)
                assert [reason.code for reason in found] == [TimeCode.QUIET_HOURS], (zone, at)
                proposal = next_good_time(resolve_wall_time(missing, zone).at, zone=zone, calendar=calendar)
                assert proposal is not None
                assert proposal.local >= shifted
                assert not hours.judge(proposal.at)


JERUSALEM = Hours.read(zone="Asia/Jerusalem", country="IL")
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


def codes(found: Iterable[Reason]) -> list[str]:
    """The codes of reasons."""
    return [reason.code.value for reason in found]


class TestJudge:
    def test_nobody_who_has_set_nothing_is_refused(self) -> None:
        calendar = Calendar(hours=JERUSALEM, now=TUESDAY)
        assert not any(calendar.judge(TUESDAY + step * HOUR) for step in range(24 * 7))
        assert JERUSALEM.is_open_always

    def test_the_own_cap_is_named_when_it_is_the_stricter_one(self) -> None:
        taken = (TUESDAY, TUESDAY + DAY)
        calendar = Calendar(
            hours=JERUSALEM, now=TUESDAY, own=Cap(per_week=2, taken=taken), program=Cap(per_week=5, taken=taken)
        )
        (reason,) = calendar.judge(TUESDAY + 2 * DAY)
        assert reason.code == "own_cap_per_week"
        assert "our own cap" in reason.in_language(Language.EN)
        assert "שקבעת לעצמך" in reason.in_language(Language.HE)

    def test_the_programs_cap_is_named_when_it_is_the_stricter_one(self) -> None:
        calendar = Calendar(
            hours=JERUSALEM,
            now=TUESDAY,
            own=Cap(per_day=2, taken=(TUESDAY,)),
            program=Cap(per_day=1, taken=(TUESDAY,)),
        )
        assert codes(calendar.judge(TUESDAY + HOUR)) == ["program_cap_per_day"]

    def test_a_week_begins_on_monday_in_the_persons_zone(self) -> None:
        sunday = datetime(2026, 11, 29, 21, 30, tzinfo=UTC)
        calendar = Calendar(hours=JERUSALEM, now=TUESDAY, own=Cap(per_week=1, taken=(sunday,)))
        assert codes(calendar.judge(sunday + 29 * MINUTE)) == ["own_cap_per_week"]
        assert calendar.judge(sunday + 31 * MINUTE) == []

    def test_quiet_hours_run_over_midnight(self) -> None:
        hours = Hours.read(zone="Asia/Jerusalem", quiet_from="21:00", quiet_to="07:30")
        local = [datetime(2026, 11, 24, 20, 59), datetime(2026, 11, 24, 21), datetime(2026, 11, 25, 7, 29)]
        quiet = [bool(hours.judge(resolve_wall_time(one, "Asia/Jerusalem").at)) for one in local]
        assert quiet == [False, True, True]
        assert not hours.judge(resolve_wall_time(datetime(2026, 11, 25, 7, 30), "Asia/Jerusalem").at)

    def test_a_holiday_counts_for_those_who_observe_it(self) -> None:
        independence = datetime(2027, 5, 12, 9, tzinfo=UTC)
        observing = Hours.read(zone="Asia/Jerusalem", country="IL", observes_holidays=True)
        assert is_holiday(date(2027, 5, 12), "IL")
        assert codes(observing.judge(independence)) == ["public_holiday"]
        assert JERUSALEM.judge(independence) == []

    def test_a_part_of_a_country_has_holidays_of_its_own(self) -> None:
        corpus_christi = date(2027, 5, 27)
        assert is_holiday(corpus_christi, "DE", "BY")
        assert not is_holiday(corpus_christi, "DE", "BE")
        assert not is_holiday(corpus_christi, "DE", "Atlantis")
        assert not is_holiday(corpus_christi, "XX")

    def test_the_weekend_is_the_countrys(self) -> None:
        assert weekend("IL") == {5, 6}
        assert weekend("US") == weekend(None) == weekend("XX") == {6, 7}

    def test_every_reason_is_said_in_both_languages(self) -> None:
        from services.core.shares.calendar import _TEXTS

        assert set(_TEXTS) == set(TimeCode)
        assert all(text.en and text.he and text.en != text.he for text in _TEXTS.values())


class TestProposal:
    def test_an_evening_in_quiet_hours_becomes_the_next_morning_of_a_working_day(self) -> None:
        hours = Hours.read(zone="Asia/Jerusalem", country="IL", quiet_from="18:00", quiet_to="07:00")
        thursday = datetime(2026, 11, 26, 18, 30)
        proposal = next_good_time(
            resolve_wall_time(thursday, "Asia/Jerusalem").at,
            zone="Asia/Jerusalem",
            calendar=Calendar(hours=hours, now=TUESDAY),
        )
        assert proposal is not None
        # Friday and Saturday are the weekend there.
        assert proposal.local == datetime(2026, 11, 29, 8)
        assert codes(proposal.instead_of) == ["quiet_hours"]
        assert proposal.why.code is TimeCode.FIRST_IN_USUAL_HOURS

    def test_who_is_too_near_a_colleague_moves_by_minutes_also_in_the_evening(self) -> None:
        evening = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
        calendar = Calendar(
            hours=JERUSALEM, now=TUESDAY, colleagues=(evening + 3 * MINUTE,), stagger=timedelta(minutes=10)
        )
        proposal = next_good_time(evening, zone="Asia/Jerusalem", calendar=calendar)
        assert proposal is not None
        assert codes(proposal.instead_of) == ["near_a_colleague"]
        assert proposal.at == evening + 15 * MINUTE

    def test_who_chose_an_unusual_hour_keeps_the_day_if_it_has_a_place(self) -> None:
        hours = Hours.read(zone="Asia/Jerusalem", country="IL", quiet_from="20:00", quiet_to="21:00")
        wished = resolve_wall_time(datetime(2026, 11, 24, 20, 15), "Asia/Jerusalem").at
        proposal = next_good_time(wished, zone="Asia/Jerusalem", calendar=Calendar(hours=hours, now=TUESDAY))
        assert proposal is not None
        assert proposal.local == datetime(2026, 11, 24, 21)

    def test_with_no_wish_the_proposal_lies_in_usual_hours(self) -> None:
        night = datetime(2026, 11, 24, 23, 7, tzinfo=UTC)
        proposal = next_good_time(None, zone="Asia/Jerusalem", calendar=Calendar(hours=JERUSALEM, now=night))
        assert proposal is not None
        assert proposal.local == datetime(2026, 11, 25, 8)
        assert proposal.instead_of == ()

    def test_an_endless_pause_has_no_good_time(self) -> None:
        calendar = Calendar(hours=JERUSALEM, now=TUESDAY, pauses=(Interval(TUESDAY - DAY, None),))
        assert next_good_time(TUESDAY + HOUR, zone="UTC", calendar=calendar) is None

    def test_nothing_is_proposed_after_the_item_is_over(self) -> None:
        hours = Hours.read(zone="Asia/Jerusalem", quiet_from="08:00", quiet_to="20:00")
        calendar = Calendar(hours=hours, now=TUESDAY, not_after=TUESDAY + 2 * HOUR)
        assert next_good_time(TUESDAY + HOUR, zone="UTC", calendar=calendar) is None
        assert "item_over" in codes(calendar.judge(TUESDAY + 3 * HOUR))

    @pytest.mark.parametrize("zone", ["Asia/Jerusalem", "Europe/Berlin", "America/Santiago"])
    def test_a_window_in_a_missing_hour_has_a_place_where_it_is_left_over(self, zone: str) -> None:
        place = ZoneInfo(zone)
        gap = next(at for at in changes(zone) if offset(at, place) > offset(at - SECOND, place))
        first = wall(gap, zone) - HOUR
        hours = Hours.read(
            zone=zone, own_windows=[{"days": [1, 2, 3, 4, 5, 6, 7], "from": f"{first:%H:%M}", "to": "23:00"}]
        )
        day_before = resolve_wall_time(datetime.combine(first.date(), time()) - HOUR, zone).at
        proposal = next_good_time(day_before, zone=zone, calendar=Calendar(hours=hours, now=day_before))
        assert proposal is not None
        assert not hours.judge(proposal.at)
