"""``advocacy connectors``: what is installed, whether it holds what it declares, and a new one to begin with."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shlex
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path

from connectors.sdk import registry
from connectors.sdk.declaration import problems
from connectors.sdk.manifest import ConnectorKind, Manifest
from connectors.sdk.scaffold import new_distribution

#: Where installed exams are announced.
_EXAMS = "advocacy.exams"
#: Nothing but what an exam needs: what else is installed here has no part in it.
_EXAM_SETTINGS = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its actions."""
    parser = commands.add_parser("connectors", help="list what is installed, check one, begin a new one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    actions.add_parser("list", help="all that is installed, broken ones too").set_defaults(command=_list)

    check = actions.add_parser("check", help="look at a declaration and take the connector's exam")
    check.add_argument("slug")
    check.set_defaults(command=_check)

    new = actions.add_parser("new", help="write the files of a new connector")
    new.add_argument("slug", help="lower-case letters, digits and underscores, such as acme")
    new.add_argument("--path", type=Path, default=Path(), metavar="DIR", help="where its folder is made; absent: here")
    road = new.add_mutually_exclusive_group()
    roads = {
        ConnectorKind.NETWORK: "people post there as themselves",
        ConnectorKind.PLATFORM: "people share from there",
    }
    for kind, words in roads.items():
        road.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, help=words)
    new.set_defaults(command=_new, kind=ConnectorKind.NETWORK)


def _list(options: argparse.Namespace) -> int:
    rows = [("CONNECTOR", "TITLE", "ROAD", "VERSION ENDS", "VERIFIED")]
    rows += [_row(connector.manifest) for connector in registry.list_connectors()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for broken in registry.list_broken():
        print(f"broken: {broken.name} ({broken.target}): {broken.reason}")
    return 0


def _row(manifest: Manifest) -> tuple[str, str, str, str, str]:
    ends_on, verified = manifest.api_version_sunset_on, manifest.verified
    return (
        manifest.slug,
        manifest.title,
        manifest.kind.value,
        ends_on.isoformat() if ends_on else "-",
        f"{verified.how.value.replace('_', ' ')}, {verified.on.isoformat()}",
    )


def _check(options: argparse.Namespace) -> int:
    slug: str = options.slug
    has_exam = any(point.name == slug for point in entry_points(group=_EXAMS))
    declaration_holds = _check_declaration(slug, today=datetime.now(UTC).date())
    if not has_exam:
        if declaration_holds:
            print(f"{slug}: only the declaration was checked, for no exam of it is installed (entry points {_EXAMS}).")
        return 0 if declaration_holds else 1
    exam_passed = _take_exam(slug)
    print(f"{slug}: {'everything holds' if declaration_holds and exam_passed else 'not yet; do what is said above'}.")
    return 0 if declaration_holds and exam_passed else 1


def _check_declaration(slug: str, *, today: date) -> bool:
    broken = next((one for one in registry.list_broken() if one.name == slug), None)
    if broken is not None:
        print(f"{slug}: {broken.target} cannot be loaded: {broken.reason}. Correct that; until then it is left out.")
        return False
    try:
        connector = registry.get_connector(slug)
    except registry.ConnectorNotFound as missing:
        print(f"{slug}: {missing}. Install its distribution: python -m pip install -e FOLDER")
        return False
    found = problems(connector, today=today)
    for problem in found:
        print(f"{slug}: {problem}")
    if not found:
        names = ", ".join(sorted(connector.manifest.capabilities))
        print(f"{slug}: the declaration holds: {names}.")
    return not found


def _take_exam(slug: str) -> bool:
    """Ask in a process of its own, so that neither our imports nor other pytest plugins have a part in the answer."""
    for module, name in (("pytest", "pytest"), ("pytest_asyncio", "pytest-asyncio")):
        if importlib.util.find_spec(module) is None:
            print(f"{slug}: the exam needs {name}: python -m pip install pytest pytest-asyncio")
            return False
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "exam.ini")
        settings.write_text(_EXAM_SETTINGS, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-c", str(settings), "--noconftest", "-p", "no:cacheprovider"]
        command += ["-p", "asyncio", "-p", "connectors.pytest_plugin", "-q", "--no-header", "--tb=short"]
        # The first few: what comes after them is often the same once more.
        command += ["--rootdir", str(Path.cwd()), "--maxfail=3", "--show-capture=no"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.stdout.flush()
        return subprocess.run([*command, "--connector", slug], env=environment, check=False).returncode == 0  # noqa: S603


def _new(options: argparse.Namespace) -> int:
    kind: ConnectorKind = options.kind
    folder = new_distribution(options.slug, under=options.path, kind=kind, today=datetime.now(UTC).date())
    # Without the dot, pip would take a bare folder for the name of a distribution.
    there = shlex.quote(str(folder) if folder.is_absolute() else f"./{folder}")
    print(f"Wrote {folder}. Next:")
    print(f"  python -m pip install --no-deps -e {there}")
    print(f"  advocacy connectors check {options.slug}")
    print("The check fails until the connector is written, and says each time what to do next.")
    return 0
