"""The management report as one page that stands alone: to open, print or forward. No address of anything outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.core.goals.models import Method
from services.core.kit.texts import Language, Text
from services.core.programs.models import ProgramState
from services.core.reports import formulas, texts
from services.core.reports.charts import Bar, draw_bars, draw_trend
from services.core.reports.numbers import Formula, Unit
from services.core.reports.schemas import GoalReport, NumberRead, ReportRead
from services.core.surveys.models import Respondents

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FUNNEL = (
    formulas.ELIGIBLE,
    formulas.INVITED,
    formulas.JOINED,
    formulas.ACTIVE,
    formulas.CONNECTED,
    formulas.SHARED,
)
_GLANCE = (
    formulas.PUBLISHED_SHARES,
    formulas.HUMAN_CLICKS,
    formulas.IMPRESSIONS,
    formulas.ENGAGEMENTS,
    formulas.ENGAGEMENT_RATE,
    formulas.ACTIVE_SHARERS,
)
_COLUMNS = (
    formulas.PUBLISHED_SHARES,
    formulas.HUMAN_CLICKS,
    formulas.RAW_HITS,
    formulas.SUSPECTED_MACHINES,
    formulas.IMPRESSIONS,
    formulas.REACTIONS,
    formulas.COMMENTS,
    formulas.RESHARES,
)
_GAP = (formulas.EMPLOYEES_WHO_SHARED, formulas.ACTIVE_SHARERS, formulas.ENGAGEMENT_SHARE)
_COST = (
    (formulas.BASELINE, "baseline_cost_per_hire"),
    (formulas.PROGRAM_COST, "program_cost"),
    (formulas.HIRES, "hires"),
    (formulas.COST_PER_HIRE, "program_cost_per_hire"),
    (formulas.COST_PER_HIRE_SAVING, "saving_per_hire"),
    (formulas.SAVING, "saving"),
    (formulas.EARNED_MEDIA, "earned_media_value"),
)
_RETENTION = (
    (formulas.ATTRITION_OF_AMBASSADORS, "ambassadors"),
    (formulas.ATTRITION_OF_MATCHED, "matched"),
    (formulas.ATTRITION_DIFFERENCE, "difference"),
)
_DESK = (
    formulas.NEEDS_SENT,
    formulas.NEEDS_ANSWERED,
    formulas.NEEDS_IN_TIME,
    formulas.NEEDS_RESPONSE,
    formulas.NEEDS_WAITING,
)
_FULL_WAY = 100
#: Letters of a currency.
_CURRENCY = 3
#: Pixels of bars beside long titles, and of those in half a column.
_WIDE, _NARROW = 560, 380
_LONGEST_TITLE = 46


def render(report: ReportRead, *, language: Language) -> str:
    """The page. ``report`` was built in the same language."""
    page = Page(language)
    return _TEMPLATES.get_template("report.html").render(
        report=report,
        page=page,
        language=language.value,
        direction=language.direction,
        glance=_GLANCE,
        funnel=_FUNNEL,
        columns=_COLUMNS,
        gap=_GAP,
        cost=_COST,
        retention=_RETENTION,
        desk=_DESK,
        goals_chart=_goals_chart(report.goals, page),
        funnel_chart=_funnel_chart(report, page),
        content_chart=_content_chart(report, page),
        trends={goal.id: _trend_chart(goal) for goal in report.goals},
    )


class Page:
    """What the template says, in the reader's language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def word(self, name: str) -> str:
        """A word of the page."""
        return texts.PAGE[name].in_language(self.language)

    def title(self, formula: Formula) -> str:
        """A number's name."""
        return formula.title.in_language(self.language)

    def respondents(self, respondents: Respondents) -> str:
        """A group of people who were asked."""
        return texts.RESPONDENTS[respondents].in_language(self.language)

    def state(self, state: ProgramState) -> str:
        """A program's state."""
        return texts.STATES[state].in_language(self.language)

    def method(self, method: Method) -> str:
        """How a number was obtained."""
        return texts.METHODS[method].in_language(self.language)

    def day(self, day: date) -> Markup:
        """A date, the same in every language."""
        return Markup('<bdi class="day" dir="ltr">{}</bdi>').format(day.isoformat())

    def moment(self, moment: datetime) -> Markup:
        """An instant, to the minute, in UTC."""
        return Markup('<bdi class="day" dir="ltr">{} UTC</bdi>').format(moment.strftime("%Y-%m-%d %H:%M"))

    def plain(self, value: Decimal, unit: str) -> str:
        """A value with thousands set apart, and its percent sign."""
        return plain_value(value, unit)

    def amount(self, value: Decimal, unit: str) -> Markup:
        """The same, kept together in text of the other direction."""
        return Markup('<bdi class="number" dir="ltr">{}</bdi>').format(plain_value(value, unit))

    def number(self, number: NumberRead, *, with_coverage: bool = False) -> Markup:
        """A number, or why there is none."""
        how = f"{self.method(number.method)} · {number.formula} · {number.as_of.isoformat()}"
        if number.value is None:
            return Markup('<span class="none" title="{}">{}</span>').format(how, self.reason(number))
        shown = Markup('<bdi class="number" dir="ltr" title="{}">{}</bdi>').format(
            how, plain_value(number.value, number.unit)
        )
        if with_coverage and number.coverage_percent is not None:
            shown += Markup(' <small class="coverage">{} <bdi dir="ltr">{}%</bdi></small>').format(
                self.word("coverage"), number.coverage_percent
            )
        if number.from_on is not None and number.to_on is not None and number.from_on != number.to_on:
            shown = Markup('<span title="{} – {}">{}</span>').format(number.from_on, number.to_on, shown)
        return shown

    def reason(self, number: NumberRead) -> str:
        """Why there is no value."""
        words: Text = texts.REASONS.get(number.reason or "", texts.OTHER_REASON)
        return words.in_language(self.language)

    def picture(self, source: str, alt: str) -> Markup:
        """A chart with its words for those who do not see it."""
        return Markup('<img class="chart" src="{}" alt="{}">').format(escape(source), alt)


def plain_value(value: Decimal, unit: str) -> str:
    """``1234.50`` as ``1,234.5``, percent with its sign."""
    rounded = round(value, 2)
    text = f"{rounded:,.2f}".rstrip("0").rstrip(".")
    if len(unit) == _CURRENCY and unit.isupper():
        return f"{text} {unit}"
    return f"{text}%" if unit == Unit.PERCENT else text


def _goals_chart(goals: Sequence[GoalReport], page: Page) -> Markup | None:
    bars = [
        Bar(goal.title, float(goal.progress.value), plain_value(goal.progress.value, Unit.PERCENT))
        for goal in goals
        if goal.progress.value is not None
    ]
    return _chart(bars, page, "goals_chart", width=_WIDE, full=_FULL_WAY)


def _funnel_chart(report: ReportRead, page: Page) -> Markup | None:
    bars = []
    for formula in _FUNNEL:
        number: NumberRead = getattr(report.funnel, formula.name)
        words = page.reason(number) if number.value is None else plain_value(number.value, number.unit)
        bars.append(Bar(page.title(formula), float(number.value or 0), words))
    return _chart(bars, page, "funnel_chart", width=_NARROW)


def _content_chart(report: ReportRead, page: Page) -> Markup | None:
    bars = [
        Bar(row.title, float(row.human_clicks.value), plain_value(row.human_clicks.value, row.human_clicks.unit))
        for row in report.content
        if row.human_clicks.value is not None
    ]
    return _chart(bars, page, "content_chart", width=_WIDE)


def _chart(bars: Sequence[Bar], page: Page, title: str, *, width: int, full: float | None = None) -> Markup | None:
    if not bars:
        return None
    alt = f"{page.word(title)}: " + "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
    picture = draw_bars(bars, language=page.language, width=width, longest_label=_LONGEST_TITLE, full=full)
    return page.picture(picture, alt)


def _trend_chart(goal: GoalReport) -> str | None:
    points = [
        (point.day_on, float(point.number.value) if point.number.value is not None else None) for point in goal.trend
    ]
    if sum(value is not None for _, value in points) < 2:
        return None
    return draw_trend(points)
