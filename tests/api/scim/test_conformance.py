"""What a program made by others finds when it takes the server apart."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server
from scim2_tester.utils import Status

from tests.fixtures.scim import Scim


@pytest.fixture
async def served(scim: Scim) -> AsyncIterator[str]:
    """The server over real HTTP; answers where it is."""
    config = uvicorn.Config(scim.api.app, ws="none", lifespan="off", log_config=None, access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server(("127.0.0.1", 0))
    await server.startup(sockets=[listener])
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2"
    await server.shutdown(sockets=[listener])


async def test_every_check_of_the_tester_passes(served: str, scim: Scim) -> None:
    headers = {"Authorization": f"Bearer {scim.token}"}
    with httpx2.Client(base_url=served, headers=headers, trust_env=False) as client:
        results = await asyncio.to_thread(check_server, SyncSCIMClient(client))
    bad = [result for result in results if result.status is not Status.SUCCESS]
    assert [f"{one.title} {one.resource_type}: {one.status.name} {one.reason} {one.data}" for one in bad] == []
    assert len(results) > 100
