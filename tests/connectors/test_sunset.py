"""No version that we ask a vendor for ends unnoticed."""

import importlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import connectors
from connectors.demo import connector as demo
from connectors.sdk.sunset import WITHIN_DAYS, ending

ROOT = Path(connectors.__file__).parent
OURS = [
    importlib.import_module(f"connectors.{path.parent.name}").connector.manifest
    for path in sorted(ROOT.glob("*/manifest.py"))
    if path.parent.name != "sdk"
]
TODAY = date(2026, 11, 25)


def test_none_of_our_versions_ends_within_45_days():
    """When this fails: raise the version in the connector's manifest, after the steps of its README."""
    assert [str(one) for one in ending(OURS, today=datetime.now(UTC).date())] == []


def test_our_versions_are_looked_at():
    assert any(manifest.api_version_sunset_on for manifest in OURS)
    assert ending(OURS, today=date(2200, 1, 1))


def test_the_last_day_counts_and_the_one_before_does_not():
    manifest = replace(demo.manifest, api_version_sunset_on=TODAY)
    (last,) = ending([manifest], today=TODAY - timedelta(days=WITHIN_DAYS))
    assert (last.slug, last.ends_on, last.days_left) == ("demo", TODAY, WITHIN_DAYS)
    assert ending([manifest], today=TODAY - timedelta(days=WITHIN_DAYS + 1)) == []


def test_an_ended_version_stays_in_the_list_and_comes_first():
    ended = replace(demo.manifest, slug="ended", api_version_sunset_on=TODAY - timedelta(days=3))
    soon = replace(demo.manifest, slug="soon", api_version_sunset_on=TODAY + timedelta(days=3))
    endless = replace(demo.manifest, slug="endless", api_version_sunset_on=None)
    assert [(one.slug, one.days_left) for one in ending([soon, endless, ended], today=TODAY)] == [
        ("ended", -3),
        ("soon", 3),
    ]
    assert str(ending([ended], today=TODAY)[0]) == "ended: its API version ends on 2026-11-22 (3 days ago)"
