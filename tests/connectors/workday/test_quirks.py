"""Each quirk of the README, met and handled."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sdk import ConfigurationInvalid
from connectors.sdk.testing.simulator import Fault, FaultKind
from connectors.workday import connector
from connectors.workday.simulator import create_simulator
from tests.connectors.hr import people, read, state_after_kill

SETTINGS = {
    "host_url": "api",
    "tenant": "lumen",
    "owner": "ISU_Advocacy",
    "report": "People list",
    "user": "ISU_Advocacy",
    "password": "demo-secret",
    "column_manager_ref": "Manager_group",
}
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def simulator():
    return create_simulator(clock=lambda: NOW)


async def test_a_killed_simulator_still_knows_whom_it_has_hired(tmp_path: Path):
    state = await state_after_kill("workday", tmp_path / "state.jsonl")
    assert state["people"]["new"] == {"name": "נועה"}


async def test_the_whole_report_comes_at_once():
    sim = simulator()
    for number in range(600):
        sim.put(f"N{number}", Employee_ID=f"N{number}", Email_Work=f"n{number}@lumen.example", Active_Status="1")
    pages = await read(connector, sim, SETTINGS)
    assert [len(page.people) for page in pages] == [500, 103]
    assert sim.calls == {"report": 1}


async def test_columns_are_called_as_their_author_likes():
    sim = simulator()
    sim.put("W1", Rolle="Ingenieurin")
    found = people(await read(connector, sim, {**SETTINGS, "column_title": "Rolle"}))
    assert found["W1"].values["title"] == "Ingenieurin"


async def test_groups_are_arrays_of_objects():
    assert people(await read(connector, simulator(), SETTINGS))["W1"].values["manager_ref"] == "W2"


async def test_empty_columns_are_absent():
    found = people(await read(connector, simulator(), SETTINGS))
    assert "ended_on" not in found["W1"].values
    assert "title" not in found["W3"].values


@pytest.mark.parametrize(
    ("said", "status"), [("1", "active"), ("0", "left"), ("Terminated", "left"), ("Yes", "active")]
)
async def test_booleans_are_digits_or_words(said: str, status: str):
    sim = simulator()
    sim.put("W1", Active_Status=said)
    assert people(await read(connector, sim, SETTINGS))["W1"].values["status"] == status


async def test_leavers_come_only_if_the_reports_source_has_them():
    sim = simulator()
    sim.with_leavers = False
    (page,) = await read(connector, sim, SETTINGS)
    assert "ended_on" in page.hidden_fields


async def test_columns_that_nobody_has_are_named():
    (page,) = await read(connector, simulator(), SETTINGS)
    assert {"job_family", "job_level", "display_name"} <= page.hidden_fields
    assert "work_email" not in page.hidden_fields


async def test_pay_in_the_report_is_not_taken_over():
    assert "98765" not in str(people(await read(connector, simulator(), SETTINGS))["W1"].values)


async def test_an_expired_password_stops_the_read_and_changes_nobody():
    with pytest.raises(ConfigurationInvalid, match="401") as caught:
        await read(connector, simulator(), {**SETTINGS, "password": "last-year"})
    assert "expired" in caught.value.message


async def test_a_report_may_take_minutes_and_is_not_asked_for_again():
    with pytest.raises(ConfigurationInvalid, match="patience"):
        await read(connector, simulator(), {**SETTINGS, "patience_seconds": "soon"})
    sim = simulator()
    sim.faults.add(Fault("report", FaultKind.STATUS, status=504))
    with pytest.raises(Exception, match="504"):
        await read(connector, sim, SETTINGS)
    assert sim.calls == {"report": 1}


async def test_there_is_no_list_of_changes():
    (page,) = await read(connector, simulator(), SETTINGS, since="2026-03-01T00:00:00Z")
    assert (page.is_full, page.cursor) == (True, None)
