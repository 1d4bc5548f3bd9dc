"""What every test may ask for: a database of its own, the application over it, and callers."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
#: Whose files take long, however few tests they hold: with several workers, they must not begin last.
LONGEST = ("chaos", "e2e", "cli", "scheduler", "api")

pytest_plugins = [
    "tests.fixtures.statements",
    "tests.fixtures.database",
    "tests.fixtures.api",
    "tests.fixtures.processes",
    "tests.fixtures.platform",
    "tests.fixtures.scim",
    "tests.fixtures.oidc",
]

# What is imported and collected lives as long as the run: nothing there is worth looking for.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest; within each, nothing is moved."""
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        inside = item.path.relative_to(ROOT).parts if item.path.is_relative_to(ROOT) else ("",)
        return places.get(inside[0], len(places))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Start collecting garbage, and leave out what there is by now: modules, models, routes and the tests."""
    gc.freeze()
    gc.enable()
