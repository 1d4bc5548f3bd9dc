"""The fault campaign in short: every crash point three times, amid a bad vendor, a bad database and freezes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import naive
from tests.chaos.campaign import Plan, Report, run
from tests.chaos.ground import crash_points

KNOWN_WITHIN_SECONDS = 90

SHORT_PLAN = Plan(
    publications=150,
    seconds=20,
    kills=3 * len(crash_points()),
    each=3,
    patience_seconds=150,
    seats=4,
    faults=0.25,
    restart_every=(10.0, 25.0),
    freeze_seconds=9.0,
    clock_jumps=(-2.0, 6.0),
    people_every=0.3,
    latest_seconds=5.0,
    settles_unknown=False,
    older=None,
    burst=0,
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What the short campaign found."""
    folder = tmp_path_factory.mktemp("campaign")
    for parent in (folder, folder.parent):
        parent.chmod(0o755)  # as root, PostgreSQL is another user, who has to pass
    return run(SHORT_PLAN, folder)


def test_every_crash_point_is_reached_three_times_and_the_world_breaks_meanwhile(report: Report) -> None:
    counts = report.counts
    assert {point: counts.points[point] for point in crash_points() if counts.points[point] < SHORT_PLAN.each} == {}
    assert counts.kills >= SHORT_PLAN.kills
    assert counts.restarts >= 1
    assert counts.freezes >= 1
    assert counts.clock_jumps >= 1


def test_nothing_is_doubled_and_nothing_is_lost(report: Report) -> None:
    assert report.findings.wrong == []
    assert report.findings.is_clean
    assert report.counts.broken_people == 0
    assert report.findings.published > 0


def test_every_outcome_is_known_within_ninety_seconds(report: Report) -> None:
    assert report.findings.seconds_to_known_state <= KNOWN_WITHIN_SECONDS


def test_no_log_holds_what_opens_an_account_or_what_somebody_wrote(report: Report) -> None:
    assert report.leaks == []


def test_the_rule_that_everybody_writes_first_doubles_posts_under_the_same_faults(tmp_path: Path) -> None:
    for parent in (tmp_path, tmp_path.parent):
        parent.chmod(0o755)  # as root, PostgreSQL is another user, who has to pass
    assert naive.run(tmp_path, publications=80, kills=6).duplicates > 0
