"""Goals of a program, made as a client makes them, and their values."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.core.kit import db
from services.core.programs.models import Program, ProgramState
from tests.fixtures.api import Api, Tenant


async def today(tenant: Tenant) -> date:
    """The product's UTC day."""
    async with tenant.database.transaction(tenant.id) as session:
        return (await db.now(session)).date()


async def start_program(api: Api, tenant: Tenant) -> str:
    """A draft program in Hebrew and English."""
    body = {"name": "Pilot", "languages": ["en", "he"], "default_language": "he", "networks": ["linkedin"]}
    made = await api.post("/v1/programs", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def launch(tenant: Tenant, program_id: str, *, days_ago: int) -> None:
    """The program was launched quietly some days ago."""
    async with tenant.database.transaction(tenant.id) as session:
        program = await session.get_one(Program, (tenant.id, UUID(program_id)))
        program.state = ProgramState.QUIET
        program.launched_at = await db.now(session) - timedelta(days=days_ago)
        session.add(program)


async def set_goal(api: Api, tenant: Tenant, program_id: str, **changes: Any) -> dict[str, Any]:
    """A goal owned by somebody employed."""
    owner = await tenant.employee()
    body = {
        "kpi": "company_page_followers", "title": "More followers", "kind": "marketing", "heading": "employer_brand",
        "baseline": 1000, "target": 2000, "due_on": (await today(tenant) + timedelta(days=60)).isoformat(),
        "owner_employee_id": str(owner.id), **changes,
    }  # fmt: skip
    made = await api.post(f"/v1/programs/{program_id}/goals", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def define_kpi(api: Api, tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """A KPI of the organization's own."""
    body = {
        "slug": "cost_per_visit", "title": {"en": "Cost per visit", "he": "עלות לביקור"},
        "description": {"en": "Spent ÷ visits", "he": "הוצאה חלקי ביקורים"}, "unit": "ILS", "direction": "down",
        "kind": "business", "heading": "cost", **changes,
    }  # fmt: skip
    made = await api.post("/v1/kpis", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def report(
    api: Api, tenant: Tenant, goal: dict[str, Any], value: float, *, days_ago: int = 0, **changes: Any
) -> dict[str, Any]:
    """A value by hand."""
    day = await today(tenant) - timedelta(days=days_ago)
    body = {"value": value, "measured_on": day.isoformat(), "method": "measured", **changes}
    made = await api.post(f"/v1/goals/{goal['id']}/measurements", key=tenant.owner_key, json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def progress(api: Api, tenant: Tenant, goal: dict[str, Any], query: str = "", **options: Any) -> dict[str, Any]:
    """How a goal stands."""
    answer = await api.get(f"/v1/goals/{goal['id']}/progress{query}", key=tenant.owner_key, **options)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
