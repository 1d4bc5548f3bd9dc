"""The table of recurring work. Each fires once however many schedulers run (PgQueuer keeps the turns)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.core.kit.settings import Settings
from services.scheduler.jobs import (
    connections,
    holds,
    housekeeping,
    keys,
    measurement,
    moves,
    platforms,
    settling,
    shares,
    timing,
)
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
        Recurring("publications.rezone", "*/15 * * * *", timing.rezone),
        Recurring("publications.look_up", "* * * * * */10", settling.look_up),
        Recurring("publications.previews", "* * * * * */30", settling.note_previews),
        Recurring("notices.settle", "* * * * *", settling.settle_notices),
        Recurring("publications.close", "* * * * * */30", shares.close_unsettled),
        Recurring("publications.recheck", "* * * * * */30", holds.recheck_held),
        Recurring("connections.renew", "* * * * * */20", connections.renew),
        Recurring("connections.end", "* * * * * */30", connections.end),
        Recurring("connections.cut", "*/5 * * * *", connections.cut),
        Recurring("connections.remind", "*/15 * * * *", connections.remind),
        Recurring("keys.wrap_anew", "*/10 * * * *", keys.wrap_anew),
        Recurring("platforms.check", "*/10 * * * *", platforms.check_health),
        Recurring("platforms.revoke", "*/5 * * * *", platforms.sweep_revoked),
        Recurring("content_pushes.work", "* * * * * */15", platforms.work_pushes),
        Recurring("content_pushes.withdraw", "* * * * *", platforms.withdraw_closed),
        Recurring("platforms.read_numbers", "*/5 * * * *", platforms.read_numbers),
        Recurring("audience_syncs.work", "* * * * * */30", platforms.work_syncs),
        Recurring("platform_moves.work", "* * * * * */15", moves.work_moves),
        Recurring("audience.remove_leavers", "* * * * *", platforms.remove_leavers),
        Recurring("goals.refresh", "* * * * * */20", measurement.refresh_goals),
        Recurring("housekeeping.daily", "17 0 * * *", housekeeping.daily),
        Recurring("housekeeping.hourly", "23 * * * *", housekeeping.hourly),
    )
