"""Everything in one command: the database, the API, the scheduler and, if asked, the vendors' simulators."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import httpx2

from services.cli import keys, processes
from services.cli.demo import story
from services.cli.simulators import LINKEDIN, PLATFORMS, Simulated
from services.core.connections.vendors import check_settings
from services.core.kit.embedded import EmbeddedPostgres
from services.core.kit.logging import configure_logging
from services.core.kit.settings import PREFIX, Settings, load_settings
from services.core.migrations import runner

DATABASE = "advocacy"
_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.1

#: Simulated readers and posts live fast: counts are read after seconds, and early clicks are human.
DEMO_SETTINGS = {
    "CLICK_QUIET_SECONDS": "1",
    "METRIC_POLL_SECONDS": "2,5",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
}


class StackError(Exception):
    """The stack could not be started or kept up; the message says what to do."""


@dataclass
class Stack:
    """One running installation, kept up by this process."""

    data_dir: Path
    port: int
    simulators: Sequence[Simulated]
    extra: dict[str, str] = field(default_factory=dict)
    bootstrap: dict[str, Any] = field(default_factory=dict)
    _children: list[processes.Child] = field(default_factory=list)
    _postgres: EmbeddedPostgres | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Bring everything up and write ``bootstrap.json`` once every part answers."""
        self.data_dir = self.data_dir.absolute()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        secrets = keys.load_or_make(self.data_dir / "secrets.json")
        self.port = self.port or processes.free_port()
        url = self._database_url()
        simulated = self._simulator_ports()
        env = self._environment(secrets, url, simulated)
        settings = _settings_from(env)
        # Our own lines are the narration; the parts log into their files.
        configure_logging(settings.model_copy(update={"log_level": "warning"}))
        asyncio.run(runner.migrate(url))
        self._children = self._plan(env, secrets, simulated)
        for child in self._children:
            child.start()
        self._wait_until_ready(simulated)
        self.bootstrap = self._write_bootstrap(settings, secrets, simulated)

    def tend(self) -> None:
        """Keep everything up until ``stop`` is asked for."""
        while not self._stopping.wait(_LOOK_SECONDS):
            self._tend_once()

    def ask_to_stop(self) -> None:
        """End ``tend`` soon."""
        self._stopping.set()

    def stop(self) -> None:
        """End every part, the database last."""
        processes.stop_all(self._children)
        if self._postgres is not None:
            self._postgres.stop()

    def _tend_once(self) -> None:
        if self._postgres is not None and self._postgres.owns_server and not self._postgres.is_running():
            print("database: it died and is started again", flush=True)
            self._postgres.start()
        for child in self._children:
            if child.tend():
                print(f"{child.name}: it died and is started again (see {child.log_path})", flush=True)

    def _database_url(self) -> str:
        given = os.environ.get(PREFIX + "DATABASE_URL")
        if given:
            return given
        self._postgres = EmbeddedPostgres(self.data_dir / "postgres")
        self._postgres.start()
        self._postgres.ensure_database(DATABASE)
        return self._postgres.dsn(DATABASE)

    def _simulator_ports(self) -> dict[str, int]:
        """Ports of the simulated vendors: the same at each start, as long as they are free."""
        if not self.simulators:
            return {}
        path = self.data_dir / "simulators.json"
        kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        ports = {
            name: kept[name] if processes.is_free(kept.get(name)) else processes.free_port()
            for simulated in self.simulators
            for name in simulated.port_names()
        }
        keys.write_private(path, {**kept, **ports})
        return ports

    def _environment(self, secrets: dict[str, str], url: str, simulated: dict[str, int]) -> dict[str, str]:
        ours = {
            "DATABASE_URL": url,
            "MASTER_KEY": secrets["master_key"],
            "KEY_PEPPER": secrets["key_pepper"],
            "OPERATOR_KEY": secrets["operator_key"],
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "DATA_DIR": str(self.data_dir),
            **self.extra,
        }
        for one in self.simulators:
            ours |= one.environment(simulated, secret=secrets["simulator_secret"])
        given = processes.clean_environment()
        # A simulator also answers with addresses of its other ports.
        allowed = [f"127.0.0.1:{port}" for port in simulated.values()]
        if mentioned := given.pop(PREFIX + "OUTBOUND_ALLOW", ""):
            allowed.append(mentioned)
        ours["OUTBOUND_ALLOW"] = ",".join(allowed)
        # What the operator has set wins over what we would choose.
        return {**{PREFIX + name: value for name, value in ours.items()}, **given}

    def _plan(self, env: dict[str, str], secrets: dict[str, str], simulated: dict[str, int]) -> list[processes.Child]:
        logs = self.data_dir / "logs"
        logs.mkdir(exist_ok=True)
        planned = [
            one.child(
                self.data_dir,
                simulated,
                secret=secrets["simulator_secret"],
                public_url=f"http://127.0.0.1:{self.port}",
            )
            for one in self.simulators
        ]
        for name, arguments in (("scheduler", ["scheduler"]), ("api", ["api", "--port", str(self.port)])):
            command = processes.python("-m", "services.cli", *arguments)
            planned.append(processes.Child(name, command, env, logs / f"{name}.log"))
        return planned

    def _wait_until_ready(self, simulated: dict[str, int]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        said = "no answer yet"
        with httpx2.Client(trust_env=False, timeout=2.0) as http:
            while time.monotonic() < deadline and not self._stopping.is_set():
                self._tend_once()
                try:
                    for name, port in simulated.items():
                        said = f"{name} does not answer"
                        http.get(f"http://127.0.0.1:{port}/")
                    answer = http.get(f"http://127.0.0.1:{self.port}/readyz")
                    said = answer.text
                    if answer.status_code == 200 and set(answer.json()["checks"].values()) == {"ok"}:
                        return
                except (httpx2.HTTPError, ValueError) as wrong:
                    said = f"{said}: {wrong}"
                self._stopping.wait(_LOOK_SECONDS)
        raise StackError(f"not ready within {_READY_SECONDS:.0f} s ({said}): see the logs in {self.data_dir / 'logs'}")

    def _write_bootstrap(
        self, settings: Settings, secrets: dict[str, str], simulated: dict[str, int]
    ) -> dict[str, Any]:
        path = self.data_dir / "bootstrap.json"
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not kept.get("owner_api_key"):
            made = _create_organization(f"http://127.0.0.1:{self.port}", secrets["operator_key"], key="bootstrap")
            kept = {"organization_id": made["organization"]["id"], "owner_api_key": made["owner_api_key"]}
        document = {
            "base_url": f"http://127.0.0.1:{self.port}",
            "operator_key": secrets["operator_key"],
            "organization_id": kept["organization_id"],
            "owner_api_key": kept["owner_api_key"],
            "scim_url": f"http://127.0.0.1:{self.port}/scim/v2",
            "scim_token": kept.get("scim_token") or self._create_scim_token(kept["owner_api_key"]),
            "simulators": {"linkedin": None, **{one.slug: one.url(simulated) for one in self.simulators}},
        }
        keys.write_private(path, document)
        return document

    def _create_scim_token(self, owner_key: str) -> str:
        """A key for an identity system that pushes people to this installation."""
        body = {"name": "Identity system", "role": "identity_system", "scopes": ["scim.push"], "days_valid": 365}
        with httpx2.Client(trust_env=False, timeout=30.0) as http:
            answer = http.post(
                f"http://127.0.0.1:{self.port}/v1/api-keys",
                headers={"Authorization": f"Bearer {owner_key}", "Idempotency-Key": uuid4().hex},
                json=body,
            )
        if answer.status_code != 201:
            raise StackError(f"could not make the key for SCIM: {answer.text}")
        token: str = answer.json()["api_key"]
        return token


def run_command(options: argparse.Namespace) -> int:
    """``advocacy run``: start everything and keep it up until SIGTERM or Ctrl-C."""
    extra = DEMO_SETTINGS if options.with_demo else {}
    simulated = (LINKEDIN, *PLATFORMS) if options.simulators else ()
    stack = Stack(options.data_dir, options.port, simulated, dict(extra))
    return _keep_up(stack, _demo_once(stack) if options.with_demo else None, stay=True)


def demo_command(options: argparse.Namespace) -> int:
    """``advocacy demo``: start everything, run the main job, and end."""
    stack = Stack(options.data_dir, options.port, (LINKEDIN,), dict(DEMO_SETTINGS))
    # The people of an earlier demo have the same names and words, which a network rightly takes for duplicates.
    LINKEDIN.journal(options.data_dir).unlink(missing_ok=True)
    return _keep_up(stack, lambda: _play(stack, None), stay=False)


def _demo_once(stack: Stack) -> Callable[[], None]:
    def play() -> None:
        marker = stack.data_dir / "demo-played"
        if not marker.exists():
            _play(stack, stack.bootstrap)
            marker.touch()

    return play


def _play(stack: Stack, into: dict[str, Any] | None) -> None:
    """Run the main job into an organization of its own, or into the one given."""
    bootstrap = dict(stack.bootstrap)
    if into is None:
        made = _create_organization(bootstrap["base_url"], bootstrap["operator_key"], key=uuid4().hex)
        bootstrap |= {"organization_id": made["organization"]["id"], "owner_api_key": made["owner_api_key"]}
    story.play(bootstrap, outbox=stack.data_dir / "outbox", reports=stack.data_dir / "reports")


def _keep_up(stack: Stack, work: Callable[[], None] | None, *, stay: bool) -> int:
    """Start the stack, do ``work`` beside it, and keep it up meanwhile (and after, when ``stay``)."""
    failures: list[BaseException] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        stack.ask_to_stop()

    def do_work() -> None:
        assert work is not None  # noqa: S101  # the thread exists only then
        try:
            work()
        except BaseException as wrong:
            failures.append(wrong)
        finally:
            if not stay:
                stack.ask_to_stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, on_signal)
    try:
        stack.start()
        print(f"ready: {stack.bootstrap['base_url']} (keys: {stack.data_dir / 'bootstrap.json'})", flush=True)
        if stack.bootstrap["simulators"].get("linkedin"):
            print(f"posts as people see them: {stack.bootstrap['simulators']['linkedin']}/", flush=True)
        if work is not None:
            # The stack is tended from the main thread: the database must be started from there.
            threading.Thread(target=do_work, name="demo", daemon=True).start()
        stack.tend()
    finally:
        stack.stop()
    if failures:
        raise StackError(f"the demo failed: {failures[0]}") from failures[0]
    return 0


def _create_organization(base_url: str, operator_key: str, *, key: str) -> dict[str, Any]:
    with httpx2.Client(trust_env=False, timeout=30.0) as http:
        answer = http.post(
            f"{base_url}/v1/organizations",
            headers={"Authorization": f"Bearer {operator_key}", "Idempotency-Key": key},
            json={"name": "Lumen", "default_language": "en", "time_zone": "Asia/Jerusalem"},
        )
    if answer.status_code != 201:
        raise StackError(f"could not create the organization: {answer.text}")
    made: dict[str, Any] = answer.json()
    return made


def _settings_from(env: dict[str, str]) -> Settings:
    """Check the children's settings here, so that a wrong one is said once and clearly."""
    before = dict(os.environ)
    os.environ.update({name: value for name, value in env.items() if name.startswith(PREFIX)})
    try:
        settings = load_settings()
        check_settings(settings)
        return settings
    finally:
        os.environ.clear()
        os.environ.update(before)


def settings_for_documents() -> Settings:
    """Settings good enough to describe the API, without an installation."""
    return Settings(
        database_url="postgresql://localhost/none",
        master_key="k1:" + "A" * 43 + "=",
        key_pepper="p" * 32,
        operator_key="o" * 32,
    )


def dump_json(document: dict[str, Any]) -> str:
    """JSON as we commit it: readable, and in an order that does not change by itself."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
