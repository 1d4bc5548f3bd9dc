"""The table of recurring work. Each fires once however many schedulers run (PgQueuer keeps the turns)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.core.kit.settings import Settings
from services.scheduler.jobs import housekeeping, measurement, shares
from services.scheduler.worker.tools import Tools


@dataclass(frozen=True)
class Recurring:
    """A piece of work and when: cron fields in UTC, the sixth one seconds."""

    name: str
    cron: str
    work: Callable[[Tools], Awaitable[None]]


def table(settings: Settings) -> tuple[Recurring, ...]:
    """Everything that recurs."""
    return (
        Recurring("publications.scan", f"* * * * * */{settings.scan_seconds}", shares.scan),
        Recurring("publications.sweep", f"* * * * * */{settings.sweep_seconds}", shares.sweep),
        Recurring("publications.close", "* * * * * */30", shares.close_unsettled),
        Recurring("goals.refresh", "* * * * * */20", measurement.refresh_goals),
        Recurring("housekeeping.daily", "17 0 * * *", housekeeping.daily),
        Recurring("housekeeping.hourly", "23 * * * *", housekeeping.hourly),
    )
