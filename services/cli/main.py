"""The ``advocacy`` command. Each subcommand is a thin door to one thing the product does."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from connectors.sdk.scaffold import ScaffoldRefused
from services.api.app import create_app
from services.api.openapi import build
from services.cli import audit, connectors, restoring, stack
from services.core.connections.vendors import check_settings
from services.core.kit.embedded import EmbeddedPostgresError
from services.core.kit.logging import configure_logging
from services.core.kit.settings import SettingsError, get_settings
from services.core.migrations import runner
from services.scheduler.worker import engine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answer its exit code. What an operator did wrong is said in one line."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (
        SettingsError,
        EmbeddedPostgresError,
        runner.MigrationRefused,
        stack.StackError,
        restoring.RestoreRefused,
        ScaffoldRefused,
    ) as wrong:
        print(f"advocacy: {wrong}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="advocacy", description="The backend of an employee-advocacy programme.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start everything: database, API, scheduler, and simulators if asked")
    _add_stack_options(run)
    run.add_argument("--with-demo", action="store_true", help="play the main job into the organization once")
    run.set_defaults(command=stack.run_command)

    demo = commands.add_parser("demo", help="run the main job from HR file to management report, and end")
    _add_stack_options(demo)
    demo.set_defaults(command=stack.demo_command)

    api = commands.add_parser("api", help="serve the API")
    api.add_argument("--host", default="127.0.0.1")
    api.add_argument("--port", type=int, default=8000)
    api.set_defaults(command=_api)

    commands.add_parser("scheduler", help="do what is due").set_defaults(command=_scheduler)
    commands.add_parser("migrate", help="bring the database to this version").set_defaults(command=_migrate)

    restore = commands.add_parser(
        "restore-check", help="after restoring a backup, before anything is started: doubt what may have gone out since"
    )
    restore.add_argument(
        "--backup-taken-at", type=_instant, required=True, metavar="INSTANT", help="such as 2026-11-24T03:00:00Z"
    )
    restore.set_defaults(command=restoring.command)

    openapi = commands.add_parser("openapi", help="write the OpenAPI document")
    openapi.add_argument("--output", type=Path, help="a file; absent: standard output")
    openapi.set_defaults(command=_openapi)

    connectors.add_parser(commands)
    audit.add_parser(commands)
    return parser


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError("give an instant with its offset, such as 2026-11-24T03:00:00Z")
    return moment


def _add_stack_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, help="port of the API; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, default=Path(".data"), help="where everything is kept")
    parser.add_argument("--simulators", action="store_true", help="start the vendors' simulators too")


def _api(options: argparse.Namespace) -> int:
    settings = get_settings()
    configure_logging(settings)
    check_settings(settings)
    uvicorn.run(
        create_app(settings),
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=list(settings.forwarded_allow_ips),
        timeout_graceful_shutdown=25,
    )
    return 0


def _scheduler(options: argparse.Namespace) -> int:
    settings = get_settings()
    configure_logging(settings)
    check_settings(settings)
    try:
        _run_fast(engine.run(settings))
    except ConnectionError as lost:
        print(f"advocacy: {lost}", file=sys.stderr)
        return 1
    return 0


def _run_fast(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one, for more posts per second."""
    if sys.platform == "win32":
        asyncio.run(work)
    else:
        import uvloop  # there is none for Windows

        uvloop.run(work)


def _migrate(options: argparse.Namespace) -> int:
    settings = get_settings()
    configure_logging(settings)
    asyncio.run(runner.migrate(settings.database_url))
    return 0


def _openapi(options: argparse.Namespace) -> int:
    document = stack.dump_json(build(create_app(stack.settings_for_documents())))
    if options.output is None:
        print(document, end="")
    else:
        options.output.write_text(document, encoding="utf-8")
    return 0
