"""One read of a simulated HR system over real HTTP, and its simulator as a process."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx2

from connectors.sdk import Capability, Connector, Context, DirectoryPage, DirectoryPerson, build_client
from connectors.sdk.ports import AuthenticatesOrganizations, ListsDirectory, port
from connectors.sdk.testing.people import PeopleSimulator
from connectors.sdk.testing.simulator import running


async def read(
    connector: Connector, simulator: PeopleSimulator, settings: Mapping[str, str], *, since: str | None = None
) -> list[DirectoryPage]:
    """All pages of one read; a value `api` of the settings is the simulator's address."""
    async with running(simulator) as addresses, build_client() as http:
        given = {name: addresses["api"] if value == "api" else value for name, value in settings.items()}
        ctx = Context(http=http, settings=given, clock=simulator.now, deadline_seconds=5.0)
        if Capability.AUTHENTICATE in connector.manifest.capabilities:
            opener = port(connector, Capability.AUTHENTICATE, AuthenticatesOrganizations)
            ctx = replace(ctx, credentials=await opener.authenticate(ctx))
        lister = port(connector, Capability.LIST_DIRECTORY, ListsDirectory)
        return [page async for page in lister.list_directory(ctx, since=since)]


def people(pages: list[DirectoryPage]) -> dict[str, DirectoryPerson]:
    """Everybody of a read, by id."""
    return {one.external_id: one for page in pages for one in page.people}


async def state_after_kill(slug: str, state_file: Path) -> dict[str, object]:
    """Hire somebody at a simulator that is a process of its own, kill it, start it anew, and look."""
    command = (sys.executable, "-m", f"connectors.{slug}.simulator", "--port", "0", "--state-file", str(state_file))
    root = Path(__file__).parents[2]
    for is_second in (False, True):
        process = await asyncio.create_subprocess_exec(*command, cwd=root, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            url = json.loads(await process.stdout.readline())["api"]
            async with httpx2.AsyncClient(trust_env=False) as http:
                if is_second:
                    return dict((await http.get(f"{url}/_sim/state")).json())
                await http.put(f"{url}/_sim/people/new", json={"name": "נועה"})
        finally:
            process.kill()
            await process.communicate()
    raise AssertionError("not reached")
