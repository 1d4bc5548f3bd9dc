"""Each quirk of the README, met and handled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.bamboohr import connector
from connectors.bamboohr.simulator import create_simulator
from connectors.sdk import ConfigurationInvalid, RateLimited
from connectors.sdk.testing.simulator import Fault, FaultKind
from tests.connectors.hr import people, read, state_after_kill

SETTINGS = {"subdomain": "lumen", "api_key": "demo-secret", "api_url": "api"}
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def simulator():
    return create_simulator(clock=lambda: NOW)


async def test_a_killed_simulator_still_knows_whom_it_has_hired(tmp_path: Path):
    state = await state_after_kill("bamboohr", tmp_path / "state.jsonl")
    assert state["people"]["new"] == {"name": "נועה"}


async def test_empty_days_come_as_zeros():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["101"].values["ended_on"] == ""
    assert (found["103"].values["ended_on"], found["103"].values["status"]) == ("2025-06-30", "left")


async def test_the_best_address_may_be_the_private_one():
    sim = simulator()
    sim.put("101", workEmail="")
    found = people(await read(connector, sim, SETTINGS))
    assert found["101"].values["work_email"] == ""


async def test_pay_and_birth_dates_are_never_asked_for():
    found = people(await read(connector, simulator(), SETTINGS))
    assert "98765" not in str(found["101"].values)
    assert "1990" not in str(found["101"].values)


async def test_the_preferred_name_stands_before_the_last_one():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["101"].values["display_name"] == "נועה Levi"
    assert "display_name" not in found["102"].values


async def test_changes_are_an_object_by_id_that_names_no_fields():
    sim = simulator()
    sim.put("102", jobTitle="CTO")
    sim.remove("103")
    (page,) = await read(connector, sim, SETTINGS, since=(NOW - timedelta(hours=1)).isoformat())
    assert [(one.external_id, one.values["title"]) for one in page.people] == [("102", "CTO")]
    assert (page.is_full, page.gone) == (False, ("103",))


async def test_no_changes_at_all_cost_one_call():
    sim = simulator()
    (page,) = await read(connector, sim, SETTINGS, since=NOW.isoformat())
    assert (page.people, page.gone, page.is_full) == ((), (), False)
    assert sim.calls == {"changed": 1}


async def test_changes_that_cannot_be_read_are_a_full_read():
    sim = simulator()
    sim.faults.add(Fault("changed", FaultKind.GARBAGE))
    (page,) = await read(connector, sim, SETTINGS, since=NOW.isoformat())
    assert (page.is_full, len(page.people)) == (True, 3)


async def test_windows_of_changes_overlap():
    (page,) = await read(connector, simulator(), SETTINGS)
    assert page.cursor == "2026-03-10T09:20:00Z"


async def test_fields_that_the_keys_owner_may_not_see_are_left_out():
    sim = simulator()
    sim.hidden |= {"department", "hireDate"}
    (page,) = await read(connector, sim, SETTINGS)
    assert {"department", "started_on"} <= page.hidden_fields
    assert "department" not in page.people[0].values


@pytest.mark.parametrize("status", [429, 503])
async def test_too_many_calls_were_a_503_before_they_were_a_429(status: int):
    sim = simulator()
    sim.faults.add(Fault("custom_report", FaultKind.STATUS, status=status, headers={"Retry-After": "90"}))
    with pytest.raises(RateLimited) as caught:
        await read(connector, sim, SETTINGS)
    assert (caught.value.retry_at - NOW).total_seconds() == 90


async def test_a_company_domain_is_no_path():
    with pytest.raises(ConfigurationInvalid):
        await read(connector, simulator(), {**SETTINGS, "subdomain": "../lumen"})
