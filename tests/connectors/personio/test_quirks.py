"""Each quirk of the README, met and handled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.personio import connector
from connectors.personio.simulator import create_simulator
from connectors.sdk import ConfigurationInvalid, ProtocolViolation, RateLimited
from connectors.sdk.testing.simulator import Fault, FaultKind
from tests.connectors.hr import people, read, state_after_kill

SETTINGS = {"client_id": "papi", "client_secret": "demo-secret", "api_url": "api"}
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def simulator():
    return create_simulator(clock=lambda: NOW)


async def test_a_killed_simulator_still_knows_whom_it_has_hired(tmp_path: Path):
    state = await state_after_kill("personio", tmp_path / "state.jsonl")
    assert state["people"]["new"] == {"name": "נועה"}


async def test_pages_are_small_and_their_size_is_asked_for():
    sim = simulator()
    pages = await read(connector, sim, SETTINGS)
    assert [len(page.people) for page in pages] == [2, 1]
    assert sim.calls["persons"] == 2


async def test_the_next_cursor_stands_inside_an_address():
    # The simulator's addresses lead to another host: nobody goes there.
    pages = await read(connector, simulator(), SETTINGS)
    assert sorted(people(pages)) == ["501", "502", "503"]


async def test_a_cursor_that_repeats_would_never_end():
    sim = simulator()
    sim.put("504", email="x@lumen.example", first_name="X", last_name="Y", status="ACTIVE")
    sim.put("505", email="y@lumen.example", first_name="X", last_name="Y", status="ACTIVE")
    sim.repeats_cursor = True
    with pytest.raises(ProtocolViolation):
        await read(connector, sim, SETTINGS)


async def test_department_manager_and_days_need_a_call_per_person():
    sim = simulator()
    found = people(await read(connector, sim, SETTINGS))
    assert sim.calls["employments"] == 3
    assert (found["501"].values["title"], found["501"].values["manager_ref"]) == ("Engineer", "502")


async def test_active_covers_those_on_leave():
    found = people(await read(connector, simulator(), SETTINGS))
    assert [found[key].values["status"] for key in ("501", "502", "503")] == ["on_leave", "active", "left"]


async def test_of_several_employments_the_one_that_is_not_over_counts():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["501"].values["started_on"] == "2023-04-01"


async def test_the_last_working_day_goes_before_the_end_of_the_contract():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["503"].values["ended_on"] == "2025-06-30"


async def test_the_reason_of_a_termination_is_never_kept():
    found = people(await read(connector, simulator(), SETTINGS))
    assert "ill" not in found["503"].values.values()


async def test_offices_and_departments_are_ids():
    pages = await read(connector, simulator(), SETTINGS)
    assert {"department", "location", "division"} <= pages[-1].hidden_fields
    assert "department" not in people(pages)["501"].values


async def test_changes_are_of_persons_and_their_windows_overlap():
    sim = simulator()
    sim.put("502", last_name="Katz-Levi")
    (page,) = await read(connector, sim, SETTINGS, since=(NOW - timedelta(minutes=10)).isoformat())
    assert ([one.external_id for one in page.people], page.is_full) == (["502"], False)
    assert page.cursor == "2026-03-10T09:20:00Z"


async def test_a_wrong_secret_is_told_apart_from_a_dead_token():
    with pytest.raises(ConfigurationInvalid):
        await read(connector, simulator(), {**SETTINGS, "client_secret": "wrong"})


async def test_limits_are_not_published():
    sim = simulator()
    sim.faults.add(Fault("employments", FaultKind.STATUS, status=429))
    with pytest.raises(RateLimited) as caught:
        await read(connector, sim, SETTINGS)
    assert (caught.value.retry_at - NOW).total_seconds() == 60
