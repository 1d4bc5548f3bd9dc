"""Employees, and the runs that bring their list up to date."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlmodel import col

from services.api.dependencies import Current, Page, allow
from services.api.routing import Router
from services.core.connections import service as connections
from services.core.employees import directory, repository, service
from services.core.employees.models import DirectoryRow, DirectorySync, Employee, EmploymentStatus, RowAction, SyncMode
from services.core.employees.schemas import (
    DirectoryRowRead,
    DirectorySyncCreated,
    DirectorySyncRead,
    EmployeeRead,
    SyncApply,
)
from services.core.kit.errors import UnsupportedMedia
from services.core.kit.pagination import paginate
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Permission
from services.core.shares import service as shares

router: APIRouter = Router(tags=["Employees"])

_READ = [allow(Permission.EMPLOYEES_READ)]
_SYNC = [allow(Permission.EMPLOYEES_SYNC)]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLE = "employee_id,email,first_name,last_name,department\nE1,maya@lumen.example,Maya,Cohen,Marketing\n"


@router.get("/v1/employees", operation_id="employees_list", summary="List employees", dependencies=_READ)
async def list_employees(
    call: Current,
    page: Page,
    department: Annotated[list[str] | None, Query(description="Repeated: any of them.")] = None,
    status: Annotated[list[EmploymentStatus] | None, Query(description="Repeated: any of them.")] = None,
    job_title: Annotated[list[str] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[EmployeeRead]:
    """Lists the people the directory has told us of, those who left too."""
    statement = repository.employees(call.session)
    filters = []
    for column, values in ((Employee.department, department), (Employee.status, status), (Employee.title, job_title)):
        filters.append(",".join(sorted(values or [])))
        if values:
            statement = statement.where(col(column).in_(values))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters="|".join(filters)),
        id_column=Employee.id,
        sorts={"created_at": Employee.created_at, "last_name": Employee.last_name},
        default_sort="created_at",
    )
    return Listing(data=[EmployeeRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.get("/v1/employees/{employee_id}", operation_id="employees_get", summary="Read an employee", dependencies=_READ)
async def get_employee(employee_id: UUID, call: Current) -> EmployeeRead:
    """Answers one person as the directory describes them."""
    employee = await service.get_employee(call.session, employee_id)
    call.answers(employee)
    return EmployeeRead.model_validate(employee)


@router.post(
    "/v1/directory-syncs",
    status_code=201,
    operation_id="directory_syncs_create",
    summary="Send a directory file",
    dependencies=_SYNC,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def create_sync(
    request: Request,
    call: Current,
    mode: Annotated[SyncMode, Query(description="full: who is absent has left; delta: is not mentioned.")],
) -> DirectorySyncCreated:
    """Reads a CSV or XLSX file (up to 64 MiB) and says what it would change. Nothing is changed before it is applied.

    Encoding, delimiter and columns are found by the file itself, or as the source `csv` says.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in ("text/csv", _XLSX):
        raise UnsupportedMedia(expected=f"text/csv, {_XLSX}")
    sync, dropped = await directory.read_file(
        call.session, call.actor, content=await request.body(), mode=mode, settings=call.settings
    )
    call.answers(sync)
    call.headers["Location"] = f"/v1/directory-syncs/{sync.id}"
    read = DirectorySyncRead.of(sync, call.language)
    return DirectorySyncCreated(**read.model_dump(), dropped_columns=dropped)


@router.get("/v1/directory-syncs", operation_id="directory_syncs_list", summary="List runs", dependencies=_SYNC)
async def list_syncs(call: Current, page: Page) -> Listing[DirectorySyncRead]:
    """Lists the runs of the directory."""
    found = await paginate(
        call.session,
        repository.syncs(call.session),
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort),
        id_column=DirectorySync.id,
        sorts={"created_at": DirectorySync.created_at},
        default_sort="-created_at",
    )
    data = [DirectorySyncRead.of(row, call.language) for row in found.rows]
    return Listing(data=data, next_cursor=found.next_cursor)


@router.get(
    "/v1/directory-syncs/{sync_id}", operation_id="directory_syncs_get", summary="Read a run", dependencies=_SYNC
)
async def get_sync(sync_id: UUID, call: Current) -> DirectorySyncRead:
    """Answers one run with its counts and the rows that could not be used."""
    sync = await repository.get_sync(call.session, sync_id)
    call.answers(sync)
    return DirectorySyncRead.of(sync, call.language)


@router.get(
    "/v1/directory-syncs/{sync_id}/diff",
    operation_id="directory_syncs_diff",
    summary="What a run changes",
    dependencies=_SYNC,
)
async def get_diff(
    sync_id: UUID,
    call: Current,
    page: Page,
    action: Annotated[list[RowAction] | None, Query(description="Repeated: any of them.")] = None,
) -> Listing[DirectoryRowRead]:
    """Lists each person that the run changes, with the fields before and after; forgotten once the run is applied."""
    sync = await repository.get_sync(call.session, sync_id)
    statement = repository.rows(call.session, sync.id)
    if action:
        statement = statement.where(col(DirectoryRow.action).in_(action))
    found = await paginate(
        call.session,
        statement,
        page=call.page(limit=page.limit, cursor=page.cursor, sort=page.sort, filters=",".join(sorted(action or []))),
        id_column=DirectoryRow.id,
        sorts={"created_at": DirectoryRow.created_at},
        default_sort="created_at",
    )
    return Listing(data=[DirectoryRowRead.model_validate(row) for row in found.rows], next_cursor=found.next_cursor)


@router.post(
    "/v1/directory-syncs/{sync_id}/apply",
    operation_id="directory_syncs_apply",
    summary="Apply a run",
    dependencies=_SYNC,
)
async def apply_sync(sync_id: UUID, call: Current, body: SyncApply | None = None) -> DirectorySyncRead:
    """Does what the run compared, all of it or nothing. An unusually large one needs `confirm_mass_change`."""
    confirmed = body is not None and body.confirm_mass_change
    sync = await directory.apply(call.session, call.actor, sync_id, confirm_mass_change=confirmed)
    await shares.cancel_for_leavers(call.session)
    await connections.cut_leavers(call.session)
    call.answers(sync)
    return DirectorySyncRead.of(sync, call.language)
