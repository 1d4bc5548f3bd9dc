"""Tenure to the day, criteria explained, and what managers see of an invitation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.ambassadors import rules
from services.core.ambassadors.models import Invitation, InvitationState, Pause, PauseKind
from services.core.ambassadors.rules import PauseState, Result
from services.core.employees.models import Employee, EmploymentStatus
from services.core.kit.texts import Language

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


def invitation(state: InvitationState, *, answered_at: datetime | None = None) -> Invitation:
    """One that was sent a week before."""
    return Invitation(
        organization_id=uuid4(),
        program_id=uuid4(),
        employee_id=uuid4(),
        state=state,
        language=Language.EN,
        created_at=NOW - timedelta(days=7),
        expires_at=NOW + timedelta(days=7),
        answered_at=answered_at,
    )


class TestTenure:
    @pytest.mark.parametrize(
        ("started_on", "today", "months"),
        [
            (date(2025, 9, 1), date(2026, 3, 1), 6),
            (date(2025, 9, 2), date(2026, 3, 1), 5),
            (date(2026, 1, 31), date(2026, 2, 27), 0),
            (date(2026, 1, 31), date(2026, 2, 28), 1),
            (date(2024, 2, 29), date(2025, 2, 28), 12),
            (date(2026, 3, 2), date(2026, 3, 1), 0),
        ],
    )
    def test_a_month_is_complete_on_its_day(self, started_on: date, today: date, months: int) -> None:
        assert rules.tenure_months(started_on, today) == months

    @given(started_on=DAYS, today=DAYS, months=st.integers(min_value=0, max_value=240))
    def test_the_last_day_to_have_started_is_where_the_months_say(
        self, started_on: date, today: date, months: int
    ) -> None:
        if started_on <= today:
            long_enough = rules.tenure_months(started_on, today) >= months
            assert long_enough is (started_on <= rules.started_by(today, months=months))

    @pytest.mark.parametrize(
        ("zone", "today"),
        [
            ("Pacific/Auckland", date(2026, 3, 2)),
            ("America/Los_Angeles", date(2026, 3, 1)),
            (None, date(2026, 3, 1)),
            ("Mars/Olympus", date(2026, 3, 1)),
        ],
    )
    def test_today_is_where_the_person_is(self, zone: str | None, today: date) -> None:
        assert rules.local_date(NOW, zone, default="UTC") == today


class TestExplain:
    def test_each_criterion_is_met_not_met_or_unknown(self) -> None:
        employee = Employee(
            organization_id=uuid4(),
            source="t",
            source_id="1",
            work_email="a@b.example",
            first_name="A",
            last_name="B",
            display_name="A B",
            department="marketing",
            country="DE",
            started_on=date(2026, 1, 1),
            status=EmploymentStatus.ACTIVE,
        )
        criteria = {
            "min_tenure_months": 6,
            "departments": ["Marketing"],
            "job_families": ["Sales"],
            "countries": ["DE"],
        }
        explained = rules.explain(criteria, employee, today=date(2026, 3, 1))
        assert [(item.criterion, item.result, item.found) for item in explained] == [
            ("min_tenure_months", Result.NOT_MET, 2),
            ("departments", Result.MET, "marketing"),
            ("job_families", Result.UNKNOWN, None),
            ("countries", Result.MET, "DE"),
        ]
        assert rules.explain({}, employee, today=date(2026, 3, 1)) == []


class TestWhatManagersSee:
    def test_a_no_looks_exactly_like_no_answer(self) -> None:
        declined = invitation(InvitationState.DECLINED, answered_at=NOW)
        for later in (timedelta(0), timedelta(days=7), timedelta(days=30)):
            silent = invitation(InvitationState.SENT)
            silent.id, silent.program_id, silent.employee_id = declined.id, declined.program_id, declined.employee_id
            seen = rules.seen_by_manager(declined, now=NOW + later)
            assert seen == rules.seen_by_manager(silent, now=NOW + later)
            assert rules.standing(None, [declined], now=NOW + later) == rules.standing(None, [silent], now=NOW + later)

    def test_the_person_sees_their_own_answer(self) -> None:
        declined = invitation(InvitationState.DECLINED, answered_at=NOW)
        assert rules.seen_by_person(declined, now=NOW).state is InvitationState.DECLINED

    @pytest.mark.parametrize(
        ("state", "answered", "days_later", "blocks"),
        [
            (InvitationState.SENT, False, 6, True),
            (InvitationState.SENT, False, 7, False),
            (InvitationState.DECLINED, True, 89, True),
            (InvitationState.DECLINED, True, 90, False),
            (InvitationState.EXPIRED, False, 0, False),
        ],
    )
    def test_who_said_no_is_left_alone_for_ninety_days(
        self, state: InvitationState, answered: bool, days_later: int, blocks: bool
    ) -> None:
        earlier = invitation(state, answered_at=NOW if answered else None)
        assert rules.blocks_new_invitation(earlier, now=NOW + timedelta(days=days_later)) is blocks


def pause(starts: int, ends: int | None) -> Pause:
    """A pause from so many hours after NOW until so many."""
    return Pause(
        organization_id=uuid4(), employee_id=uuid4(), kind=PauseKind.BREAK, starts_at=NOW + starts * HOUR,
        ends_at=None if ends is None else NOW + ends * HOUR,
    )  # fmt: skip


HOUR = timedelta(hours=1)
HOURS = st.integers(-50, 50)


class TestPauses:
    def test_it_lasts_from_its_start_to_the_moment_before_its_end(self) -> None:
        one = pause(0, 2)
        moments = (NOW - HOUR, NOW, NOW + 2 * HOUR - timedelta(microseconds=1), NOW + 2 * HOUR)
        states = [PauseState.PLANNED, PauseState.IN_EFFECT, PauseState.IN_EFFECT, PauseState.OVER]
        assert [rules.pause_state(one, now=moment) for moment in moments] == states

    @given(HOURS, st.none() | HOURS, HOURS, st.none() | HOURS)
    def test_two_overlap_if_a_moment_is_in_both(self, a: int, b: int | None, c: int, d: int | None) -> None:
        """Ends that are not after their starts make no pause, and are refused before."""
        if (b is not None and b <= a) or (d is not None and d <= c):
            return
        shared = any(
            a <= hour and (b is None or hour < b) and c <= hour and (d is None or hour < d) for hour in range(-50, 52)
        )
        other = pause(c, d)
        found = rules.find_overlap([pause(a, b)], program_id=None, starts_at=other.starts_at, ends_at=other.ends_at)
        assert (found is not None) == shared

    def test_what_has_just_passed_is_now_and_what_is_longer_ago_is_not(self) -> None:
        assert rules.not_before_now(NOW - timedelta(minutes=5), now=NOW) == NOW
        assert rules.not_before_now(NOW - timedelta(minutes=6), now=NOW) is None
        assert rules.not_before_now(NOW + HOUR, now=NOW) == NOW + HOUR
