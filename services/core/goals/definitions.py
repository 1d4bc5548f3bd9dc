"""KPIs that an organization defines for itself: made, changed with a note while they are in use, deleted when not."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.goals import repository, rules
from services.core.goals.errors import KpiBuiltIn, KpiInUse, KpiTaken, MeaningNeedsNote, TooManyKpis
from services.core.goals.kpis import CATALOGUE, Feed
from services.core.goals.models import KpiVersion, OwnKpi
from services.core.goals.schemas import KpiCreate, KpiUpdate, Words
from services.core.kit.errors import FieldProblem, Invalid, NotFound
from services.core.kit.texts import Text
from services.core.organizations.rules import Actor, Permission

MOST_KPIS = 200
#: What the values of a KPI mean; the rest are words.
MEANING = ("unit", "direction", "aggregation", "feed", "formula")
_MAY_BE_NOTHING = ("feed", "formula")

_NEEDED = Text(en="This cannot be empty.", he="שדה זה אינו יכול להיות ריק.")


async def get_own(session: AsyncSession, slug: str) -> OwnKpi:
    """A KPI that the organization may change; raise KpiBuiltIn or NotFound."""
    if slug in CATALOGUE:
        raise KpiBuiltIn(slug=slug)
    row = await repository.find_own_kpi(session, slug, lock=True)
    if row is None:
        raise NotFound(thing="KPI")
    return row


async def create_kpi(session: AsyncSession, actor: Actor, body: KpiCreate) -> OwnKpi:
    """Define a KPI. Raises KpiTaken, TooManyKpis, and Invalid for a formula that cannot be computed."""
    actor.require(Permission.KPIS_WRITE)
    await repository.lock_kpis(session)
    known = await repository.all_kpis(session)
    if body.slug in known:
        raise KpiTaken(slug=body.slug)
    if len(known) - len(CATALOGUE) >= MOST_KPIS:
        raise TooManyKpis(most=MOST_KPIS)
    problems = rules.slug_problems(body.slug)
    problems += rules.formula_problems(body.slug, feed=body.feed, text=body.formula, known=known)
    if problems:
        raise Invalid(problems=problems)
    fields = body.model_dump(exclude={"title", "description"})
    row = OwnKpi(
        organization_id=actor.tenant(),
        title=body.title.by_language(),
        description=body.description.by_language(),
        **fields,
    )
    session.add(row)
    audit.record(session, actor=actor.name, action="kpi.create", subject=row, after=_recorded(fields))
    await session.flush()
    return row


async def update_kpi(session: AsyncSession, actor: Actor, row: OwnKpi, body: KpiUpdate) -> OwnKpi:
    """Change a KPI. While goals or formulas use it, a change of meaning needs a note and makes a new version.

    Raises MeaningNeedsNote, and Invalid for a formula that cannot be computed.
    """
    actor.require(Permission.KPIS_WRITE)
    await repository.lock_kpis(session)
    changes = _changes(body)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    known = await repository.all_kpis(session)
    feed, formula = (changed.get(name, getattr(row, name)) for name in ("feed", "formula"))
    problems = rules.formula_problems(row.slug, feed=Feed(feed) if feed else None, text=formula, known=known)
    if problems:
        raise Invalid(problems=problems)
    meaning = [name for name in MEANING if name in changed]
    if meaning:
        goals = await repository.count_goals_in(session, row.slug)
        if body.note is None and (goals or rules.users_of(row.slug, known)):
            raise MeaningNeedsNote(slug=row.slug, fields=", ".join(meaning), next=row.formula_version + 1)
        session.add(
            KpiVersion(
                organization_id=row.organization_id,
                kpi_id=row.id,
                number=row.formula_version,
                note=body.note or "",
                changed_by=actor.name,
                **{name: getattr(row, name) for name in MEANING},
            )
        )
        row.formula_version += 1
    audit.record(
        session, actor=actor.name, action="kpi.update", subject=row,
        before=_recorded({name: getattr(row, name) for name in changed}), after=_recorded(changed),
    )  # fmt: skip
    for name, value in changed.items():
        setattr(row, name, value)
    session.add(row)
    await session.flush()
    return row


async def delete_kpi(session: AsyncSession, actor: Actor, row: OwnKpi) -> None:
    """Drop a KPI that nothing uses; raise KpiInUse."""
    actor.require(Permission.KPIS_WRITE)
    await repository.lock_kpis(session)
    goals = await repository.count_goals_in(session, row.slug)
    users = rules.users_of(row.slug, await repository.all_kpis(session))
    if goals or users:
        raise KpiInUse(slug=row.slug, goals=goals, kpis=", ".join(users) or "-")
    audit.record(session, actor=actor.name, action="kpi.delete", subject=row, before={"slug": row.slug})
    await repository.delete_kpi_versions(session, row.id)
    await session.delete(row)
    await session.flush()


def _changes(body: KpiUpdate) -> dict[str, Any]:
    given = {name: value for name, value in body.changes().items() if name != "note"}
    empty = [name for name, value in given.items() if value is None and name not in _MAY_BE_NOTHING]
    if empty:
        raise Invalid(problems=[FieldProblem(f"/{name}", "missing", _NEEDED) for name in empty])
    return {name: value.by_language() if isinstance(value, Words) else value for name, value in given.items()}


def _recorded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: "(text)" if name in ("title", "description") else value for name, value in values.items()}
