"""Where a program may go, and what it stands on."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from services.core.goals import rules as goal_rules
from services.core.goals.kpis import CATALOGUE
from services.core.goals.models import Goal, Heading
from services.core.kit.texts import Language
from services.core.programs import rules
from services.core.programs.models import FOR_DESIGN, Function, GoalKind, Program, Responsibility
from services.core.programs.models import ProgramState as State
from services.core.programs.rules import Destination as To

DANA = uuid4()


def goal(kind: GoalKind, owner: UUID = DANA) -> Goal:
    return Goal(
        organization_id=uuid4(), program_id=uuid4(), kind=kind, heading=Heading.SALES, kpi="hires", title="Hires",
        baseline=0, target=1, due_on=date(2027, 1, 1), owner_employee_id=owner,
    )  # fmt: skip


def holder(function: Function, employee_id: UUID = DANA) -> Responsibility:
    return Responsibility(organization_id=uuid4(), program_id=uuid4(), function=function, employee_id=employee_id)


ALL_GOALS = [goal(kind) for kind in GoalKind]
ALL_HOLDERS = [holder(function) for function in FOR_DESIGN]


class TestMoves:
    @pytest.mark.parametrize(
        ("state", "allowed"),
        [
            (State.DRAFT, {To.DESIGNED: State.DESIGNED, To.CLOSED: State.CLOSED}),
            (State.DESIGNED, {To.QUIET: State.QUIET, To.CLOSED: State.CLOSED}),
            (State.QUIET, {To.LOUD: State.LOUD, To.PAUSED: State.PAUSED, To.CLOSED: State.CLOSED}),
            (State.LOUD, {To.PAUSED: State.PAUSED, To.CLOSED: State.CLOSED}),
            (State.PAUSED, {To.RESUMED: State.LOUD, To.CLOSED: State.CLOSED}),
            (State.CLOSED, {}),
        ],
    )
    def test_each_state_leads_to_these_and_no_others(self, state: State, allowed: dict[To, State]) -> None:
        paused_from = State.LOUD if state is State.PAUSED else None
        found = {to: rules.next_state(state, to, paused_from=paused_from) for to in To}
        assert {to: after for to, after in found.items() if after is not None} == allowed


class TestDesign:
    def test_nothing_is_missing_with_both_kinds_of_goals_and_the_mandatory_people(self) -> None:
        assert rules.missing_for_design(ALL_GOALS, ALL_HOLDERS, employed={DANA}) == []

    @pytest.mark.parametrize("kind", list(GoalKind))
    def test_a_goal_of_each_kind_is_needed(self, kind: GoalKind) -> None:
        goals = [one for one in ALL_GOALS if one.kind is not kind]
        (problem,) = rules.missing_for_design(goals, ALL_HOLDERS, employed={DANA})
        assert (problem.pointer, problem.code) == ("/goals", "missing")
        assert problem.values == {"kind": rules.GOAL_KIND_NAMES[kind]}

    @pytest.mark.parametrize("function", FOR_DESIGN)
    def test_each_mandatory_function_is_held_by_somebody(self, function: Function) -> None:
        held = [one for one in ALL_HOLDERS if one.function is not function]
        (problem,) = rules.missing_for_design(ALL_GOALS, held, employed={DANA})
        assert (problem.pointer, problem.values) == ("/responsibilities", {"function": function.value})

    def test_who_has_left_holds_nothing_and_owns_no_goal(self) -> None:
        problems = rules.missing_for_design(ALL_GOALS, ALL_HOLDERS, employed=())
        assert [problem.pointer for problem in problems] == [
            "/goals/0/owner_employee_id", "/goals/1/owner_employee_id", *["/responsibilities"] * 3
        ]  # fmt: skip

    def test_a_designed_program_keeps_a_goal_of_each_kind(self) -> None:
        only, other = ALL_GOALS
        assert goal_rules.keeps_goals(State.DRAFT, ALL_GOALS, without=only)
        assert not goal_rules.keeps_goals(State.DESIGNED, ALL_GOALS, without=only)
        assert goal_rules.keeps_goals(State.DESIGNED, [*ALL_GOALS, goal(other.kind)], without=other)

    def test_a_designed_program_keeps_its_mandatory_people(self) -> None:
        only = ALL_HOLDERS[0]
        draft, quiet = (Program(organization_id=uuid4(), state=state) for state in (State.DRAFT, State.QUIET))
        other = holder(only.function, uuid4())
        there = {DANA, other.employee_id}
        assert rules.keeps_holders(draft, ALL_HOLDERS, without=only, employed=there)
        assert not rules.keeps_holders(quiet, ALL_HOLDERS, without=only, employed=there)
        assert rules.keeps_holders(quiet, [*ALL_HOLDERS, other], without=only, employed=there)
        assert rules.keeps_holders(quiet, ALL_HOLDERS, without=holder(Function.SUPPORT), employed=there)

    def test_a_deputy_and_somebody_who_has_left_hold_nothing(self) -> None:
        only = ALL_HOLDERS[0]
        deputy = holder(only.function, uuid4())
        deputy.is_deputy = True
        quiet = Program(organization_id=uuid4(), state=State.QUIET)
        there = {DANA, deputy.employee_id}
        assert not rules.keeps_holders(quiet, [*ALL_HOLDERS, deputy], without=only, employed=there)
        assert rules.keeps_holders(quiet, [*ALL_HOLDERS, deputy], without=deputy, employed=there)
        assert rules.held_functions([deputy, only], employed={deputy.employee_id}) == set()

    def test_a_loud_launch_needs_every_function_unless_the_program_says_otherwise(self) -> None:
        program = Program(organization_id=uuid4(), state=State.QUIET)
        assert rules.mandatory_for(program, State.DESIGNED) == FOR_DESIGN
        assert rules.mandatory_for(program, State.LOUD) == tuple(Function)
        program.mandatory_for_loud = ["owner", "hr"]
        assert rules.mandatory_for(program, State.LOUD) == (*FOR_DESIGN, Function.HR)


class TestQuietLaunch:
    @pytest.mark.parametrize(
        ("policy", "persona", "missing"),
        [
            (True, True, []),
            (False, True, ["/policy"]),
            (True, False, ["/persona"]),
            (False, False, ["/policy", "/persona"]),
        ],
    )
    def test_a_policy_and_a_persona_are_needed(self, policy: bool, persona: bool, missing: list[str]) -> None:
        problems = rules.missing_for_quiet(has_published_policy=policy, has_persona=persona)
        assert [problem.pointer for problem in problems] == missing


class TestLanguages:
    def test_what_a_program_says_is_in_languages_it_speaks(self) -> None:
        program = Program(
            organization_id=uuid4(), name="Voices", languages=["he"], default_language=Language.HE,
            networks=["linkedin"], disclosure={"he": "אני עובד בלומן"},
        )  # fmt: skip
        assert rules.unsaid_languages(program) == []
        program.default_language = Language.EN
        assert rules.unsaid_languages(program) == ["en"]


class TestKpis:
    def test_every_kpi_is_described_in_both_languages(self) -> None:
        assert all(kpi.slug == slug for slug, kpi in CATALOGUE.items())
        texts = [text for kpi in CATALOGUE.values() for text in (kpi.title, kpi.description)]
        assert all(text.en and any("\u05d0" <= letter <= "\u05ea" for letter in text.he) for text in texts)

    def test_these_measure_themselves_and_the_others_do_not(self) -> None:
        assert {slug: kpi.feed.value for slug, kpi in CATALOGUE.items() if kpi.feed} == {
            "careers_site_visits": "human_clicks",
            "content_impressions": "impressions",
            "engagements": "engagements",
            "active_participation": "active_sharers_percent",
            "sales_opportunities": "sales_opportunities",
            "cost_per_hire_saving": "cost_per_hire_saving",
            "ambassador_attrition_gap": "ambassador_attrition_gap",
            "talent_pool_size": "talent_pool",
            "hires": "hires",
            "earned_media_value": "earned_media_value",
        }
