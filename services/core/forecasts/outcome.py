"""A forecast against what happened, each number over the days that may be told of. Reads, never writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.conversions import repository as conversions
from services.core.employees import history
from services.core.forecasts import reading, repository, rules, texts
from services.core.forecasts.models import Forecast, Result
from services.core.forecasts.rules import Interval, Undecided, Verdict
from services.core.forecasts.schemas import ComparisonRead, OutcomeRead, Progress
from services.core.kit import db
from services.core.kit.settings import Settings
from services.core.kit.texts import Language
from services.core.organizations import repository as organizations
from services.core.organizations.rules import Actor, Permission
from services.core.reports import formulas, participation, totals
from services.core.reports import reading as report_reading
from services.core.reports.numbers import Formula, Number, Numbers, Reason, Unit
from services.core.reports.periods import Period
from services.core.reports.savings import cents, cost_over

_MEASURED = {
    Result.SHARES: formulas.PUBLISHED_SHARES,
    Result.IMPRESSIONS: formulas.IMPRESSIONS,
    Result.CLICKS: formulas.HUMAN_CLICKS,
}
_NOT_MEASURABLE = "not_measurable"
_UNMEASURED = {
    result: Formula(result.value, texts.RESULTS[result], texts.REASONS[_NOT_MEASURABLE], Unit.PEOPLE)
    for result in (Result.REACH, Result.HOURS)
}
_NOT_STARTED = "not_started"


@dataclass(frozen=True)
class _Look:
    """What is looked at: the forecast's whole period, and the days of it that are over (None: no day is)."""

    forecast: Forecast
    whole: Period
    past: Period | None
    is_over: bool
    numbers: Numbers


async def build_outcome(
    session: AsyncSession,
    actor: Actor,
    program_id: UUID,
    forecast_id: UUID,
    *,
    settings: Settings,
    language: Language,
) -> OutcomeRead:
    """How a forecast held, so far or in the end. Raises NotFound and NotAllowed."""
    actor.require(Permission.REPORTS_READ, program_id=program_id)
    forecast = await repository.get_forecast(session, program_id, forecast_id)
    look = await _look(session, forecast, settings=settings, language=language)
    actual, members = await _actual(
        session, look, may_see_members=actor.may(Permission.AMBASSADORS_READ, program_id=program_id)
    )
    compared = [_compare(look, result, actual[result]) for result in Result]
    verdicts = [one.verdict for one in compared if one.verdict is not None]
    return OutcomeRead(
        forecast_id=forecast.id,
        program_id=forecast.program_id,
        progress=_progress(look),
        period=report_reading.read_period(look.whole),
        days_over=len(look.past.days) if look.past is not None else 0,
        days=len(look.whole.days),
        ambassadors_planned=forecast.plan["ambassadors"],
        ambassadors=report_reading.read(members),
        comparisons=compared,
        intervals_held=verdicts.count(Verdict.WITHIN),
        intervals_judged=len(verdicts),
        confidence_percent=rules.CONFIDENCE_PERCENT,
        language=language,
        notes=[
            texts.FOUR_OF_FIVE.in_language(language),
            texts.SCALED.in_language(language),
            texts.SMALL_GROUPS.in_language(language, k=look.numbers.k),
        ],
    )


async def _look(session: AsyncSession, forecast: Forecast, *, settings: Settings, language: Language) -> _Look:
    zone = (await organizations.get_organization(session)).time_zone
    whole = Period(forecast.starts_on, forecast.ends_on, zone)
    # The day that it is has not brought everything yet.
    yesterday = await history.today(session) - timedelta(days=1)
    past = whole.part(whole.from_on, yesterday) if yesterday >= whole.from_on else None
    numbers = Numbers(language=language, today=(await db.now(session)).date(), k=settings.min_group_size)
    return _Look(forecast, whole, past, yesterday >= whole.to_on, numbers)


def _progress(look: _Look) -> Progress:
    if look.past is None:
        return Progress.NOT_STARTED
    return Progress.OVER if look.is_over else Progress.RUNNING


async def _actual(session: AsyncSession, look: _Look, *, may_see_members: bool) -> tuple[dict[Result, Number], Number]:
    """What came by result, and the members on the last day that is over."""
    numbers, past, program_id = look.numbers, look.past, look.forecast.program_id
    found = {
        result: numbers.missing(formula, _NOT_MEASURABLE) for result, formula in _UNMEASURED.items()
    }  # fmt: skip
    found[Result.HOURS] = numbers.in_unit(found[Result.HOURS], texts.RESULT_UNITS[Result.HOURS])
    if past is None:
        found |= {result: numbers.missing(formula, _NOT_STARTED) for result, formula in _MEASURED.items()}
        found[Result.COST] = _money(look, numbers.missing(formulas.PROGRAM_COST, _NOT_STARTED))
        return found, numbers.missing(formulas.JOINED, _NOT_STARTED)
    spans = await totals.find_spans(session, program_id, period=past, k=numbers.k)
    made = await totals.make_period_totals(session, program_id, period=past, spans=spans, numbers=numbers)
    funnel = await participation.make_funnel(
        session, program_id, asked=past, span=spans["shares"], numbers=numbers, may_see_members=may_see_members
    )
    found |= {result: made[formula.name] for result, formula in _MEASURED.items()}
    found[Result.COST] = numbers.over(await _cost(session, look, past), past.from_on, past.to_on)
    return found, funnel[formulas.JOINED.name]


async def _cost(session: AsyncSession, look: _Look, past: Period) -> Number:
    numbers, formula = look.numbers, formulas.PROGRAM_COST
    rates = await conversions.list_rates(session, look.forecast.program_id)
    used = [one for one in rates if one.valid_from <= past.to_on]
    if look.forecast.currency is not None and any(one.currency != look.forecast.currency for one in used):
        return _money(look, numbers.missing(formula, Reason.OTHER_CURRENCY))
    cost, known = cost_over(rates, past.days)
    if not known:
        return _money(look, numbers.missing(formula, Reason.NO_PROGRAM_COST))
    return _money(look, numbers.shown(formula, cents(cost), coverage_percent=known * 100 // len(past.days)))


def _money(look: _Look, number: Number) -> Number:
    return look.numbers.in_unit(number, look.forecast.currency or texts.RESULT_UNITS[Result.COST])


def _compare(look: _Look, result: Result, actual: Number) -> ComparisonRead:
    stored = look.forecast.results.get(result.value)
    whole = Interval(**stored) if stored is not None else None
    same_days = None
    if whole is not None and actual.from_on is not None and actual.to_on is not None:
        same_days = whole.part(((actual.to_on - actual.from_on).days + 1) / len(look.whole.days))
    decided: Verdict | Undecided | None = None
    if same_days is not None and actual.value is not None:
        decided = rules.judge(
            same_days, float(actual.value), is_over=look.is_over, coverage_percent=actual.coverage_percent
        )
    verdict = decided if isinstance(decided, Verdict) else None
    reason = str(decided) if isinstance(decided, Undecided) else actual.reason
    if whole is None and reason is None:
        reason = "no_forecast"
    return ComparisonRead(
        name=result,
        title=texts.RESULTS[result].in_language(look.numbers.language),
        unit=reading.unit_of(result, look.forecast),
        whole=reading.read_interval(whole),
        same_days=reading.read_interval(same_days),
        actual=report_reading.read(actual),
        verdict=verdict,
        reason=reason,
        reason_text=reading.reason_text(reason, look.numbers.language, ends_on=look.forecast.ends_on.isoformat()),
    )
