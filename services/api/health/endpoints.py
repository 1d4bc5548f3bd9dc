"""Liveness, without the database; and readiness, with it."""

from __future__ import annotations

import asyncio

import asyncpg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.core.kit.heartbeat import DEAD_AFTER_SECONDS
from services.core.migrations.runner import head

router = APIRouter(tags=["Health"])

_READY_SECONDS = 1.0


class Alive(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """Whether this process can serve, and each thing that decides it."""

    status: str
    checks: dict[str, str]


@router.get("/livez", operation_id="health_live", summary="Is the process alive?")
async def live() -> Alive:
    """Answers as long as the event loop runs; asks nothing else."""
    return Alive(status="ok")


@router.get("/readyz", operation_id="health_ready", summary="Can it serve?")
async def ready(request: Request, response: Response) -> Readiness:
    """Asks the database, compares the schema's version, and looks for a live scheduler. 503 when it cannot serve."""
    checks = {"database": "ok", "schema": "ok", "scheduler": "ok"}
    try:
        async with asyncio.timeout(_READY_SECONDS), request.app.state.database.hot(None) as connection:
            version = await connection.fetchval("select version_num from alembic_version")
            if version != head():
                checks["schema"] = f"at {version}, this code needs {head()}: run advocacy migrate"
            beats = await connection.fetchval(
                "select count(*) from workers where beat_at > advocacy_now() - make_interval(secs => $1)",
                DEAD_AFTER_SECONDS,
            )
            if not beats:
                checks["scheduler"] = "no scheduler has reported for 30 s: start advocacy scheduler"
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
        checks = {"database": f"does not answer ({type(wrong).__name__})", "schema": "unknown", "scheduler": "unknown"}
    # A missing scheduler is shown, and does not stop the API from serving.
    serving = checks["database"] == "ok" and checks["schema"] == "ok"
    if request.app.state.draining:
        serving, checks["draining"] = False, "this process is about to stop"
    response.status_code = 200 if serving else 503
    return Readiness(status="ok" if serving else "unavailable", checks=checks)
