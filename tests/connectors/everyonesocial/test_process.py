"""The simulated EveryoneSocial as a process of its own: killed in the middle, it still knows all it did."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.everyonesocial import connector
from connectors.sdk import (
    AudiencePerson,
    ContentState,
    Context,
    Media,
    MediaKind,
    OutcomeUnknown,
    PlatformContent,
    Suggestion,
    build_client,
)

from .desk import TOKENS

COMMAND = ("-m", "connectors.everyonesocial.simulator", "--port", "0", "--state-file")


@contextlib.asynccontextmanager
async def process(state_file: Path) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(
        sys.executable, *COMMAND, str(state_file), cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline()), started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


async def test_a_killed_simulator_still_knows_items_files_and_people(tmp_path: Path):
    state_file = tmp_path / "everyonesocial.jsonl"
    async with build_client() as http:

        def context(urls: dict[str, str]) -> Context:
            settings = {**TOKENS, "api_url": urls["api"], "scim_url": urls["scim"]}
            return Context(http=http, settings=settings, clock=lambda: datetime.now(UTC))

        person = AudiencePerson("ref", "noa@example.com", "נועה", "לוי")
        async with process(state_file) as (urls, started):
            ctx = context(urls)
            where = next(one for one in await connector.list_destinations(ctx) if one.title == "Careers")
            content = PlatformContent(
                key="k",
                title="משרה חדשה",
                why_share="כי כיף כאן",
                url="https://go.example/l/1",
                suggestions=(Suggestion("linkedin", "he", "בואו אלינו"),),
                destination_id=where.external_id,
                media=(Media(MediaKind.IMAGE, "image/png", b"png", "a.png", alt_text="x"),),
            )
            fault = {"operation": "publish_content", "kind": "lose_answer"}
            await http.post(f"{urls['api']}/_sim/faults", json=fault)
            with pytest.raises(OutcomeUnknown):
                await connector.push_content(ctx, content=content)
            member = await connector.add_member(ctx, person=person, destination_id=None)
            started.kill()
            await started.wait()
        async with process(state_file) as (urls, started):
            ctx = context(urls)
            found = await connector.find_content(ctx, content=content)
            assert found is not None
            assert found.state is ContentState.AWAITING_REVIEW
            assert await connector.add_member(ctx, person=person, destination_id=None) == member
            state = (await http.get(f"{urls['api']}/_sim/state")).json()
            assert [one["media"][0]["media_type"] for one in state["contents"]] == ["image/png"]
        assert started.returncode == 0
