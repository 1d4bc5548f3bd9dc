"""What can be told of a connector without calling anybody."""

from dataclasses import replace
from datetime import date

from connectors.demo import connector as demo
from connectors.linkedin import connector as linkedin
from connectors.sdk import Capability, Manifest
from connectors.sdk.declaration import PORTS, problems

TODAY = date(2026, 11, 25)


class Declares:
    """Nothing but a declaration."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest


def test_our_samples_hold_what_they_declare():
    for connector in (demo, linkedin):
        assert problems(connector, today=TODAY) == []


def test_each_capability_that_can_be_declared_has_a_port():
    assert set(Capability) == set(PORTS)


def test_a_port_that_is_not_implemented_is_named_with_its_methods():
    manifest = replace(demo.manifest, capabilities=frozenset({Capability.SYNC_AUDIENCE}))
    assert problems(Declares(manifest), today=TODAY) == [
        "sync_audience is declared, and Declares is no SyncsAudience: write list_audience, add_member, remove_member, "
        "or take the capability out of the manifest."
    ]


def test_a_version_that_ends_within_45_days_is_a_problem():
    manifest = replace(linkedin.manifest, api_version_sunset_on=date(2027, 1, 9))
    connector = Declares(manifest)
    found = [problem for problem in problems(connector, today=TODAY) if "version" in problem]
    assert found == [
        "linkedin: its API version ends on 2027-01-09 (in 45 days): move to the vendor's newer version, and set its "
        "end as api_version_sunset_on in the manifest."
    ]
    assert not [one for one in problems(connector, today=date(2026, 11, 24)) if "version" in one]
