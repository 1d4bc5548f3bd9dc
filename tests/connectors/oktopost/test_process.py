"""The simulated Oktopost as a process of its own: killed in the middle of everything, it still knows all it did."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.oktopost import connector
from connectors.oktopost.simulator.store import STORY_BOARD
from connectors.sdk import Context, OutcomeUnknown, build_client

from .desk import content, person, settings


@contextlib.asynccontextmanager
async def process(state_file: Path) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    command = ["-m", "connectors.oktopost.simulator", "--port", "0", "--state-file", str(state_file)]
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline()), started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


async def test_a_killed_simulator_still_knows_stories_and_advocates(tmp_path: Path):
    state_file = tmp_path / "oktopost.jsonl"
    async with build_client() as http:

        def context(urls: dict[str, str]) -> Context:
            given = {**settings(urls), "api_key": "demo-key"}
            return Context(http=http, settings=given, clock=lambda: datetime.now(UTC))

        async with process(state_file) as (urls, started):
            assert urls.keys() == {"api", "eu_api", "app", "board", "files"}
            ctx = context(urls)
            member = await connector.add_member(ctx, person=person(), destination_id=STORY_BOARD)
            fault = {"operation": "create_story", "kind": "lose_answer"}
            await http.post(f"{urls['api']}/_sim/faults", json=fault)
            with pytest.raises(OutcomeUnknown):
                await connector.push_content(ctx, content=content(title="שלום (עולם)"))
            started.kill()
            await started.wait()
        async with process(state_file) as (urls, started):
            ctx = context(urls)
            found = await connector.find_content(ctx, content=content(title="שלום (עולם)"))
            assert found is not None
            again = await connector.push_content(ctx, content=content(title="Another"))
            people = await connector.list_audience(ctx, destination_id=STORY_BOARD, cursor=None)
    assert [one.external_id for one in people.members] == [member.external_id]
    assert again.external_id != found.external_id
    assert started.returncode == 0
