"""Weeks and months, when their plans are due, and which content belongs to a theme."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from services.core.plans import rules
from services.core.plans.models import ContentPlan, PeriodKind
from services.core.plans.rules import Span

ZONE = "Asia/Jerusalem"


def plan(**fields: object) -> ContentPlan:
    values = {"cadence": ["week"], "due_weekday": 4, "due_time": "16:00", **fields}
    return ContentPlan(organization_id=uuid4(), program_id=uuid4(), **values)


class TestSpans:
    @pytest.mark.parametrize(
        ("name", "first", "last"),
        [
            ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
            ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
            ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
            ("2028-12", date(2028, 12, 1), date(2028, 12, 31)),
        ],
    )
    def test_a_name_means_its_days_and_they_mean_it(self, name: str, first: date, last: date) -> None:
        span = rules.parse_span(name)
        assert span is not None
        assert (span.starts_on, span.ends_on, span.name) == (first, last, name)
        assert rules.span_of(span.kind, last) == span

    @pytest.mark.parametrize(
        "name", ["2025-W53", "2026-W00", "2026-00", "2026-13", "1999-01", "2100-01", "٢٠٢٦-01", ""]
    )
    def test_what_is_no_week_or_month_means_nothing(self, name: str) -> None:
        assert rules.parse_span(name) is None


class TestDue:
    @pytest.mark.parametrize(
        ("kind", "starts_on", "weekday", "due"),
        [
            # Thursday before a Monday, in winter and in the week in which summer time begins (a Friday there).
            (PeriodKind.WEEK, date(2026, 11, 30), 4, datetime(2026, 11, 26, 14, tzinfo=UTC)),
            (PeriodKind.WEEK, date(2026, 3, 30), 5, datetime(2026, 3, 27, 13, tzinfo=UTC)),
            (PeriodKind.WEEK, date(2026, 11, 30), 7, datetime(2026, 11, 29, 14, tzinfo=UTC)),
            # A month that begins on that weekday is due a week before.
            (PeriodKind.MONTH, date(2026, 10, 1), 4, datetime(2026, 9, 24, 13, tzinfo=UTC)),
        ],
    )
    def test_it_is_the_last_such_weekday_before_the_period_where_the_organization_is(
        self, kind: PeriodKind, starts_on: date, weekday: int, due: datetime
    ) -> None:
        assert rules.due_at(plan(due_weekday=weekday), Span(kind, starts_on), zone=ZONE) == due

    def test_the_current_and_the_next_period_of_the_cadence_are_wanted(self) -> None:
        # Sunday night in UTC is Monday there.
        now = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
        found = [span.name for span, _ in rules.wanted_spans(plan(cadence=["week", "month"]), now, zone=ZONE)]
        assert found == ["2026-W49", "2026-W50", "2026-11", "2026-12"]


class TestThemes:
    def test_content_belongs_to_a_theme_by_its_topics_also_after_these_were_merged(self) -> None:
        themes = [{"slug": "people", "topics": ["people", "team"]}, {"slug": "product", "topics": ["panels"]}]
        now = rules.follow_merged(themes, {"people": "humans", "humans": "team", "panels": "panels"})
        assert [theme["topics"] for theme in now] == [["team"], ["panels"]]
        assert rules.themes_of(["team", "panels"], now) == ["people", "product"]
        assert rules.themes_of(["people"], now) == []

    def test_a_themes_id_is_that_of_its_slug_in_its_program(self) -> None:
        program_id = uuid4()
        assert rules.theme_id(program_id, "people") == rules.theme_id(program_id, "people")
        others = {rules.theme_id(program_id, "product"), rules.theme_id(uuid4(), "people")}
        assert rules.theme_id(program_id, "people") not in others
