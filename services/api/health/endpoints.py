"""Liveness, without the database; and readiness, with it."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from connectors.sdk import registry
from connectors.sdk.sunset import ending
from services.core.kit import heartbeat
from services.core.migrations.runner import head

router = APIRouter(tags=["Health"])

_READY_SECONDS = 1.0
#: From here on a publication is late.
LATE_SECONDS = 120

#: Both are answered from small indexes, whatever the number of rows.
_QUEUE = """
select greatest(coalesce(extract(epoch from advocacy_now() - find_next_due()), 0), 0)::float8 as oldest_due,
       count_unknown_publications() as unknown
"""


class Alive(BaseModel):
    """The process answers."""

    status: str


class EndingConnectorVersion(BaseModel):
    """A connector whose version of the vendor's API ends soon: install a newer one before that day."""

    connector: str
    ends_on: date
    days_left: int = Field(description="Negative when that day has passed.")


class Readiness(BaseModel):
    """Whether this process can serve, and each thing that decides it."""

    status: str
    checks: dict[str, str]
    oldest_due_seconds: float | None = Field(
        default=None,
        description="How long the publication that is due longest has waited; 0 when none is due. Over 120 is late: "
        "see whether enough schedulers run.",
    )
    unknown_publications: int | None = Field(
        default=None, description="Publications whose outcome nobody knows yet; each person has been asked to look."
    )
    connector_versions: list[EndingConnectorVersion] | None = Field(
        default=None,
        description="Installed connectors whose version of the vendor's API ends within 45 days, the most urgent "
        "first; empty when there is none.",
    )


@router.get("/livez", operation_id="health_live", summary="Is the process alive?")
async def live() -> Alive:
    """Answers as long as the event loop runs; asks nothing else."""
    return Alive(status="ok")


@router.get("/readyz", operation_id="health_ready", summary="Can it serve?")
async def ready(request: Request, response: Response) -> Readiness:
    """Asks the database, compares the schema's version, and looks for a live scheduler. 503 when it cannot serve.

    Also says how late publications are, of how many the outcome is unknown, and which connectors need a newer version
    soon: none of these stops the API from serving.
    """
    checks = {"database": "ok", "schema": "ok", "scheduler": "ok", "publications": "ok"}
    oldest_due: float | None = None
    unknown: int | None = None
    versions: list[EndingConnectorVersion] | None = None
    try:
        async with asyncio.timeout(_READY_SECONDS), request.app.state.database.hot(None) as connection:
            version = await connection.fetchval("select version_num from alembic_version")
            if version != head():
                checks["schema"] = f"at {version}, this code needs {head()}: run advocacy migrate"
            living, today = await heartbeat.look(connection)
            versions = _ending_versions(today)
            if not living:
                checks["scheduler"] = "no scheduler has reported for 30 s: start advocacy scheduler"
            if checks["schema"] == "ok":
                queue = await connection.fetchrow(_QUEUE)
                oldest_due, unknown = round(queue["oldest_due"], 1), queue["unknown"]
                if oldest_due > LATE_SECONDS:
                    checks["publications"] = f"one is due for {oldest_due:.0f} s: see whether enough schedulers run"
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as wrong:
        checks = dict.fromkeys(checks, "unknown") | {"database": f"does not answer ({type(wrong).__name__})"}
    # A missing scheduler is shown, and does not stop the API from serving.
    serving = checks["database"] == "ok" and checks["schema"] == "ok"
    if request.app.state.draining:
        serving, checks["draining"] = False, "this process is about to stop"
    response.status_code = 200 if serving else 503
    return Readiness(
        status="ok" if serving else "unavailable",
        checks=checks,
        oldest_due_seconds=oldest_due,
        unknown_publications=unknown,
        connector_versions=versions,
    )


def _ending_versions(today: date) -> list[EndingConnectorVersion]:
    manifests = (connector.manifest for connector in registry.list_connectors())
    return [
        EndingConnectorVersion(connector=one.slug, ends_on=one.ends_on, days_left=one.days_left)
        for one in ending(manifests, today=today)
    ]
