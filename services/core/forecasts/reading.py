"""Forecasts as readers get them, in the words of their language."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.core.forecasts import rules, texts
from services.core.forecasts.models import COSTS, AssumptionOrigin, Forecast, Name, Result
from services.core.forecasts.rules import Interval
from services.core.forecasts.schemas import AssumptionRead, ForecastRead, IntervalRead, PlanRead, ResultRead
from services.core.kit.texts import Language
from services.core.reports import texts as report_texts


def read_forecast(forecast: Forecast, language: Language) -> ForecastRead:
    """One forecast."""
    return ForecastRead(
        id=forecast.id,
        program_id=forecast.program_id,
        created_at=forecast.created_at,
        starts_on=forecast.starts_on,
        ends_on=forecast.ends_on,
        plan=PlanRead.model_validate(forecast.plan),
        assumptions=[_read_assumption(one, forecast, language) for one in forecast.assumptions],
        results=[_read_result(result, forecast, language) for result in Result],
        confidence_percent=rules.CONFIDENCE_PERCENT,
        currency=forecast.currency,
        method=forecast.method,
        method_version=forecast.method_version,
        method_text=texts.METHOD.in_language(language),
        seed=forecast.seed,
        runs=forecast.runs,
        language=language,
        notes=_notes(forecast, language),
    )


def read_interval(interval: Interval | None) -> IntervalRead | None:
    """An interval, if there is one."""
    return IntervalRead.model_validate(interval) if interval is not None else None


def unit_of(result: Result, forecast: Forecast) -> str:
    """The unit of a result; of a cost the currency."""
    is_known_money = result is Result.COST and forecast.currency is not None
    return forecast.currency or "" if is_known_money else texts.RESULT_UNITS[result]


def reason_text(reason: str | None, language: Language, **values: object) -> str | None:
    """Why there is no value or verdict, in words."""
    if reason is None:
        return None
    own = texts.REASONS.get(reason)
    if own is not None:
        return own.in_language(language, **values)
    return report_texts.REASONS.get(reason, report_texts.OTHER_REASON).in_language(language)


def _read_assumption(one: dict[str, Any], forecast: Forecast, language: Language) -> AssumptionRead:
    name, origin = Name(one["name"]), AssumptionOrigin(one["origin"])
    if origin is AssumptionOrigin.GIVEN and one["source"]:
        source = one["source"]
    else:
        source = texts.SOURCES[origin].in_language(language, **one)
    return AssumptionRead(
        name=name,
        network=one["network"],
        title=texts.NAMES[name].in_language(language),
        unit=forecast.currency or "" if name in COSTS else texts.UNITS[name],
        low=one["low"],
        typical=one["typical"],
        high=one["high"],
        origin=origin,
        source=source,
        as_of=date.fromisoformat(one["as_of"]),
        from_on=_day(one["from_on"]),
        to_on=_day(one["to_on"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _read_result(result: Result, forecast: Forecast, language: Language) -> ResultRead:
    stored = forecast.results.get(result.value)
    reason = None if stored is not None else "no_rates"
    return ResultRead(
        name=result,
        title=texts.RESULTS[result].in_language(language),
        unit=unit_of(result, forecast),
        interval=IntervalRead(**stored) if stored is not None else None,
        reason=reason,
        reason_text=reason_text(reason, language),
    )


def _notes(forecast: Forecast, language: Language) -> list[str]:
    origins = [one["origin"] for one in forecast.assumptions]
    notes = []
    if AssumptionOrigin.EXAMPLE in origins:
        notes.append(
            texts.EXAMPLES_USED.in_language(language, count=origins.count(AssumptionOrigin.EXAMPLE), all=len(origins))
        )
    if AssumptionOrigin.MEASURED in origins:
        notes.append(texts.MIX_IS_KNOWN.in_language(language))
    return notes
