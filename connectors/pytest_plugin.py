"""`pytest --connector acme`: takes the exam of an installed connector, whose author writes no test file.

pytest loads this in every session of an environment with the SDK, so it imports nothing until it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--connector`."""
    parser.getgroup("advocacy").addoption(
        "--connector",
        action="append",
        default=[],
        metavar="SLUG",
        dest="advocacy_connectors",
        help="take the exam of an installed connector (entry-point group advocacy.exams); can be given several times",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Brings in the rest, if somebody asks for an exam."""
    slugs = list(dict.fromkeys(config.getoption("advocacy_connectors")))
    if slugs:
        from connectors.sdk.testing.plugin import ExamPlugin  # costs a tenth of a second

        config.pluginmanager.register(ExamPlugin(config, slugs=slugs), "advocacy_exams")
