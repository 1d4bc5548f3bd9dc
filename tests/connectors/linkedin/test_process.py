"""The simulated LinkedIn as a process of its own: killed in the middle of everything, it still knows all it did."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.linkedin import connector
from connectors.linkedin.simulator import consent
from connectors.sdk import Context, MediaKind, OutcomeUnknown, PublishRequest, build_client

from .desk import REDIRECT_URI, Desk


@contextlib.asynccontextmanager
async def process(state_file: Path) -> AsyncIterator[tuple[dict[str, str], asyncio.subprocess.Process]]:
    command = [
        "-m",
        "connectors.linkedin.simulator",
        "--port",
        "0",
        "--oauth-port",
        "0",
        "--state-file",
        str(state_file),
    ]
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline()), started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


def context(http, urls: dict[str, str], **more) -> Context:
    settings = {"client_id": "demo-client", "client_secret": "demo-secret"}
    settings |= {"api_url": urls["api"], "oauth_url": urls["oauth"]}
    return Context(http=http, settings=settings, clock=lambda: datetime.now(UTC), **more)


async def test_a_killed_simulator_still_knows_members_tokens_posts_and_files(tmp_path: Path):
    state_file = tmp_path / "linkedin.jsonl"
    async with build_client() as http:
        async with process(state_file) as (urls, started):
            desk = Desk(None, urls, http, context(http, urls))
            desk, author = await desk.sign_in("נועה לוי")
            url = connector.authorization_url(desk.ctx, state="s", redirect_uri=REDIRECT_URI)
            unused = await consent(http, url, member_name="נועה לוי")
            image = await desk.upload(author, MediaKind.IMAGE)
            await desk.fault("create_post", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "שלום (עולם)")
            started.kill()
            await started.wait()
        async with process(state_file) as (urls, started):
            again = context(http, urls, credentials=desk.ctx.credentials)
            assert await connector.get_account(again) == author
            request = PublishRequest(text="another", author=author, idempotency_key="k", media=(image,))
            published = await connector.publish_as_member(again, request=request)
            code = unused.partition("code=")[2].partition("&")[0]
            assert await connector.exchange_code(again, code=code, redirect_uri=REDIRECT_URI)
            posts = await Desk(None, urls, http, again).posts()
    assert [post["text"] for post in posts] == ["שלום (עולם)", "another"]
    assert posts[1]["content"]["media"]["id"] == image.external_id
    assert published.external_id == posts[1]["urn"] != posts[0]["urn"]
    assert started.returncode == 0
