"""What every test may ask for: a database of its own, the application over it, and callers."""

from __future__ import annotations

import gc

pytest_plugins = [
    "tests.fixtures.statements",
    "tests.fixtures.database",
    "tests.fixtures.api",
    "tests.fixtures.processes",
    "tests.fixtures.platform",
    "tests.fixtures.scim",
]

# What is imported and collected lives as long as the run: nothing there is worth looking for.
gc.disable()


def pytest_collection_finish() -> None:
    """Start collecting garbage, and leave out what there is by now: modules, models, routes and the tests."""
    gc.freeze()
    gc.enable()
