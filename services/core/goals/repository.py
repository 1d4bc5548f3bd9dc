"""Every query on KPIs, goals and their measurements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.core.goals.kpis import CATALOGUE, Kpi
from services.core.goals.models import FeedSource, Goal, KpiVersion, Measurement, MeasurementCorrection, OwnKpi
from services.core.goals.rules import as_kpi
from services.core.kit.db import advocacy_now, organization_of
from services.core.kit.errors import NotFound

# KPIs.


async def find_kpi(session: AsyncSession, slug: str) -> Kpi | None:
    """The KPI of this name, of the catalogue or of the organization's own."""
    if slug in CATALOGUE:
        return CATALOGUE[slug]
    row = await find_own_kpi(session, slug)
    return as_kpi(row) if row is not None else None


async def all_kpis(session: AsyncSession) -> dict[str, Kpi]:
    """Every KPI that a goal of the organization can be set in, by name: the catalogue first."""
    statement = select(OwnKpi).where(OwnKpi.organization_id == organization_of(session)).order_by(col(OwnKpi.slug))
    own = (await session.exec(statement)).all()
    return {**CATALOGUE, **{row.slug: as_kpi(row) for row in own if row.slug not in CATALOGUE}}


async def find_own_kpi(session: AsyncSession, slug: str, *, lock: bool = False) -> OwnKpi | None:
    """A KPI that the organization has defined."""
    statement = select(OwnKpi).where(OwnKpi.organization_id == organization_of(session), OwnKpi.slug == slug)
    return (await session.exec(statement.with_for_update() if lock else statement)).first()


async def list_kpi_versions(session: AsyncSession, kpi_id: UUID) -> list[KpiVersion]:
    """What a KPI's values meant before, oldest first."""
    statement = select(KpiVersion).where(
        KpiVersion.organization_id == organization_of(session), KpiVersion.kpi_id == kpi_id
    )
    return list((await session.exec(statement.order_by(col(KpiVersion.number)))).all())


async def delete_kpi_versions(session: AsyncSession, kpi_id: UUID) -> None:
    """Forget what a KPI meant before, with the KPI."""
    await session.exec(
        sa.delete(KpiVersion).where(
            col(KpiVersion.organization_id) == organization_of(session), col(KpiVersion.kpi_id) == kpi_id
        )
    )


async def count_goals_in(session: AsyncSession, slug: str) -> int:
    """How many goals of the organization are set in a KPI."""
    statement = select(sa.func.count()).select_from(Goal)
    return (
        await session.exec(statement.where(Goal.organization_id == organization_of(session), Goal.kpi == slug))
    ).one()


async def lock_kpis(session: AsyncSession) -> None:
    """Change the KPIs of an organization one at a time, so that two changes make no circle of formulas."""
    await session.exec(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"kpis|{organization_of(session)}", 0)))  # type: ignore[call-overload]
    )


# Goals.


def goals(session: AsyncSession, program_id: UUID) -> SelectOfScalar[Goal]:
    """A program's goals."""
    return select(Goal).where(Goal.organization_id == organization_of(session), Goal.program_id == program_id)


async def list_goals(session: AsyncSession, program_id: UUID) -> list[Goal]:
    """A program's goals, oldest first."""
    return list((await session.exec(goals(session, program_id).order_by(col(Goal.id)))).all())


async def get_goal(session: AsyncSession, goal_id: UUID, *, lock: bool = False) -> Goal:
    """One goal; raise NotFound."""
    statement = select(Goal).where(Goal.organization_id == organization_of(session), Goal.id == goal_id)
    goal = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if goal is None:
        raise NotFound(thing="goal")
    return goal


async def note_refreshed(session: AsyncSession, program_id: UUID) -> None:
    """The goals of a program that measure themselves were looked at now."""
    await session.exec(
        sa.update(Goal)
        .where(col(Goal.organization_id) == organization_of(session), col(Goal.program_id) == program_id)
        # Nobody has changed them: their version and its time stay.
        .values(refreshed_at=advocacy_now(), updated_at=Goal.updated_at)
        .execution_options(synchronize_session=False)
    )


async def find_programs_to_measure(
    connection: asyncpg.Connection[Any], *, apart: timedelta, most: int
) -> list[tuple[UUID, UUID]]:
    """Launched programs of every organization with goals that measure themselves, not looked at for so long."""
    fed = [kpi.slug for kpi in CATALOGUE.values() if kpi.is_computed]
    rows = await connection.fetch(
        "select organization_id, id from find_programs_to_measure($1, $2, $3)", fed, apart, most
    )
    return [(row["organization_id"], row["id"]) for row in rows]


# Values.


def measurements(session: AsyncSession, goal_id: UUID) -> SelectOfScalar[Measurement]:
    """A goal's values."""
    return select(Measurement).where(
        Measurement.organization_id == organization_of(session), Measurement.goal_id == goal_id
    )


async def list_measurements(session: AsyncSession, goal_ids: Collection[UUID]) -> list[Measurement]:
    """The values of goals, by day."""
    statement = select(Measurement).where(
        Measurement.organization_id == organization_of(session), col(Measurement.goal_id).in_(goal_ids)
    )
    return list((await session.exec(statement.order_by(col(Measurement.measured_on), col(Measurement.id)))).all())


async def get_measurement(session: AsyncSession, goal_id: UUID, measurement_id: UUID) -> Measurement:
    """One value of a goal; raise NotFound."""
    row = (await session.exec(measurements(session, goal_id).where(Measurement.id == measurement_id))).first()
    if row is None:
        raise NotFound(thing="measurement")
    return row


async def find_measurements(
    session: AsyncSession, goal_id: UUID, *, sources: Collection[str], days: Collection[date]
) -> dict[tuple[date, str], Measurement]:
    """The values that these sources have given a goal for these days, by day and source."""
    statement = measurements(session, goal_id).where(
        col(Measurement.source).in_(sources), col(Measurement.measured_on).in_(days)
    )
    return {(row.measured_on, row.source): row for row in (await session.exec(statement)).all()}


async def upsert_measurement(session: AsyncSession, measurement: Measurement) -> None:
    """Store what measures by itself, over an earlier value of the same day and source."""
    values = measurement.model_dump(exclude={"created_at"})
    statement = insert(Measurement).values(**values)
    statement = statement.on_conflict_do_update(
        index_elements=["organization_id", "goal_id", "measured_on", "source"],
        set_={
            "value": measurement.value,
            "method": measurement.method,
            "formula_version": measurement.formula_version,
            "changed_at": advocacy_now(),
        },
    )
    await session.exec(statement)


async def list_corrections(session: AsyncSession, measurement_id: UUID) -> list[MeasurementCorrection]:
    """What a value was before, newest first."""
    statement = select(MeasurementCorrection).where(
        MeasurementCorrection.organization_id == organization_of(session),
        MeasurementCorrection.measurement_id == measurement_id,
    )
    return list((await session.exec(statement.order_by(col(MeasurementCorrection.id).desc()))).all())


async def delete_measurements(session: AsyncSession, goal_id: UUID) -> None:
    """Forget a goal's values and where they are read, with the goal."""
    for model in (MeasurementCorrection, Measurement, FeedSource):
        await session.exec(
            sa.delete(model).where(
                col(model.organization_id) == organization_of(session),
                col(model.goal_id) == goal_id,
            )
        )


# Sources.


def sources(session: AsyncSession, goal_id: UUID) -> SelectOfScalar[FeedSource]:
    """Where a goal is read, and where it was."""
    return select(FeedSource).where(
        FeedSource.organization_id == organization_of(session), FeedSource.goal_id == goal_id
    )


async def list_sources(session: AsyncSession, goal_id: UUID) -> list[FeedSource]:
    """Where a goal is read, and where it was; oldest first."""
    return list((await session.exec(sources(session, goal_id).order_by(col(FeedSource.id)))).all())


async def ended_series(session: AsyncSession, goal_ids: Collection[UUID]) -> dict[UUID, dict[str, date]]:
    """By goal, the series that are no longer read, and since when. One that was taken up again is not among them."""
    statement = select(FeedSource).where(
        FeedSource.organization_id == organization_of(session), col(FeedSource.goal_id).in_(goal_ids)
    )
    rows = (await session.exec(statement.order_by(col(FeedSource.id)))).all()
    ended: dict[UUID, dict[str, date]] = {}
    for row in rows:
        if row.ended_on is not None:
            ended.setdefault(row.goal_id, {})[row.series] = row.ended_on
    for row in rows:
        if row.ended_on is None:
            ended.get(row.goal_id, {}).pop(row.series, None)
    return ended


async def get_source(session: AsyncSession, source_id: UUID, *, lock: bool = False) -> FeedSource:
    """One place where a goal is read; raise NotFound."""
    statement = select(FeedSource).where(
        FeedSource.organization_id == organization_of(session), FeedSource.id == source_id
    )
    row = (await session.exec(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise NotFound(thing="goal feed")
    return row


async def find_sources_due(connection: asyncpg.Connection[Any], *, most: int) -> list[tuple[UUID, UUID]]:
    """Places of every organization that are to be read: organization and id."""
    rows = await connection.fetch("select organization_id, id from find_goal_feed_sources_due($1)", most)
    return [(row["organization_id"], row["id"]) for row in rows]


async def take_source(session: AsyncSession, source_id: UUID) -> FeedSource | None:
    """One feed for this transaction alone; None when another has it, or there is none."""
    statement = select(FeedSource).where(
        FeedSource.organization_id == organization_of(session), FeedSource.id == source_id
    )
    return (await session.exec(statement.with_for_update(skip_locked=True))).first()
