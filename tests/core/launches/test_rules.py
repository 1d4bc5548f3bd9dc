"""Who a pilot covers, how a recount is compared with a report, and the sentences of an announcement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from services.core.employees.models import Employee
from services.core.kit.texts import Language
from services.core.launches import announcing, texts
from services.core.launches.models import Gate, GateState
from services.core.launches.probes import compare
from services.core.launches.repository import Recount
from services.core.organizations.models import Role
from services.core.organizations.rules import ROLE_PERMISSIONS, Permission
from services.core.programs.models import Pilot
from services.core.programs.pilots import Cohort


def cohort(*, departments: tuple[str, ...] = (), countries: tuple[str, ...] = (), named: Any = ()) -> Cohort:
    pilot = Pilot(
        organization_id=uuid4(), program_id=uuid4(), departments=list(departments), countries=list(countries),
        max_people=10, ends_at=datetime(2027, 1, 1, tzinfo=UTC), metrics_percent=80,
    )  # fmt: skip
    return Cohort(pilot, frozenset(named))


def person(department: str | None, country: str | None) -> Employee:
    return Employee(organization_id=uuid4(), department=department, country=country)


class TestCohort:
    def test_it_covers_people_that_are_named_and_groups_of_which_all_that_is_asked_holds(self) -> None:
        dana = person("Sales", "IL")
        assert cohort(named=[dana.id]).covers(dana)
        assert not cohort().covers(dana)
        assert cohort(departments=("Sales",)).covers(dana)
        assert not cohort(departments=("Sales",), countries=("DE",)).covers(dana)
        assert cohort(departments=("Sales",), countries=("DE",), named=[dana.id]).covers(dana)
        assert not cohort(departments=("Sales",)).covers(person(None, "IL"))


class TestCompare:
    def _report(self, **values: int | None) -> Any:
        names = ("published_shares", "human_clicks", "raw_hits", "impressions")
        shown = {
            name: SimpleNamespace(value=Decimal(value) if (value := values.get(name)) is not None else None)
            for name in names
        }
        return SimpleNamespace(totals=SimpleNamespace(**shown))

    def test_what_is_hidden_is_compared_as_the_report_has_it(self) -> None:
        counted, under = Recount(2, 3, 5, None), {"published_shares": 2, "human_clicks": 3, "raw_hits": 5}
        assert compare(counted, self._report(), under={**under, "impressions": None}) == []
        assert compare(counted, self._report(), under={**under, "human_clicks": 4, "impressions": None}) == [
            "human_clicks"
        ]

    def test_what_is_shown_has_to_be_equal_too(self) -> None:
        counted = Recount(20, 30, 50, 900)
        under = {"published_shares": 20, "human_clicks": 30, "raw_hits": 50, "impressions": 900}
        assert compare(counted, self._report(**under), under=under) == []
        assert compare(counted, self._report(**{**under, "raw_hits": 49}), under=under) == ["raw_hits"]


class TestWords:
    def test_every_gate_and_state_has_words_in_both_languages(self) -> None:
        for words in (*(texts.TITLES[gate] for gate in Gate), *(texts.STATES[state] for state in GateState)):
            assert any("א" <= letter <= "ת" for letter in words.he)
            assert words.en.isascii()

    def test_what_people_wrote_is_isolated_and_never_read_as_a_place_to_fill(self) -> None:
        said = announcing.goal_words(
            title="{x} יעד", kpi="קליקים", baseline="0", target="1,000", due_on=date(2027, 1, 31), language=Language.EN
        )
        assert said == (
            "\u2068{x} יעד\u2069: \u2068קליקים\u2069 from \u20680\u2069 to \u20681,000\u2069 by \u20682027-01-31\u2069."
        )


class TestOverride:
    def test_no_role_but_a_sponsor_passes_a_red_gate(self) -> None:
        may = [role for role, given in ROLE_PERMISSIONS.items() if Permission.LAUNCHES_OVERRIDE in given]
        assert may == [Role.SPONSOR]
