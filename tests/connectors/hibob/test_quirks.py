"""Each quirk of the README, met and handled."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.hibob import connector
from connectors.hibob.simulator import create_simulator
from connectors.sdk import ConfigurationInvalid
from connectors.sdk.testing.simulator import Fault, FaultKind
from tests.connectors.hr import people, read, state_after_kill

SETTINGS = {"service_user_id": "SERVICE-1", "token": "demo-secret", "api_url": "api"}
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def simulator():
    return create_simulator(clock=lambda: NOW)


async def test_a_killed_simulator_still_knows_whom_it_has_hired(tmp_path: Path):
    state = await state_after_kill("hibob", tmp_path / "state.jsonl")
    assert state["people"]["new"] == {"name": "נועה"}


async def test_the_whole_result_comes_at_once():
    sim = simulator()
    for number in range(700):
        sim.put(f"9{number}", **{"root.email": f"p{number}@lumen.example", "internal.status": "Active"})
    pages = await read(connector, sim, SETTINGS)
    assert [len(page.people) for page in pages] == [500, 203]
    assert sim.calls == {"search": 1}


async def test_leavers_come_only_when_asked_for():
    found = people(await read(connector, simulator(), SETTINGS))
    assert (found["3003"].values["status"], found["3003"].values["ended_on"]) == ("left", "2025-06-30")


async def test_lists_come_as_ids_unless_people_are_to_read_them():
    found = people(await read(connector, simulator(), SETTINGS))
    assert (found["3001"].values["department"], found["3001"].values["location"]) == ("R&D", "Tel Aviv")


async def test_fields_that_the_service_user_may_not_see_are_left_out_silently():
    sim = simulator()
    sim.hidden |= {"work.department"}
    (page,) = await read(connector, sim, SETTINGS)
    assert "department" in page.hidden_fields
    assert "title" not in page.hidden_fields


async def test_there_is_no_list_of_changes():
    (page,) = await read(connector, simulator(), SETTINGS, since="2026-03-01T00:00:00Z")
    assert (page.is_full, page.cursor, len(page.people)) == (True, None, 3)


async def test_a_manager_is_an_object():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["3001"].values["manager_ref"] == "3002"


async def test_numbers_of_employees_are_numbers():
    found = people(await read(connector, simulator(), SETTINGS))
    assert found["3001"].values["employee_number"] == "1001"


async def test_values_lie_in_folders_or_under_the_whole_name_of_their_field():
    sim = simulator()
    in_folders = people(await read(connector, sim, SETTINGS))
    sim.is_flat = True
    assert people(await read(connector, sim, SETTINGS)) == in_folders
    assert in_folders["3001"].values["title"] == "Engineer"


async def test_salaries_are_never_asked_for():
    found = people(await read(connector, simulator(), SETTINGS))
    assert "98765" not in str(found["3001"].values)


async def test_user_and_token_belong_together():
    with pytest.raises(ConfigurationInvalid):
        await read(connector, simulator(), {**SETTINGS, "service_user_id": "SERVICE-2"})


async def test_a_list_that_is_cut_is_no_short_list():
    sim = simulator()
    sim.faults.add(Fault("search", FaultKind.BREAK_BODY))
    with pytest.raises(Exception, match=r"answer|list"):
        await read(connector, sim, SETTINGS)
