"""Writing the value of a day so that what it was before stays readable."""

from __future__ import annotations

from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.goals import repository
from services.core.goals.days import written_at
from services.core.goals.models import Measurement, MeasurementCorrection
from services.core.kit import db


def source_of(channel: str, series: str) -> str:
    """How a value names where it came from and of which series."""
    return f"{channel}/{series}" if series else channel


async def write(
    session: AsyncSession, measurement: Measurement, *, earlier: Measurement | None, by: str, today: date | None = None
) -> bool:
    """Store a value, over the ``earlier`` one of the same day and source; answer whether something changed.

    What was earlier becomes a correction that names who replaced it, but for the running value of ``today``.
    """
    if earlier is None:
        await repository.upsert_measurement(session, measurement)
        return True
    same = (earlier.value, earlier.method, earlier.formula_version) == (
        measurement.value, measurement.method, measurement.formula_version,
    )  # fmt: skip
    if same:
        return False
    if earlier.measured_on != today:
        _keep(session, earlier, by=by)
    earlier.value = measurement.value
    earlier.method = measurement.method
    earlier.formula_version = measurement.formula_version
    earlier.reported_by = measurement.reported_by
    earlier.changed_at = await db.now(session)
    session.add(earlier)
    return True


async def drop(session: AsyncSession, measurement: Measurement, *, by: str) -> None:
    """Take a value away that does not hold any more; what it was stays readable."""
    _keep(session, measurement, by=by)
    await session.delete(measurement)


def _keep(session: AsyncSession, measurement: Measurement, *, by: str) -> None:
    session.add(
        MeasurementCorrection(
            organization_id=measurement.organization_id,
            goal_id=measurement.goal_id,
            measurement_id=measurement.id,
            value=measurement.value,
            method=measurement.method,
            formula_version=measurement.formula_version,
            reported_by=measurement.reported_by,
            reported_at=written_at(measurement),
            replaced_by=by,
        )
    )
