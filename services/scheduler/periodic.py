"""The table of recurring work. Each fires once however many schedulers run (PgQueuer keeps the turns)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.core.kit.settings import Settings
from services.scheduler.jobs import (
    audit,
    connections,
    content,
    deletions,
    directories,
    feeds,
    goals,
    history,
    holds,
    housekeeping,
    keys,
    launches,
    moves,
    needs,
    plans,
    platforms,
    policies,
    privacy,
    programs,
    recruitment,
    settling,
    shares,
    timing,
    training,
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
        Recurring("audit.chain", "* * * * * */3", audit.chain_waiting),
        Recurring("audit.daily", "37 0 * * *", audit.daily),
        Recurring("privacy.work", "* * * * * */20", privacy.work),
        Recurring("privacy.daily", "47 0 * * *", privacy.daily),
        Recurring("keys.wrap_anew", "*/10 * * * *", keys.wrap_anew),
        Recurring("platforms.check", "*/10 * * * *", platforms.check_health),
        Recurring("platforms.revoke", "*/5 * * * *", platforms.sweep_revoked),
        Recurring("content_pushes.work", "* * * * * */15", platforms.work_pushes),
        Recurring("content_pushes.withdraw", "* * * * *", platforms.withdraw_closed),
        Recurring("content_pushes.remind", "* * * * *", platforms.remind_of_removals),
        Recurring("platforms.read_numbers", "*/5 * * * *", platforms.read_numbers),
        Recurring("audience_syncs.work", "* * * * * */30", platforms.work_syncs),
        Recurring("platform_moves.work", "* * * * * */15", moves.work_moves),
        Recurring("audience.remove_leavers", "* * * * *", platforms.remove_leavers),
        Recurring("policies.look_at_due", "* * * * * */20", policies.look_at_due),
        Recurring("responsibilities.follow", "* * * * *", programs.follow_holders),
        Recurring("content_plans.look_for_missing", "* * * * *", plans.look_for_missing),
        Recurring("launch_gates.look", "*/5 * * * *", launches.look_at_gates),
        Recurring("goals.refresh", "* * * * *", goals.refresh),
        Recurring("goals.read_feeds", "*/5 * * * *", goals.read_feeds),
        Recurring("directory_sources.read", "* * * * * */30", directories.read_due),
        Recurring("feeds.fetch", "* * * * * */20", feeds.fetch_due),
        Recurring("post_deletions.work", "* * * * * */15", deletions.work_deletions),
        Recurring("first_comments.write", "* * * * * */10", content.write_first_comments),
        Recurring("proposals.remind", "*/15 * * * *", content.remind_of_proposals),
        Recurring("assets.sweep", "41 * * * *", content.sweep_files),
        Recurring("invitations.remind", "*/15 * * * *", recruitment.remind),
        Recurring("ambassadors.follow_steps", "* * * * * */20", recruitment.follow_steps),
        Recurring("ambassadors.end_for_leavers", "* * * * *", recruitment.end_for_leavers),
        Recurring("history.record", "7 * * * *", history.record),
        Recurring("certificates.lapse", "* * * * *", training.lapse),
        Recurring("certificates.remind", "*/15 * * * *", training.remind),
        Recurring("needs.escalate", "*/5 * * * *", needs.escalate),
        Recurring("housekeeping.daily", "17 0 * * *", housekeeping.daily),
        Recurring("housekeeping.hourly", "23 * * * *", housekeeping.hourly),
    )
