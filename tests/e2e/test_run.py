"""`advocacy run`: one command brings everything up, says where it is, and loses nothing when it is ended or killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from services.cli.processes import free_port
from services.core.kit.settings import PREFIX
from tests.fixtures.processes import ROOT, until_exit


@contextmanager
def run(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The whole stack on the embedded database, in a session of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "services.cli", "run", "--port", str(port), "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        [*command, "--simulators"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()


async def ready(process: subprocess.Popen[str], data_dir: Path) -> dict[str, Any]:
    """Its bootstrap document, once it says that it is ready."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(120):
        while not said.startswith("ready:"):
            said = await asyncio.to_thread(process.stdout.readline)
            assert said or process.poll() is None, "it ended before it was ready"
    document: dict[str, Any] = json.loads((data_dir / "bootstrap.json").read_text(encoding="utf-8"))
    return document


def find_child(parent: int, words: str) -> int:
    """The child of a process whose command line has these words."""
    command = ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    (found,) = [line.split()[0] for line in listed if words in line]
    return int(found)


async def get(url: str, key: str | None = None) -> httpx2.Response:
    """One GET over HTTP."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
        return await http.get(url, headers={"Authorization": f"Bearer {key}"} if key else {})


async def test_it_writes_the_bootstrap_document_and_keeps_its_keys(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "with space", free_port()
    with run(data_dir, port) as process:
        first = await ready(process, data_dir)
        assert set(first) == {
            "base_url",
            "operator_key",
            "organization_id",
            "owner_api_key",
            "scim_url",
            "scim_token",
            "simulators",
        }
        assert first["base_url"] == f"http://127.0.0.1:{port}"
        assert (data_dir / "bootstrap.json").stat().st_mode & 0o077 == 0
        me = await get(f"{first['base_url']}/v1/me", first["owner_api_key"])
        assert me.json()["roles"] == ["owner"]
        assert (await get(f"{first['scim_url']}/Users", first["scim_token"])).json()["totalResults"] == 0
        assert (await get(first["simulators"]["linkedin"])).status_code == 200
        assert (await get(f"{first['base_url']}/readyz")).json()["checks"]["scheduler"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert await until_exit(process, seconds=60) == 0
    with run(data_dir, port) as process:
        again = await ready(process, data_dir)
        assert again == first
        me = await get(f"{again['base_url']}/v1/me", again["owner_api_key"])
        assert me.json()["organization_id"] == first["organization_id"]


async def test_a_killed_parent_leaves_nothing_running_and_loses_nothing(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", free_port()
    with run(data_dir, port) as process:
        first = await ready(process, data_dir)
        process.kill()
        await until_exit(process, seconds=10)
    # The same port and the same database are free for the next one only if the children have gone with their parent.
    with run(data_dir, port) as process:
        again = await ready(process, data_dir)
        me = await get(f"{again['base_url']}/v1/me", first["owner_api_key"])
        assert me.json()["organization_id"] == first["organization_id"]


async def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", free_port()
    with run(data_dir, port) as process:
        document = await ready(process, data_dir)
        os.kill(find_child(process.pid, f"api --port {port}"), signal.SIGKILL)
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while "api: it died" not in await asyncio.to_thread(process.stdout.readline):
                pass
        async with httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(retries=60), trust_env=False) as http:
            assert (await http.get(f"{document['base_url']}/livez")).status_code == 200
