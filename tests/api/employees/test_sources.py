"""Where people come from: how files look, and the folder into which they are dropped."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.core.audit.models import AuditEntry
from services.core.employees.models import DirectorySource, DirectorySync, Employee, EmploymentStatus
from services.core.kit.db import move_clock
from services.core.kit.settings import Settings
from services.core.organizations.models import Role
from services.scheduler.jobs import directories
from services.scheduler.worker.tools import Tools
from tests.fixtures.api import Api, Tenant

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = "employee_id;email;first_name;last_name;department"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation with a drop folder."""
    return settings.model_copy(update={"directory_drop_dir": tmp_path / "drop"})


def file(*numbers: int, department: str = "Sales") -> str:
    return "\n".join([HEADER, *(f"E{n};p{n}@lumen.example;First{n};Last{n};{department}" for n in numbers)])


async def make(api: Api, tenant: Tenant, **body: Any) -> dict[str, Any]:
    made = await api.post("/v1/directory-sources", key=tenant.owner_key, json={"source": "csv", **body})
    assert made.status_code == 201, made.text
    return made.json()


async def change(api: Api, tenant: Tenant, source: dict[str, Any], **body: Any) -> Any:
    path = f"/v1/directory-sources/{source['id']}"
    return await api.patch(path, key=tenant.owner_key, etag="*", json=body)


async def runs(tenant: Tenant) -> list[DirectorySync]:
    return sorted(await tenant.rows(DirectorySync), key=lambda run: run.id)


class TestUpload:
    async def test_a_workbook_is_read_by_the_columns_that_were_saved(self, api: Api, tenant: Tenant) -> None:
        await make(api, tenant, columns={"source_id": "PersNr", "work_email": "Dienst-Mail"})
        book = openpyxl.Workbook()
        book.active.append(["PersNr", "Dienst-Mail", "First name", "Last name", "Gehalt"])
        book.active.append([7, "noa@lumen.example", "נועה", "כהן", 98765])
        content = io.BytesIO()
        book.save(content)
        made = await api.post(
            "/v1/directory-syncs?mode=full",
            key=tenant.owner_key,
            headers={"Content-Type": XLSX},
            content=content.getvalue(),
        )
        assert made.status_code == 201, made.text
        assert (made.json()["counts"]["create"], made.json()["dropped_columns"]) == (1, ["gehalt"])
        applied = await api.post(f"/v1/directory-syncs/{made.json()['id']}/apply", key=tenant.owner_key)
        assert applied.status_code == 200
        (person,) = await tenant.rows(Employee)
        assert (person.source_id, person.first_name, person.work_email) == ("7", "נועה", "noa@lumen.example")


class TestSources:
    async def test_what_cannot_work_is_refused_with_what_to_do(self, api: Api, tenant: Tenant) -> None:
        async def refused(**body: Any) -> list[str]:
            answer = await api.post("/v1/directory-sources", key=tenant.owner_key, json={"source": "csv", **body})
            assert answer.status_code == 422, answer.text
            return [problem["code"] for problem in answer.json()["errors"]]

        assert await refused(source="nobody") == ["unknown_source"]
        assert await refused(source="linkedin") == ["unknown_source"]
        assert await refused(columns={"salary": "Gehalt"}) == ["unknown_field"]
        assert await refused(columns={"title": "Rolle", "job_level": "rolle"}) == ["column_for_two"]
        assert await refused(settings={"key": "x"}) == ["unknown_setting"]
        too_early = await api.post(
            "/v1/directory-sources", key=tenant.owner_key, json={"source": "csv", "is_automatic": True}
        )
        assert (too_early.status_code, too_early.json()["code"]) == (409, "directory_first_run")
        source = await make(api, tenant)
        again = await api.post("/v1/directory-sources", key=tenant.owner_key, json={"source": "csv"})
        assert (again.status_code, again.json()["code"]) == (409, "directory_source_exists")
        assert (await change(api, tenant, source, mode=None)).status_code == 422

    async def test_is_listed_changed_and_deleted_by_who_may_bring_people(self, api: Api, tenant: Tenant) -> None:
        source = await make(api, tenant, delimiter="semicolon")
        _, manager = await tenant.person(Role.PROGRAM_MANAGER)
        assert (await api.get("/v1/directory-sources", key=manager)).status_code == 403
        changed = await change(api, tenant, source, delimiter=None, every_minutes=15, is_watched=True)
        assert changed.status_code == 200, changed.text
        assert (changed.json()["delimiter"], changed.json()["every_minutes"]) == (None, 15)
        (listed,) = (await api.get("/v1/directory-sources", key=tenant.owner_key)).json()["data"]
        assert listed["next_read_at"] is not None
        path = f"/v1/directory-sources/{source['id']}"
        assert (await api.delete(path, key=tenant.owner_key, etag="*")).status_code == 204
        assert await tenant.rows(DirectorySource) == []
        actions = [entry.action for entry in await tenant.rows(AuditEntry)]
        assert {f"directory_source.{verb}" for verb in ("create", "update", "delete")} <= set(actions)


class TestDropFolder:
    async def test_a_dropped_file_waits_first_then_goes_by_itself_and_stops_for_many_leavers(
        self, api: Api, tenant: Tenant, settings: Settings, tmp_path: Path
    ) -> None:
        folder = tmp_path / "drop" / str(tenant.id)
        folder.mkdir(parents=True)
        tools = Tools(tenant.database, settings)
        look = _looks(tools)
        source = await make(api, tenant, is_watched=True)
        (folder / "people.csv").write_bytes(file(*range(20)).encode("utf-8"))
        (folder / "later.csv.part").write_text("still being written")

        await look()
        assert await runs(tenant) == []  # It may still be growing.
        await look()
        (first,) = await runs(tenant)
        assert (first.state, first.counts["create"]) == ("ready", 20)
        assert await tenant.rows(Employee) == []
        assert [path.name for path in folder.glob("*.*")] == ["later.csv.part"]
        assert len(list((folder / "processed").iterdir())) == 1
        await api.post(f"/v1/directory-syncs/{first.id}/apply", key=tenant.owner_key)
        assert (await change(api, tenant, source, is_automatic=True)).status_code == 200

        # The same bytes again are no news; its sender says that the file is whole.
        for name, text in (("a.csv", file(*range(20))), ("b.csv", file(*range(19), department="שיווק"))):
            (folder / name).write_bytes(text.encode("utf-8"))
            (folder / f"{name}.done").touch()
            await look()
        assert [run.state for run in await runs(tenant)] == ["applied", "applied"]
        people = {row.source_id: row for row in await tenant.rows(Employee)}
        assert people["E19"].status is EmploymentStatus.LEFT
        assert people["E0"].department == "שיווק"

        for name, text in (("c.csv", "salary\n1"), ("d.csv", file(*range(5)))):
            (folder / name).write_text(text)
            (folder / f"{name}.done").touch()
            await look()
        (after,) = await tenant.rows(DirectorySource)
        assert after.problem is None
        assert [path.name[-5:] for path in (folder / "refused").iterdir()] == ["c.csv"]
        held = (await runs(tenant))[-1]
        assert (held.state, held.held_reason) == ("held", "mass_change")
        assert len([row for row in await tenant.rows(Employee) if row.status is EmploymentStatus.LEFT]) == 1
        # While somebody has to look, nothing more is read.
        (folder / "e.csv").write_text(file(*range(19)))
        (folder / "e.csv.done").touch()
        await look()
        assert (folder / "e.csv").exists()


def _looks(tools: Tools) -> Callable[[], Any]:
    """Each look is five hours after the one before, so that the source is due again whatever happened."""
    hours = 0

    async def look() -> None:
        nonlocal hours
        hours += 5
        await move_clock(tools.settings.database_url, by=timedelta(hours=hours))
        await directories.read_due(tools)

    return look
